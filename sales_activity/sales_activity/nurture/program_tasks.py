"""The task of a step: a call, an event, something to post, for a person."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html, nowdate

from sales_activity.sales_activity.nurture import programs, telling
from sales_activity.sales_activity.nurture.records import NURTURE


class NobodyForTaskError(frappe.ValidationError):
	"""There is nobody who could get the task."""


def assign(program: Document, step: Document, lead: frappe._dict, run: frappe._dict) -> str:
	"""Make the ToDo of a step, on the lead's record; returns its name. Not committed. (``assignments.assign`` would
	take an open ToDo of the same person for it.) Raises NobodyForTaskError."""
	user = user_for(program, lead, run.lead_nurture)
	if not user:
		raise NobodyForTaskError(
			_("There is no enabled user for the task: give the lead one, or the program ({0}).").format(
				program.tasks_for
			)
		)
	todo = {
		"doctype": "ToDo",
		"allocated_to": user,
		"assigned_by": run.enrolled_by or "Administrator",
		"reference_type": NURTURE,
		"reference_name": run.lead_nurture,
		"description": describe(program, step, lead),
		"priority": "Medium",
		"status": "Open",
		"date": nowdate(),
	}
	return frappe.get_doc(todo).insert(ignore_permissions=True).name


def user_for(program: Document, lead: frappe._dict, nurture: str) -> str | None:
	"""Who gets the tasks of a lead; the program's user where the lead has nobody."""
	wanted = {
		programs.FOR_OWNER: lambda: lead.lead_owner,
		programs.FOR_QUALIFIER: lambda: frappe.db.get_value(NURTURE, nurture, "qualifier"),
		programs.FOR_USER: lambda: None,
	}[program.tasks_for]()
	for user in (wanted, program.task_user):
		if user and frappe.db.get_value("User", user, "enabled"):
			return user
	return None


def describe(program: Document, step: Document, lead: frappe._dict) -> str:
	"""What is to be done, for whom. Safe HTML."""
	headline = _("{0}: {1} ({2})").format(_(step.channel), step.title, telling.title_of(lead))
	lines = [f"<b>{escape_html(headline)}</b>"]
	if step.description:
		lines.append(escape_html(step.description).replace("\n", "<br>"))
	if step.link:
		link = escape_html(step.link)
		lines.append(f'<a href="{link}" target="_blank" rel="noopener noreferrer">{link}</a>')
	lines.append(escape_html(_("Program {0}").format(program.name)))
	return "<br>".join(lines)
