"""The ToDo that a hand-off makes: Frappe's assignment of the milestone, or lead, to the person's user.

``frappe.desk.form.assign_to.add`` would send a notification and an e-mail of its own beside ours, and share the
document with people whose roles don't show it. The ToDo itself does what makes an assignment (the comment, the
picture in lists and forms: ``ToDo.on_update``), so that is what we make.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date

import frappe
from frappe.utils import now

MILESTONE = "Sales Milestone"
OPEN, CLOSED = "Open", "Closed"


def assign(
	name: str, user: str, by_user: str | None, description: str, due: date | None, doctype: str = MILESTONE
) -> str:
	"""Assign a document, unless the user has it already. ``description``: safe HTML. Returns the ToDo's name."""
	found = frappe.db.get_value(
		"ToDo",
		{"reference_type": doctype, "reference_name": name, "allocated_to": user, "status": OPEN},
	)
	if found:
		return found
	return (
		frappe.get_doc(
			{
				"doctype": "ToDo",
				"allocated_to": user,
				"assigned_by": by_user or "Administrator",
				"reference_type": doctype,
				"reference_name": name,
				"description": description,
				"priority": "Medium",
				"status": OPEN,
				"date": due,
			}
		)
		.insert(ignore_permissions=True)
		.name
	)


def close(todos: Mapping[str, str], doctype: str = MILESTONE) -> None:
	"""Close ToDos that hand-offs made; what somebody assigned by hand stays. ``todos``: the document of each.

	In SQL, for many: saving each ToDo would cost ten queries and a notification that the assignment "has been
	removed". Leaves the documents as Frappe 15 and 16 do when a ToDo is closed (``ToDo.update_in_reference``).
	"""
	if not todos:
		return
	todo = frappe.qb.DocType("ToDo")
	query = frappe.qb.update(todo).set(todo.status, CLOSED)
	query = query.set(todo.modified, now()).set(todo.modified_by, frappe.session.user)
	query.where(todo.name.isin(sorted(todos)) & (todo.status == OPEN)).run()
	_show_assigned(set(todos.values()), doctype)


def set_date(todos: Iterable[str], due: date | None) -> None:
	"""Move those of these ToDos that are open to another date. In SQL, as ``close``."""
	names = sorted(set(todos))
	if not names:
		return
	todo = frappe.qb.DocType("ToDo")
	query = frappe.qb.update(todo).set(todo.date, due)
	query = query.set(todo.modified, now()).set(todo.modified_by, frappe.session.user)
	query.where(todo.name.isin(names) & (todo.status == OPEN)).run()


def _show_assigned(names: set[str], doctype: str) -> None:
	"""Set ``_assign`` to whoever still has an open ToDo."""
	todo, document = frappe.qb.DocType("ToDo"), frappe.qb.DocType(doctype)
	rows = (
		frappe.qb.from_(todo)
		.select(todo.reference_name, todo.allocated_to)
		.where((todo.reference_type == doctype) & todo.reference_name.isin(sorted(names)))
		.where((todo.status == OPEN) & todo.allocated_to.notnull())
		.orderby(todo.creation)
	).run()
	still: dict[str, list[str]] = {name: [] for name in names}
	for name, user in rows:
		still[name].append(user)
	free = sorted(name for name, users in still.items() if not users)
	if free:
		frappe.qb.update(document).set(document._assign, "").where(document.name.isin(free)).run()
	for name in sorted(names - set(free)):
		frappe.db.set_value(doctype, name, "_assign", json.dumps(still[name]), update_modified=False)
