"""What a change of a program means for the leads that are in it: it applies to the steps that they haven't had."""

from __future__ import annotations

from collections.abc import Mapping

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, cstr, escape_html, flt, get_time

from sales_activity.sales_activity.nurture import enrolment, programs

# of the live runs of a program: who still comes to the place of a step, and hasn't had it
_AHEAD = """
	select count(*) from `tabProgram Enrolment` run
	where run.program = %(program)s and run.status in ('Active', 'Paused')
		and (run.last_done_on is null or run.place_day < %(day)s
			or (run.place_day = %(day)s and run.place_number < %(number)s))
		and not exists (select 1 from `tabProgram Step Run` done
			where done.enrolment = run.name and done.step_key = %(key)s)
"""
_OF_STEP = ("day", "number", "channel", "title", "email_template", "link", "response_type", "description")
_TIMES, _NUMBERS = ("work_from", "work_until"), ("stop_on_reply", "threshold")
_OF_RUNS = (
	*_TIMES,
	*_NUMBERS,
	*("send_as", "email_account", "tasks_for", "task_user"),
)


def follow(program: Document) -> None:
	"""After a program was saved: its runs stand still, go on or end with it, and are looked at again where its steps or
	rules have changed; whoever saved it is told how many leads that concerns. Call it in ``on_update``."""
	before = program.get_doc_before_save()
	if not before:
		return
	if program.status != before.status:
		_follow_status(program, before.status)
	lines = changed_steps(program, before)
	if lines or any(_plain(program, field) != _plain(before, field) for field in _OF_RUNS):
		enrolment.look_again(program.name)
		_tell(program, lines)


def _follow_status(program: Document, before: str) -> None:
	if program.status == programs.PAUSED:
		enrolment.stand_still(program.name)
	elif program.status == programs.RUNNING and before == programs.PAUSED:
		enrolment.go_on(program.name)
	elif program.status == programs.ENDED:
		enrolment.end_all(program.name)


def changed_steps(program: Document, before: Document) -> list[str]:
	"""What has changed in the steps, with the numbers of leads that it concerns. Safe HTML. Nobody in it: no lines."""
	live = frappe.db.count(programs.ENROLMENT, {"program": program.name, "status": ["in", enrolment.LIVE]})
	if not live:
		return []
	old, new = _by_key(before), _by_key(program)
	lines = []
	for key, row in new.items():
		was = old.get(key)
		if was and all(_same(row, was, field) for field in _OF_STEP):
			continue
		ahead = _ahead(program.name, row)
		text = (
			_(
				"Step {0} (day {1}) has changed: {2} leads get it as it is now, {3} have had it or are past it."
			)
			if was
			else _("Step {0} (day {1}) is new: {2} leads get it, {3} are past its place and don't.")
		)
		lines.append(text.format(frappe.bold(escape_html(row.title)), cint(row.day), ahead, live - ahead))
	for key, row in old.items():
		if key not in new:
			text = _("Step {0} (day {1}) is gone: {2} leads don't get it any more.")
			lines.append(
				text.format(frappe.bold(escape_html(row.title)), cint(row.day), _ahead(program.name, row))
			)
	return lines


def _tell(program: Document, lines: list[str]) -> None:
	live = frappe.db.count(programs.ENROLMENT, {"program": program.name, "status": ["in", enrolment.LIVE]})
	if not live:
		return
	text = _("{0} leads are in this program. Changes apply to the steps that they haven't had.").format(live)
	changes = "".join(f"<li>{line}</li>" for line in lines)
	frappe.msgprint(text + (f"<ul>{changes}</ul>" if changes else ""), title=_("Leads in the Program"))


def _by_key(program: Document) -> Mapping[str, Document]:
	return {row.step_key: row for row in program.steps}


def _same(row: Document, was: Document, field: str) -> bool:
	if field in ("day", "number"):
		return flt(row.get(field), 9) == flt(was.get(field), 9)
	return cstr(row.get(field)) == cstr(was.get(field))


def _plain(program: Document, field: str) -> str:
	"""A value whatever type it came in."""
	value = program.get(field)
	if field in _TIMES:
		return str(get_time(value))
	return cstr(flt(value)) if field in _NUMBERS else cstr(value)


def _ahead(program: str, row: Document) -> int:
	values = {"program": program, "day": cint(row.day), "number": flt(row.number), "key": row.step_key}
	return frappe.db.sql(_AHEAD, values)[0][0]
