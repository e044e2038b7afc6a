"""What the filters of a report leave, as SQL.

Member stands for everybody below in the Sales Person tree too, Territory and Cost Center for all below them; sender and
receiver are one person each.
"""

from __future__ import annotations

from collections.abc import Mapping

import frappe
from frappe.desk.reportview import build_match_conditions

from sales_activity.permissions.queries import one_of
from sales_activity.permissions.scope import visible_persons
from sales_activity.sales_activity.trees import read_tree

# filter > the tree that it means a part of
TREES = {
	"sales_person": ("Sales Person", "parent_sales_person"),
	"territory": ("Territory", "parent_territory"),
	"cost_center": ("Cost Center", "parent_cost_center"),
}


class Narrowing:
	"""Conditions beginning with "and", and the values that they name."""

	def __init__(self, **values: object) -> None:
		"""``values`` are those that the query names anyway (company, days)."""
		self.values: dict[str, object] = dict(values)
		self._conditions: list[str] = []

	@property
	def sql(self) -> str:
		"""The conditions, to stand behind a ``where`` that has one already."""
		return "".join(f" and {condition}" for condition in self._conditions)

	def add(self, condition: str) -> None:
		"""One more condition, in which client's values stand by name only."""
		self._conditions.append(condition)

	def filters(self, asked: Mapping[str, object], columns: Mapping[str, str], within: str = "{}") -> None:
		"""Compare each column with the filter of its name, as far as it was asked for. ``within`` is what goes
		around the condition where the column is not the query's own."""
		for name, column in columns.items():
			value = asked.get(name)
			if value is not None:
				self.values[name] = _meant(name, str(value))
				self.add(within.format(f"{column} in %({name})s"))

	def permissions(self, doctype: str) -> None:
		"""What the session's user may see of a DocType that the query names by its table's own name. Raises
		PermissionError for users who may read none."""
		condition = build_match_conditions(doctype)
		if condition:
			self.add(f"({condition})")

	def visible_persons(self, column: str, doctype: str) -> None:
		"""Only rows of people whose figures the session's user may see."""
		persons = visible_persons(frappe.session.user, doctype)
		if persons is not None:
			self.add(one_of(column, persons).replace("%", "%%"))


def _meant(name: str, value: str) -> tuple[str, ...]:
	return tuple(read_tree(*TREES[name]).below(value)) if name in TREES else (value,)
