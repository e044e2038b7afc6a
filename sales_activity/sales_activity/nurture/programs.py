"""Nurture Programs as they are written down: what one may consist of, and what the rules of ``schedule`` make of it.

A step keeps its key for good, whatever is changed in it, and its number, which orders the steps of a day: so a running
program can be changed, and still nobody gets a step twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, cstr, escape_html, flt, get_time

from sales_activity.sales_activity.milestones import due, forms
from sales_activity.sales_activity.milestones.conditions import Condition
from sales_activity.sales_activity.nurture import definition, program_texts, schedule
from sales_activity.sales_activity.nurture.fit_texts import text_of
from sales_activity.sales_activity.nurture.response_rules import is_address
from sales_activity.sales_activity.nurture.schedule import Hours, Step, StopRules

PROGRAM, ENROLMENT, RUN = "Nurture Program", "Program Enrolment", "Program Step Run"
DRAFT, RUNNING, PAUSED, ENDED = "Draft", "Running", "Paused", "Ended"
EMAIL = "E-mail"
AS_OWNER, AS_ACCOUNT = "Lead Owner", "Email Account"
FOR_OWNER, FOR_QUALIFIER, FOR_USER = "Lead Owner", "Qualifier", "User"
_NEXT = {
	None: {DRAFT, RUNNING},
	DRAFT: {RUNNING},
	RUNNING: {PAUSED, ENDED},
	PAUSED: {RUNNING, ENDED},
	ENDED: set(),
}


class ProgramError(frappe.ValidationError):
	"""A program that can't be used, or can't be changed so."""


# --- what the rules of the schedule are asked about ----------------------------------------------------------


def steps_of(program: Document) -> list[Step]:
	"""The steps, for the rules of ``schedule``."""
	return [Step(cint(row.day), flt(row.number), row.step_key) for row in program.steps]


def hours_of(program: Document) -> Hours:
	"""When it works: its hours on the working days of its company."""
	return Hours(get_time(program.work_from), get_time(program.work_until), due.calendar(program.company))


def stop_rules(program: Document) -> StopRules:
	"""What ends a run."""
	return StopRules(bool(cint(program.stop_on_reply)), flt(program.threshold))


def conditions_of(program: Document) -> list[Condition]:
	"""What must hold of a Lead that is enrolled by rule."""
	return [Condition(cstr(row.lead_field), cstr(row.operator), cstr(row.value)) for row in program.rules]


# --- checks --------------------------------------------------------------------------------------------------


def check(program: Document) -> None:
	"""Put the steps in order, and refuse a program that can't be used. Call it in ``validate``. Raises ProgramError."""
	before = program.get_doc_before_save()
	put_in_order(program, before)
	problems = [*_state_problems(program, before), *_step_problems(program), *_rule_problems(program)]
	problems += _people_problems(program)
	if problems:
		lines = "".join(f"<li>{problem}</li>" for problem in dict.fromkeys(problems))
		frappe.throw(
			_("This program can't be used yet.") + f"<ul>{lines}</ul>",
			ProgramError,
			title=_("Please correct"),
		)


def put_in_order(program: Document, before: Document | None) -> None:
	"""Sort the steps by day, and give those that have none a key and a number.

	A number stays as it is as long as the order of the day is the same. A step between two others gets one between
	theirs, one at the end a new one: never that of a step that was there and is gone.
	"""
	program.last_number = flt(before.last_number) if before else 0.0
	program.steps.sort(key=lambda row: (cint(row.day), row.idx or 0))
	known = {row.name: row for row in before.steps} if before else {}
	keys: set[str] = set()
	for idx, row in enumerate(program.steps, start=1):
		row.idx = idx
		old = known.get(row.name)
		row.step_key = old.step_key if old else None
		row.number = flt(old.number) if old else 0.0
		if not row.step_key or row.step_key in keys:
			row.step_key, row.number = frappe.generate_hash(length=12), 0.0
		keys.add(row.step_key)
	for index, row in enumerate(program.steps):
		previous = program.steps[index - 1] if index else None
		low = previous.number if previous and cint(previous.day) == cint(row.day) else 0.0
		if row.number > low:
			continue
		later = [
			other.number
			for other in program.steps[index + 1 :]
			if cint(other.day) == cint(row.day) and other.number > low
		]
		row.number = (low + min(later)) / 2 if later else max(low, program.last_number) + 1
		program.last_number = max(program.last_number, row.number)


def _state_problems(program: Document, before: Document | None) -> Iterator[str]:
	status, old = program.status, before.status if before else None
	if status != old and status not in _NEXT.get(old, set()):
		yield _("A program that is {0} can't become {1}.").format(_(old or _("new")), _(status))
	if status != DRAFT and not program.company:
		yield _("Choose its company before it runs.")
	if (
		before
		and before.company != program.company
		and frappe.db.exists(ENROLMENT, {"program": program.name})
	):
		yield _("Leads run through it: its company can't be changed.")
	start, end = _time(program.work_from), _time(program.work_until)
	if start is None or end is None or start >= end:
		yield _("It must work from an earlier to a later time of day, such as 09:00 to 17:00.")
	if flt(program.threshold) < 0:
		yield _("The score that ends a run can't be below 0. Take 0 if no score ends it.")
	if status == RUNNING and not program.steps:
		yield _("It has no steps. Write down at least one before it runs.")


def _time(raw: object) -> time | None:
	try:
		return get_time(raw)
	except Exception:  # whatever somebody sent as a time
		return None


def _step_problems(program: Document) -> Iterator[str]:
	if len(program.steps) > schedule.MOST_STEPS:
		yield _("A program has at most {0} steps.").format(schedule.MOST_STEPS)
	for row in program.steps:
		for problem in _problems_of_step(row):
			yield _("Step {0} ({1}): {2}").format(row.idx, escape_html(cstr(row.title)), problem)


def _problems_of_step(row: Document) -> Iterator[str]:
	if not 0 <= cint(row.day) <= schedule.LAST_DAY:
		yield _("its day must lie between 0 and {0}.").format(schedule.LAST_DAY)
	if row.link and not is_address(row.link):
		yield _("'{0}' is no address of a page. It begins with https:// or http://.").format(
			escape_html(row.link)
		)
	if row.channel == EMAIL:
		yield from _template_problems(row.email_template)


def _template_problems(name: str | None) -> Iterator[str]:
	template = frappe.db.get_value("Email Template", name, "*", as_dict=True) if name else None
	if not template:
		yield _("choose the Email Template that is sent.")
		return
	problem = program_texts.problem_of(template)
	if problem:
		yield _("the Email Template {0} can't be used: {1}").format(
			frappe.bold(escape_html(name)), escape_html(problem)
		)


def _rule_problems(program: Document) -> Iterator[str]:
	if cint(program.enrol_by_rule) and not program.rules:
		yield _("It enrols by rule, but there is no rule: it would take every lead. Write down at least one.")
	fields = definition.lead_fields()
	for row, condition in zip(program.rules, conditions_of(program), strict=True):
		asked = fields.get(condition.field)
		if asked is None:
			yield _("Rule {0}: a Lead has no field '{1}'. Choose one from the list.").format(
				row.idx, escape_html(condition.field)
			)
			continue
		yield from map(text_of, forms.condition_errors(condition, asked, asked.label))


def _people_problems(program: Document) -> Iterator[str]:
	if program.send_as == AS_ACCOUNT:
		account = program.email_account
		if not account or not frappe.db.get_value("Email Account", account, "enable_outgoing"):
			yield _("Choose an Email Account that sends, or let its e-mails be sent as the lead's owner.")
	if program.task_user and not frappe.db.get_value("User", program.task_user, "enabled"):
		yield _("{0} is no enabled user, and would never see a task.").format(escape_html(program.task_user))
	elif program.tasks_for == FOR_USER and not program.task_user:
		yield _("Choose the user who gets its tasks.")
