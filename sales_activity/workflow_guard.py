"""The Workflow's rules, held on the server.

Frappe enforces ``allow_edit`` of a state only in the browser, lets a direct submit jump to the first
submitted state and a direct cancel skip the Workflow (``frappe/model/workflow.py``). The controllers of our
workflow documents call these functions, so that form, API, bulk edit and Data Import obey alike. A DocType
whose Workflow the admin switched off is governed by its role permissions alone.
"""

from __future__ import annotations

import frappe
from frappe import _
from frappe.core.doctype.version.version import get_diff
from frappe.model.document import Document
from frappe.model.workflow import get_transitions, get_workflow_name, has_approval_access
from frappe.utils import escape_html


class WorkflowLockError(frappe.PermissionError):
	"""A change, submission or cancellation that the document's Workflow does not allow."""


def active_workflow(doctype: str) -> Document | None:
	"""The active Workflow of a DocType, None if there is none."""
	name = get_workflow_name(doctype)
	return frappe.get_cached_doc("Workflow", name) if name else None


def derived_value(doc: Document, fieldname: str, default: str) -> str:
	"""What the Workflow says that ``fieldname`` is in the document's state (``update_field`` and
	``update_value`` of the state), so that a client that sets the state by hand changes the field too.
	Without an active Workflow: the field's own value, or the default."""
	workflow = active_workflow(doc.doctype)
	if not workflow:
		return doc.get(fieldname) or default
	state = _state_row(workflow, doc.get(workflow.workflow_state_field) or workflow.states[0].state)
	if state and state.update_field == fieldname:
		return state.update_value
	return default


def follow_status(doc: Document, before: Document) -> None:
	"""Keep ``status`` and ``workflow_state`` the same, of a DocType that has both. A card dragged in the Kanban comes as a
	new ``status``: that is the same move as by the Workflow's action. Call it in ``validate``, first."""
	if doc.status != before.status and doc.workflow_state == before.workflow_state:
		doc.workflow_state = doc.status
	doc.status = doc.workflow_state


def check_transition(doc: Document) -> None:
	"""Refuse a submission or cancellation that is not one of the Workflow's transitions, open to this user.

	Call it in ``before_submit`` and ``before_cancel``. Raises WorkflowLockError.
	"""
	workflow = active_workflow(doc.doctype)
	if not workflow:
		return
	before = doc.get_doc_before_save()
	if not before:
		_refuse(doc, _("Save it first, then use its Actions menu."))
	target = doc.get(workflow.workflow_state_field)
	state = _state_row(workflow, target)
	leads_here = state and int(state.doc_status or 0) == int(doc.docstatus)
	if not leads_here or not any(
		transition.next_state == target and has_approval_access(frappe.session.user, doc, transition)
		for transition in get_transitions(before, workflow)
	):
		_refuse(doc, _("Use the Actions menu of the document; your roles decide what it offers."))


def check_state(doc: Document) -> None:
	"""Refuse a state that belongs to another docstatus, as a client sets it that writes the state field itself:
	a draft that calls itself approved, a submitted document that calls itself cancelled. Call it in
	``validate`` and ``before_update_after_submit``. Raises WorkflowLockError.
	"""
	workflow = active_workflow(doc.doctype)
	state = _state_row(workflow, doc.get(workflow.workflow_state_field)) if workflow else None
	if state and int(state.doc_status or 0) != int(doc.docstatus):
		_refuse(doc, _("Use the Actions menu of the document; your roles decide what it offers."))


def check_editable(doc: Document) -> None:
	"""Refuse changes to content by users without a role that may edit in the present state.

	A state that several roles edit has a row for each, as Frappe's desk understands it
	(``frappe.workflow.get_document_state_roles``). Moving the document to its next state is not a change of content. Call it in ``validate``; a child row
	counts as content. Raises WorkflowLockError.
	"""
	workflow = active_workflow(doc.doctype)
	before = doc.get_doc_before_save()
	if not workflow or not before:
		return
	state = before.get(workflow.workflow_state_field)
	roles = _editors(workflow, state)
	if not roles or not roles.isdisjoint(frappe.get_roles()) or not _content_changed(doc, before, workflow):
		return
	frappe.throw(
		_("In the state {0} only the role {1} can change this document. Nothing was saved.").format(
			frappe.bold(_(state)), frappe.bold(_either(roles))
		),
		WorkflowLockError,
		title=_("Locked"),
	)


def check_deletable(doc: Document) -> None:
	"""Refuse deletion by users who could not edit the document in its state. Call it in ``on_trash``."""
	workflow = active_workflow(doc.doctype)
	if not workflow:
		return
	state = doc.get(workflow.workflow_state_field)
	roles = _editors(workflow, state)
	if roles and doc.docstatus == 0 and roles.isdisjoint(frappe.get_roles()):
		_refuse(doc, _("In the state {0} only the role {1} can delete it.").format(_(state), _either(roles)))


def refuse_discard(doc: Document, method: str | None = None) -> None:
	"""Refuse to discard a document of ours. Called by hook before_discard of all of them.

	Frappe 16 lets whoever may write a draft set its docstatus to Cancelled, past validation and workflow, whether
	its DocType is submittable or not (``Document.discard``, ``frappe.desk.form.save.discard``); 15 has no such
	thing. Raises WorkflowLockError.
	"""
	frappe.throw(
		_("{0} {1} is not discarded.").format(_(doc.doctype), frappe.bold(escape_html(str(doc.name))))
		+ " "
		+ _instead_of_discarding(doc.doctype),
		WorkflowLockError,
		title=_("Not allowed by the workflow"),
	)


def _instead_of_discarding(doctype: str) -> str:
	"""What to do instead."""
	disable = _("Disable it instead, or delete it while nothing uses it.")
	texts = {
		"Sales Project": _("Set it to Lost with a reason, or delete it while nothing hangs on it."),
		"Sales Target": _("Delete the draft, or leave it: only an approved target counts."),
		"Sales Credit Repost": _("Delete the draft, or leave it: only a submitted one does something."),
		"Sales Milestone": _("Skip or cancel it with a reason."),
		"Universal Lead Definition": _(
			"Delete the draft, or leave it: only an active definition measures leads."
		),
		"Lead Nurture": _("Disqualify it with a reason, or set it to Do Not Contact."),
		"Nurture Program": _("End it instead."),
		"Sales Expense Claim": _("Delete the draft, or let it be denied with a reason."),
		"Expense Forwarding": _("Delete the draft."),
		"Expense Stand-in": _("Delete it, or let it end earlier."),
		"Sales Expense Type": disable,
		"Lead Routing Rule": disable,
		"Response Type": disable,
		"Campaign Spend": _("Delete it."),
		"Sales Process": disable,
		"Milestone Form": disable,
		"Sales Role": disable,
	}
	return texts.get(doctype) or _("It is kept as it is.")


def _state_row(workflow: Document, state: str | None) -> Document | None:
	return next((row for row in workflow.states if row.state == state), None)


def _editors(workflow: Document, state: str | None) -> set[str]:
	"""The roles that may edit in a state."""
	return {row.allow_edit for row in workflow.states if row.state == state}


def _either(roles: set[str]) -> str:
	return _(" or ").join(sorted(_(role) for role in roles))


def _content_changed(doc: Document, before: Document, workflow: Document) -> bool:
	moved = {"docstatus", workflow.workflow_state_field, *(row.update_field for row in workflow.states)}
	diff = get_diff(before, doc)
	if not diff:
		return False
	changed = {fieldname for fieldname, *_values in diff.changed}
	return bool(changed - moved or diff.added or diff.removed or diff.row_changed)


def _refuse(doc: Document, hint: str) -> None:
	frappe.throw(
		_("This would bypass the workflow of {0} {1}.").format(_(doc.doctype), doc.name or "") + " " + hint,
		WorkflowLockError,
		title=_("Not allowed by the workflow"),
	)
