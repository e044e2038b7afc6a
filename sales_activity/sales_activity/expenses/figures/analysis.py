"""What was spent on what: the figures of Expense Analysis, and the lines that they are made of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import frappe

from sales_activity.sales_activity.expenses.figures import tags
from sales_activity.sales_activity.expenses.figures.scope import (
	CLAIMS,
	LINES,
	LINES_OF_CLAIMS,
	in_states,
	lines,
	states,
)
from sales_activity.sales_activity.expenses.figures.tags import TAGS
from sales_activity.sales_activity.reports.narrowing import Narrowing
from sales_activity.sales_activity.targets.rules import Period, months_of

CLAIMED, APPROVED, LOCKED = "Claimed", "Approved by the Area Manager", "Locked by Accounts"
# the link of the chain of amounts that is shown > the column of a line
MEASURES = {CLAIMED: "base_amount", APPROVED: "manager_amount", LOCKED: "accounts_amount"}

_INDEX = {measure: number for number, measure in enumerate(MEASURES)}
_AMOUNTS = ", ".join(f"sum({LINES}.{column})" for column in MEASURES.values())
_DETAIL = f"""
	select {LINES}.name, {LINES}.expense_date, {CLAIMS}.name as claim, {CLAIMS}.employee, {CLAIMS}.employee_name,
		{CLAIMS}.sales_person, {CLAIMS}.status, {LINES}.expense_type, {LINES}.description,
		{LINES}.base_amount, {LINES}.manager_amount, {LINES}.accounts_amount,
		{LINES}.sales_project, milestone.milestone, {LINES}.customer, {LINES}.lead, {LINES}.territory, {LINES}.campaign,
		{LINES}.cost_center
	from {LINES_OF_CLAIMS} {TAGS[tags.MILESTONE].join}
	where {CLAIMS}.company = %(company)s {{more}}
	order by {LINES}.expense_date, {CLAIMS}.name, {LINES}.idx, {LINES}.name
"""


@dataclass(slots=True)
class Spent:
	"""What some lines come to in company currency, by MEASURES in their order; how many they are; the measure asked for
	by period; and the same by the second tag."""

	amounts: list[float] = field(default_factory=lambda: [0.0] * len(MEASURES))
	lines: int = 0
	periods: dict[int, float] = field(default_factory=dict)
	parts: dict[str | None, Spent] = field(default_factory=dict)

	def add(self, cell: Cell, index: int) -> None:
		"""Some more lines; ``index`` is that of the measure asked for. Runs three times a group."""
		amounts = self.amounts
		for number, amount in enumerate(cell.amounts):
			amounts[number] += amount
		self.lines += cell.lines
		self.periods[cell.period] = self.periods.get(cell.period, 0.0) + cell.amounts[index]

	def of(self, measure: str) -> float:
		"""One of the MEASURES."""
		return self.amounts[_INDEX[measure]]


class Cell(NamedTuple):
	"""The sums of one group (first and second key) in one period."""

	key: str | None
	then_key: str | None
	period: int
	amounts: tuple[float, ...]
	lines: int


class Analysis(NamedTuple):
	"""What was spent by the first tag, and by the second in its parts; and altogether."""

	groups: dict[str | None, Spent]
	total: Spent


def analyse(
	asked: Mapping[str, object], span: Period, by: Sequence[str], periods: Sequence[Period], measure: str
) -> Analysis:
	"""What was spent in the days of a period, by one or two tags (``by``), cut into ``periods`` of whole months.

	See ``narrowed`` for ``asked``. One query. Raises PermissionError where the session's user may read no claims.
	"""
	groups: dict[str | None, Spent] = {}
	total = Spent()
	for cell in _cells(narrowed(asked, span), by, periods):
		group = groups.setdefault(cell.key, Spent())
		spent = [total, group]
		if len(by) > 1:
			spent.append(group.parts.setdefault(cell.then_key, Spent()))
		for one in spent:
			one.add(cell, _INDEX[measure])
	return Analysis(groups, total)


def detail(asked: Mapping[str, object], span: Period, chosen: Iterable[tuple[str, str | None]]) -> list[dict]:
	"""The lines of a period, oldest first: those of the groups ``chosen``, each a tag and its value (None: without it).
	See ``narrowed`` for ``asked``. One query. Raises PermissionError where the session's user may read no claims."""
	narrowing = narrowed(asked, span)
	for number, (tag, value) in enumerate(chosen):
		tags.only(narrowing, tag, f"chosen_{number}", value)
	return frappe.db.sql(_DETAIL.format(more=narrowing.sql), narrowing.values, as_dict=True)


def narrowed(asked: Mapping[str, object], span: Period) -> Narrowing:
	"""The lines that count, by the day of the expense: of claims that were sent and are neither denied nor cancelled, or
	in the states that are asked for. ``asked`` holds ``company`` and may hold any filter of ``scope``."""
	narrowing = lines(asked, span)
	in_states(narrowing, states(asked))
	return narrowing


def _cells(narrowing: Narrowing, by: Sequence[str], periods: Sequence[Period]) -> Iterable[Cell]:
	keys = [TAGS[tag].key for tag in by]
	if len(periods) > 1:
		keys.append(f"extract(year_month from {LINES}.expense_date)")
	query = f"""
		select {", ".join(keys)}, {_AMOUNTS}, count(*)
		from {LINES_OF_CLAIMS} {tags.joins(by)}
		where {CLAIMS}.company = %(company)s {narrowing.sql}
		group by {", ".join(str(number) for number in range(1, len(keys) + 1))}
	"""
	index_of = _index_of_month(periods)
	for row in frappe.db.sql(query, narrowing.values):
		*names, claimed, approved, locked, count = row
		period = index_of[names.pop()] if len(periods) > 1 else 0
		then_key = names[1] if len(by) > 1 else None
		yield Cell(names[0], then_key, period, (float(claimed), float(approved), float(locked)), count)


def _index_of_month(periods: Collection[Period]) -> dict[int, int]:
	"""Year and month, as the database writes them, > the period that holds them."""
	return {
		month.start.year * 100 + month.start.month: number
		for number, period in enumerate(periods)
		for month in months_of(period)
	}
