"""Decisions on many lines of a claim at once, and the split that follows, in one transaction.

Lines on which the same was decided stay together. The first part (``rules.parts``) stays in the claim, each other goes to
a claim of its own: its lines move there as the rows that they are, with their keys and receipts, so that each expense is
in exactly one claim, whatever happens to the worker.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, escape_html, flt, get_datetime, now_datetime

from sales_activity.sales_activity.expenses import lines, moves, receipts, records, rules, telling

_COPIED = (
	*("naming_series", "title", "employee", "employee_name", "company", "currency", "posting_date"),
	*("sales_person", "purpose"),
)
# what a part that nobody decided on keeps: it has waited as long as the claim
_WAITING = (
	*("status", "workflow_state", "state_since", "asked_by", "holder"),
	*("escalation_level", "reminded_on", "escalated_on"),
)


class Result(NamedTuple):
	"""What became of a part: in which claim it is, in which state, with which lines (keys)."""

	claim: str
	status: str
	lines: tuple[str, ...]


def decide(name: str, decisions: Mapping[str, rules.Decision], modified: object = None) -> list[Result]:
	"""Decide on lines of a claim, by key, for the side whose turn it is: the area manager while it is Pending Area
	Manager, Accounts while it is With Accounts. Lines that are left out stay undecided.

	``modified``: as the claim was shown; where somebody saved meanwhile, nothing is decided. Returns the parts, what stayed
	in the claim first. Raises NotYourClaimError, ClaimMoveError, AmountChainError, TimestampMismatchError.
	"""
	doc = _locked(name, modified)
	side = _side(doc)
	values = _decided(side, doc, decisions)
	kinds = [(row.line_key, _kind(decisions, row)) for row in doc.expenses]
	stays, *others = rules.parts(side, kinds)
	at = now_datetime()
	results = [_split_off(doc, part, values, decisions, at) for part in others]
	_keep(doc, stays, values, decisions)
	return [Result(doc.name, doc.status, stays.keys), *results]


# --- steps ---------------------------------------------------------------------------------------------------


def _locked(name: str, modified: object) -> Document:
	doc = records.locked_document(name)
	if not doc:
		frappe.throw(_("There is no claim {0}.").format(_bold(name)), frappe.DoesNotExistError)
	doc.check_permission("write")
	if modified and get_datetime(modified) != get_datetime(doc.modified):
		frappe.throw(
			_(
				"{0} was changed meanwhile, perhaps by somebody else who decided on it. Look at it again."
			).format(_bold(name)),
			frappe.TimestampMismatchError,
		)
	return doc


def _side(doc: Document) -> rules.Side:
	"""Whose decision it is, if it is the user's."""
	side = rules.SIDES.get(doc.status)
	rights = moves.rights_of(doc)
	if not side or not {rules.MANAGER: rights.manager, rules.ACCOUNTS: rights.accounts}[side.by]:
		moves.not_yours(doc)
	return side


def _decided(
	side: rules.Side, doc: Document, decisions: Mapping[str, rules.Decision]
) -> dict[str, dict[str, object]]:
	"""The new values of each line that is decided on; all of them possible."""
	rows = {row.line_key: row for row in doc.expenses}
	unknown = [key for key in decisions if key not in rows]
	if unknown:
		moves.refuse(_("A line that you decided on is in this claim no more. Look at it again."))
	values = {}
	for key, decision in decisions.items():
		row = rows[key]
		if decision.amount is not None:
			decision = decision._replace(amount=flt(decision.amount, row.precision(side.amount)))
		moves.check_decision(side, row, decision)
		if decision.kind != rules.UNDECIDED:
			values[key] = rules.decided(side, row.as_dict(), decision)
			values[key][side.amount] = flt(values[key][side.amount], row.precision(side.amount))
	if not values:
		moves.refuse(_("Decide on at least one line."))
	return values


def _kind(decisions: Mapping[str, rules.Decision], row: Document) -> str:
	decision = decisions.get(row.line_key)
	return decision.kind if decision else rules.UNDECIDED


def _keep(
	doc: Document,
	part: rules.Part,
	values: Mapping[str, dict[str, object]],
	decisions: Mapping[str, rules.Decision],
) -> None:
	"""What stays in the claim goes the way of every save of it: checks, log, booking."""
	doc.set("expenses", [row for row in doc.expenses if row.line_key in part.keys])
	for number, row in enumerate(doc.expenses, start=1):
		row.idx = number
		row.update(values.get(row.line_key, {}))
	doc.flags.decided = True
	doc.reason = _said(part, decisions)
	if part.move:
		doc.workflow_state = part.move.to_state
	if part.move and rules.DOCSTATUS.get(part.move.to_state) == 1:
		doc.submit()
	else:
		doc.save()


def _split_off(
	doc: Document,
	part: rules.Part,
	values: Mapping[str, dict[str, object]],
	decisions: Mapping[str, rules.Decision],
	at: datetime,
) -> Result:
	"""A claim of its own for the lines of a part."""
	new = _empty_claim(doc)
	rows = [row for row in doc.expenses if row.line_key in part.keys]
	status = part.move.to_state if part.move else doc.status
	docstatus = rules.DOCSTATUS.get(status, 0)
	for number, row in enumerate(rows, start=1):
		row.update(values.get(row.line_key, {}))
		records.move_line(row, new.name, number, docstatus, values.get(row.line_key, {}))
	receipts.follow(rows, doc.name, new.name)
	_set_header(doc, new, part, rows, _said(part, decisions), at)
	if part.move:
		telling.moved(new, doc.status, part.move, rows, frappe.session.user)
	else:
		telling.carry_on(new)
	return Result(new.name, status, part.keys)


def _empty_claim(doc: Document) -> Document:
	new = frappe.new_doc(records.CLAIM)
	new.update({field: doc.get(field) for field in _COPIED})
	new.update({"split_from": doc.name, "first_claim": doc.first_claim or doc.name})
	new.update({"area_manager": doc.area_manager, "forwarding": doc.forwarding})
	new.update({"status": rules.DRAFT, "workflow_state": rules.DRAFT})
	new.flags.by_app = True
	new.flags.ignore_links = True
	return new.insert(ignore_permissions=True, ignore_mandatory=True)


def _set_header(
	doc: Document, new: Document, part: rules.Part, rows: list[Document], said: str, at: datetime
) -> None:
	"""State, holder and totals of a claim that was split off, and the first row of its log."""
	user, via = frappe.session.user, _("Split from {0}").format(doc.name)
	whose = {"name": new.name, "employee": doc.employee, "company": doc.company}
	if part.move:
		row = {**whose, "status": doc.status, "state_since": doc.state_since}
		log = records.move_row(row, part.move.to_state, at, user, via, said)
		values = rules.values_after(part.move, at)
		values["holder"] = moves.holder_in({**doc.as_dict(), **values})
	else:
		log = records.first_move({**whose, "status": doc.status}, at, user, via)
		values = {field: doc.get(field) for field in _WAITING}
	totals = rules.totals([row.as_dict() for row in rows])
	values.update({field: flt(value, doc.precision(field)) for field, value in totals.items()})
	values.update({"docstatus": rules.DOCSTATUS.get(values["status"], 0), "owner": doc.owner})
	records.update(new, values, at, user)
	records.write_moves([log], user, at)


def _said(part: rules.Part, decisions: Mapping[str, rules.Decision]) -> str:
	"""What was said about the lines of a part, each text once."""
	texts = [decisions[key].text.strip() for key in part.keys if key in decisions]
	return "\n".join(dict.fromkeys(text for text in texts if text))[: moves.MOST_SAID]


def decision_of(raw: Any) -> rules.Decision:
	"""A decision as it was sent: ``decision``, and if wanted ``amount`` and ``text`` (a reason or a question). Raises
	ClaimMoveError for what is none."""
	if not isinstance(raw, Mapping) or not isinstance(raw.get("decision") or "", str):
		moves.refuse(_("That is no decision. Send what is decided, and the amount or the text with it."))
	amount = raw.get("amount")
	if amount in (None, ""):
		amount = None
	else:
		amount = moves.amount_of(amount)
	text = cstr(raw.get("text"))
	if len(text) > lines.MOST_TEXT:
		moves.refuse(_("A reason or question has at most {0} characters.").format(lines.MOST_TEXT))
	return rules.Decision(raw.get("decision") or rules.UNDECIDED, amount, text)


def _bold(text: str) -> str:
	return frappe.bold(escape_html(cstr(text)))
