"""What people do with a milestone: who may do it, what it takes, what follows from it.

Called by the controller of Sales Milestone, so that the form, Kanban, ``frappe.client``, REST, bulk edit and Data
Import obey alike: Frappe's Workflow is checked too, but its locks are in the browser only. There is no
exception for Administrator; what the app does itself (``board``) does not pass here.
"""

from __future__ import annotations

from typing import NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, escape_html, get_datetime

from sales_activity.differences import changed_fields, differs
from sales_activity.permissions.scope import persons_below
from sales_activity.sales_activity.milestones import (
	answers,
	handoffs,
	open_forms,
	opening,
	records,
	rules,
)
from sales_activity.sales_activity.milestones.board import Board
from sales_activity.sales_activity.milestones.people import own_persons
from sales_activity.workflow_guard import follow_status

SAID = ("question", "reply", "reason")
INFORMATION = ("evidence", "remark")
STATE = ("workflow_state", "status")
# what Frappe keeps itself, or fetches anew
_FRAPPES = frozenset({"modified", "modified_by", "project_title"})
# what the app changes without a word to forms that are open (see ``updating``)
_QUIET = frozenset({"position"})


class NotYourMilestoneError(frappe.PermissionError):
	"""Somebody moves or changes a milestone that isn't their business."""


class MilestoneLockedError(frappe.PermissionError):
	"""A change to what nobody changes by hand, or no longer."""


class MilestoneMoveError(frappe.ValidationError):
	"""A move that this milestone does not allow now."""


class Rights(NamedTuple):
	"""What a user may do with a milestone: work on it (accept, answer, achieve, return, hand over again), set it
	aside (skip, cancel), delegate it."""

	work: bool
	set_aside: bool
	delegate: bool


def rights_of(milestone: Document | frappe._dict, user: str | None = None) -> Rights:
	"""The rights of a user (default: the session's) on a milestone as it is now.

	It is worked on by whoever's turn it is, the responsible person, and managers above them in the Sales
	Person tree; set aside by a manager above the responsible person or Sales Operations. Administrator has
	every role, and no part in a sale.
	"""
	user = user or frappe.session.user
	roles = set() if user == "Administrator" else set(frappe.get_roles(user))
	below, own = persons_below(user), own_persons(user)
	work = not below.isdisjoint({milestone.get("turn_of"), milestone.get("responsible")})
	return Rights(
		work=work,
		set_aside="Sales Operations" in roles or milestone.get("responsible") in below - own,
		delegate=work or not roles.isdisjoint({"Sales Operations", "System Manager"}),
	)


def check(doc: Document, project: frappe._dict) -> None:
	"""Refuse what the user may not change, then set what follows from the move. ``project``: its locked row.

	Call it in ``validate``. Raises NotYourMilestoneError, MilestoneLockedError or MilestoneMoveError.
	"""
	before = doc.get_doc_before_save()
	follow_status(doc, before)
	_check_own_fields(doc, before)
	rights = rights_of(before)
	_check_business(before, rights)
	if doc.workflow_state != before.workflow_state:
		_check_move(doc, before, project, rights)
	_check_said(doc, before, rights)
	_check_information(doc, before, rights)
	_check_delegation(doc, before, rights)
	answers.take(doc)
	if doc.workflow_state == rules.ACHIEVED:
		answers.require_complete(doc)
	if doc.workflow_state != before.workflow_state:
		doc.update(records.values_after(doc, doc.workflow_state, get_datetime(doc.modified), doc.modified_by))


def follow(doc: Document, project: frappe._dict) -> None:
	"""What follows from what the user saved: the log, the next step, hand-offs. Call it in ``on_update``."""
	before = doc.get_doc_before_save()
	if (doc.status, doc.delegated_to) != (before.status, before.delegated_to):
		open_forms.tell("Sales Project", project.name, doc.modified)
	if doc.status in rules.DONE and doc.status != before.status:
		handoffs.settle(doc)
		board = Board.around({project.name: project}, doc.modified_by, doc.modified)
		board.log(_move(doc, before, project))
		opening.proceed(board)
	elif doc.status != before.status:
		records.write_moves([_move(doc, before, project)], doc.modified_by, get_datetime(doc.modified))
		_pass_on(doc)
	elif doc.delegated_to != before.delegated_to:
		handoffs.delegate(doc)
		# said once, and kept in the hand-off: it is no reason for whatever comes next
		doc.db_set("reason", None, update_modified=False)


def _check_own_fields(doc: Document, before: Document) -> None:
	"""Refuse changes to fields that the app keeps: they'd make the record lie."""
	doc.update({field: before.get(field) for field in _QUIET})
	free = {*SAID, *INFORMATION, *STATE, *_FRAPPES, "delegated_to"}
	changed = changed_fields(doc, before, free)
	if changed:
		labels = ", ".join(_(doc.meta.get_label(name)) for name in changed)
		_lock(_("{0} of a milestone is not changed by hand.").format(frappe.bold(labels)))


def _check_business(before: Document, rights: Rights) -> None:
	"""Refuse everything to those who have no part in it."""
	if not any(rights) and not _achieved_it(before):
		_not_yours(before)


def _not_yours(before: Document) -> None:
	frappe.throw(
		_(
			"{0} is the turn of {1}. Only they, whoever they delegate to, and their managers work on it."
			" Nothing was saved."
		).format(_bold(before.milestone), _bold(before.turn_of)),
		NotYourMilestoneError,
		title=_("Not your milestone"),
	)


def _bold(text: str | None) -> str:
	return frappe.bold(escape_html(text or ""))


def _check_move(doc: Document, before: Document, project: frappe._dict, rights: Rights) -> None:
	"""Refuse a move that doesn't exist, of a project that stands still, by the wrong person, without words or
	with information missing."""
	move = rules.move_between(before.workflow_state, doc.workflow_state)
	if not move:
		_refuse_move(
			_("A milestone doesn't go from {0} to {1}. Use its actions.").format(
				_(before.workflow_state), _(doc.workflow_state)
			)
		)
	if project.status in rules.STANDING:
		_refuse_move(_("The project is {0}. Resume the project first.").format(_(project.status)))
	if move in rules.SETTING_ASIDE and not rights.set_aside:
		frappe.throw(
			_("{0} is for a manager above {1}, or Sales Operations. Nothing was saved.").format(
				_(move.action), _bold(before.responsible)
			),
			NotYourMilestoneError,
			title=_("Not your decision"),
		)
	if move not in rules.SETTING_ASIDE and not rights.work:
		_not_yours(before)
	if move.needs and not cstr(doc.get(move.needs)).strip():
		_refuse_move(_("Fill in {0} first.").format(frappe.bold(_(doc.meta.get_label(move.needs)))))
	if move == rules.RETURN:
		_check_return(doc, before)


def _check_return(doc: Document, before: Document) -> None:
	"""A milestone goes back to whoever handed it over, with a question that wasn't answered yet."""
	if not before.sender or before.sender == before.turn_of:
		_refuse_move(_("Nobody else handed this milestone over: there is nobody to return it to."))
	if cstr(before.reply).strip() and not differs(doc, before, "question"):
		_refuse_move(_("The question was answered: {0}. Ask the next one.").format(_bold(before.reply)))


# in which states each text can be changed
_SAID_IN = {
	"question": {rules.READY, rules.IN_PROGRESS},
	"reply": {rules.RETURNED},
	"reason": {rules.WAITING, *rules.OPENED},
}
MOST_SAID = 2000  # characters, as of a remark


def _check_said(doc: Document, before: Document, rights: Rights) -> None:
	"""What was said stays as it was said, and is said by those who work on it (reasons by whoever moves or
	delegates); a new question has no reply yet."""
	for fieldname, states in _SAID_IN.items():
		if fieldname != "reason" and differs(doc, before, fieldname) and not rights.work:
			_not_yours(before)
		if differs(doc, before, fieldname) and before.status not in states:
			_lock(
				_("{0} is not changed while the milestone is {1}.").format(
					frappe.bold(_(doc.meta.get_label(fieldname))), _(before.status)
				)
			)
		if len(cstr(doc.get(fieldname))) > MOST_SAID:
			_refuse_move(
				_("{0} is too long: at most {1} characters. Attach a file for more.").format(
					frappe.bold(_(doc.meta.get_label(fieldname))), MOST_SAID
				)
			)
	if differs(doc, before, "question"):
		doc.reply = None


def _check_information(doc: Document, before: Document, rights: Rights) -> None:
	"""Answers, evidence and remark come from those who work on it. (When they can be changed: ``answers.take``.)"""
	changed = _answers(doc) != _answers(before) or any(differs(doc, before, name) for name in INFORMATION)
	if changed and not (rights.work or _achieved_it(before)):
		_not_yours(before)


def _answers(doc: Document) -> dict[str, str]:
	return {row.fieldname: cstr(row.value) for row in doc.answers if cstr(row.value)}


def _achieved_it(before: Document) -> bool:
	"""Whether the user achieved it, and so is asked when what was handed over is returned."""
	return before.status == rules.ACHIEVED and before.achieved_user == frappe.session.user


def _check_delegation(doc: Document, before: Document, rights: Rights) -> None:
	"""Somebody else is given the turn, or it is taken back, with a reason."""
	if not differs(doc, before, "delegated_to"):
		return
	if not rights.delegate:
		_lock(_("Only those who work on it and Sales Operations delegate a milestone."))
	if before.status not in (rules.WAITING, rules.READY, rules.IN_PROGRESS) or doc.status != before.status:
		_refuse_move(_("A milestone is delegated before it is done, and not while it is being moved."))
	if not cstr(doc.reason).strip():
		_refuse_move(_("Say in Reason why it is delegated."))
	if doc.delegated_to == doc.responsible:
		_refuse_move(
			_("{0} is responsible already. To take it back, leave Delegated To empty.").format(
				_bold(doc.responsible)
			)
		)
	if doc.delegated_to and not frappe.db.get_value("Sales Person", doc.delegated_to, "enabled"):
		_refuse_move(_("{0} is disabled. Delegate to somebody else.").format(_bold(doc.delegated_to)))
	doc.turn_of = rules.turn_of(doc.status, doc.responsible, doc.delegated_to, doc.sender, doc.turn_of)


def _move(doc: Document, before: Document, project: frappe._dict) -> tuple:
	move = rules.move_between(before.status, doc.status)
	reason = doc.get(move.needs) if move.needs else ""
	at = get_datetime(doc.modified)
	return records.move(before, doc.status, project, at, doc.modified_by, reason=reason)


def _pass_on(doc: Document) -> None:
	"""Tell whose turn it is now."""
	if doc.status == rules.RETURNED:
		handoffs.send_back(doc)
	elif doc.status == rules.READY:
		handoffs.reply(doc)
	else:
		handoffs.settle(doc)


def _lock(message: str) -> None:
	frappe.throw(message + " " + _("Nothing was saved."), MilestoneLockedError, title=_("Locked"))


def _refuse_move(message: str) -> None:
	frappe.throw(message, MilestoneMoveError, title=_("Not possible now"))
