"""What programs achieve, step by step: the figures of Program Performance.

Of the leads that were enrolled in a period, whatever happened to them later. Responses are those that name the step that
they came from: links of its e-mail that were opened. A reply and an unsubscription name none; they count for the last
step that the lead had got by then, or for the program alone where it had got none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import frappe

from sales_activity.sales_activity.nurture.enrolment import UNSUBSCRIBED
from sales_activity.sales_activity.nurture.figures import cohort
from sales_activity.sales_activity.nurture.figures.cohort import LEADS
from sales_activity.sales_activity.nurture.programs import ENROLMENT, PROGRAM, RUN
from sales_activity.sales_activity.nurture.scoring import RESPONSE, TYPE
from sales_activity.sales_activity.nurture.standing import REPLY
from sales_activity.sales_activity.reports.narrowing import Narrowing
from sales_activity.sales_activity.targets.rules import Period

FILTERS = ("program", "source", "campaign", "territory", "qualifier")
# outcome of a step > what it is counted as
OUTCOMES = {
	"Sent": "sent",
	"Task": "tasks",
	"Failed": "failed",
	"Not Delivered": "undelivered",
	"Left Out": "left_out",
}

_FROM = f"`tab{ENROLMENT}` run join {LEADS} on {LEADS}.name = run.lead_nurture"
_WHERE = """
	run.company = %(company)s and run.enrolled_on >= %(start)s and run.enrolled_on < %(end)s {more}
"""
_ENROLLED = f"""
	select run.program, run.status, coalesce(run.stop_reason, ''), count(*)
	from {_FROM} where {_WHERE} group by 1, 2, 3
"""
# with the name of the record that was written last: it says what the step was called then
_STEPS = f"""
	select step.program, step.step_key, step.outcome, count(*), max(concat(step.done_on, step.name))
	from {_FROM} join `tab{RUN}` step on step.enrolment = run.name
	where {_WHERE} group by 1, 2, 3
"""
_MOMENT_LENGTH = len("2026-01-31 12:00:00.000000")
# the rows without a key are the programs' totals, the one without a program is that of all
_RESPONSES = f"""
	select step.program, step.step_key, coalesce(sum(response.robot = 0), 0),
		count(distinct if(response.robot = 0, response.lead_nurture, null)), coalesce(sum(response.robot = 1), 0)
	from {_FROM} join `tab{RUN}` step on step.enrolment = run.name
	join `tab{RESPONSE}` response on response.reference_name = step.name
		and response.reference_doctype = '{RUN}'
	where {_WHERE} group by step.program, step.step_key with rollup
"""
_LAST_STEP = f"""
	select step.step_key from `tab{RUN}` step
	where step.enrolment = event.name and step.done_on <= event.moment
	order by step.done_on desc, step.day desc, step.number desc limit 1
"""
_REPLIED = f"""
	select run.name, run.program, 1 as replied, 0 as gone, min(response.creation) as moment
	from {_FROM} join `tab{RESPONSE}` response on response.lead_nurture = run.lead_nurture
		and response.response_type in %(reply_types)s and response.robot = 0
		and response.creation >= run.enrolled_on
		and (run.stopped_on is null or run.stop_reason = 'Replied' or response.creation <= run.stopped_on)
	where {_WHERE} group by run.name
"""
_GONE = f"""
	select run.name, run.program, 0 as replied, 1 as gone, run.stopped_on as moment
	from {_FROM} where run.stop_reason = '{UNSUBSCRIBED}' and {_WHERE}
"""
_EVENTS = f"""
	select program, step_key, sum(replied), sum(gone)
	from (
		select event.program, event.replied, event.gone, ({_LAST_STEP}) as step_key
		from ({_REPLIED} union all {_GONE}) event
	) last_steps group by 1, 2
"""


class Runs(NamedTuple):
	"""How many leads were enrolled, and where their runs stand; ``reasons``: why runs were stopped, and how many."""

	enrolled: int = 0
	active: int = 0
	paused: int = 0
	completed: int = 0
	stopped: int = 0
	reasons: tuple[tuple[str, int], ...] = ()


class Got(NamedTuple):
	"""What leads got of a step, or of all, and what they did. ``responses`` are people's, of ``responded`` leads;
	``robots`` those of machines. ``replied`` and ``unsubscribed`` are leads."""

	sent: int = 0
	tasks: int = 0
	failed: int = 0
	undelivered: int = 0
	left_out: int = 0
	responses: int = 0
	responded: int = 0
	robots: int = 0
	replied: int = 0
	unsubscribed: int = 0

	@property
	def reached(self) -> int:
		"""How many times the step was done for a lead."""
		return self.sent + self.tasks


class Step(NamedTuple):
	"""A step as it stands in the program, or as it was when it was done last if it stands there no more."""

	key: str
	day: int
	number: float
	channel: str
	title: str
	removed: bool
	got: Got


class Program(NamedTuple):
	"""A program in which leads were enrolled. In ``total`` each lead that responded counts once, however many steps it
	responded to."""

	name: str
	runs: Runs
	total: Got
	steps: list[Step]


class Performance(NamedTuple):
	"""The programs by name, and how many leads responded to any of them, each counted once."""

	programs: list[Program]
	responded: int


def performance(asked: Mapping[str, object], span: Period) -> Performance:
	"""What programs achieved with the leads that were enrolled in the period and that the session's user may see.
	``asked`` holds ``company`` and may hold any of FILTERS. Seven queries, less where there is nothing. Raises
	PermissionError where the user may read no leads."""
	narrowing = cohort.narrowed(asked, span, reply_types=_reply_types())
	narrowing.filters(asked, {"program": "run.program"})
	runs = _runs(narrowing)
	if not runs:
		return Performance([], 0)
	found, latest = _outcomes(narrowing)
	responded = _add_responses(found, narrowing)
	_add_events(found, narrowing)
	descriptions = _descriptions(list(runs), latest)
	programs = [
		Program(name, runs[name], _total(name, found), _steps(name, found, descriptions))
		for name in sorted(runs)
	]
	return Performance(programs, responded)


# --- what is read --------------------------------------------------------------------------------------------

# what was found of (program, key of the step); no key: of the program as a whole
Found = dict[tuple[str, str | None], Got]
Description = tuple[int, float, str, str, bool]


def _run(query: str, narrowing: Narrowing) -> Iterable[tuple]:
	return frappe.db.sql(query.replace("{more}", narrowing.sql), narrowing.values)


def _reply_types() -> tuple[str, ...]:
	"""As which Response Types replies are recorded; one that no response has where there are none."""
	return tuple(frappe.get_all(TYPE, {"recorded_when": REPLY}, pluck="name", order_by="name")) or ("",)


def _runs(narrowing: Narrowing) -> dict[str, Runs]:
	states: dict[str, Counter] = {}
	reasons: dict[str, Counter] = {}
	for program, status, reason, count in _run(_ENROLLED, narrowing):
		states.setdefault(program, Counter())[status] += count
		if status == "Stopped":
			reasons.setdefault(program, Counter())[reason] += count
	return {
		program: Runs(
			sum(counts.values()),
			*(counts[status] for status in ("Active", "Paused", "Completed", "Stopped")),
			tuple(reasons.get(program, Counter()).most_common()),
		)
		for program, counts in states.items()
	}


def _outcomes(narrowing: Narrowing) -> tuple[Found, dict[tuple[str, str], str]]:
	"""What became of each step, and the name of the record of it that was written last."""
	found: Found = {}
	last: dict[tuple[str, str], str] = {}
	for program, key, outcome, count, record in _run(_STEPS, narrowing):
		place = (program, key)
		got = found.get(place, Got())
		if outcome in OUTCOMES:
			got = got._replace(**{OUTCOMES[outcome]: int(count)})
		found[place] = got
		last[place] = max(last.get(place, ""), record or "")
	return found, {place: record[_MOMENT_LENGTH:] for place, record in last.items()}


def _add_responses(found: Found, narrowing: Narrowing) -> int:
	"""Returns how many leads responded to any program."""
	everybody = 0
	for program, key, count, leads, robots in _run(_RESPONSES, narrowing):
		figures = {"responses": int(count), "responded": int(leads), "robots": int(robots)}
		if program is None:
			everybody = int(leads)
		else:
			found[program, key] = found.get((program, key), Got())._replace(**figures)
	return everybody


def _add_events(found: Found, narrowing: Narrowing) -> None:
	"""Replies and unsubscriptions: of the steps, and added up of the programs."""
	for program, key, replied, gone in _run(_EVENTS, narrowing):
		for place in {(program, key), (program, None)}:
			got = found.get(place, Got())
			found[place] = got._replace(
				replied=got.replied + int(replied), unsubscribed=got.unsubscribed + int(gone)
			)


def _descriptions(
	programs: list[str], latest: Mapping[tuple[str, str], str]
) -> dict[tuple[str, str], Description]:
	"""What the steps are: those that stand in the programs, and those that leads got while they stood there."""
	fields = ["parent", "step_key", "day", "number", "channel", "title"]
	asked = {"parenttype": PROGRAM, "parent": ["in", programs]}
	rows = frappe.get_all(f"{PROGRAM} Step", asked, fields, as_list=True, limit=0, order_by="idx")
	found = {(parent, key): (*rest, False) for parent, key, *rest in rows}
	gone = {name for place, name in latest.items() if place not in found}
	if gone:
		fields[0] = "program"
		for program, key, *rest in frappe.get_all(
			RUN, {"name": ["in", sorted(gone)]}, fields, as_list=True, limit=0, order_by="name"
		):
			found[program, key] = (*rest, True)
	return found


# --- what it comes to ----------------------------------------------------------------------------------------


def _total(program: str, found: Found) -> Got:
	own = found.get((program, None), Got())
	steps = [got for (name, key), got in found.items() if name == program and key is not None]
	sums = {name: sum(getattr(got, name) for got in steps) for name in OUTCOMES.values()}
	return own._replace(**sums)


def _steps(program: str, found: Found, descriptions: Mapping[tuple[str, str], Description]) -> list[Step]:
	steps = []
	for (name, key), (day, number, channel, title, removed) in descriptions.items():
		if name == program:
			got = found.get((name, key), Got())
			steps.append(Step(key, int(day or 0), float(number or 0), channel, title, removed, got))
	return sorted(steps, key=lambda step: (step.day, step.number, step.key))
