"""How fast leads are worked on: the figures of Speed to Lead.

Of the leads of a period: from the making of the Lead to the first time that somebody begins to qualify it, and from each
hand-over to sales to the answer. A lead that was handed over three times counts with three hand-overs, each in the row
of the person to whom it went. Read from the log of the moves; whoever takes a lead away from sales writes the deadline
into it.

Times are hours of the calendar, nights and weekends included; a deadline is in working hours.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

import frappe
from frappe.utils import now_datetime

from sales_activity.permissions.queries import QUALIFIER as QUALIFIER_ROLE
from sales_activity.permissions.queries import one_of
from sales_activity.permissions.scope import allowed_values
from sales_activity.sales_activity.nurture.figures.cohort import IN_PERIOD, LEADS, narrowed
from sales_activity.sales_activity.nurture.records import NURTURE
from sales_activity.sales_activity.nurture.rules import CONVERTED, NEW, QUALIFYING, WITH_SALES
from sales_activity.sales_activity.reports import percentiles
from sales_activity.sales_activity.reports.narrowing import Narrowing
from sales_activity.sales_activity.reports.percentiles import MEDIAN, P90
from sales_activity.sales_activity.targets.rules import Period

PERSON = "Sales Person"
# of a Lead Nurture; a person is whom a hand-over went to
FIELDS = {"Qualifier": "qualifier", "Source": "source", "Territory": "territory"}
GROUPS = (PERSON, *FIELDS)
MICROSECONDS_AN_HOUR = 3_600_000_000

# A nurture that was made in a later state was worked on before there was a log.
_TOUCHES = f"""
	select {{key}} as `key`, {LEADS}.status = %(new)s as untouched,
		timestampdiff(microsecond, made.creation, (
			select min(move.at) from `tabLead Move` move
			where move.lead_nurture = {LEADS}.name and move.from_state != '' and move.to_state = %(qualifying)s
		)) / {MICROSECONDS_AN_HOUR} as hours
	from {LEADS} join `tabLead` made on made.name = {LEADS}.`lead`
	where {IN_PERIOD} {{more}}
"""
_HANDED_TO = f"""
	exists (
		select 1 from `tabLead Move` move where move.lead_nurture = {LEADS}.name and move.to_state = %(with_sales)s
			and move.{{}}
	)
"""
_TOUCH_COLUMNS = {
	"leads": "count(*)",
	"touched": "count(hours)",
	"untouched": "sum(untouched)",
	"median": percentiles.percentile("hours", MEDIAN),
	"p90": percentiles.percentile("hours", P90),
	"part": percentiles.part_of_percentile("hours", MEDIAN),
}

# What follows a move to sales is the move from there, if there is one yet.
_NEXT = "over (partition by move.lead_nurture order by move.at, move.from_state = %(with_sales)s)"
_MOVES = f"""
	select {{key}} as `key`, move.to_state, move.sales_person, {LEADS}.accept_by as accept_by_now,
		{LEADS}.escalated_on as escalated_now, lead(move.to_state) {_NEXT} as answer,
		lead(move.at) {_NEXT} as answered, lead(move.seconds) {_NEXT} as seconds,
		lead(move.accept_by) {_NEXT} as accept_by_then, lead(move.escalated_on) {_NEXT} as escalated_then
	from {LEADS} join `tabLead Move` move on move.lead_nurture = {LEADS}.name
	where {IN_PERIOD} and (move.to_state = %(with_sales)s or move.from_state = %(with_sales)s) {{more}}
"""
_HANDED = f"""
	select `key`, cast(seconds as double) / 3600 as hours,
		answer is null as is_open, answer = %(converted)s as accepted, answer = %(qualifying)s as rejected,
		if(answer is null, accept_by_now, accept_by_then) as accept_by,
		coalesce(answered, %(now)s) > if(answer is null, accept_by_now, accept_by_then) as late,
		if(answer is null, escalated_now, escalated_then) is not null as escalated
	from ({_MOVES}) moves where moves.to_state = %(with_sales)s {{of_person}}
"""
_HANDED_COLUMNS = {
	"handed": "count(*)",
	"accepted": "sum(coalesce(accepted, 0))",
	"rejected": "sum(coalesce(rejected, 0))",
	"open": "sum(is_open)",
	"late": "sum(coalesce(late, 0))",
	"escalated": "sum(escalated)",
	"in_time": "sum(coalesce(accepted and not late, 0))",
	"due": "sum(coalesce(accept_by is not null and (accepted or rejected or (is_open and late)), 0))",
	"median": percentiles.percentile("hours", MEDIAN),
	"p90": percentiles.percentile("hours", P90),
	"part": percentiles.part_of_percentile("hours", MEDIAN),
}


class Touches(NamedTuple):
	"""When leads were worked on for the first time. ``touched`` were, ``untouched`` are still new; ``median`` and
	``p90`` are hours, None where none was touched."""

	leads: int = 0
	touched: int = 0
	untouched: int = 0
	median: float | None = None
	p90: float | None = None


class Handed(NamedTuple):
	"""What became of hand-overs. Those that are neither accepted, rejected nor open ended in another way: the lead must
	not be contacted any more. ``late`` were answered after their deadline or are open past it; of the ``due`` ones
	(decided, or open and late, with a deadline that is known) ``in_time`` were accepted before it. ``median`` and
	``p90`` are hours until the answer, None where there is none."""

	handed: int = 0
	accepted: int = 0
	rejected: int = 0
	open: int = 0
	late: int = 0
	escalated: int = 0
	in_time: int = 0
	due: int = 0
	median: float | None = None
	p90: float | None = None

	@property
	def ended(self) -> int:
		"""Those that ended in another way than by an answer of sales."""
		return self.handed - self.accepted - self.rejected - self.open


class Speed(NamedTuple):
	"""By group, and everything together, each lead and each hand-over once. By person there are no touches by group."""

	touches: dict[str | None, Touches]
	handed: dict[str | None, Handed]
	all_touches: Touches
	all_handed: Handed


def speed(asked: Mapping[str, object], span: Period, group_by: str) -> Speed:
	"""How fast the leads of the period that the session's user may see were worked on; by person only hand-overs to
	people whose figures the user may see. ``group_by``: one of GROUPS.

	``asked`` as in ``cohort.narrowed``, and ``sales_person``: only leads that were handed to somebody at or below, and
	these hand-overs. Two queries. Raises PermissionError where the user may read no leads.
	"""
	touches, all_touches = _touches(asked, span, FIELDS.get(group_by))
	handed, all_handed = _handed(asked, span, group_by)
	return Speed(touches if group_by in FIELDS else {}, handed, all_touches, all_handed)


def _touches(asked: Mapping, span: Period, field: str | None) -> tuple[dict[str | None, Touches], Touches]:
	narrowing = narrowed(asked, span, new=NEW, qualifying=QUALIFYING, with_sales=WITH_SALES)
	narrowing.filters(asked, {"sales_person": "sales_person"}, within=_HANDED_TO)
	source = _TOUCHES.format(key=_key(field), more=narrowing.sql)
	rows = _grouped(source, _TOUCH_COLUMNS, narrowing)
	found = {
		key: Touches(*_counts(counts), _hours(median), _hours(p90))
		for key, (*counts, median, p90, _part) in rows.items()
	}
	return found, Touches(*_sums(found.values(), 3), _together(rows.values()))


def _handed(asked: Mapping, span: Period, group_by: str) -> tuple[dict[str | None, Handed], Handed]:
	values = {"qualifying": QUALIFYING, "with_sales": WITH_SALES, "converted": CONVERTED}
	narrowing = narrowed(asked, span, now=now_datetime(), **values)
	key = "move.sales_person" if group_by == PERSON else _key(FIELDS[group_by])
	moves = narrowing.sql
	of_person = _of_person(asked, narrowing, by_name=group_by == PERSON)
	rows = _grouped(
		_HANDED.format(key=key, more=moves, of_person=of_person),
		_HANDED_COLUMNS,
		narrowing,
	)
	found = {
		key: Handed(*_counts(counts), _hours(median), _hours(p90))
		for key, (*counts, median, p90, _part) in rows.items()
	}
	return found, Handed(*_sums(found.values(), 8), _together(rows.values()))


def _of_person(asked: Mapping, narrowing: Narrowing, by_name: bool) -> str:
	"""What is asked of the person to whom a lead went: conditions on the hand-overs, not on the leads."""
	persons = Narrowing()
	persons.filters(asked, {"sales_person": "moves.sales_person"})
	narrowing.values.update(persons.values)
	if by_name and QUALIFIER_ROLE not in frappe.get_roles():
		persons.visible_persons("moves.sales_person", NURTURE)
	elif by_name:
		# the qualification team sees every lead, and with it whom it went to
		allowed = allowed_values(frappe.session.user, "Sales Person", NURTURE)
		if allowed is not None:
			persons.add(one_of("moves.sales_person", allowed).replace("%", "%%"))
	return persons.sql


def _key(field: str | None) -> str:
	return f"{LEADS}.{field}" if field else "null"


def _grouped(source: str, columns: Mapping[str, str], narrowing: Narrowing) -> dict[str | None, tuple]:
	query = percentiles.by_group(source, ["`key`"], "hours", columns, outer=())
	rows = frappe.db.sql(query, narrowing.values)
	return {key or None: tuple(figures) for key, *figures in rows}


def _counts(counts: Iterable) -> list[int]:
	return [int(count or 0) for count in counts]


def _sums(found: Collection[tuple], count: int) -> list[int]:
	return [sum(one[place] for one in found) for place in range(count)]


def _together(rows: Iterable[tuple]) -> float | None:
	"""The median of all, from what each group adds to it."""
	parts = [row[-1] for row in rows if row[-1] is not None]
	return _hours(sum(parts)) if parts else None


def _hours(hours: object) -> float | None:
	return None if hours is None else float(hours)
