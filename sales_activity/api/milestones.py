"""Milestones: one user action at a time, the path of a document's project, My Next Steps, starting processes.

What may be done with a milestone is decided by its controller and the native Workflow, for every way in alike;
here stands only what a click in the desk, or another program, needs in one call.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.workflow import apply_workflow
from frappe.utils import cstr, escape_html, getdate

from sales_activity.api.guard import names_of, require, writable
from sales_activity.sales_activity.milestones import path as paths
from sales_activity.sales_activity.milestones import rules, updating
from sales_activity.sales_activity.milestones.answers import for_form
from sales_activity.sales_activity.milestones.bulk import start_each, start_in_background, told
from sales_activity.sales_activity.milestones.moves import MilestoneMoveError, rights_of
from sales_activity.sales_activity.milestones.next_steps import next_steps
from sales_activity.sales_activity.milestones.people import own_persons
from sales_activity.sales_activity.milestones.suggested import suggestions

MILESTONE, PROJECT = "Sales Milestone", "Sales Project"
SAVE, DELEGATE = "Save", "Delegate"

# how each document leads to its project
OF_PROJECT = {"Quotation": "sales_project", "Sales Order": "sales_project"}
UPDATERS = frozenset({"Sales Manager", "Sales Operations", "Sales Master Manager", "System Manager"})
MOST_EVENTS = 1000  # in one view of the calendar
IN_BACKGROUND = 50  # more projects than this are started by a job
MOST_PROJECTS = 10_000  # in one call

Answers = str | Mapping[str, Any] | None


@frappe.whitelist(methods=["POST"])
def act(
	milestone: str,
	action: str,
	answers: Answers = None,
	evidence: str | None = None,
	remark: str | None = None,
	question: str | None = None,
	reply: str | None = None,
	reason: str | None = None,
	delegate_to: str | None = None,
) -> dict[str, Any]:
	"""Do one thing with a milestone: an action of its Workflow (Accept, Achieve, Return, Hand Over Again, Skip,
	Cancel), "Delegate", or "Save" for the answers alone. What is given is saved with it; all or nothing.

	``answers``: fieldname > value, in Frappe's notation; those left out stay. ``question`` goes with Return,
	``reply`` with Hand Over Again, ``reason`` with Skip, Cancel and Delegate; no ``delegate_to`` takes back what was
	delegated. Returns name and status of the milestone and the project's path afterwards. Raises what the
	controller and the Workflow raise, and MilestoneMoveError for a delegation that changes nothing.
	"""
	require(MILESTONE, "write")
	doc = frappe.get_doc(MILESTONE, milestone)
	doc.check_permission("write")
	said = {"evidence": evidence, "remark": remark, "question": question, "reply": reply, "reason": reason}
	if action == DELEGATE:
		said["delegated_to"] = _somebody_else(doc, delegate_to)
	changed = [_set(doc, said), _set_answers(doc, answers)]
	if any(changed) or action == DELEGATE:
		doc.save()
	if action not in (SAVE, DELEGATE):
		doc = apply_workflow(doc, action)
	return {"name": doc.name, "status": doc.status, "path": paths.path(doc.sales_project)}


@frappe.whitelist()
def path(doctype: str, name: str) -> dict[str, Any]:
	"""The path of a Sales Project, or of the one that an Opportunity, Quotation or Sales Order belongs to.

	``project``: name, title, status and process; None, with no ``milestones``, where there is no project that
	the user may see. Raises PermissionError for a document that the user may not read.
	"""
	if doctype not in (PROJECT, "Opportunity", *OF_PROJECT):
		frappe.throw(_("Documents of the type {0} have no path.").format(_(doctype)))
	require(doctype, "read")
	doc = frappe.get_doc(doctype, name)
	doc.check_permission("read")
	project = doc if doctype == PROJECT else _project_of(doc)
	if not project:
		return {"project": None, "milestones": []}
	about = ("name", "title", "status", "sales_process", "milestone_probability")
	return {
		"project": {field: project.get(field) for field in about},
		"may_write": bool(project.has_permission("write")),
		"milestones": paths.path(project.name),
	}


@frappe.whitelist()
def form(milestone: str) -> dict[str, Any]:
	"""What is needed to work on a milestone: its row of the path, its questions with the answers given so far,
	``suggested`` (fieldname > value, known from earlier milestones or the project, for what isn't answered),
	``known_so_far`` (every answer that was given before), and whether answers ``may_change`` now."""
	require(MILESTONE, "read")
	doc = frappe.get_doc(MILESTONE, milestone)
	doc.check_permission("read")
	row = next(row for row in paths.path(doc.sales_project) if row.name == doc.name)
	known = for_form(doc)
	may_change = bool(known["is_open"] and not row.is_held and rights_of(doc).work)
	return {
		**known,
		"suggested": suggestions(doc) if may_change else {},
		"may_change": may_change,
		"milestone": row,
	}


@frappe.whitelist()
def my_next_steps() -> dict[str, Any]:
	"""``steps``: the user's list, most pressing first; ``is_person``: False for users who are no Sales Person, for
	whom no milestone can be waiting."""
	require(MILESTONE, "read")
	return {"is_person": bool(own_persons(frappe.session.user)), "steps": next_steps()}


@frappe.whitelist()
def calendar(start: str, end: str, filters: str | list | None = None, **_more: Any) -> list[dict[str, Any]]:
	"""The milestones that are due from ``start`` to ``end``, as far as the user sees them, for the calendar:
	``look`` is the kind of colour, ``title`` names the project too. Called by Frappe's calendar view."""
	require(MILESTONE, "read")
	due = [[MILESTONE, "due_date", "between", [getdate(start), getdate(end)]]]
	fields = ["name", "milestone", "project_title", "status", "due_date"]
	rows = frappe.get_list(
		MILESTONE, filters=due + (frappe.parse_json(filters) or []), fields=fields, limit=MOST_EVENTS
	)
	for row in rows:
		row.title = f"{row.milestone} · {row.project_title}"
		row.all_day = 1
		row.look = _look(row)
	return rows


def _look(row: dict[str, Any]) -> str:
	if row["status"] in rules.OPENED and row["due_date"] < getdate():
		return "danger"
	return {"Achieved": "success", "Returned": "warning"}.get(row["status"], "default")


@frappe.whitelist(methods=["POST"])
def start(projects: str | list[str], process: str) -> dict[str, Any]:
	"""Start a Sales Process on projects that the user may write; more than 50 in the background, with progress on
	the desk. Returns how many were ``started`` or ``queued``, and ``message``: what to tell the user."""
	names = _writable(projects)
	require("Sales Process", "read")
	user = frappe.session.user
	if len(names) > IN_BACKGROUND:
		job = {"projects": names, "process": process, "user": user}
		# at once: nothing is written here, and Frappe 15 at first committed only requests that wrote something
		frappe.enqueue(start_in_background, queue="long", timeout=3600, **job)
		message = _("The process is being started on {0} projects. You can go on working meanwhile.")
		return {"started": 0, "queued": len(names), "message": message.format(len(names))}
	outcome = start_each(names, process, user)
	return {"started": outcome.started, "queued": 0, "message": told(outcome)}


@frappe.whitelist()
def preview_update(project: str) -> dict[str, list[dict]]:
	"""What ``update_from_process`` would add, remove and change in a running project."""
	return updating.preview_update(_updatable(project))


@frappe.whitelist(methods=["POST"])
def update_from_process(project: str) -> dict[str, list[dict]]:
	"""Take over into a running project what was changed in its process. For those whose role sets milestones
	aside, as this may cancel some that wait."""
	return updating.update_from_process(_updatable(project))


def _updatable(project: str) -> str:
	require(PROJECT, "write")
	frappe.get_doc(PROJECT, project).check_permission("write")
	if UPDATERS.isdisjoint(frappe.get_roles()):
		frappe.throw(
			_("Updating from the process is for Sales Managers and Sales Operations."), frappe.PermissionError
		)
	return project


def _writable(projects: str | list[str]) -> list[str]:
	"""The names, if the user may write all of these projects."""
	require(PROJECT, "write")
	names = names_of(projects, MOST_PROJECTS)
	allowed = writable(PROJECT, names)
	hidden = [name for name in names if name not in allowed]
	if hidden:
		frappe.throw(
			_("You have no permission to change {0}.").format(escape_html(", ".join(hidden[:5]))),
			frappe.PermissionError,
		)
	return names


def _project_of(doc: Document) -> Document | None:
	"""The project that a document belongs to, if the user may see it."""
	if doc.doctype in OF_PROJECT:
		name = doc.get(OF_PROJECT[doc.doctype])
	else:
		opened_from = {"reference_doctype": doc.doctype, "reference_name": doc.name}
		name = frappe.db.get_value(PROJECT, opened_from, order_by="creation desc")
	if not name or not frappe.has_permission(PROJECT, "read", doc=name):
		return None
	return frappe.get_doc(PROJECT, name)


def _somebody_else(doc: Document, delegate_to: str | None) -> str:
	"""Whom to delegate to, empty to take it back. Refused where that is so already: nobody would be told, and the
	reason would stay behind for whatever comes next."""
	if cstr(delegate_to) == cstr(doc.delegated_to):
		frappe.throw(
			_("It is the turn of {0} already. Choose somebody else to delegate it to.").format(
				frappe.bold(escape_html(doc.turn_of or ""))
			),
			MilestoneMoveError,
		)
	return cstr(delegate_to)


def _set(doc: Document, values: Mapping[str, Any]) -> bool:
	"""Set fields; whether any of them is new."""
	changed = [field for field, value in values.items() if value is not None and value != doc.get(field)]
	doc.update({field: values[field] for field in changed})
	return bool(changed)


def _set_answers(doc: Document, answers: Answers) -> bool:
	"""Set answers; whether any of them is new. What is left out stays."""
	rows = {row.fieldname: row for row in doc.answers}
	changed = False
	for fieldname, value in (frappe.parse_json(answers) or {}).items():
		if cstr(value) == cstr(rows[fieldname].value if fieldname in rows else None):
			continue
		changed = True
		if fieldname in rows:
			rows[fieldname].value = value
		else:
			doc.append("answers", {"fieldname": fieldname, "value": value})
	return changed
