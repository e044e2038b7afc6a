"""Conditions that an admin writes down as field, operator and value. Plain functions, nothing is evaluated.

What is compared decides how: numbers as numbers (a check is 1 or 0, a duration its seconds), dates as dates,
everything else as text in which capitals don't count. ``wanted`` is always the text that the admin typed; one
that doesn't fit (a number compared with "soon") equals nothing.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import NamedTuple

from sales_activity.sales_activity.milestones import notation

OPERATORS = ("=", "!=", ">", ">=", "<", "<=", "in", "not in", "contains", "is set", "is not set")
WITHOUT_VALUE = frozenset({"is set", "is not set"})
LISTS = frozenset({"in", "not in"})

# the order of two comparable values: -1, 0, 1
_ORDERS: dict[str, Callable[[int], bool]] = {
	">": lambda order: order > 0,
	">=": lambda order: order >= 0,
	"<": lambda order: order < 0,
	"<=": lambda order: order <= 0,
}


class Condition(NamedTuple):
	"""A field's name, one of OPERATORS, and the value as the admin typed it (lists: separated by commas)."""

	field: str
	operator: str
	value: str = ""

	def met_by(self, values: Mapping[str, object]) -> bool:
		"""Whether it holds for these values by field name; a missing one isn't set."""
		return holds(self.operator, values.get(self.field), self.value)


def holds(operator: str, actual: object, wanted: str | None) -> bool:
	"""Whether ``actual`` stands in the relation to ``wanted``.

	``actual``: text, number, truth value, date, datetime or None. None and blank text are not set; they equal
	only an empty ``wanted``, and are neither above nor below anything. Raises ValueError for an unknown operator.
	"""
	if operator not in OPERATORS:
		raise ValueError(f"unknown operator {operator!r}")
	wanted = "" if wanted is None else str(wanted)
	if operator == "is set":
		return is_set(actual)
	if operator == "is not set":
		return not is_set(actual)
	if operator == "=":
		return _equals(actual, wanted)
	if operator == "!=":
		return not _equals(actual, wanted)
	if operator in LISTS:
		return any(_equals(actual, value) for value in listed(wanted)) == (operator == "in")
	if operator == "contains":
		return _contains(actual, wanted)
	order = _order(actual, wanted)
	return order is not None and _ORDERS[operator](order)


def is_set(value: object) -> bool:
	"""Whether something is there: blank text isn't, an unticked check isn't, the number 0 is."""
	if value is None or value is False:
		return False
	return bool(value.strip()) if isinstance(value, str) else True


def listed(wanted: str) -> list[str]:
	"""The values of a list, separated by commas; one with a comma of its own stands in double quotes."""
	line = " ".join(wanted.replace("\0", " ").split())
	rows = csv.reader([line], skipinitialspace=True)
	return [value.strip() for row in rows for value in row if value.strip()]


def _equals(actual: object, wanted: str) -> bool:
	if not is_set(actual) and actual is not False:
		return not wanted.strip()
	if isinstance(actual, str):
		return _folded(actual) == _folded(wanted)
	return _order(actual, wanted) == 0


def _contains(actual: object, wanted: str) -> bool:
	if not is_set(actual) or not wanted.strip():
		return False
	return _folded(wanted) in _folded(notation.text_of(actual))


def _order(actual: object, wanted: str) -> int | None:
	"""-1, 0 or 1 as ``actual`` is below, at or above ``wanted``; None where they can't be compared."""
	if (not is_set(actual) and actual is not False) or not wanted.strip():
		return None
	pair = _comparable(actual, wanted)
	if pair is None:
		return None
	return (pair[0] > pair[1]) - (pair[0] < pair[1])


def _comparable(actual: object, wanted: str) -> tuple | None:
	if isinstance(actual, str):
		return _comparable_texts(actual, wanted)
	if isinstance(actual, date):
		return _comparable_days(actual, wanted)
	number, other = notation.decimal_of(int(actual) if isinstance(actual, bool) else actual), _number(wanted)
	return None if number is None or other is None else (number, other)


def _comparable_texts(actual: str, wanted: str) -> tuple:
	"""Two texts that both are numbers are ordered as numbers (a choice "9" comes before "10")."""
	numbers = notation.decimal_of(actual), notation.decimal_of(wanted)
	return (_folded(actual), _folded(wanted)) if None in numbers else numbers


def _comparable_days(actual: date, wanted: str) -> tuple | None:
	"""Where either has no time of day, the days count."""
	day = notation.date_of(wanted) if ":" not in wanted else None
	if day:
		return (actual.date() if isinstance(actual, datetime) else actual), day
	moment = notation.datetime_of(wanted)
	if moment is None:
		return None
	return (actual, moment) if isinstance(actual, datetime) else (actual, moment.date())


def _number(wanted: str) -> object:
	"""A number, or what stands for one: Yes, No, 2h 30m."""
	for reading in (notation.decimal_of, notation.check_of, notation.duration_of):
		number = reading(wanted)
		if number is not None:
			return number
	return None


def _folded(text: str) -> str:
	return " ".join(text.casefold().split())
