"""Expense claims: what waits for a decision, decisions on many lines at once, answers, and where a claim stands.

What may be done with a claim is decided by its controller and the native Workflow, for every way in alike; here stands
only what a click in the desk, or another program, needs in one call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, cstr

from sales_activity.api.guard import document, names_of, require
from sales_activity.sales_activity.expenses import deciding, entry, moves, rules
from sales_activity.sales_activity.expenses import screen as screens
from sales_activity.sales_activity.expenses.records import CLAIM

MOST_AT_ONCE = 100

Sent = str | Mapping[str, Any] | None


# --- what is shown -------------------------------------------------------------------------------------------


@frappe.whitelist()
def screen(claim: str) -> dict[str, Any]:
	"""Everything about one claim in one call: see ``expenses.screen.of``. Raises PermissionError for claims that the user
	may not see."""
	return screens.of(document(CLAIM, claim, "read"))


@frappe.whitelist()
def start() -> dict[str, Any]:
	"""What entering the user's own expenses begins with: see ``expenses.entry.start_of``. Raises ClaimMoveError for a
	user who is no Employee."""
	require(CLAIM, "create")
	found = entry.start_of(frappe.session.user)
	if not found:
		moves.refuse(_("You are no Employee here. Ask HR to enter your user in your Employee record."))
	return found


@frappe.whitelist()
def waiting() -> dict[str, Any]:
	"""As whom the user decides, and what waits there: see ``expenses.screen.deciding``."""
	require(CLAIM, "read")
	return screens.deciding()


@frappe.whitelist()
def to_decide(
	side: str = rules.BY_MANAGER,
	start: int = 0,
	employee: str | None = None,
	company: str | None = None,
	claims: str | Sequence[str] | None = None,
) -> list[dict[str, Any]]:
	"""Claims with their lines that wait for the user's decision, 50 at a time: as ``Area Manager`` (their own ones, and of
	those they stand in for) or for ``Accounts``; of one employee, of one company, of some names, if given. See
	``expenses.screen.to_decide``."""
	require(CLAIM, "read")
	chosen = next((one for one in rules.SIDES.values() if one.name == side), None)
	if not chosen:
		moves.refuse(_("Ask for what waits for the Area Manager or for Accounts."))
	if chosen.by == rules.ACCOUNTS and moves.ACCOUNTS.isdisjoint(frappe.get_roles()):
		return []
	filters = [
		[field, "=", cstr(value)] for field, value in (("employee", employee), ("company", company)) if value
	]
	if claims:
		filters.append(["name", "in", names_of(claims)])
	return screens.to_decide(chosen, max(cint(start), 0), filters)


@frappe.whitelist()
def my_claims(status: str | None = None, start: int = 0) -> dict[str, Any]:
	"""The user's own claims, 100 at a time, the newest first: ``claims`` (of one status if wanted), and ``counts`` by
	status."""
	require(CLAIM, "read")
	return screens.mine(status, max(cint(start), 0))


@frappe.whitelist()
def trail(claim: str) -> list[dict[str, Any]]:
	"""What happened to a claim, the oldest first, before it was split off too: see ``expenses.screen.trail``."""
	return screens.trail(document(CLAIM, claim, "read"))


# --- what is done --------------------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def decide(claim: str, decisions: Sent, modified: str | None = None) -> list[dict[str, Any]]:
	"""Decide on lines of one claim, as whoever's turn it is (area manager or Accounts); all or nothing.

	``decisions``: line_key > {``decision``, ``amount``, ``text``}: what is decided (see ``screen``, ``side.kinds``), of how
	much in company currency (default: all), and the reason or question. Lines left out stay undecided. ``modified``: as
	the claim was shown; where somebody saved meanwhile, nothing is decided. Returns the parts that the claim is in now,
	what stayed in it first: ``claim``, ``status``, ``lines`` (keys).
	"""
	require(CLAIM, "write")
	return _decide(claim, decisions, modified)


@frappe.whitelist(methods=["POST"])
def decide_many(claims: str | Sequence[Mapping[str, Any]]) -> dict[str, Any]:
	"""Decide on lines of at most 100 claims: a list of {``claim``, ``decisions``, ``modified``}, as in ``decide``. Each
	claim by itself: ``decided`` (claim > parts) and ``failed`` (claim > what was wrong)."""
	require(CLAIM, "write")
	decided: dict[str, Any] = {}
	failed: dict[str, str] = {}
	for one in _listed(claims):
		frappe.db.savepoint("claim_decided")
		name = cstr(one.get("claim"))
		try:
			decided[name] = _decide(name, one.get("decisions"), one.get("modified"))
		except (frappe.ValidationError, frappe.PermissionError, frappe.DoesNotExistError) as error:
			frappe.db.rollback(save_point="claim_decided")
			frappe.clear_messages()
			failed[name] = cstr(error)
	return {"decided": decided, "failed": failed}


@frappe.whitelist(methods=["POST"])
def act(
	claim: str,
	action: str,
	reason: str | None = None,
	replies: Sent = None,
	amounts: Sent = None,
	modified: str | None = None,
) -> dict[str, Any] | None:
	"""Take a whole claim along one action of its Workflow (Send, Withdraw, Approve, Ask, Deny, Reply, Lock, Deny and Lock,
	Ask Manager, Ask Employee, Answer, Cancel); all or nothing.

	``reason``: why, what is asked, or the reply to every question; ``replies``: line_key > text, with Reply and Answer;
	``amounts``: line_key > the lower amount that an area manager still approves, with Answer. Returns the screen, None
	where the user doesn't see the claim any more. Raises what the controller and the Workflow raise.
	"""
	take_along(document(CLAIM, claim, "write", modified), action, reason, replies, amounts)
	after = frappe.get_doc(CLAIM, claim)
	return screens.of(after) if after.has_permission("read") else None


# --- steps ---------------------------------------------------------------------------------------------------


def take_along(
	doc: Document, action: str, reason: str | None = None, replies: Sent = None, amounts: Sent = None
) -> None:
	"""What ``act`` does with a claim that the user may write."""
	move = _move(doc, action)
	if reason is not None or move.says:
		# what was said at an earlier occasion is nothing said at this one
		doc.reason = reason
	_fill_in(doc, "reply", replies)
	_fill_in(doc, "manager_amount", amounts)
	doc.workflow_state = move.to_state
	{0: doc.save, 1: doc.submit, 2: doc.cancel}[rules.DOCSTATUS.get(move.to_state, 0)]()


def _decide(claim: str, decisions: Sent, modified: object) -> list[dict[str, Any]]:
	wanted = {key: deciding.decision_of(raw) for key, raw in _object(decisions).items()}
	return [result._asdict() for result in deciding.decide(claim, wanted, modified)]


def _move(doc: Document, action: str) -> rules.Move:
	"""The move that an action is from where the claim stands."""
	if action == rules.REPLY.action and doc.status == rules.CLARIFICATION:
		return rules.replies_to(doc.asked_by)
	found = next(
		(move for move in rules.MOVES if move.action == action and doc.status in move.from_states), None
	)
	if not found:
		moves.refuse(_("{0} is not possible while a claim is {1}.").format(_(action), _(doc.status)))
	return found


def _fill_in(doc: Document, fieldname: str, sent: Sent) -> None:
	rows = {row.line_key: row for row in doc.expenses}
	for key, value in (_object(sent) if sent else {}).items():
		if key not in rows:
			moves.refuse(_("A line that you answer for is in this claim no more. Look at it again."))
		rows[key].set(fieldname, value)


def _object(sent: Sent) -> Mapping[str, Any]:
	found = _parsed(sent)
	if not isinstance(found, Mapping):
		moves.refuse(_("Send an object: what is said of each line, by its key. Nothing was saved."))
	return found


def _listed(sent: str | Sequence) -> list[Mapping[str, Any]]:
	found = _parsed(sent)
	if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
		moves.refuse(_("Send a list of claims with decisions. Nothing was saved."))
	if not 0 < len(found) <= MOST_AT_ONCE:
		moves.refuse(_("Decide on at least one and at most {0} claims at once.").format(MOST_AT_ONCE))
	return found


def _parsed(sent: Any) -> Any:
	try:
		return frappe.parse_json(sent)
	except ValueError:
		return None
