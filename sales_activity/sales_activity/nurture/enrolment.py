"""Leads in a program: enrolled by hand, from a list or by rule; paused, resumed, stopped.

A lead goes through a program once: there is one row for both, for good (its ``run_key`` is unique). Enrolled again
after it was stopped, the lead goes on behind the last step that it got; one that has unsubscribed does not.

``paused_on`` is set as long as a run stands still, be it paused itself or its program. ``next_due`` says when the sweep
(``stepping``) looks at it, and no more than that: what is to be done is decided there, by what stands then. So whatever
may matter to a run sets it to now.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html, get_datetime, now_datetime
from rq.timeouts import JobTimeoutException

from sales_activity.sales_activity.credit.bulk import insert_rows
from sales_activity.sales_activity.nurture import definition, programs, schedule, standing
from sales_activity.sales_activity.nurture.programs import ENROLMENT, PROGRAM

ACTIVE, PAUSED, COMPLETED, STOPPED = "Active", "Paused", "Completed", "Stopped"
LIVE = (ACTIVE, PAUSED)
BY_HAND, BY_LIST, BY_RULE = "By Hand", "List", "Rule"
STOPPED_BY_HAND, UNSUBSCRIBED, PROGRAM_ENDED = "By Hand", "Unsubscribed", "Program Ended"
BATCH = 500
# states of a Lead Nurture out of which a rule may take leads
_TAKEN_BY_RULE = ("New", "Qualifying", "Nurturing")
_COLUMNS = (
	*("name", "creation", "modified", "owner", "modified_by", "docstatus", "idx"),
	*("program", "lead_nurture", "lead", "company", "status", "next_due", "enrolled_on", "enrolled_by"),
	*("via", "run_key", "paused_on", "paused_seconds"),
)
_CANDIDATES = """
	select lead.*, nurture.name nurture from `tabLead Nurture` nurture join `tabLead` lead on lead.name = nurture.lead
	where nurture.company = %(company)s and nurture.status in %(states)s and nurture.name > %(last)s
		and not exists (select 1 from `tabProgram Enrolment` run
			where run.lead_nurture = nurture.name and run.program = %(program)s)
	order by nurture.name limit %(batch)s
"""


class EnrolmentError(frappe.ValidationError):
	"""A lead can't be enrolled, or its run not be changed so."""


class Skipped(NamedTuple):
	"""A lead that was not enrolled, and why."""

	lead: str
	why: str


class Enrolled(NamedTuple):
	"""What became of leads: the names of the runs that began or go on, and who was left out."""

	runs: list[str]
	skipped: list[Skipped]

	@property
	def message(self) -> str:
		"""In a sentence, with the reasons counted. Safe HTML."""
		text = _("{0} leads were enrolled.").format(len(self.runs))
		if not self.skipped:
			return text
		counts = Counter(skipped.why for skipped in self.skipped)
		reasons = "; ".join(f"{escape_html(why)}: {count}" for why, count in counts.most_common())
		return f"{text} " + _("{0} were left out ({1}).").format(len(self.skipped), reasons)


# --- enrolling -----------------------------------------------------------------------------------------------


def enrol(program: Document, leads: Iterable[str], via: str = BY_HAND) -> Enrolled:
	"""Enrol leads in a program, whoever of them may be; Lead Nurtures are named as their Leads. A handful of
	statements for every 500 leads. Who may is the caller's question; so is the commit."""
	_require_open(program)
	leads, found = list(dict.fromkeys(leads)), Enrolled([], [])
	for start in range(0, len(leads), BATCH):
		some = _enrol_batch(program, leads[start : start + BATCH], via)
		found = Enrolled(found.runs + some.runs, found.skipped + some.skipped)
	return found


def enrol_by_rule(name: str) -> Enrolled:
	"""Enrol every lead of the company for which the program's rules hold, and that never was in it. Commits after each
	batch; whoever was enrolled before it died stays so."""
	program, last, found = frappe.get_doc(PROGRAM, name), "", Enrolled([], [])
	require_rules(program)
	conditions = programs.conditions_of(program)
	values = {"company": program.company, "states": _TAKEN_BY_RULE, "program": name, "batch": BATCH}
	while rows := frappe.db.sql(_CANDIDATES, {**values, "last": last}, as_dict=True):
		leads = [row.nurture for row in rows if _all_hold(conditions, row)]
		some = _enrol_batch(program, leads, BY_RULE)
		found = Enrolled(found.runs + some.runs, found.skipped + some.skipped)
		last = rows[-1].nurture
		frappe.db.commit()
	return found


def enrol_by_rules() -> None:
	"""Enrol by rule in every running program that wants it. What is wrong with one keeps no other from it."""
	for name in frappe.get_all(
		PROGRAM, {"status": programs.RUNNING, "enrol_by_rule": 1}, pluck="name", limit=0
	):
		try:
			enrol_by_rule(name)
		except JobTimeoutException:
			raise
		except Exception:
			frappe.db.rollback()
			frappe.log_error(title=_("Leads could not be enrolled by rule"), message=frappe.get_traceback())
			frappe.db.commit()


def require_rules(program: Document) -> None:
	"""Refuse to enrol by rule where there are none, or in a program that takes no leads."""
	_require_open(program)
	if not program.rules:
		frappe.throw(
			_("{0} has no rules to enrol by.").format(frappe.bold(escape_html(program.name))), EnrolmentError
		)


def _require_open(program: Document) -> None:
	if program.status not in (programs.RUNNING, programs.PAUSED):
		text = (
			_("{0} has ended, and takes no more leads.")
			if program.status == programs.ENDED
			else _("{0} is a draft. Let it run before you enrol leads.")
		)
		frappe.throw(text.format(frappe.bold(escape_html(program.name))), EnrolmentError)


def _all_hold(conditions: Sequence, row: frappe._dict) -> bool:
	values = definition.values_of_lead([condition.field for condition in conditions], row)
	return all(condition.met_by(values) for condition in conditions)


def _enrol_batch(program: Document, leads: Sequence[str], via: str) -> Enrolled:
	if not leads:
		return Enrolled([], [])
	at = now_datetime()
	facts = standing.of(leads, at)
	skipped, good = [], []
	for lead in leads:
		row = facts.get(lead)
		why = _why_not(program, row)
		if why:
			skipped.append(Skipped(lead, why))
		else:
			good.append(row)
	runs, known = _insert(program, good, via, at)
	for run in known:
		why = _("is in it already") if run.status in LIVE else _take_up_again(run, program, via, at)
		if why:
			skipped.append(Skipped(run.lead, why))
		else:
			runs.append(run.name)
	return Enrolled(runs, skipped)


def _why_not(program: Document, row: frappe._dict | None) -> str | None:
	"""Why a lead may not be enrolled, None if it may. A score above the threshold ends its run at once, so it isn't
	begun."""
	if not row:
		return _("there is no such lead")
	if row.company != program.company:
		return _("belongs to another company")
	reason = schedule.stopped_by(standing.standing(row), programs.stop_rules(program))
	return standing.text_of(reason) if reason else None


def _insert(
	program: Document, rows: Sequence[frappe._dict], via: str, at: datetime
) -> tuple[list[str], list[frappe._dict]]:
	"""Write the runs that there aren't. Returns their names, and those that stood there before, locked."""
	user = frappe.session.user
	paused_on = at if program.status == programs.PAUSED else None
	names = {run_key(program.name, row.lead): frappe.generate_hash(length=16) for row in rows}
	insert_rows(
		ENROLMENT,
		_COLUMNS,
		[
			(
				*(names[key], at, at, user, user, 0, 0, program.name, row.name, row.lead, row.company),
				*(ACTIVE, at, at, user, via, key, paused_on, 0),
			)
			for key, row in sorted((run_key(program.name, row.lead), row) for row in rows)
		],
		keep_existing=True,
	)
	if not names:
		return [], []
	stands = frappe.db.sql(
		"select name, run_key, lead, status, stop_reason, stopped_on, paused_seconds "
		"from `tabProgram Enrolment` where run_key in %s for update",
		(tuple(names),),
		as_dict=True,
	)
	new = {row.name for row in stands if names[row.run_key] == row.name}
	return sorted(new), [row for row in stands if row.name not in new]


def _take_up_again(run: frappe._dict, program: Document, via: str, at: datetime) -> str | None:
	"""Let a stopped run go on; the time in between counts as a pause. Returns why it doesn't, None if it does."""
	if run.status == COMPLETED:
		return _("has been through it")
	if via == BY_RULE:
		return _("was in it before")
	if run.stop_reason == UNSUBSCRIBED:
		return _("has unsubscribed from it")
	still = (at - get_datetime(run.stopped_on)).total_seconds() if run.stopped_on else 0
	write(
		run.name,
		status=ACTIVE,
		stop_reason=None,
		stopped_on=None,
		next_due=at,
		problem=None,
		paused_seconds=int((run.paused_seconds or 0) + still),
		paused_on=at if program.status == programs.PAUSED else None,
		resumed_on=at,
	)
	return None


def run_key(program: str, lead: str) -> str:
	"""What is unique of a lead's run."""
	return hashlib.blake2b(f"{program}\n{lead}".encode(), digest_size=20).hexdigest()


def follow_new_name(lead: str) -> None:
	"""A Lead was renamed; it still goes through a program once."""
	runs = frappe.get_all(ENROLMENT, {"lead_nurture": lead}, ["name", "program"], limit=0)
	for run in runs:
		write(run.name, run_key=run_key(run.program, lead))


def merge(old: str, new: str) -> None:
	"""One Lead is merged into another: its runs go on as the other's. Where both are in a program the other's stays, with
	the steps that it had under either name, so that it gets none of them again and the links of their e-mails work; who
	has unsubscribed from it under one name has under both."""
	fields = ["name", "program", "stop_reason"]
	theirs = {run.program: run for run in frappe.get_all(ENROLMENT, {"lead_nurture": new}, fields, limit=0)}
	for run in frappe.get_all(ENROLMENT, {"lead_nurture": old}, fields, limit=0):
		stays = theirs.get(run.program)
		_move_steps(run.name, stays.name if stays else run.name, new)
		if not stays:
			write(run.name, lead_nurture=new, lead=new, run_key=run_key(run.program, new))
		elif run.stop_reason == UNSUBSCRIBED and stays.stop_reason != UNSUBSCRIBED:
			write_stopped(stays.name, UNSUBSCRIBED)


def _move_steps(run: str, to_run: str, lead: str) -> None:
	"""The steps of a run become those of another, of a lead; except what that had itself."""
	had = (
		frappe.get_all(programs.RUN, {"enrolment": to_run}, pluck="step_key", limit=0)
		if run != to_run
		else []
	)
	steps = frappe.qb.DocType(programs.RUN)
	query = frappe.qb.update(steps).set(steps.enrolment, to_run).set(steps.lead_nurture, lead)
	query.set(steps.lead, lead).where((steps.enrolment == run) & steps.step_key.notin(had or [""])).run()


# --- pausing and stopping ------------------------------------------------------------------------------------


def pause(name: str) -> None:
	"""Let a run stand still: none of its steps is done, and its days don't count."""
	row = _locked_live(name)
	if row.status != PAUSED:
		write(name, status=PAUSED, paused_on=row.paused_on or now_datetime())


def resume(name: str) -> None:
	"""Let a paused run go on. If its program is paused, it goes on with that."""
	row = _locked_live(name)
	if row.status != PAUSED:
		return
	if frappe.db.get_value(PROGRAM, row.program, "status") == programs.PAUSED:
		write(name, status=ACTIVE)
		return
	write(name, status=ACTIVE, **moving(row, now_datetime()))


def stop(name: str, reason: str = STOPPED_BY_HAND) -> None:
	"""End a run."""
	_locked_live(name)
	write_stopped(name, reason)


def moving(row: frappe._dict, at: datetime) -> dict[str, object]:
	"""What to write into a run that stood still until now."""
	still = (at - get_datetime(row.paused_on)).total_seconds() if row.paused_on else 0
	seconds = int((row.paused_seconds or 0) + max(still, 0))
	return {"paused_on": None, "paused_seconds": seconds, "next_due": at}


def write_stopped(name: str, reason: str) -> None:
	"""End a run whose row is locked."""
	write(name, status=STOPPED, stop_reason=reason, stopped_on=now_datetime(), next_due=None, paused_on=None)


def lock(name: str, skip: str = "") -> frappe._dict | None:
	"""A run as it is now, locked until the transaction ends; None where there is none, or, with ``skip`` set to "skip
	locked", where somebody else has it."""
	rows = frappe.db.sql(
		f"select * from `tab{ENROLMENT}` where name = %s for update {skip}", name, as_dict=True
	)
	return rows[0] if rows else None


def write(name: str, **values: object) -> None:
	"""In SQL: nobody saves these documents."""
	table = frappe.qb.DocType(ENROLMENT)
	query = frappe.qb.update(table).set(table.modified, now_datetime())
	query = query.set(table.modified_by, frappe.session.user)
	for column, value in values.items():
		query = query.set(table[column], value)
	query.where(table.name == name).run()


def _locked_live(name: str) -> frappe._dict:
	row = lock(name)
	if not row:
		frappe.throw(_("There is no such run."), frappe.DoesNotExistError)
	if row.status not in LIVE:
		frappe.throw(
			_("The run of {0} is {1}, and can't be changed. Enrol the lead again if it is to go on.").format(
				frappe.bold(escape_html(row.lead)), _(row.status)
			),
			EnrolmentError,
		)
	return row


# --- all runs of a program -----------------------------------------------------------------------------------


def stand_still(program: str) -> None:
	"""Its program was paused."""
	_all_live(program, "paused_on = ifnull(paused_on, %(at)s)")


def go_on(program: str) -> None:
	"""Its program runs again; runs that are paused themselves stay so."""
	_all_live(
		program,
		"paused_seconds = paused_seconds + ifnull(greatest(timestampdiff(second, paused_on, %(at)s), 0), 0), "
		"paused_on = null, next_due = %(at)s",
		(ACTIVE,),
	)


def end_all(program: str) -> None:
	"""Its program has ended."""
	_all_live(
		program,
		"status = 'Stopped', stop_reason = 'Program Ended', stopped_on = %(at)s, next_due = null, paused_on = null",
	)


def look_again(program: str) -> None:
	"""Something in the program has changed that may matter to its runs."""
	_all_live(program, "next_due = %(at)s", (ACTIVE,))


def _all_live(program: str, change: str, states: tuple[str, ...] = LIVE) -> None:
	values = {"program": program, "at": now_datetime(), "states": states, "user": frappe.session.user}
	frappe.db.sql(
		f"update `tab{ENROLMENT}` set modified = %(at)s, modified_by = %(user)s, {change} "
		"where program = %(program)s and status in %(states)s",
		values,
	)
