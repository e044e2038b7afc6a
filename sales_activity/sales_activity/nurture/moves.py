"""What people do with a lead: who may do it, what it takes, what follows from it.

Called by the controller of Lead Nurture, so that the form, Kanban, ``frappe.client``, REST, bulk edit and Data Import
obey alike: Frappe's Workflow is checked too, but its locks are in the browser only. What the app does itself
(``move_by_app``) does not pass here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, escape_html, flt, get_datetime, getdate, now_datetime

from sales_activity.differences import changed_fields, differs
from sales_activity.permissions.scope import persons_below
from sales_activity.sales_activity.nurture import (
	acceptance,
	definition,
	handing,
	override,
	qualifying,
	records,
	routing_records,
	rules,
	scoring,
	telling,
	truth,
)
from sales_activity.workflow_guard import follow_status

QUALIFIERS = frozenset({"Lead Qualifier", "Sales Operations"})
OPERATIONS = "Sales Operations"
MOST_SAID = 2000  # characters
_OF_TEAM = ("qualifier", "product_interest", "sales_person", *override.FIELDS)
# what is set anew at every save, by Frappe or by the app, whatever was sent
_QUIET = (
	*("lead_name", "company_name", "company", "territory", "source", "campaign", "introduction"),
	*("engagement_score", "score", "scored_on", "scoring_rules", "overridden_by"),
	*("fit_score", "fit_threshold", "qualifies", "missing"),
)
_FREE = frozenset({"workflow_state", "status", "reason", "modified", "modified_by", *_OF_TEAM, *_QUIET})


class NotYourLeadError(frappe.PermissionError):
	"""Somebody moves or changes a lead that isn't their business."""


class LeadLockedError(frappe.PermissionError):
	"""A change to what nobody changes by hand, or not now."""


class LeadMoveError(frappe.ValidationError):
	"""A move that this lead does not allow now."""


class Rights(NamedTuple):
	"""What a user may do with a lead: qualify it (the team), accept or reject it (sales), lift Do Not Contact."""

	team: bool
	sales: bool
	operations: bool

	def may(self, move: rules.Move) -> bool:
		"""Whether the move is one for this user."""
		own = {rules.TEAM: self.team, rules.SALES: self.sales, rules.OPERATIONS: self.operations}
		return any(own[who] for who in move.by)


def rights_of(nurture: Mapping, user: str | None = None) -> Rights:
	"""The rights of a user (default: the session's) on a lead as it is now. Sales are the person whom it was handed to
	and managers above; Administrator has every role, and no part in a sale."""
	user = user or frappe.session.user
	roles = set(frappe.get_roles(user))
	return Rights(
		team=not QUALIFIERS.isdisjoint(roles),
		sales=nurture.get("status") == rules.WITH_SALES
		and nurture.get("sales_person") in persons_below(user),
		operations=OPERATIONS in roles,
	)


# --- a person's save -----------------------------------------------------------------------------------------


def check(doc: Document, lead: Mapping) -> None:
	"""Refuse what the user may not change, then set what follows. ``lead``: the locked row of the Lead.

	Call it in ``validate``. Raises NotYourLeadError, LeadLockedError, LeadMoveError, or what ``qualifying`` raises.
	"""
	before = doc.get_doc_before_save()
	follow_status(doc, before)
	_check_own_fields(doc, before)
	rights = rights_of(before)
	if not any(rights):
		_not_yours(before)
	move = _checked_move(doc, before, rights)
	_check_content(doc, before, rights)
	_take_definition(doc, before, move)
	if qualifying.take(doc, before) and not rights.team:
		_not_yours(before)
	if before.status in rules.MEASURED or differs(doc, before, "definition"):
		qualifying.measure(doc, lead)
	override.take(doc, before)
	scoring.set_scores(doc)
	if move == rules.QUALIFY:
		qualifying.require_ready(doc, is_overridden(doc))
	if move:
		_set_course(doc, before, move)


def follow(doc: Document, lead: Mapping) -> None:
	"""What follows from what the user saved: the log, the Lead's own fields, the hand-over, the sale. Call it in
	``on_update``."""
	before = doc.get_doc_before_save()
	if doc.status == before.status:
		return
	at = get_datetime(doc.modified)
	move = rules.move_between(before.status, doc.status)
	reason = doc.reason if move.needs == "reason" else ""
	person = doc.sales_person or before.sales_person
	log = records.move(before, doc.status, at, doc.modified_by, "", reason, person)
	records.write_moves([log], doc.modified_by, at)
	if move == rules.LIFT:
		truth.lift(doc.lead)
	truth.show(doc)
	if before.status == rules.WITH_SALES:
		telling.settle(before)
	if move == rules.QUALIFY:
		_hand_over(doc)
	elif move == rules.HAND_OVER:
		handing.tell(doc)
	elif move == rules.REJECT:
		handing.tell_back(doc, before)
	elif move == rules.ACCEPT:
		acceptance.open_sale(doc)


def move_by_app(row: Mapping, to_state: str, via: str, reason: str = "", **values: object) -> None:
	"""Take a locked nurture, a row or a document, to another state because of something that happened: ``via`` says
	what. ``values`` are set with it."""
	user, at = frappe.session.user, now_datetime()
	came_from, todo = row.get("status"), {"name": row.get("name"), "todo": row.get("todo")}
	wanted = {**rules.values_after(row, to_state, at, user), **values}
	if reason:
		wanted["reason"] = reason
	if to_state == rules.WITH_SALES:
		wanted["accept_by"] = handing.accept_by(row.get("company"), at)
	log = records.move(row, to_state, at, user, via, reason, cstr(values.get("sales_person")))
	records.update(row, wanted, at, user)
	records.write_moves([log], user, at)
	truth.show(row)
	if came_from == rules.WITH_SALES:
		telling.settle(todo)


def is_overridden(doc: Document) -> bool:
	"""Whether a score set by hand stands for the definition's, and reaches it."""
	holds = doc.override_until and getdate(doc.override_until) >= getdate()
	return bool(holds) and flt(doc.override_score) >= flt(doc.fit_threshold)


# --- steps of check ------------------------------------------------------------------------------------------


def _check_own_fields(doc: Document, before: Document) -> None:
	"""Refuse changes to fields that the app keeps: they'd make the record lie."""
	doc.update({field: before.get(field) for field in _QUIET})
	free = _FREE | ({"definition"} if doc.flags.score_again else set())
	changed = changed_fields(doc, before, free)
	if changed:
		labels = ", ".join(_(doc.meta.get_label(name)) for name in changed)
		_lock(_("{0} of a lead is not changed by hand.").format(frappe.bold(labels)))


def _checked_move(doc: Document, before: Document, rights: Rights) -> rules.Move | None:
	"""The move, if the state changes; refused if there is no such move, for others to make, or without words."""
	if doc.workflow_state == before.workflow_state:
		return None
	move = rules.move_between(before.workflow_state, doc.workflow_state)
	if not move:
		_refuse(
			_("A lead doesn't go from {0} to {1}. Use its actions.").format(
				_(before.workflow_state), _(doc.workflow_state)
			)
		)
	if not rights.may(move):
		_not_yours(before)
	if move.needs and not cstr(doc.get(move.needs)).strip():
		_refuse(_("Fill in {0} first.").format(frappe.bold(_(doc.meta.get_label(move.needs)))))
	if move == rules.HAND_OVER and not frappe.db.get_value("Sales Person", doc.sales_person, "enabled"):
		_refuse(_("{0} is disabled. Choose somebody else.").format(_bold(doc.sales_person)))
	return move


def _check_content(doc: Document, before: Document, rights: Rights) -> None:
	"""Who qualifies it, what they want and a score set by hand come from the team; a Sales Person is chosen for the
	hand-over only."""
	if not rights.team and any(differs(doc, before, field) for field in _OF_TEAM):
		_not_yours(before)
	if differs(doc, before, "sales_person") and before.status != rules.QUALIFIED:
		_lock(_("A Sales Person is chosen when the lead is qualified, to hand it over."))
	if differs(doc, before, "qualifier") and doc.qualifier:
		if QUALIFIERS.isdisjoint(frappe.get_roles(doc.qualifier)):
			_refuse(_("{0} has not the role Lead Qualifier.").format(_bold(doc.qualifier)))
	if len(cstr(doc.reason)) > MOST_SAID:
		_refuse(
			_("{0} is too long: at most {1} characters.").format(
				frappe.bold(_(doc.meta.get_label("reason"))), MOST_SAID
			)
		)


def _take_definition(doc: Document, before: Document, move: rules.Move | None) -> None:
	"""A lead whose qualification begins is measured by the definition that is active now; one that was answered under
	an earlier one keeps that until somebody scores it again."""
	begins = move in (rules.START, rules.LIFT) and not before.answers
	if begins or not doc.definition:
		doc.definition = definition.active(doc.company) or doc.definition
	doc.introduction = (
		frappe.get_cached_value(definition.DOCTYPE, doc.definition, "introduction")
		if doc.definition
		else None
	)


def _set_course(doc: Document, before: Document, move: rules.Move) -> None:
	at = get_datetime(doc.modified)
	doc.update(rules.values_after(before, move.to_state, at, doc.modified_by))
	if move == rules.HAND_OVER:
		doc.accept_by = handing.accept_by(doc.company, at)
	if move.needs != "reason":
		# said once, and kept in the log: it is no reason for whatever comes next
		doc.reason = None


def _hand_over(doc: Document) -> None:
	"""A qualified lead goes to sales at once. Where no rule finds anybody, it stays Qualified, and that is said."""
	choice = routing_records.route(doc)
	if not choice:
		frappe.msgprint(
			_(
				"{0} is qualified, but no Lead Routing Rule found anybody who may get one more lead. Choose a Sales"
				" Person and hand it over, or give the rules more people."
			).format(_bold(telling.title_of(doc))),
			title=_("Nobody to hand over to"),
			indicator="orange",
		)
		return
	move_by_app(doc, rules.WITH_SALES, choice.rule.title, sales_person=choice.sales_person)
	handing.tell(doc)


# --- what is refused -----------------------------------------------------------------------------------------


def _not_yours(before: Document) -> None:
	if before.status == rules.WITH_SALES:
		text = _("{0} is with {1}. Only they and their managers accept or reject it. Nothing was saved.")
	else:
		text = _("{0} is qualified by Lead Qualifiers and Sales Operations. Nothing was saved.")
	frappe.throw(
		text.format(_bold(telling.title_of(before)), _bold(before.sales_person)),
		NotYourLeadError,
		title=_("Not your lead"),
	)


def _bold(text: str | None) -> str:
	return frappe.bold(escape_html(text or ""))


def _lock(message: str) -> None:
	frappe.throw(message + " " + _("Nothing was saved."), LeadLockedError, title=_("Locked"))


def _refuse(message: str) -> None:
	frappe.throw(message, LeadMoveError, title=_("Not possible now"))
