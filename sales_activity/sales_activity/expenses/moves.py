"""What people do with a claim: who may do it, what it takes, what follows from it.

Called by the controller of Sales Expense Claim, so that the form, the list, ``frappe.client``, REST, bulk edit and Data
Import obey alike: Frappe's Workflow is checked too, but its locks are in the browser only. A move of the whole claim (an
action of the Workflow) decides the same on every line; ``deciding`` decides line by line and passes here too. What the
app does itself (``records.move_by_app``) does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, cstr, escape_html, flt, get_datetime

from sales_activity.differences import changed_fields
from sales_activity.sales_activity.expenses import lines, people, records, rules, telling
from sales_activity.workflow_guard import follow_status

ACCOUNTS = frozenset({"Accounts User", "Accounts Manager"})
CHIEF = "Accounts Manager"
MOST_SAID = 2000  # characters

# what Frappe writes itself, or a move does
_MOVED = frozenset({"workflow_state", "status", "docstatus", "modified", "modified_by", "reason"})
_OF_EMPLOYEE = frozenset({"title", "purpose", "posting_date"})
# what the employee says of a line; all else is worked out
_SAID = frozenset(
	{
		*("expense_date", "expense_type", "description", "currency", "amount", "vehicle", "distance"),
		*("receipt", "sales_project", "sales_milestone", "customer", "lead", "territory", "campaign"),
		"cost_center",
	}
)
# worked out from it whenever the employee saves
_WORKED_OUT = frozenset(
	{
		*("exchange_rate", "base_amount", "rate", "warnings", "receipt_digest", "company_currency"),
		"campaign_type",
	}
)
_OF_ROW = frozenset({"modified", "modified_by", "docstatus"})
# what stays open of a line that Accounts ask about: its amount was approved
_ASKED_BY_ACCOUNTS = frozenset(
	{
		*("description", "receipt", "sales_project", "sales_milestone", "customer", "lead", "territory"),
		*("campaign", "cost_center", "reply"),
	}
)
_REPLIES = (rules.REPLY, rules.REPLY_TO_ACCOUNTS)
_NEVER_SENT = frozenset({*lines.DECIDED, "line_key"})


class NotYourClaimError(frappe.PermissionError):
	"""Somebody moves, changes or decides on a claim that isn't their business."""


class ClaimLockedError(frappe.PermissionError):
	"""A change to what nobody changes by hand, or not now."""


class ClaimMoveError(frappe.ValidationError):
	"""A move that this claim does not allow now."""


class AmountChainError(frappe.ValidationError):
	"""Locked by Accounts <= approved by the area manager <= claimed would not hold."""


class NoManagerError(ClaimMoveError):
	"""Nobody is found who could decide on a claim."""


class Rights(NamedTuple):
	"""What a user may do with a claim: as the employee whose it is, as area manager, for Accounts, as their manager."""

	employee: bool
	manager: bool
	accounts: bool
	chief: bool
	# may reply in place of an employee who is gone: whoever asked
	speaker: bool = False

	def may(self, move: rules.Move) -> bool:
		"""Whether the move is one for this user."""
		own = {
			rules.EMPLOYEE: self.employee,
			rules.MANAGER: self.manager,
			rules.ACCOUNTS: self.accounts,
			rules.CHIEF: self.chief,
		}
		return own.get(move.by, False) or (self.speaker and move in _REPLIES)


def rights_of(claim: Mapping, user: str | None = None) -> Rights:
	"""The rights of a user (default: the session's) on a claim as it is now. Nobody decides on their own claims, in
	whatever part: neither as manager nor for Accounts."""
	user = user or frappe.session.user
	roles = set(frappe.get_roles(user))
	of_employee = people.user_of(claim.get("employee"))
	own = of_employee == user
	manager = not own and people.ROLE in roles and _is_manager(claim, user)
	accounts = not own and not ACCOUNTS.isdisjoint(roles)
	asked = accounts if claim.get("asked_by") == rules.BY_ACCOUNTS else manager
	return Rights(
		employee=own,
		manager=manager,
		accounts=accounts,
		chief=not own and CHIEF in roles,
		speaker=asked and claim.get("status") == rules.CLARIFICATION and not people.can_log_in(of_employee),
	)


def _is_manager(claim: Mapping, user: str) -> bool:
	"""Whether a claim is for this user to decide on: as its area manager, in their place as long as they are away, or
	because it went up to them."""
	manager = claim.get("area_manager")
	if not manager or user == manager or manager in people.stands_in_for(user):
		return bool(manager)
	return user == claim.get("holder") and cint(claim.get("escalation_level")) >= rules.WENT_UP


# --- a new claim ---------------------------------------------------------------------------------------------


def begin(doc: Document) -> None:
	"""A new claim is a draft of whoever makes it, with lines that nobody has decided on. Call it in ``before_insert``."""
	states = {doc.status, doc.workflow_state} - {None, "", rules.DRAFT}
	# Frappe copies an amended document whole, its state included
	if int(doc.docstatus) or (states and not doc.amended_from):
		refuse(_("A new claim begins as a draft. Save it, then send it."))
	_take_employee(doc)
	_clear(doc)
	for row in doc.expenses:
		_begin_line(row)


def begin_move(doc: Document) -> None:
	"""The log of a claim begins. Call it in ``after_insert``."""
	at = get_datetime(doc.creation)
	via = _("Amended from {0}").format(doc.amended_from) if doc.amended_from else ""
	records.write_moves([records.first_move(doc, at, doc.owner, via)], doc.owner, at)


def take_company(doc: Document) -> None:
	"""Whose the claim is, and in which company: what the Employee says."""
	employee = frappe.db.get_value("Employee", doc.employee, ["employee_name", "company"], as_dict=True)
	if not employee:
		refuse(_("Say whose expenses they are: choose an Employee."))
	doc.employee_name, doc.company = employee.employee_name, employee.company
	doc.currency = frappe.get_cached_value("Company", doc.company, "default_currency")
	doc.sales_person = people.person_of(doc.employee)


def _take_employee(doc: Document) -> None:
	"""People claim their own expenses. Only an amended claim is made by somebody else: by an Accounts Manager, and it is
	the draft of the employee again."""
	user = frappe.session.user
	if doc.amended_from:
		_take_amended(doc)
		return
	own = people.employee_of(user)
	if not own:
		refuse(_("You are no Employee here. Ask HR to enter your user in your Employee record."))
	if doc.employee and people.user_of(doc.employee) != user:
		frappe.throw(
			_("You claim your own expenses only, not those of {0}.").format(_bold(doc.employee)),
			NotYourClaimError,
		)
	doc.employee = doc.employee or own


def _take_amended(doc: Document) -> None:
	amended = records.lock(doc.amended_from)
	if not amended or amended.docstatus != 2:
		refuse(_("Only a cancelled claim is amended."))
	if CHIEF not in frappe.get_roles():
		frappe.throw(_("Only an Accounts Manager amends a claim that was cancelled."), NotYourClaimError)
	if other := frappe.db.get_value(records.CLAIM, {"amended_from": amended.name}):
		refuse(_("{0} was amended already: {1}.").format(_bold(amended.name), _bold(other)))
	doc.employee = amended.employee


def _clear(doc: Document) -> None:
	"""Nothing that the app keeps comes from a client."""
	for field in doc.meta.fields:
		if field.read_only and field.no_copy and field.fieldname not in ("amended_from", "status"):
			doc.set(field.fieldname, [] if field.fieldtype == "Table" else None)
	doc.update(
		{"status": rules.DRAFT, "workflow_state": rules.DRAFT, "state_since": frappe.utils.now_datetime()}
	)
	doc.update({"holder": people.user_of(doc.employee), "reason": None})


def _begin_line(row: Document) -> None:
	row.update({**lines.UNDECIDED, "line_key": frappe.generate_hash(length=16)})


def lock_employee(doc: Document) -> None:
	"""A claim that may be about to be sent, or changed where it was asked about: lock the employee before the claim, so that
	claims of one employee are sent one after the other and limits count all of them. Call it before the claim is locked."""
	# whoever decides on lines holds the claim already, and spends nothing
	if doc.workflow_state in (rules.PENDING, rules.CLARIFICATION) and doc.employee and not doc.flags.decided:
		frappe.db.get_value("Employee", doc.employee, "name", for_update=True)


# --- a person's save -----------------------------------------------------------------------------------------


def check(doc: Document) -> None:
	"""Refuse what the user may not change, then set what follows. Call it in ``validate`` of a claim that exists.

	Raises NotYourClaimError, ClaimLockedError, ClaimMoveError, AmountChainError, or what ``lines`` raises.
	"""
	before = doc.get_doc_before_save()
	follow_status(doc, before)
	rights = rights_of(before)
	if not any(rights):
		not_yours(before)
	move = _checked_move(doc, before, rights)
	if not move and not doc.flags.decided and not any(_open_to(rights, before)):
		# even a save that changes nothing would take the claim from under those who decide on it
		not_yours(before)
	_check_header(doc, before, rights)
	if not doc.flags.decided:
		_check_rows(doc, before, rights)
	if before.status in rules.WITH_EMPLOYEE:
		if before.status != rules.CLARIFICATION:  # else others have decided on it, in its company
			take_company(doc)
		lines.prepare(doc, before)
	if move:
		_make(doc, before, move)
	lines.set_totals(doc)
	if move == rules.SEND:
		lines.check_ready(doc)
	elif before.status == rules.CLARIFICATION:
		lines.check_raised(doc, before)
	if before.status in rules.WITH_EMPLOYEE:
		lines.warn(doc)
	check_chain(doc)


def check_chain(doc: Document) -> None:
	"""Refuse amounts that don't follow from each other, whoever sent them. Raises AmountChainError."""
	for row in doc.expenses:
		if not rules.chain_holds(row.as_dict()):
			frappe.throw(
				_(
					"Row {0}: what Accounts lock is at most what the area manager approved, and that is at most what"
					" was claimed. Nothing was saved."
				).format(row.idx),
				AmountChainError,
			)


def follow(doc: Document) -> None:
	"""What follows from what the user saved: the log, and word to whoever has the claim now. Call it in ``on_update``."""
	before = doc.get_doc_before_save()
	if doc.status == before.status:
		return
	log_move(doc, before, doc.flags.said or "")
	move = rules.move_between(before.status, doc.status)
	telling.moved(doc, before.status, move, doc.expenses, doc.modified_by)


def log_move(doc: Document, before: Mapping, reason: str, via: str = "") -> None:
	"""Keep a move that the document has made."""
	at = get_datetime(doc.modified)
	records.write_moves(
		[records.move_row(before, doc.status, at, doc.modified_by, via, reason)], doc.modified_by, at
	)


def check_cancel(doc: Document) -> None:
	"""Only an Accounts Manager cancels, and not their own. Call it in ``before_cancel``."""
	before = doc.get_doc_before_save()
	if not rights_of(before).chief:
		frappe.throw(
			_("Only an Accounts Manager cancels a claim that is locked, and nobody their own."),
			NotYourClaimError,
			title=_("Locked"),
		)
	changed = [*changed_fields(doc, before, _MOVED | {"todo"}), *_changed_rows(doc, before, frozenset())]
	if changed:
		_lock(_("A claim is cancelled as it is."))
	doc.update({**rules.values_after(rules.CANCEL, get_datetime(doc.modified)), "holder": None})


def check_deletion(doc: Document) -> None:
	"""Only a draft that was never sent is deleted, by whoever made it. Call it in ``on_trash``."""
	if doc.status != rules.DRAFT or frappe.db.count(records.MOVE, {"claim": doc.name}) > 1:
		_lock(_("A claim that was sent is kept."))
	if not rights_of(doc).employee:
		not_yours(doc)


# --- what happens to people ----------------------------------------------------------------------------------


# --- steps of check ------------------------------------------------------------------------------------------


def _checked_move(doc: Document, before: Document, rights: Rights) -> rules.Move | None:
	"""The move, if the state changes; refused if there is no such move, for others to make, or without words."""
	if int(doc.docstatus) != rules.DOCSTATUS.get(doc.workflow_state, 0):
		refuse(_("Use the actions of the claim."))
	if doc.workflow_state == before.workflow_state:
		return None
	move = rules.move_between(before.workflow_state, doc.workflow_state)
	if move in _REPLIES and move != rules.replies_to(before.asked_by):
		move = None
	if not move:
		refuse(
			_("A claim doesn't go from {0} to {1}. Use its actions.").format(
				_(before.workflow_state), _(cstr(doc.workflow_state))
			)
		)
	if not rights.may(move):
		not_yours(before)
	return move


def _open_to(rights: Rights, claim: Mapping) -> list[rules.Move]:
	"""The moves that a user with these rights could make with a claim as it is."""
	return [move for move in rules.MOVES if claim.get("status") in move.from_states and rights.may(move)]


def _check_header(doc: Document, before: Document, rights: Rights) -> None:
	"""The employee says what the claim is for; all else is kept by the app."""
	free = set(_MOVED)
	if doc.workflow_state == before.workflow_state and not any(
		move.says for move in _open_to(rights, before)
	):
		# or what one has written would be what another says
		free.discard("reason")
	if rights.employee and before.status in (rules.DRAFT, rules.DENIED):
		free |= _OF_EMPLOYEE
	if doc.flags.decided:
		free |= {"total_claimed", "total_manager", "total_accounts"}
	changed = changed_fields(doc, before, free)
	if changed:
		labels = ", ".join(_(doc.meta.get_label(name)) for name in changed)
		_lock(_("{0} of this claim is not changed by hand, or not now.").format(frappe.bold(labels)))
	if len(cstr(doc.reason)) > MOST_SAID:
		label = frappe.bold(_(doc.meta.get_label("reason")))
		refuse(_("{0} is too long: at most {1} characters.").format(label, MOST_SAID))


def _check_rows(doc: Document, before: Document, rights: Rights) -> None:
	"""Who may change which part of the lines in this state."""
	if rights.employee and before.status in (rules.DRAFT, rules.DENIED):
		_take_edited(doc, before)
		return
	free: frozenset[str] = frozenset()
	if rights.employee and before.status == rules.CLARIFICATION:
		by_accounts = before.asked_by == rules.BY_ACCOUNTS
		free = (_ASKED_BY_ACCOUNTS if by_accounts else _SAID | {"reply"}) | _WORKED_OUT
	elif rights.speaker:
		free = frozenset({"reply"})
	elif rights.manager and before.status == rules.RETURNED:
		free = frozenset({"reply", "manager_amount"})
	changed = _changed_rows(doc, before, free)
	if changed:
		_lock(
			_("{0} of the expenses is not changed by hand, or not now.").format(
				frappe.bold(", ".join(changed))
			)
		)
	if before.status == rules.RETURNED:
		_check_lowered(doc, before)


def _take_edited(doc: Document, before: Document) -> None:
	"""The employee adds, removes and changes lines; none of another claim gets in, and what was decided stays."""
	known = {row.name: row for row in before.expenses}
	for row in doc.expenses:
		old = known.pop(row.name, None)
		if old:
			row.update({field: old.get(field) for field in _NEVER_SENT})
		elif row.is_new():
			_begin_line(row)
		else:
			_lock(_("Row {0} belongs to another claim.").format(row.idx))
	doc.set("advances", before.advances)


def _changed_rows(doc: Document, before: Document, free: Iterable[str]) -> list[str]:
	"""The labels of what was changed in the rows, or what happened to rows."""
	free = frozenset(free) | _OF_ROW
	found: dict[str, None] = {}
	for table in records.TABLES:
		known = {row.name: row for row in before.get(table)}
		rows = doc.get(table) or []
		if len(rows) != len(known) or any(row.name not in known for row in rows):
			found[_("Number")] = None
			continue
		for row in rows:
			for field in changed_fields(row, known[row.name], free):
				found[_(row.meta.get_label(field) or field)] = None
	return list(found)


def amount_of(raw: object) -> float:
	"""An amount as it was sent. Raises ClaimMoveError for what is no number: Frappe would take it for 0."""
	number = rules.number_of(raw)
	if number is None:
		refuse(_("{0} is no amount.").format(frappe.bold(escape_html(cstr(raw)))))
	return number


def _check_lowered(doc: Document, before: Document) -> None:
	"""An area manager who answers Accounts may lower what they approved, never raise it."""
	known = {row.name: flt(row.manager_amount) for row in before.expenses}
	for row in doc.expenses:
		row.manager_amount = flt(amount_of(row.manager_amount), row.precision("manager_amount"))
		if not rules.is_amount(row.manager_amount) or row.manager_amount > known[row.name] + rules.TOLERANCE:
			frappe.throw(
				_("Row {0}: what was approved can be lowered now, not raised. Nothing was saved.").format(
					row.idx
				),
				AmountChainError,
			)


# --- what a move does ----------------------------------------------------------------------------------------


def _make(doc: Document, before: Document, move: rules.Move) -> None:
	"""Decide the same on every line that isn't decided on, and set the course."""
	said = cstr(doc.reason).strip()
	if not doc.flags.decided:
		_decide_all(doc, move, said)
	if move in (*_REPLIES, rules.ANSWER):
		_take_replies(doc, said)
	values = rules.line_after(move)
	for row in doc.expenses if values else ():
		row.update(values)
	at = get_datetime(doc.modified)
	doc.update(rules.values_after(move, at))
	if move == rules.SEND:
		doc.area_manager = _manager_of(doc)
	doc.holder = holder_in(doc)
	doc.flags.said = said
	# said once, and kept in the log and the lines: it is no reason for whatever comes next
	doc.reason = said if move in (rules.DENY, rules.DENY_AND_LOCK) else None


def _decide_all(doc: Document, move: rules.Move, said: str) -> None:
	side = next((side for side in rules.SIDES.values() if side.kind_of(move)), None)
	if not side:
		return
	decision = rules.Decision(side.kind_of(move).name, None, said if move.says else "")
	for row in doc.expenses:
		check_decision(side, row, decision)
		row.update(rules.decided(side, row.as_dict(), decision))


def check_decision(side: rules.Side, row: Document, decision: rules.Decision) -> None:
	"""Refuse a decision on a line that isn't possible. Raises ClaimMoveError, or AmountChainError for an amount."""
	problem = rules.problem(side, row.as_dict(), decision)
	if not problem:
		return
	text = _("Row {0}: {1} Nothing was saved.").format(row.idx, _text_of(problem))
	frappe.throw(
		text, AmountChainError if problem.code in ("not_granted", "nothing_left") else ClaimMoveError
	)


def _text_of(problem: rules.Problem) -> str:
	texts = {
		"nothing_decided": _("say what you decide, not only an amount or a reason."),
		"no_such_decision": _("{0} can't be decided here, only {1}."),
		"no_question": _("write what you ask."),
		"no_reason": _("give the reason."),
		"no_amount_here": _("{0} takes no amount."),
		"nothing_left": _("nothing is left of it to approve. Deny it."),
		"not_granted": _("the amount must be above 0 and at most {1}, not {0}."),
	}
	values = [
		", ".join(_(name) for name in value) if isinstance(value, list) else escape_html(cstr(value))
		for value in problem.values
	]
	return texts[problem.code].format(*values)


def _take_replies(doc: Document, said: str) -> None:
	"""Every question gets a reply: of its line, or the reason that was written for all."""
	for row in doc.expenses:
		row.reply = cstr(row.reply).strip() or said
		if not row.reply:
			refuse(_("Row {0}: reply to the question {1}.").format(row.idx, _bold(row.question)))


def _manager_of(doc: Document) -> str:
	manager = people.manager_of(doc.employee)
	if not manager:
		frappe.throw(
			_(
				"Nobody is found who decides on the claims of {0}: neither above the Employee nor above the Sales"
				" Person, with an enabled user and the role Area Manager. Ask HR to enter whom you report to, or Sales"
				" Operations to name a manager in the settings."
			).format(_bold(doc.employee_name)),
			NoManagerError,
		)
	return manager


def holder_in(claim: Mapping) -> str | None:
	"""Whose turn a claim is, as it is now: one user, or None where it is a role's, the app's or nobody's."""
	if claim.get("status") in rules.WITH_EMPLOYEE:
		return people.user_of(claim.get("employee"))
	if claim.get("status") in rules.WITH_MANAGER:
		return people.turn_of(claim.get("area_manager"), claim.get("employee"))
	return None


# --- what is refused -----------------------------------------------------------------------------------------


def not_yours(claim: Mapping) -> None:
	"""Refuse what somebody does whose turn it isn't. Raises NotYourClaimError."""
	status = claim.get("status")
	whose = {
		**dict.fromkeys(rules.WITH_EMPLOYEE, claim.get("employee_name")),
		**dict.fromkeys(
			rules.WITH_MANAGER, people.names_of([claim.get("area_manager"), claim.get("holder")])
		),
		rules.WITH_ACCOUNTS: _("Accounts"),
	}.get(status)
	text = _("{0} is {1}, and nobody changes it now.")
	if whose:
		text = _("{0} is with {2} now ({1}). Nobody decides on their own claims.")
	frappe.throw(
		text.format(_bold(claim.get("name")), _(status), _bold(whose)) + " " + _("Nothing was saved."),
		NotYourClaimError,
		title=_("Not your turn"),
	)


def _bold(text: str | None) -> str:
	return frappe.bold(escape_html(text or ""))


def _lock(message: str) -> None:
	frappe.throw(message + " " + _("Nothing was saved."), ClaimLockedError, title=_("Locked"))


def refuse(message: str) -> None:
	"""Refuse what this claim doesn't allow now. Raises ClaimMoveError."""
	frappe.throw(message, ClaimMoveError, title=_("Not possible now"))
