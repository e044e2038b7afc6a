"""Leads going through programs: a sweep every few minutes takes the runs that are due.

Each is a transaction of its own: Lead, Lead Nurture and run are locked in this order, what stands now decides, and then
the step's record, its e-mail in Frappe's queue or its ToDo, and the run's new place are written together or not at all.
So whenever a worker dies nothing goes out twice and nothing is lost. A lead that somebody works on at this moment is
left for the next sweep.

What can't be done for one lead (a template that can't be filled in, no address, nobody for a task) is put down as a
failed step with its reason, and the run goes on with the next one (``retrying`` tries it again where somebody wants it).
What can't be done at all for now, such as no account to send from, holds the run up for an hour.

A run that has come to its end keeps which steps of the program it never had, because they were put before a place that
it had passed: they are left out. Only then, because as long as it goes on, a step may still be moved ahead of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt, get_datetime, now_datetime, strip_html

from sales_activity import compat
from sales_activity.sales_activity.credit.bulk import insert_rows
from sales_activity.sales_activity.nurture import (
	enrolment,
	program_mails,
	program_tasks,
	programs,
	records,
	schedule,
	standing,
)
from sales_activity.sales_activity.nurture.program_mails import MailFailedError
from sales_activity.sales_activity.nurture.program_tasks import NobodyForTaskError
from sales_activity.sales_activity.nurture.programs import PROGRAM, RUN
from sales_activity.sales_activity.nurture.schedule import Place, Step
from sales_activity.transactions import by_itself, patiently

BATCH = 200
# a job of the scheduler has five minutes; the next sweep goes on
MOST_PER_SWEEP = 2000
HELD_UP = timedelta(hours=1)
MOST_WHY = 500
SENT, TASK, FAILED, LEFT_OUT = "Sent", "Task", "Failed", "Left Out"
_SAVEPOINT = "program_step"

_DUE = """
	select next_due, name, lead from `tabProgram Enrolment`
	where status = 'Active' and paused_on is null and next_due <= %(now)s
		and (next_due > %(due)s or (next_due = %(due)s and name > %(name)s))
	order by next_due, name limit %(batch)s
"""
# runs that will not go on, although their next step is not due yet. They are looked for without a lock: an update of joined
# tables would lock every lead that is in a program, and wait for those that somebody works on
_OVER = f"""
	select run.name from `tabProgram Enrolment` run
	join `tabNurture Program` program on program.name = run.program
	join `tabLead Nurture` nurture on nurture.name = run.lead_nurture
	join `tabLead` lead on lead.name = nurture.lead
	where run.status = 'Active' and run.next_due > %(now)s
		and (lead.status = 'Do Not Contact' or lead.disabled = 1 or nurture.status in %(states)s
			or {standing.UNSUBSCRIBED}
			or (program.threshold > 0 and nurture.score >= program.threshold)
			or (program.stop_on_reply = 1
				and {standing.REPLIED.format(since="ifnull(run.resumed_on, run.enrolled_on)")}))
"""
_FREE = """
	select name from `tabProgram Enrolment`
	where name in %(names)s and status = 'Active' and next_due > %(now)s for update {skip}
"""
_WAKE = "update `tabProgram Enrolment` set next_due = %(now)s where name in %(names)s"
_LOG_COLUMNS = (
	*("name", "creation", "modified", "owner", "modified_by", "docstatus", "idx"),
	*("enrolment", "program", "lead_nurture", "lead", "company", "step_key", "day", "number", "channel"),
	*("title", "response_type", "outcome", "why", "done_on", "email_queue", "message_id", "todo", "links"),
)


# --- the sweep -----------------------------------------------------------------------------------------------


def sweep() -> int:
	"""Take every run that is due, each once. Commits after each. Returns how many it dealt with."""
	_wake_those_that_are_over()
	dealt = 0
	for name, lead in _due():
		dealt += take(name, lead)
		if dealt >= MOST_PER_SWEEP:
			break
	frappe.db.commit()
	return dealt


def take(name: str, lead: str) -> bool:
	"""Take one run in a transaction of its own; commits. False where somebody else has it, or its lead."""

	def work() -> bool:
		taken = take_locked(name, lead)
		frappe.db.commit()
		return taken

	return by_itself(work, lambda error: _hold_up(name, error))


def _wake_those_that_are_over() -> None:
	frappe.db.commit()
	values = {"now": now_datetime(), "states": tuple(sorted(schedule.NOT_TO_NURTURE | {"Do Not Contact"}))}
	names = frappe.db.sql(_OVER, values, pluck=True)
	for start in range(0, len(names), BATCH):
		patiently(lambda some=names[start : start + BATCH]: _wake(some, values["now"]))


def _wake(names: Sequence[str], now: datetime) -> None:
	"""One batch, one transaction; a run that somebody changes at this moment is left for the next sweep."""
	frappe.db.commit()
	skip = "skip locked" if compat.can_skip_locked() else ""
	free = frappe.db.sql(_FREE.format(skip=skip), {"names": tuple(names), "now": now}, pluck=True)
	if free:
		frappe.db.sql(_WAKE, {"names": tuple(free), "now": now})
	frappe.db.commit()


def _due() -> Iterator[tuple[str, str]]:
	"""The runs that are due now, in batches, each once: name and lead."""
	now = now_datetime()
	last = {"due": datetime(1, 1, 1), "name": ""}
	while True:
		rows = frappe.db.sql(_DUE, {**last, "now": now, "batch": BATCH})
		yield from ((name, lead) for _due_on, name, lead in rows)
		if len(rows) < BATCH:
			return
		last = {"due": rows[-1][0], "name": rows[-1][1]}


# --- one run -------------------------------------------------------------------------------------------------


def take_locked(name: str, lead_name: str) -> bool:
	"""Lock one run and do what is due; not committed. False where somebody else has its lead, or there is none."""
	skip = "skip locked" if compat.can_skip_locked() else ""
	rows = frappe.db.sql(
		f"select * from `tabLead` where name = %s for update {skip}", lead_name, as_dict=True
	)
	if not rows:
		return False
	records.lock(lead_name)
	run = enrolment.lock(name)
	if run and run.status == enrolment.ACTIVE and not run.paused_on and run.next_due:
		if get_datetime(run.next_due) <= now_datetime():
			_go_on(run, rows[0])
	return True


def _go_on(run: frappe._dict, lead: frappe._dict) -> None:
	"""What is to be done about a run now. Not committed."""
	program = frappe.get_doc(PROGRAM, run.program)
	reason = reason_to_stop(run, program)
	if reason:
		enrolment.write_stopped(run.name, reason)
		return
	now = now_datetime()
	if program.status != programs.RUNNING:  # paused while it was enrolled
		enrolment.write(run.name, paused_on=now)
		return
	done = _done(run.name)
	step = schedule.next_step(programs.steps_of(program), done, _place(run))
	if not step:
		_complete(run, program, done, now)
		return
	due = due_at(run, program, step, now)
	if due > now:
		enrolment.write(run.name, next_due=due, problem=None)
	else:
		_do(run, program, step, lead, now)


def reason_to_stop(run: frappe._dict, program: Document) -> str | None:
	"""Why a run ends, by what stands now."""
	since = get_datetime(run.resumed_on or run.enrolled_on)
	row = standing.of([run.lead_nurture], since)[run.lead_nurture]
	stands = standing.standing(row, program.status == programs.ENDED)
	return schedule.stopped_by(stands, programs.stop_rules(program))


def due_at(run: frappe._dict, program: Document, step: Step, now: datetime) -> datetime:
	"""When a step of a run is due; not before the program works, if that is past."""
	hours = programs.hours_of(program)
	due = schedule.due_at(
		step,
		get_datetime(run.enrolled_on),
		hours,
		timedelta(seconds=run.paused_seconds or 0),
		get_datetime(run.last_done_on) if run.last_done_on else None,
	)
	return due if due > now else hours.from_moment(now)


def _done(run: str) -> frozenset[str]:
	return frozenset(frappe.get_all(RUN, {"enrolment": run}, pluck="step_key", limit=0))


def _place(run: frappe._dict) -> Place | None:
	return Place(cint(run.place_day), flt(run.place_number)) if run.last_done_on else None


def _complete(run: frappe._dict, program: Document, done: frozenset[str], now: datetime) -> None:
	"""End a run that has come to its end, and put down what it never had."""
	for step in schedule.too_late(programs.steps_of(program), done, _place(run)):
		why = _("It was put before a place that the lead had passed already.")
		_log(_new_name(), run, _row_of(program, step), now, {"outcome": LEFT_OUT, "why": why})
	enrolment.write(run.name, status=enrolment.COMPLETED, next_due=None, problem=None)


def _do(run: frappe._dict, program: Document, step: Step, lead: frappe._dict, now: datetime) -> None:
	"""Do a step, put down what became of it, and take the run to its place."""
	row = _row_of(program, step)
	name = _new_name()
	_log(name, run, row, now, made_by(program, row, lead, run, name))
	enrolment.write(
		run.name,
		place_day=step.day,
		place_number=step.number,
		last_done_on=now,
		next_due=now,
		problem=None,
	)


def _row_of(program: Document, step: Step) -> Document:
	return next(row for row in program.steps if row.step_key == step.key)


def _new_name() -> str:
	return frappe.generate_hash(length=16)


def made_by(
	program: Document, row: Document, lead: frappe._dict, run: frappe._dict, name: str
) -> dict[str, object]:
	"""Send or assign; what the record of the step (``name``) says of it. Not committed; what fails for this lead leaves
	nothing behind."""
	frappe.db.savepoint(_SAVEPOINT)
	try:
		if row.channel != programs.EMAIL:
			return {"outcome": TASK, "todo": program_tasks.assign(program, row, lead, run)}
		queued = program_mails.queue(program, row, lead, name)
	except (MailFailedError, NobodyForTaskError) as error:
		frappe.db.rollback(save_point=_SAVEPOINT)
		return {"outcome": FAILED, "why": said(error)}
	links = json.dumps(queued.links)
	return {
		"outcome": SENT,
		"email_queue": queued.queue,
		"message_id": queued.message_id,
		"links": links,
	}


def _log(name: str, run: frappe._dict, row: Document, now: datetime, made: dict[str, object]) -> None:
	user = frappe.session.user
	of_run = (run.name, run.program, run.lead_nurture, run.lead, run.company)
	of_step = (row.step_key, cint(row.day), flt(row.number), row.channel, row.title, row.response_type)
	fields = ("outcome", "why", "done_on", "email_queue", "message_id", "todo", "links")
	values = (*of_run, *of_step, *(now if field == "done_on" else made.get(field) for field in fields))
	insert_rows(RUN, _LOG_COLUMNS, [(name, now, now, user, user, 0, 0, *values)])


# --- what fails ----------------------------------------------------------------------------------------------


def _hold_up(name: str, error: Exception) -> None:
	"""Keep on the run why its transaction was undone, and try again in an hour. Where the database is gone, this
	raises: the run is as it was."""
	if not isinstance(error, frappe.OutgoingEmailError):
		frappe.log_error(title=_("A step of a program could not be done"))
	run = enrolment.lock(name)
	if run and run.status == enrolment.ACTIVE:
		enrolment.write(name, next_due=now_datetime() + HELD_UP, problem=said(error))
	frappe.db.commit()


def said(error: Exception) -> str:
	"""What went wrong, as plain text that fits its field."""
	return (strip_html(str(error)) or type(error).__name__)[:MOST_WHY]
