"""Steps that failed, tried again because somebody wants it: the address was corrected, the template mended.

``ask`` marks the step's record; the sweep does it when the program works next, by the same rules as any step: whoever has
unsubscribed or is with sales by then gets nothing. Only what has failed is tried, and what becomes of it is written into
the same record in the same transaction, under the locks of a step: so what was sent, or given to somebody, never is again.
The steps that came after it stay as they are, and so does the run's place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, escape_html, get_datetime, now_datetime

from sales_activity import compat
from sales_activity.sales_activity.nurture import enrolment, programs, records, standing, stepping
from sales_activity.sales_activity.nurture.enrolment import ACTIVE, COMPLETED, STOPPED
from sales_activity.sales_activity.nurture.programs import ENROLMENT, PROGRAM, RUN
from sales_activity.sales_activity.nurture.stepping import FAILED, HELD_UP, MOST_PER_SWEEP, MOST_WHY
from sales_activity.transactions import by_itself

_DUE = f"""
	select step.name, step.enrolment, step.lead from `tab{RUN}` step
	join `tab{ENROLMENT}` run on run.name = step.enrolment
	where step.retry_on <= %(now)s and step.outcome = 'Failed'
		and run.status in ('Active', 'Completed') and run.paused_on is null
	order by step.retry_on, step.name limit %(most)s
"""


class RetryError(frappe.ValidationError):
	"""A step can't be tried again."""


# --- asking for it -------------------------------------------------------------------------------------------


def failed_of(enrolments: Sequence[str]) -> list[str]:
	"""The steps of these runs that failed: names of Program Step Runs."""
	filters = {"enrolment": ["in", list(enrolments)], "outcome": FAILED}
	return frappe.get_all(RUN, filters, pluck="name", order_by="name", limit=0)


def ask(names: Sequence[str]) -> int:
	"""Have failed steps tried again; all of them or, with the reason, none. Returns how many. Not committed. Raises
	RetryError."""
	rows = _locked(names)
	if len(rows) != len(set(names)):
		frappe.throw(_("There is no such step any more. Reload the list."), frappe.DoesNotExistError)
	filters = {"name": ["in", [row.enrolment for row in rows]]}
	fields = ["name", "status", "program"]
	runs = {run.name: run for run in frappe.get_all(ENROLMENT, filters, fields, limit=0)}
	for row in rows:
		_check(row, runs[row.enrolment])
	_write([row.name for row in rows], retry_on=now_datetime(), retry_by=frappe.session.user)
	return len(rows)


def _check(row: frappe._dict, run: frappe._dict) -> None:
	step, lead = frappe.bold(escape_html(row.title)), frappe.bold(escape_html(row.lead))
	if row.outcome != FAILED:
		text = _("{0} of {1} is {2}. Only what has failed can be tried again.")
		frappe.throw(text.format(step, lead, _(row.outcome)), RetryError)
	if run.status == STOPPED:
		text = _("The run of {0} was stopped. Enrol the lead again, then try {1} again.")
		frappe.throw(text.format(lead, step), RetryError)
	if frappe.get_cached_value(PROGRAM, run.program, "status") == programs.ENDED:
		text = _("{0} has ended: its steps are not tried again.")
		frappe.throw(text.format(frappe.bold(escape_html(run.program))), RetryError)


# --- doing it ------------------------------------------------------------------------------------------------


def sweep() -> int:
	"""Try every step again that somebody wants tried, and whose run goes on. Commits after each. Returns how many it dealt
	with."""
	frappe.db.commit()
	due = frappe.db.sql(_DUE, {"now": now_datetime(), "most": MOST_PER_SWEEP})
	dealt = sum(take(*row) for row in due)
	frappe.db.commit()
	return dealt


def take(name: str, run: str, lead: str) -> bool:
	"""Try one step in a transaction of its own; commits. False where somebody else has its lead."""

	def work() -> bool:
		taken = _take_locked(name, run, lead)
		frappe.db.commit()
		return taken

	return by_itself(work, lambda error: _put_off(name, error))


def _take_locked(name: str, run_name: str, lead_name: str) -> bool:
	"""Locked in the order of ``stepping``: Lead, Lead Nurture, run, and then the step's record."""
	skip = "skip locked" if compat.can_skip_locked() else ""
	leads = frappe.db.sql(
		f"select * from `tabLead` where name = %s for update {skip}", lead_name, as_dict=True
	)
	if not leads:
		return False
	records.lock(lead_name)
	run, now = enrolment.lock(run_name), now_datetime()
	rows = _locked([name])
	if run and rows and _is_wanted(rows[0], run, now):
		_again(rows[0], run, leads[0], now)
	return True


def _is_wanted(row: frappe._dict, run: frappe._dict, now: datetime) -> bool:
	is_due = row.outcome == FAILED and row.retry_on and get_datetime(row.retry_on) <= now
	return bool(is_due) and run.status in (ACTIVE, COMPLETED) and not run.paused_on


def _again(row: frappe._dict, run: frappe._dict, lead: frappe._dict, now: datetime) -> None:
	"""What is to be done about a step now. Not committed."""
	program = frappe.get_doc(PROGRAM, run.program)
	step = next((step for step in program.steps if step.step_key == row.step_key), None)
	reason = stepping.reason_to_stop(run, program)
	if reason or not step:
		why = standing.text_of(reason) if reason else _("the step was taken out of the program")
		_write([row.name], retry_on=None, why=_("Not tried again: {0}. {1}").format(why, row.why)[:MOST_WHY])
		return
	if program.status != programs.RUNNING:
		_write([row.name], retry_on=now + HELD_UP)
		return
	works = programs.hours_of(program).from_moment(now)
	if works > now:
		_write([row.name], retry_on=works)
	else:
		_do(row, program, step, lead, run, now)


def _do(
	row: frappe._dict,
	program: Document,
	step: Document,
	lead: frappe._dict,
	run: frappe._dict,
	now: datetime,
) -> None:
	"""Do the step as it is now, and put down what became of it; why it had failed stays."""
	made = stepping.made_by(program, step, lead, run, row.name)
	if made["outcome"] != FAILED:
		made["why"] = _("Tried again; at first: {0}").format(row.why or "")[:MOST_WHY]
	of_step = {field: step.get(field) for field in ("channel", "title", "response_type")}
	_write([row.name], **of_step, **made, tries=(cint(row.tries) or 1) + 1, done_on=now, retry_on=None)


def _put_off(name: str, error: Exception) -> None:
	"""What can't be done for now is tried in an hour."""
	if not isinstance(error, frappe.OutgoingEmailError):
		frappe.log_error(title=_("A step of a program could not be tried again"))
	_write([name], retry_on=now_datetime() + HELD_UP, why=stepping.said(error))
	frappe.db.commit()


def _locked(names: Iterable[str]) -> list[frappe._dict]:
	names = tuple(names)
	statement = f"select * from `tab{RUN}` where name in %s order by name for update"
	return frappe.db.sql(statement, (names,), as_dict=True) if names else []


def _write(names: Sequence[str], **values: object) -> None:
	"""In SQL: nobody saves these records."""
	table = frappe.qb.DocType(RUN)
	query = frappe.qb.update(table).set(table.modified, now_datetime())
	query = query.set(table.modified_by, frappe.session.user)
	for column, value in values.items():
		query = query.set(table[column], value)
	query.where(table.name.isin(list(names))).run()
