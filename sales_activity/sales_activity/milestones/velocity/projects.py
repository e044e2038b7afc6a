"""What became of projects in a period: the figures of Pipeline Velocity.

A project starts when its process does (without one: when it was made) and ends when it is won or lost. It counts
in the row of each person on its team, and once in the total.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import NamedTuple

import frappe
from frappe.utils import now_datetime

from sales_activity.sales_activity.milestones.velocity import percentiles
from sales_activity.sales_activity.milestones.velocity.narrowing import Narrowing
from sales_activity.sales_activity.milestones.velocity.rules import Flow, days
from sales_activity.sales_activity.milestones.velocity.values import PARTS, VALUE
from sales_activity.sales_activity.targets.rules import Period

PERSON = "Person"
KEYS = {"Process": "`tabSales Project`.sales_process", "Territory": "`tabSales Project`.territory"}
MEMBER = "member.sales_person"
FILTERS = {"sales_process": KEYS["Process"], "territory": KEYS["Territory"]}

_STARTED = "coalesce(`tabSales Project`.process_started_on, `tabSales Project`.creation)"
_CLOSED = "`tabSales Project`.closed_on"
# the same person may play two roles on a project
_MEMBERS = """
	join (
		select distinct parent, sales_person from `tabSales Project Member` where parenttype = 'Sales Project'
	) member on member.parent = `tabSales Project`.name
"""
_TEAM = """
	exists (
		select 1 from `tabSales Project Member` member
		where member.parent = `tabSales Project`.name and member.parenttype = 'Sales Project' and {}
	)
"""
_HAPPENED = "coalesce(sum({moment} >= %(start)s and {moment} < %(end)s {more}), 0)"
_FLOW = f"""
	select
		{{key}} as `key`,
		{_HAPPENED.format(moment=_STARTED, more="")} as started,
		{_HAPPENED.format(moment=_CLOSED, more="and `tabSales Project`.status = 'Won'")} as won,
		{_HAPPENED.format(moment=_CLOSED, more="and `tabSales Project`.status = 'Lost'")} as lost,
		sum(greatest(0, timestampdiff(
			microsecond, greatest({_STARTED}, %(start)s), least(coalesce({_CLOSED}, %(until)s), %(until)s)
		))) / 1000000 as seconds
	from `tabSales Project` {{join}}
	where `tabSales Project`.company = %(company)s
		and {_STARTED} < %(end)s and ({_CLOSED} is null or {_CLOSED} >= %(start)s) {{more}}
	group by 1
"""
_WON = f"""
	select won.*, {VALUE} as value from (
		select
			{{key}} as `key`, `tabSales Project`.status,
			greatest(0, timestampdiff(second, {_STARTED}, {_CLOSED})) as cycle,
			{PARTS}
		from `tabSales Project` {{join}}
		where `tabSales Project`.company = %(company)s and `tabSales Project`.status = 'Won'
			and {_CLOSED} >= %(start)s and {_CLOSED} < %(end)s {{more}}
	) won
"""


class Flows(NamedTuple):
	"""By group, and everything with each project once."""

	groups: dict[str | None, Flow]
	total: Flow


def flows(asked: Mapping[str, object], span: Period, group_by: str) -> Flows:
	"""What became of the projects that the session's user may see. ``group_by``: one of KEYS, or PERSON.

	``asked`` holds ``company`` and may hold ``sales_process``, ``sales_person``, ``territory``. Four queries.
	Raises PermissionError where the user may read no projects.
	"""
	return Flows(_flows(asked, span, group_by), _flows(asked, span, None).get(None, Flow()))


def _flows(asked: Mapping[str, object], span: Period, group_by: str | None) -> dict[str | None, Flow]:
	narrowed = _narrowed(asked, span, group_by)
	texts = {
		"key": MEMBER if group_by == PERSON else KEYS.get(group_by, "null"),
		"join": _MEMBERS if group_by == PERSON else "",
		"more": narrowed.sql,
	}
	won = _won(_WON.format(**texts), narrowed.values)
	passed = (narrowed.values["until"] - narrowed.values["start"]).total_seconds()
	found = {}
	for key, started, count, lost, seconds in frappe.db.sql(_FLOW.format(**texts), narrowed.values):
		value, cycle = won.get(key, (0.0, None))
		in_work = float(seconds) / passed if passed > 0 else 0.0
		found[key] = Flow(int(started), int(count), int(lost), in_work, value, cycle)
	return found


def _won(source: str, values: Mapping[str, object]) -> dict[str | None, tuple[float, float]]:
	columns = {"worth": "sum(value)", "cycle": percentiles.percentile("cycle", percentiles.MEDIAN)}
	query = percentiles.by_group(source, ["`key`"], "cycle", columns)
	return {key: (float(value), days(cycle)) for key, value, cycle in frappe.db.sql(query, values)}


def _narrowed(asked: Mapping[str, object], span: Period, group_by: str | None) -> Narrowing:
	start, end = first_moment(span), first_moment(span) + timedelta(days=span.days)
	narrowed = Narrowing(
		company=asked["company"],
		start=start,
		end=end,
		until=min(end, max(now_datetime(), start)),
		today=now_datetime().date(),
	)
	narrowed.filters(asked, FILTERS)
	if group_by == PERSON:
		narrowed.filters(asked, {"sales_person": MEMBER})
		narrowed.visible_persons(MEMBER, "Sales Project Member")
	elif asked.get("sales_person"):
		narrowed.filters(asked, {"sales_person": MEMBER}, within=_TEAM)
	narrowed.permissions("Sales Project")
	return narrowed


def first_moment(span: Period) -> datetime:
	"""Midnight at the beginning of a period."""
	return datetime.combine(span.start, time())
