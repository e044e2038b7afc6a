"""Projects whose milestone is past its due date: the rows of Standing Still.

A step can have several milestones open at once; the one that is latest stands for the project. Projects on hold
or lost wait for a reason and are left out. Won ones are in: delivering is part of the sale.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

import frappe
from frappe.utils import getdate, now_datetime

from sales_activity.sales_activity.milestones import due
from sales_activity.sales_activity.milestones.rules import OPENED
from sales_activity.sales_activity.milestones.velocity.narrowing import Narrowing
from sales_activity.sales_activity.milestones.velocity.rules import days
from sales_activity.sales_activity.milestones.velocity.times import HELD
from sales_activity.sales_activity.milestones.velocity.values import project_values

_TABLE = "`tabSales Milestone`"
FILTERS = {
	"sales_process": f"{_TABLE}.sales_process",
	"sales_person": f"{_TABLE}.turn_of",
	"sales_role": f"{_TABLE}.sales_role",
	"territory": f"{_TABLE}.territory",
}
_STALLED = f"""
	select
		{_TABLE}.sales_project, project.title, project.party_type, project.party, project.party_name,
		{_TABLE}.name, {_TABLE}.milestone, {_TABLE}.status, {_TABLE}.turn_of, {_TABLE}.sales_role,
		{_TABLE}.expected_days, {_TABLE}.due_date, {_TABLE}.state_since,
		timestampdiff(second, {_TABLE}.opened_on, %(now)s)
			- coalesce({_TABLE}.held_seconds, 0) - coalesce(held.seconds, 0)
	from {_TABLE}
	join `tabSales Project` project on project.name = {_TABLE}.sales_project
	left join ({HELD}) held on held.sales_milestone = {_TABLE}.name
	where {_TABLE}.company = %(company)s and {_TABLE}.status in %(opened)s and {_TABLE}.due_date < %(today)s
		and project.status in ('Open', 'Won') {{more}}
"""


class Late(NamedTuple):
	"""A milestone that is open past its due date. ``seconds``: since its opening, holds left out."""

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


class Stall(NamedTuple):
	"""A project that stands still, by its latest milestone. ``over``: working days past the due date; ``actual``:
	days of the calendar in the milestone so far; ``late_milestones``: how many are late."""

	late: Late
	over: int
	actual: float
	value: float
	late_milestones: int


def stalls(asked: Mapping[str, object]) -> list[Stall]:
	"""The projects that stand still now, worst first, as far as the session's user may see their milestones.

	``asked`` holds ``company`` and may hold any of FILTERS. Three queries. Raises PermissionError where the user
	may read no milestones.
	"""
	worst, counts = worst_of_projects(_late(asked))
	values = project_values([late.sales_project for late in worst])
	calendar, today = due.calendar(asked["company"]), getdate()
	found = [
		Stall(
			late,
			calendar.between(late.due_date, today),
			days(late.seconds),
			values.get(late.sales_project, 0.0),
			counts[late.sales_project],
		)
		for late in worst
	]
	return sorted(found, key=lambda stall: (-stall.over, -stall.value, stall.late.sales_project))


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
	found = [Late(*row) for row in frappe.db.sql(_STALLED.format(more=narrowed.sql), narrowed.values)]
	# sorting wide rows costs the database as much as finding them
	return sorted(found, key=lambda late: (late.due_date, late.sales_milestone))
