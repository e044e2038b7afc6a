"""What people are shown of runs through programs: how far a lead has come, what it got and did, what comes next."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt, get_datetime

from sales_activity.sales_activity.nurture import program_mails, programs, schedule
from sales_activity.sales_activity.nurture.enrolment import LIVE
from sales_activity.sales_activity.nurture.program_mails import MailFailedError
from sales_activity.sales_activity.nurture.program_texts import Text
from sales_activity.sales_activity.nurture.programs import ENROLMENT, PROGRAM, RUN
from sales_activity.sales_activity.nurture.schedule import Place
from sales_activity.sales_activity.nurture.scoring import RESPONSE

MOST_RUNS = 50
_OF_RUN = (
	*("name", "program", "status", "next_due", "enrolled_on", "last_done_on", "paused_on", "problem"),
	*("stop_reason", "stopped_on", "place_day", "place_number", "paused_seconds"),
)
_OF_STEP = (
	*("name", "step_key", "day", "channel", "title", "outcome", "why", "done_on", "email_queue", "todo"),
)
_OF_RESPONSE = ("reference_name", "response_type", "responded_on", "title", "url", "robot")


def of_lead(lead_nurture: str) -> list[dict[str, Any]]:
	"""The runs of a lead, the latest first: its fields, and ``next_step`` (title, channel, day), None after the last or
	where the run is over. A handful of queries for each program. Permissions are the caller's question."""
	rows = frappe.get_all(
		ENROLMENT, {"lead_nurture": lead_nurture}, list(_OF_RUN), order_by="enrolled_on desc", limit=MOST_RUNS
	)
	return [{**row, "next_step": next_step(row)} for row in rows]


def next_step(run: frappe._dict) -> dict[str, Any] | None:
	"""The step that a live run comes to next, with when it is ``due`` (None as long as the run stands still); None where
	there is no step."""
	if run.status not in LIVE:
		return None
	program = frappe.get_cached_doc(PROGRAM, run.program)
	done = frappe.get_all(RUN, {"enrolment": run.name}, pluck="step_key", limit=0)
	place = Place(cint(run.place_day), flt(run.place_number)) if run.last_done_on else None
	step = schedule.next_step(programs.steps_of(program), done, place)
	if not step:
		return None
	row = next(row for row in program.steps if row.step_key == step.key)
	shown = {"title": row.title, "channel": row.channel, "day": row.day}
	return {**shown, "due": None if run.paused_on else _due(run, step, program)}


def _due(run: frappe._dict, step: schedule.Step, program: Document) -> datetime:
	still = timedelta(seconds=cint(run.paused_seconds))
	last = get_datetime(run.last_done_on) if run.last_done_on else None
	return schedule.due_at(step, get_datetime(run.enrolled_on), programs.hours_of(program), still, last)


def log(enrolment: str) -> list[dict[str, Any]]:
	"""The steps that a run had, in order: its fields, and ``responses`` to each (type, when, title, url, robot). Two
	queries."""
	steps = frappe.get_all(
		RUN,
		{"enrolment": enrolment},
		list(_OF_STEP),
		order_by="done_on, day, number",
		limit=schedule.MOST_STEPS,
	)
	asked = {"reference_doctype": RUN, "reference_name": ["in", [step.name for step in steps]]}
	found = (
		frappe.get_all(RESPONSE, asked, list(_OF_RESPONSE), order_by="responded_on", limit=0) if steps else []
	)
	return [
		{**step, "responses": [row for row in found if row.reference_name == step.name]} for step in steps
	]


def mail(program: Document, step: Document, lead: frappe._dict) -> Text:
	"""The e-mail of a step as the lead would get it, its link to unsubscribe leading nowhere. Nothing is sent or
	written. Raises MailFailedError."""
	if step.channel != programs.EMAIL:
		raise MailFailedError(_("This step is a task, not an e-mail."))
	sender = program_mails.sender_of(program, lead)
	return program_mails.compose(program, step, lead, sender, "#")
