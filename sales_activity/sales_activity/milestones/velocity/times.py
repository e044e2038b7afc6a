"""How long milestones took: the figures of Milestone Time.

The time of a milestone runs from its opening to the day it was achieved, nights and weekends included, without the
time while its project was on hold or lost. It equals the sum of ``seconds`` over its Milestone Moves from the
states in which it was somebody's turn; taking the few holds off the whole time spares reading all moves.

Allowed is the same measure of what was expected: the days from the opening to the due date, holds taken off.
Milestones that were skipped or cancelled are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

import frappe

from sales_activity.sales_activity.milestones.rules import ACHIEVED, OPENED
from sales_activity.sales_activity.milestones.velocity.rules import SECONDS_A_DAY, days
from sales_activity.sales_activity.reports import percentiles
from sales_activity.sales_activity.reports.filters import first_moment
from sales_activity.sales_activity.reports.narrowing import Narrowing
from sales_activity.sales_activity.targets.rules import Period

PERSON = "Person"
_TABLE = "`tabSales Milestone`"
KEYS = {
	"Process": f"{_TABLE}.sales_process",
	PERSON: f"{_TABLE}.responsible",
	"Role": f"{_TABLE}.sales_role",
	"Territory": f"{_TABLE}.territory",
}
FILTERS = {
	"sales_process": KEYS["Process"],
	"sales_person": KEYS[PERSON],
	"sales_role": KEYS["Role"],
	"territory": KEYS["Territory"],
	"milestone": f"{_TABLE}.milestone",
}

HELD = """
	select sales_milestone, sum(held_seconds) as seconds from `tabMilestone Move`
	where held_seconds > 0 and from_state in %(opened)s group by sales_milestone
"""
_TIMES = f"""
	select
		{{key}} as `key`, {_TABLE}.milestone, {_TABLE}.step, {_TABLE}.expected_days, {_TABLE}.returns,
		date({_TABLE}.achieved_on) > {_TABLE}.due_date as late,
		timestampdiff(microsecond, {_TABLE}.opened_on, {_TABLE}.achieved_on) / 1000000
			- coalesce(held.seconds, 0) as seconds,
		datediff({_TABLE}.due_date, {_TABLE}.opened_on) - coalesce(held.seconds, 0) / {SECONDS_A_DAY} as allowed
	from {_TABLE} left join ({HELD}) held on held.sales_milestone = {_TABLE}.name
	where {_TABLE}.company = %(company)s and {_TABLE}.status = %(achieved)s
		and {_TABLE}.achieved_on >= %(start)s and {_TABLE}.achieved_on < %(end)s {{more}}
"""
_COLUMNS = {
	"count": "count(*)",
	"late": "coalesce(sum(late), 0)",
	"returns": "sum(returns)",
	"expected": "avg(expected_days)",
	"allowed": "avg(allowed)",
	"median": percentiles.percentile("seconds", percentiles.MEDIAN),
	"p90": percentiles.percentile("seconds", percentiles.P90),
	"first_step": "min(step)",
}


class Times(NamedTuple):
	"""The milestones of one name in one group. ``expected`` is in working days, the other times are in days of the
	calendar, holds left out; ``late`` counts those achieved after their due date."""

	key: str | None
	milestone: str
	count: int
	late: int
	returns: int
	expected: float
	allowed: float | None
	median: float
	p90: float


def times(asked: Mapping[str, object], span: Period, group_by: str) -> list[Times]:
	"""The times of milestones achieved in the period, as far as the session's user may see them, in the order of
	groups and steps; by person only those of people whose figures the user may see. ``group_by``: one of KEYS.

	``asked`` holds ``company`` and may hold any of FILTERS. One query. Raises PermissionError where the user may
	read no milestones.
	"""
	narrowed = Narrowing(
		company=asked["company"],
		achieved=ACHIEVED,
		opened=tuple(sorted(OPENED)),
		start=first_moment(span),
		end=first_moment(span) + timedelta(days=span.days),
	)
	narrowed.filters(asked, FILTERS)
	if group_by == PERSON:
		narrowed.visible_persons(KEYS[PERSON], "Sales Milestone")
	narrowed.permissions("Sales Milestone")
	source = _TIMES.format(key=KEYS[group_by], more=narrowed.sql)
	query = percentiles.by_group(source, ["`key`", "milestone"], "seconds", _COLUMNS)
	rows = frappe.db.sql(f"{query} order by `key`, first_step, milestone", narrowed.values)
	return [_times(*row) for row in rows]


def _times(key: str | None, milestone: str, count: int, *figures: float) -> Times:
	late, returns, expected, allowed, median, p90, _step = figures
	return Times(
		key,
		milestone,
		count,
		int(late),
		int(returns or 0),
		float(expected or 0),
		None if allowed is None else float(allowed),
		days(median),
		days(p90),
	)
