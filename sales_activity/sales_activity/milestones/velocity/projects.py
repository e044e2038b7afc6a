"""What became of projects in a period: the figures of Pipeline Velocity.

A project starts when its process does (without one: when it was made) and ends when it is won or lost. It counts
in the row of each person on its team, and once in the total.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

import frappe
from frappe.utils import now_datetime

from sales_activity.sales_activity.milestones.velocity.rules import Flow, days
from sales_activity.sales_activity.milestones.velocity.values import VALUE_OF_WON
from sales_activity.sales_activity.reports import percentiles
from sales_activity.sales_activity.reports.filters import first_moment
from sales_activity.sales_activity.reports.narrowing import Narrowing
from sales_activity.sales_activity.targets.rules import Period

PERSON = "Person"
MICROSECONDS_A_SECOND = 1_000_000
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
_STARTED_IN_PERIOD = f"({_STARTED} >= %(start)s and {_STARTED} < %(end)s)"
_CLOSED_IN_PERIOD = f"({_CLOSED} >= %(start)s and {_CLOSED} < %(end)s)"
_WON_IN_PERIOD = f"(`tabSales Project`.status = 'Won' and {_CLOSED_IN_PERIOD})"
_MICROSECONDS = f"""
	greatest(0, timestampdiff(
		microsecond, greatest({_STARTED}, %(start)s), least(coalesce({_CLOSED}, %(until)s), %(until)s)
	))
"""
# Each project is in one of the two queries, never in both: comparing it with what the user may see costs more than
# everything else.
_WON = f"""
	select
		{{key}} as `key`, {_STARTED_IN_PERIOD} as started, {_MICROSECONDS} as microseconds, {VALUE_OF_WON} as value,
		greatest(0, timestampdiff(second, {_STARTED}, {_CLOSED})) as cycle
	from `tabSales Project` {{join}}
	where `tabSales Project`.company = %(company)s and {_WON_IN_PERIOD} {{more}}
"""
_NOT_WON = f"""
	select
		{{key}} as `key`, sum({_STARTED_IN_PERIOD}),
		coalesce(sum(`tabSales Project`.status = 'Lost' and {_CLOSED_IN_PERIOD}), 0), sum({_MICROSECONDS})
	from `tabSales Project` {{join}}
	where `tabSales Project`.company = %(company)s and not coalesce({_WON_IN_PERIOD}, 0)
		and {_STARTED} < %(end)s and ({_CLOSED} is null or {_CLOSED} >= %(start)s) {{more}}
	group by 1
"""
_COLUMNS = {
	"won": "count(*)",
	"started": "sum(started)",
	"microseconds": "sum(microseconds)",
	"worth": "sum(value)",
	"median": percentiles.percentile("cycle", percentiles.MEDIAN),
	"part": percentiles.part_of_percentile("cycle", percentiles.MEDIAN),
}


class Flows(NamedTuple):
	"""By group, and everything with each project once."""

	groups: dict[str | None, Flow]
	total: Flow


def flows(asked: Mapping[str, object], span: Period, group_by: str) -> Flows:
	"""What became of the projects that the session's user may see. ``group_by``: one of KEYS, or PERSON.

	``asked`` holds ``company`` and may hold ``sales_process``, ``sales_person``, ``territory``. Two queries, by person four.
	Raises PermissionError where the user may read no projects.
	"""
	found = _flows(asked, span, group_by)
	# by person projects stand in several rows: their sum would count them repeatedly
	together = _flows(asked, span, None) if group_by == PERSON else found
	return Flows({key: flow for key, (flow, _part) in found.items()}, _together(together.values()))


def _together(flows: Iterable[tuple[Flow, float | None]]) -> Flow:
	"""The sum of flows that have no project in common, from their parts of the common median."""
	total, median = Flow(), None
	for flow, part in flows:
		total = Flow(*(one + other for one, other in zip(total[:-1], flow[:-1], strict=True)))
		median = median if part is None else (median or 0.0) + part
	return total._replace(cycle=median)


def _flows(
	asked: Mapping[str, object], span: Period, group_by: str | None
) -> dict[str | None, tuple[Flow, float | None]]:
	"""The flow of each group, with its part of the median cycle of all."""
	narrowed = _narrowed(asked, span, group_by)
	texts = {
		"key": MEMBER if group_by == PERSON else KEYS.get(group_by, "null"),
		"join": _MEMBERS if group_by == PERSON else "",
		"more": narrowed.sql,
	}
	query = percentiles.by_group(_WON.format(**texts), ["`key`"], "cycle", _COLUMNS, outer=())
	won = {key: figures for key, *figures in frappe.db.sql(query, narrowed.values)}
	others = {key: figures for key, *figures in frappe.db.sql(_NOT_WON.format(**texts), narrowed.values)}
	passed = (narrowed.values["until"] - narrowed.values["start"]).total_seconds()
	return {
		key: _flow(won.get(key, _NONE_WON), others.get(key, _NO_OTHERS), passed)
		for key in dict.fromkeys((*won, *others))
	}


_NONE_WON = (0, 0, 0, 0, None, None)
_NO_OTHERS = (0, 0, 0)


def _flow(won: Sequence, others: Sequence, passed: float) -> tuple[Flow, float | None]:
	"""The flow of a group from both queries, of which ``passed`` seconds lie behind, and its part of the median."""
	count, started, microseconds, value, cycle, part = won
	others_started, lost, others_microseconds = others
	spent = float(microseconds + others_microseconds) / MICROSECONDS_A_SECOND
	flow = Flow(
		started=int(started + others_started),
		won=int(count),
		lost=int(lost),
		in_work=spent / passed if passed > 0 else 0.0,
		value=float(value),
		cycle=days(cycle),
	)
	return flow, days(part)


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
