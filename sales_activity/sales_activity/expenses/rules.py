"""The states of a claim, who takes it from one to the next, and what a decision makes of its lines. No site.

A claim is in exactly one state, and all of its lines with it: lines on which something else is decided go to a claim of
their own. On every line, at every moment: 0 <= locked by Accounts <= approved by the area manager <= claimed.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

DRAFT = "Draft"
PENDING = "Pending Area Manager"
CLARIFICATION = "Clarification"
DENIED = "Denied"
APPROVED = "Approved"
WITH_ACCOUNTS = "With Accounts"
RETURNED = "Returned to Area Manager"
LOCKED = "Approved and Locked"
DENIED_LOCKED = "Denied and Locked"
CANCELLED = "Cancelled"

STATES = (
	*(DRAFT, PENDING, CLARIFICATION, DENIED, APPROVED, WITH_ACCOUNTS, RETURNED),
	*(LOCKED, DENIED_LOCKED, CANCELLED),
)
DOCSTATUS = {LOCKED: 1, DENIED_LOCKED: 1, CANCELLED: 2}
# states in which the employee has the claim
WITH_EMPLOYEE = frozenset({DRAFT, DENIED, CLARIFICATION})
# states in which the area manager has it
WITH_MANAGER = frozenset({PENDING, RETURNED})
# the level of escalation from which on a claim is with somebody above
WENT_UP = 2
# states in which what was spent doesn't count any more
DEAD = frozenset({DENIED, DENIED_LOCKED, CANCELLED})

# states in which Accounts see it whatever else; beyond these what was forwarded
SEEN_BY_ACCOUNTS = frozenset({APPROVED, WITH_ACCOUNTS, RETURNED, LOCKED, DENIED_LOCKED, CANCELLED})

# who moves a claim: the employee whose it is, the area manager, Accounts, an Accounts Manager, the app itself
EMPLOYEE, MANAGER, ACCOUNTS, CHIEF, APP = "employee", "manager", "accounts", "chief", "app"
# who asks, as the claim says it
BY_MANAGER, BY_ACCOUNTS = "Area Manager", "Accounts"

# what an expense type says
DISTANCE = "Distance"
STOP = "Stop"
ALWAYS, ABOVE = "Always", "Above an Amount"

# no expense or claim is more, and the database's column (12 digits) and a double still hold every cent of it
MOST = 10**12 - 1
# amounts are the same when they differ by less
TOLERANCE = 1e-6


class Move(NamedTuple):
	"""What somebody can do with a claim: from these states to that one; ``says`` whether it needs words."""

	action: str
	from_states: frozenset[str]
	to_state: str
	by: str
	says: bool = False


SEND = Move("Send", frozenset({DRAFT, DENIED}), PENDING, EMPLOYEE)
WITHDRAW = Move("Withdraw", frozenset({PENDING}), DRAFT, EMPLOYEE)
APPROVE = Move("Approve", frozenset({PENDING}), APPROVED, MANAGER)
ASK = Move("Ask", frozenset({PENDING}), CLARIFICATION, MANAGER, True)
DENY = Move("Deny", frozenset({PENDING}), DENIED, MANAGER, True)
REPLY = Move("Reply", frozenset({CLARIFICATION}), PENDING, EMPLOYEE, True)
REPLY_TO_ACCOUNTS = Move("Reply", frozenset({CLARIFICATION}), WITH_ACCOUNTS, EMPLOYEE, True)
FORWARD = Move("Forward", frozenset({APPROVED}), WITH_ACCOUNTS, APP)
LOCK = Move("Lock", frozenset({WITH_ACCOUNTS}), LOCKED, ACCOUNTS)
DENY_AND_LOCK = Move("Deny and Lock", frozenset({WITH_ACCOUNTS}), DENIED_LOCKED, ACCOUNTS, True)
ASK_MANAGER = Move("Ask Manager", frozenset({WITH_ACCOUNTS}), RETURNED, ACCOUNTS, True)
ASK_EMPLOYEE = Move("Ask Employee", frozenset({WITH_ACCOUNTS}), CLARIFICATION, ACCOUNTS, True)
ANSWER = Move("Answer", frozenset({RETURNED}), WITH_ACCOUNTS, MANAGER, True)
CANCEL = Move("Cancel", frozenset({LOCKED, DENIED_LOCKED}), CANCELLED, CHIEF)

MOVES = (
	*(SEND, WITHDRAW, APPROVE, ASK, DENY, REPLY, REPLY_TO_ACCOUNTS, FORWARD),
	*(LOCK, DENY_AND_LOCK, ASK_MANAGER, ASK_EMPLOYEE, ANSWER, CANCEL),
)

UNDECIDED = ""


class Kind(NamedTuple):
	"""What can be decided on a line: the move that its claim makes then, and whether it is for an amount."""

	name: str
	move: Move
	takes_amount: bool = False


class Side(NamedTuple):
	"""Somebody who decides on lines: while claims are in ``state``, writing these fields of a line. ``most`` is the
	field that holds the most that can be granted."""

	name: str
	by: str
	state: str
	kinds: tuple[Kind, ...]
	decision: str
	amount: str
	reason: str
	most: str

	def kind(self, name: str) -> Kind | None:
		"""What is called so, None if nothing is."""
		return next((kind for kind in self.kinds if kind.name == name), None)

	def kind_of(self, move: Move) -> Kind | None:
		"""The decision on every line that a move of the whole claim is."""
		return next((kind for kind in self.kinds if kind.move == move), None)


MANAGER_SIDE = Side(
	*(BY_MANAGER, MANAGER, PENDING),
	(Kind("Approved", APPROVE, True), Kind("Clarification", ASK), Kind("Denied", DENY)),
	*("decision", "manager_amount", "manager_reason", "base_amount"),
)
ACCOUNTS_SIDE = Side(
	*(BY_ACCOUNTS, ACCOUNTS, WITH_ACCOUNTS),
	(
		Kind("Approved", LOCK, True),
		Kind("Denied", DENY_AND_LOCK),
		Kind("Ask Manager", ASK_MANAGER),
		Kind("Ask Employee", ASK_EMPLOYEE),
	),
	*("accounts_decision", "accounts_amount", "accounts_reason", "manager_amount"),
)
SIDES = {side.state: side for side in (MANAGER_SIDE, ACCOUNTS_SIDE)}
ASKING = frozenset({ASK, ASK_MANAGER, ASK_EMPLOYEE})


class Decision(NamedTuple):
	"""A decision on one line. ``amount``: None for all there is; ``text``: a reason or a question."""

	kind: str
	amount: float | None = None
	text: str = ""


class Problem(NamedTuple):
	"""Why a decision isn't possible: a code, and what belongs into the sentence."""

	code: str
	values: tuple = ()


# --- moves ---------------------------------------------------------------------------------------------------


def move_between(from_state: str, to_state: str) -> Move | None:
	"""What takes a claim from one state to another; None if nothing does."""
	return next(
		(move for move in MOVES if from_state in move.from_states and move.to_state == to_state), None
	)


def replies_to(asked_by: str | None) -> Move:
	"""The reply to whoever asked."""
	return REPLY_TO_ACCOUNTS if asked_by == BY_ACCOUNTS else REPLY


def values_after(move: Move, at: datetime) -> dict[str, object]:
	"""What a move sets in a claim; who has it then comes on top. Times count anew."""
	asked_by = {ASK: BY_MANAGER, ASK_EMPLOYEE: BY_ACCOUNTS, ASK_MANAGER: BY_ACCOUNTS}.get(move, "")
	return {
		**{"status": move.to_state, "workflow_state": move.to_state, "state_since": at, "asked_by": asked_by},
		**{"escalation_level": 0, "reminded_on": None, "escalated_on": None},
	}


def line_after(move: Move) -> dict[str, object]:
	"""What a move of the employee, or an answer of the manager, leaves on each line: decided anew by whoever is next.
	Reasons and answers stay to be read."""
	if move in (SEND, WITHDRAW, REPLY):
		return {
			"decision": UNDECIDED,
			"manager_amount": 0,
			"accounts_decision": UNDECIDED,
			"accounts_amount": 0,
		}
	if move in (REPLY_TO_ACCOUNTS, ANSWER):
		return {"accounts_decision": UNDECIDED, "accounts_amount": 0}
	return {}


# --- amounts -------------------------------------------------------------------------------------------------


def number_of(raw: object) -> float | None:
	"""A number as it was sent, as a number or as text; None for what is none, such as a truth value."""
	if isinstance(raw, bool) or not isinstance(raw, int | float | str):
		return None
	try:
		return float(raw)
	except ValueError:
		return None


def is_amount(value: object) -> bool:
	"""Whether it is a number from 0 to MOST; neither a truth value nor infinite nor no number."""
	if isinstance(value, bool) or not isinstance(value, int | float):
		return False
	return math.isfinite(value) and 0 <= value <= MOST


def chain_holds(line: Mapping) -> bool:
	"""Whether locked <= approved <= claimed on a line, none below zero."""
	claimed, approved, locked = (
		line.get(field) or 0.0 for field in ("base_amount", "manager_amount", "accounts_amount")
	)
	if not all(map(is_amount, (claimed, approved, locked))):
		return False
	return locked <= approved + TOLERANCE and approved <= claimed + TOLERANCE


def totals(lines: Iterable[Mapping]) -> dict[str, float]:
	"""The totals of a claim, unrounded."""
	lines = list(lines)
	of = {
		"total_claimed": "base_amount",
		"total_manager": "manager_amount",
		"total_accounts": "accounts_amount",
	}
	return {total: math.fsum(line.get(field) or 0.0 for line in lines) for total, field in of.items()}


# --- decisions -----------------------------------------------------------------------------------------------


def problem(side: Side, line: Mapping, decision: Decision) -> Problem | None:
	"""What is wrong with a decision on a line; None if nothing is."""
	if decision.kind == UNDECIDED:
		given = decision.amount is not None or decision.text
		return Problem("nothing_decided") if given else None
	kind = side.kind(decision.kind)
	if not kind:
		return Problem("no_such_decision", (decision.kind, [kind.name for kind in side.kinds]))
	if kind.move.says and not decision.text.strip():
		return Problem("no_question" if kind.move in ASKING else "no_reason")
	most = line.get(side.most) or 0.0
	if decision.amount is None:
		return Problem("nothing_left") if kind.takes_amount and most <= TOLERANCE else None
	if not kind.takes_amount:
		return Problem("no_amount_here", (kind.name,))
	if not is_amount(decision.amount) or not TOLERANCE < decision.amount <= most + TOLERANCE:
		return Problem("not_granted", (decision.amount, most))
	return None


def decided(side: Side, line: Mapping, decision: Decision) -> dict[str, object]:
	"""The fields of a line after a decision that has no ``problem``; nothing for an undecided one."""
	kind = side.kind(decision.kind)
	if not kind:
		return {}
	values: dict[str, object] = {side.decision: kind.name, side.amount: 0.0}
	if kind.takes_amount:
		most = line.get(side.most) or 0.0
		values[side.amount] = most if decision.amount is None else min(decision.amount, most)
	if kind.move in ASKING:
		return {**values, "question": decision.text, "reply": ""}
	return {**values, side.reason: decision.text}


class Part(NamedTuple):
	"""Lines of a claim on which the same was decided, by key: ``move`` is what their claim does, None if nothing was
	decided."""

	move: Move | None
	keys: tuple[str, ...]


def parts(side: Side, kinds: Sequence[tuple[str, str]]) -> list[Part]:
	"""What becomes of a claim whose lines, (key, kind) in their order, were decided on.

	The first part stays in the claim: the approved lines, or where there are none the most numerous, of equally many
	what the side names first, undecided last. Each other part goes to a claim of its own.
	"""
	names = [*(kind.name for kind in side.kinds), UNDECIDED]
	counts = Counter(kind for _key, kind in kinds)
	granted = {kind.name for kind in side.kinds if kind.takes_amount}
	order = sorted(counts, key=lambda name: (name not in granted, -counts[name], names.index(name)))
	return [
		Part(
			side.kind(name).move if name else None,
			tuple(key for key, kind in kinds if kind == name),
		)
		for name in order
	]
