"""What became of the leads of a period, state by state: the figures of Nurture Funnel.

Read from the log of their moves, which begins with the making of a nurture. So in every state whatever came in and did
not leave is there now, and the leads of all states together are all leads.

Times are days of the calendar, nights and weekends included.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import frappe
from frappe.utils import now_datetime

from sales_activity.sales_activity.milestones.velocity.rules import days
from sales_activity.sales_activity.nurture.figures.cohort import IN_PERIOD, LEADS, narrowed
from sales_activity.sales_activity.nurture.rules import STATES
from sales_activity.sales_activity.reports import percentiles
from sales_activity.sales_activity.reports.narrowing import Narrowing
from sales_activity.sales_activity.reports.percentiles import MEDIAN, P90
from sales_activity.sales_activity.targets.rules import Period

_NOW = f"""
	select {LEADS}.status, greatest(0, timestampdiff(second, {LEADS}.state_since, %(now)s)) as waited
	from {LEADS} where {IN_PERIOD} {{more}}
"""
_NOW_COLUMNS = {"there": "count(*)", "waiting": percentiles.percentile("waited", MEDIAN)}
_CAME = f"""
	select move.to_state, count(*), count(distinct move.lead_nurture)
	from {LEADS} join `tabLead Move` move on move.lead_nurture = {LEADS}.name
	where {IN_PERIOD} {{more}} group by move.to_state
"""
_WENT = f"""
	select move.from_state, move.to_state, count(*), count(distinct move.lead_nurture)
	from {LEADS} join `tabLead Move` move on move.lead_nurture = {LEADS}.name
	where {IN_PERIOD} and move.from_state != '' {{more}} group by 1, 2
"""
# The database sorts these rows twice: a state is its number, since names would make them ten times as wide.
_STAYS = f"""
	select field(move.from_state, {{states}}) as came_from, field(move.to_state, {{states}}) as went_to,
		cast(move.seconds as double) as seconds
	from {LEADS} join `tabLead Move` move on move.lead_nurture = {LEADS}.name
	where {IN_PERIOD} and move.from_state != '' {{more}}
"""
_STAYS_COLUMNS = {
	"median": percentiles.percentile("seconds", MEDIAN),
	"p90": percentiles.percentile("seconds", P90),
	"median_part": percentiles.part_of_percentile("seconds", MEDIAN),
	"p90_part": percentiles.part_of_percentile("seconds", P90),
}


class Way(NamedTuple):
	"""Where leads went from a state: how often, how many leads, after how many days there."""

	to_state: str
	moves: int
	leads: int
	median: float
	p90: float


class State(NamedTuple):
	"""What happened in a state. ``leads`` ever came into it; they came ``came`` times, left it ``left`` times, and
	``there`` are there now. ``median`` and ``p90`` are days of the stays that ended, ``waiting`` is the median of the
	days that those who are there have been there so far; None where there are none."""

	state: str
	leads: int
	came: int
	left: int
	there: int
	median: float | None
	p90: float | None
	waiting: float | None
	ways: tuple[Way, ...]


class Funnel(NamedTuple):
	"""The leads of the period, and the states in their order: those of the Workflow, then any others."""

	leads: int
	states: list[State]

	def reached(self, state: str) -> int:
		"""How many leads ever came into a state."""
		return next((one.leads for one in self.states if one.state == state), 0)


def funnel(asked: Mapping[str, object], span: Period) -> Funnel:
	"""What became of the leads of the period that the session's user may see (see ``cohort.narrowed``). No states
	without leads. Four queries."""
	narrowing = narrowed(asked, span, now=now_datetime())
	now = _by_state(percentiles.by_group(_NOW, ["status"], "waited", _NOW_COLUMNS), narrowing)
	if not now:
		return Funnel(0, [])
	came = _by_state(_CAME, narrowing)
	went = _went(narrowing)
	states = [
		_state(state, came.get(state, (0, 0)), now.get(state, (0, None)), went.get(state, ()))
		for state in _in_order((*now, *came, *went))
	]
	return Funnel(sum(state.there for state in states), states)


def _by_state(query: str, narrowing: Narrowing) -> dict[str, tuple]:
	rows = frappe.db.sql(query.format(more=narrowing.sql), narrowing.values)
	return {state: tuple(figures) for state, *figures in rows}


def _went(narrowing: Narrowing) -> dict[str, list[tuple]]:
	"""By the state that was left: where to, how often, how many leads, and the times as _STAYS_COLUMNS has them."""
	counts = frappe.db.sql(_WENT.format(more=narrowing.sql), narrowing.values)
	states = _in_order({state for row in counts for state in row[:2]})
	names = {f"state_{place}": state for place, state in enumerate(states)}
	query = percentiles.by_group(
		_STAYS.format(more=narrowing.sql, states=", ".join(f"%({name})s" for name in names)),
		["came_from", "went_to"],
		"seconds",
		_STAYS_COLUMNS,
		outer=["came_from"],
	)
	rows = frappe.db.sql(query, {**narrowing.values, **names}) if counts else ()
	times = {(states[one - 1], states[two - 1]): tuple(figures) for one, two, *figures in rows}
	went: dict[str, list[tuple]] = {}
	for from_state, to_state, moves, leads in counts:
		went.setdefault(from_state, []).append((to_state, moves, leads, *times[from_state, to_state]))
	return went


def _in_order(states: Iterable[str]) -> list[str]:
	"""All of the Workflow that the app brings, then what an admin may have added."""
	return [*STATES, *sorted(set(states) - set(STATES))]


def _state(state: str, came: tuple, now: tuple, went: Iterable[tuple]) -> State:
	went = list(went)
	ways = [
		Way(to_state, int(moves), int(leads), days(median), days(p90))
		for to_state, moves, leads, median, p90, *_parts in went
	]
	order = {one: place for place, one in enumerate(_in_order(way.to_state for way in ways))}
	*_more, medians, p90s = zip(*went, strict=True) if went else ((), ())
	times, leads = came
	there, waiting = now
	return State(
		state=state,
		leads=int(leads),
		came=int(times),
		left=sum(way.moves for way in ways),
		there=int(there),
		median=_together(medians),
		p90=_together(p90s),
		waiting=days(waiting),
		ways=tuple(sorted(ways, key=lambda way: order[way.to_state])),
	)


def _together(parts: Iterable[float | None]) -> float | None:
	"""Parts of one percentile, in seconds, as days."""
	known = [part for part in parts if part is not None]
	return days(sum(known)) if known else None
