"""What somebody promised outside of any process: open ToDos and Events, with what they are about.

Not among them: the assignments that a hand-off makes, which stand for milestones that the list has already.
Four queries at most to find the projects that they belong to.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import frappe
from frappe.utils import add_days, getdate, strip_html_tags
from pypika.terms import ExistsCriterion

TODO, EVENT = "To Do", "Event"
DAYS_BACK, DAYS_AHEAD = 14, 60  # of events; older ones nobody closed are not worth a line
MOST = 200  # of each kind

Promise = dict[str, Any]

# documents that know their project themselves: DocType > the field with it
_PROJECT_FIELD = {
	"Quotation": "sales_project",
	"Sales Order": "sales_project",
	"Sales Milestone": "sales_project",
}


def promises(user: str) -> list[Promise]:
	"""Dicts with kind, doctype, name, what, due (date or None), at (of events: the time), and what it refers to
	(reference_doctype, reference_name, project; each may be None)."""
	found = [*_todos(user), *_events(user)]
	projects = _projects_of({(row.reference_doctype, row.reference_name) for row in found})
	for row in found:
		row.project = projects.get((row.reference_doctype, row.reference_name))
	return found


def _todos(user: str) -> Iterable[Promise]:
	todo, hand_off = frappe.qb.DocType("ToDo"), frappe.qb.DocType("Milestone Hand-off")
	assignments = frappe.qb.from_(hand_off).select(hand_off.name).where(hand_off.todo == todo.name)
	rows = (
		frappe.qb.from_(todo)
		.select(
			todo.name,
			todo.description,
			todo.date,
			todo.reference_type,
			todo.reference_name,
		)
		.where((todo.allocated_to == user) & (todo.status == "Open"))
		.where(ExistsCriterion(assignments).negate())
		.orderby(todo.date)
		.limit(MOST)
	).run(as_dict=True)
	for row in rows:
		yield _promise(
			TODO, "ToDo", row.name, row.description, row.date, row.reference_type, row.reference_name
		)


def _events(user: str) -> Iterable[Promise]:
	"""Once for each, with the first participant that isn't a person of the house."""
	event, guest = frappe.qb.DocType("Event"), frappe.qb.DocType("Event Participants")
	today = getdate()
	rows = (
		frappe.qb.from_(event)
		.left_join(guest)
		.on((guest.parent == event.name) & (guest.parenttype == "Event"))
		.select(event.name, event.subject, event.starts_on, guest.reference_doctype, guest.reference_docname)
		.where((event.owner == user) | (guest.email == user))
		.where((event.status == "Open") & (event.repeat_this_event == 0))
		.where(event.starts_on[add_days(today, -DAYS_BACK) : add_days(today, DAYS_AHEAD)])
		.orderby(event.starts_on)
		.orderby(guest.idx)
		.limit(MOST)
	).run(as_dict=True)
	seen: dict[str, Promise] = {}
	for row in rows:
		known = seen.setdefault(row.name, _promise(EVENT, EVENT, row.name, row.subject, row.starts_on))
		if row.reference_docname and not known.reference_name:
			known.reference_doctype, known.reference_name = row.reference_doctype, row.reference_docname
		known.at = str(row.starts_on)
	return seen.values()


def _promise(
	kind: str,
	doctype: str,
	name: str,
	what: str | None,
	due: object,
	reference_doctype: str | None = None,
	reference_name: str | None = None,
) -> Promise:
	return frappe._dict(
		kind=kind,
		doctype=doctype,
		name=name,
		what=strip_html_tags(what or "").strip() or name,
		due=_day(due),
		reference_doctype=reference_doctype,
		reference_name=reference_name,
	)


def _day(moment: object) -> date | None:
	return getdate(moment) if moment else None


def _projects_of(references: set[tuple[str | None, str | None]]) -> dict[tuple[str, str], str]:
	"""Document > the project that it belongs to."""
	names: dict[str, set[str]] = {}
	for doctype, name in references:
		if doctype and name:
			names.setdefault(doctype, set()).add(name)
	found = {("Sales Project", name): name for name in names.get("Sales Project", ())}
	for doctype, field in _PROJECT_FIELD.items():
		if doctype in names:
			rows = frappe.get_all(
				doctype, {"name": ("in", names[doctype]), field: ("is", "set")}, ["name", field], as_list=True
			)
			found.update({(doctype, name): project for name, project in rows})
	if "Opportunity" in names:
		about = {"reference_doctype": "Opportunity", "reference_name": ("in", names["Opportunity"])}
		rows = frappe.get_all("Sales Project", about, ["reference_name", "name"], as_list=True)
		found.update({("Opportunity", name): project for name, project in rows})
	return found
