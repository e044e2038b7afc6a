"""How long claims wait for whoever decides: the figures of Approval Times.

Read from the log of the moves that took place in a period: each move out of a state ends a stay there. How long the employee
takes to write a claim, or to correct a denied one, is no such stay, nor is what the employee takes back. A row of the log that
stays in its state is a reminder or an escalation.

Times are days of the calendar, nights and weekends included; time limits are working days of the company, those of today's
settings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

import frappe
from frappe.utils import getdate

from sales_activity.permissions.queries import one_of
from sales_activity.sales_activity.expenses import limits, rules
from sales_activity.sales_activity.expenses.figures import scope
from sales_activity.sales_activity.expenses.figures.scope import CLAIMS
from sales_activity.sales_activity.expenses.figures.sent import SENT
from sales_activity.sales_activity.expenses.records import MOVE
from sales_activity.sales_activity.milestones.due import calendar, whole_days
from sales_activity.sales_activity.reports import percentiles
from sales_activity.sales_activity.reports.filters import first_moment
from sales_activity.sales_activity.reports.narrowing import Narrowing
from sales_activity.sales_activity.reports.percentiles import MEDIAN, P90
from sales_activity.sales_activity.targets.rules import Period

STATE, PERSON, MONTH = "State", "Person", "Month"
GROUPS = (STATE, PERSON, MONTH)
# the states in which somebody is waited for
WAITING = (rules.PENDING, rules.CLARIFICATION, rules.APPROVED, rules.WITH_ACCOUNTS, rules.RETURNED)
FILTERS = (*scope.CLAIM_FILTERS, "area_manager")
# of moves, not of claims
MOVE_FILTERS = ("status", "person")

_SECONDS_A_DAY = 86400
_IS_STAY = "move.to_state != move.from_state"
# whom a reminder or an escalation is about: nobody alone in Accounts
_WAITED_FOR = f"""
	case when {one_of("move.from_state", rules.WITH_MANAGER)} then {CLAIMS}.area_manager
	when move.from_state = '{rules.CLARIFICATION}'
		then (select own.user_id from tabEmployee own where own.name = {CLAIMS}.employee) end
"""
_WHO = f"if({_IS_STAY}, move.user, {_WAITED_FOR})"
# The database sorts these rows: a state is its number, since names would make them ten times as wide.
_KEYS = {
	STATE: f"field(move.from_state, {', '.join(repr(state) for state in WAITING)})",
	PERSON: _WHO,
	MONTH: "extract(year_month from move.at)",
}
_OF_PERIOD = f"{CLAIMS}.company = %(company)s and move.at >= %(start)s and move.at < %(end)s"
_MOVES = f"""
	select {{key}} as `key`, if({_IS_STAY}, cast(move.seconds as double) / {_SECONDS_A_DAY}, null) as days,
		{_IS_STAY} as is_stay,
		{_IS_STAY} and {one_of("move.to_state", (rules.CLARIFICATION, rules.RETURNED))} as is_asked,
		{_IS_STAY} and {one_of("move.to_state", (rules.DENIED, rules.DENIED_LOCKED))} as is_denied,
		if({_IS_STAY}, {{late}}, null) as is_late
	from {CLAIMS} join `tab{MOVE}` move on move.claim = {CLAIMS}.name
	where {_OF_PERIOD} and {one_of("move.from_state", WAITING)} and move.to_state != '{rules.DRAFT}' {{more}}
"""
_MOVES_COLUMNS = {
	"moves": "sum(is_stay)",
	"asked": "sum(is_asked)",
	"denied": "sum(is_denied)",
	"escalated": "sum(1 - is_stay)",
	"late": "sum(coalesce(is_late, 0))",
	"due": "count(is_late)",
	"median": percentiles.percentile("days", MEDIAN),
	"p90": percentiles.percentile("days", P90),
	"median_part": percentiles.part_of_percentile("days", MEDIAN),
	"p90_part": percentiles.part_of_percentile("days", P90),
}
# what was ever locked is so still, or was cancelled: few claims to look at
_LOCKED = f"""
	select {_KEYS[MONTH]} as `key`, timestampdiff(second, {SENT}, move.at) / {_SECONDS_A_DAY} as days
	from {CLAIMS} join `tab{MOVE}` move on move.claim = {CLAIMS}.name
	where {_OF_PERIOD} and {one_of("move.to_state", (rules.LOCKED, rules.DENIED_LOCKED))}
		and {one_of(f"{CLAIMS}.status", (rules.LOCKED, rules.DENIED_LOCKED, rules.CANCELLED))} {{more}}
"""
_LOCKED_COLUMNS = {
	"claims": "count(*)",
	**{name: _MOVES_COLUMNS[name] for name in ("median", "p90", "median_part", "p90_part")},
}


class Stays(NamedTuple):
	"""Stays that ended: ``moves`` of them, ``asked`` by a question back, ``denied`` by a denial; of the ``due`` ones, whose
	state has a time limit, ``late`` after it. ``escalated`` are reminders and escalations. ``median`` and ``p90`` are days,
	None where there are none."""

	moves: int = 0
	asked: int = 0
	denied: int = 0
	escalated: int = 0
	late: int = 0
	due: int = 0
	median: float | None = None
	p90: float | None = None


class Locked(NamedTuple):
	"""Claims that were locked, whether approved or denied, and the days since they were sent."""

	claims: int = 0
	median: float | None = None
	p90: float | None = None


class Approval(NamedTuple):
	"""By group (a state, a user or None for Accounts, the first day of a month) and everything together; what was locked
	by month, empty where moves of a state or a person were asked for: a claim's way has several of both."""

	stays: dict[str | date | None, Stays]
	all_stays: Stays
	locked: dict[date, Locked]
	all_locked: Locked


def approval(asked: Mapping[str, object], span: Period, group_by: str) -> Approval:
	"""What was decided in the period on the claims that the session's user may see. ``group_by``: one of GROUPS.

	``asked`` as in ``scope.claims``, and any of FILTERS and MOVE_FILTERS. Two queries at most. Raises PermissionError
	where the user may read no claims.
	"""
	stays, all_stays = _stays(asked, span, group_by)
	if any(asked.get(name) for name in MOVE_FILTERS):
		return Approval(stays, all_stays, {}, Locked())
	return Approval(stays, all_stays, *_locked(asked, span))


def _stays(asked: Mapping, span: Period, group_by: str) -> tuple[dict, Stays]:
	narrowing = _narrowed(asked, span)
	narrowing.filters(asked, {"status": "move.from_state", "person": _WHO})
	source = _MOVES.format(key=_KEYS[group_by], late=_late(asked["company"], span), more=narrowing.sql)
	rows = _grouped(source, _MOVES_COLUMNS, narrowing)
	found = {
		_key(key, group_by): Stays(*_counts(counts), median, p90)
		for key, (*counts, median, p90, _part, _p90_part) in rows.items()
	}
	sums = [sum(one[place] for one in found.values()) for place in range(6)]
	return found, Stays(*sums, *_together(rows.values()))


def _locked(asked: Mapping, span: Period) -> tuple[dict[date, Locked], Locked]:
	narrowing = _narrowed(asked, span)
	rows = _grouped(_LOCKED.format(more=narrowing.sql), _LOCKED_COLUMNS, narrowing)
	found = {
		_key(key, MONTH): Locked(int(claims), median, p90)
		for key, (claims, median, p90, *_parts) in rows.items()
	}
	return found, Locked(sum(one.claims for one in found.values()), *_together(rows.values()))


def _narrowed(asked: Mapping, span: Period) -> Narrowing:
	start = first_moment(span)
	narrowing = scope.claims(asked, start=start, end=start + timedelta(days=span.days))
	narrowing.filters(asked, {"area_manager": f"{CLAIMS}.area_manager"})
	return narrowing


def _late(company: str, span: Period) -> str:
	"""SQL: whether a stay took longer than its state may take; null without a time limit."""
	cases = [
		f"when '{status}' then {_took()} > {_most_days(company, span, days)}"
		for status in limits.FIELDS
		if (days := limits.days_for(status))
	]
	return f"case move.from_state {' '.join(cases)} end" if cases else "null"


def _took() -> str:
	"""SQL: the days from the day of coming to the day of going."""
	came = "move.at - interval cast(move.seconds * 1000000 as integer) microsecond"
	return f"datediff(move.at, {came})"


def _most_days(company: str, span: Period, days: float) -> str:
	"""SQL: how many days of the calendar a stay that ends on a day may have taken; where somebody rests, by day."""
	of_company = calendar(company)
	if not of_company.holidays:
		return str(whole_days(days))
	end = min(span.end, getdate())
	by_day = []
	for number in range((end - span.start).days + 1):
		day = span.start + timedelta(days=number)
		first = limits.began_before(of_company, day, days)
		by_day.append(str((day - first).days) if first else str(limits.MOST_DAYS))
	return f"elt(1 + datediff(move.at, %(start)s), {', '.join(by_day)})" if by_day else "0"


def _grouped(source: str, columns: Mapping[str, str], narrowing: Narrowing) -> dict[object, tuple]:
	query = percentiles.by_group(source, ["`key`"], "days", columns, outer=())
	rows = frappe.db.sql(query, narrowing.values)
	return {key: tuple(figures) for key, *figures in rows}


def _key(key: object, group_by: str) -> str | date | None:
	if group_by == STATE:
		return WAITING[int(key) - 1]
	if group_by == MONTH:
		return date(int(key) // 100, int(key) % 100, 1)
	return key or None


def _counts(counts: Iterable) -> list[int]:
	return [int(count or 0) for count in counts]


def _together(rows: Iterable[tuple]) -> tuple[float | None, float | None]:
	"""Median and 90th percentile of all, from what each group adds to them: its last two figures."""
	parts = [
		[row[place] for row in rows if row[place] is not None] for rows in [list(rows)] for place in (-2, -1)
	]
	return tuple(float(sum(part)) if part else None for part in parts)
