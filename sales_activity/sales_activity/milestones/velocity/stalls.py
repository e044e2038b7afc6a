"""Projects whose milestone is past its due date: the rows of Standing Still.

A step can have several milestones open at once; the one that is latest stands for the project. Projects on hold
or lost wait for a reason and are left out. Won ones are in: delivering is part of the sale.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import NamedTuple

import frappe
from frappe.utils import getdate, now_datetime

from sales_activity.sales_activity.milestones import due
from sales_activity.sales_activity.milestones.rules import OPENED
from sales_activity.sales_activity.milestones.velocity.rules import days
from sales_activity.sales_activity.milestones.velocity.values import SIZES, worth
from sales_activity.sales_activity.reports.narrowing import Narrowing

_TABLE = "`tabSales Milestone`"
FILTERS = {
	"sales_process": f"{_TABLE}.sales_process",
	"sales_person": f"{_TABLE}.turn_of",
	"sales_role": f"{_TABLE}.sales_role",
	"territory": f"{_TABLE}.territory",
}
_PROJECT = "`tabSales Project`"
# Few milestones are late: the database must begin with them (it would read the course of every project in work),
# and look up the holds and the value of these only.
_HELD = f"""
	select sum(move.held_seconds) from `tabMilestone Move` move
	where move.sales_milestone = {_TABLE}.name and move.held_seconds > 0 and move.from_state in %(opened)s
"""
_STALLED = f"""
	select
		{_TABLE}.sales_project, {_PROJECT}.title, {_PROJECT}.party_type, {_PROJECT}.party, {_PROJECT}.party_name,
		{_TABLE}.name, {_TABLE}.milestone, {_TABLE}.status, {_TABLE}.turn_of, {_TABLE}.sales_role,
		{_TABLE}.expected_days, {_TABLE}.due_date, {_TABLE}.state_since,
		timestampdiff(second, {_TABLE}.opened_on, %(now)s)
			- coalesce({_TABLE}.held_seconds, 0) - coalesce(({_HELD}), 0),
		{", ".join(SIZES)}
	from {_TABLE} straight_join {_PROJECT} on {_PROJECT}.name = {_TABLE}.sales_project
	where {_TABLE}.company = %(company)s and {_TABLE}.status in %(opened)s and {_TABLE}.due_date < %(today)s
		and {_PROJECT}.status in ('Open', 'Won') {{more}}
"""


class Late(NamedTuple):
	"""A milestone that is open past its due date. ``seconds``: since its opening, holds left out; ``value``: what its
	project is worth."""

	sales_project: str
	title: str
	party_type: str
	party: str
	party_name: str | None
	sales_milestone: str
	milestone: str
	status: str
	turn_of: str | None
	sales_role: str | None
	expected_days: float
	due_date: date
	last_move: datetime | None
	seconds: float
	value: float = 0.0


class Stall(NamedTuple):
	"""A project that stands still, by its latest milestone. ``over``: working days past the due date; ``actual``:
	days of the calendar in the milestone so far; ``late_milestones``: how many are late."""

	late: Late
	over: int
	actual: float
	late_milestones: int


def stalls(asked: Mapping[str, object]) -> list[Stall]:
	"""The projects that stand still now, worst first, as far as the session's user may see their milestones.

	``asked`` holds ``company`` and may hold any of FILTERS. One query. Raises PermissionError where the user may
	read no milestones.
	"""
	worst, counts = worst_of_projects(_late(asked))
	over = _days_over(asked["company"], {late.due_date for late in worst})
	found = [
		Stall(late, over[late.due_date], days(late.seconds), counts[late.sales_project]) for late in worst
	]
	return sorted(found, key=lambda stall: (-stall.over, -stall.late.value, stall.late.sales_project))


def _days_over(company: str, due_dates: Collection[date]) -> dict[date, int]:
	"""How many working days ago each was. Once for each date: a calendar has many holidays."""
	calendar, today = due.calendar(company), getdate()
	return {day: calendar.between(day, today) for day in due_dates}


def worst_of_projects(milestones: list[Late]) -> tuple[list[Late], dict[str, int]]:
	"""Of each project the milestone with the earliest due date (of equals the first given), and how many there are
	of each project."""
	worst: dict[str, Late] = {}
	counts: dict[str, int] = {}
	for late in milestones:
		counts[late.sales_project] = counts.get(late.sales_project, 0) + 1
		known = worst.setdefault(late.sales_project, late)
		if late.due_date < known.due_date:
			worst[late.sales_project] = late
	return list(worst.values()), counts


def _late(asked: Mapping[str, object]) -> list[Late]:
	narrowed = Narrowing(
		company=asked["company"], opened=tuple(sorted(OPENED)), today=getdate(), now=now_datetime()
	)
	narrowed.filters(asked, FILTERS)
	narrowed.permissions("Sales Milestone")
	rows = frappe.db.sql(_STALLED.format(more=narrowed.sql), narrowed.values)
	found = [Late(*row[: -len(SIZES)], worth(*row[-len(SIZES) :])) for row in rows]
	# sorting wide rows costs the database as much as finding them
	return sorted(found, key=lambda late: (late.due_date, late.sales_milestone))
