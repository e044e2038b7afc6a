"""The states of a lead on its way to sales, who takes it from one to the next, what that leaves behind. No site.

A lead is in exactly one state. People's moves are in MOVES; besides them a lead becomes Converted, or Do Not Contact,
because of what happens to it in ERPNext (``is_followed``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

NEW = "New"
QUALIFYING = "Qualifying"
QUALIFIED = "Qualified"
WITH_SALES = "With Sales"
NURTURING = "Nurturing"
CONVERTED = "Converted"
DISQUALIFIED = "Disqualified"
DO_NOT_CONTACT = "Do Not Contact"

STATES = (NEW, QUALIFYING, QUALIFIED, WITH_SALES, NURTURING, CONVERTED, DISQUALIFIED, DO_NOT_CONTACT)

# who moves a lead: the qualification team, the person whom it was handed to and managers above, Sales Operations
TEAM, SALES, OPERATIONS = "team", "sales", "operations"


class Move(NamedTuple):
	"""What a person can do with a lead: from these states to that one, saying something in the field ``needs``."""

	action: str
	from_states: frozenset[str]
	to_state: str
	by: frozenset[str]
	needs: str | None = None


START = Move("Start", frozenset({NEW, NURTURING, DISQUALIFIED}), QUALIFYING, frozenset({TEAM}))
QUALIFY = Move("Qualify", frozenset({QUALIFYING}), QUALIFIED, frozenset({TEAM}))
HAND_OVER = Move("Hand Over", frozenset({QUALIFIED}), WITH_SALES, frozenset({TEAM}), "sales_person")
ACCEPT = Move("Accept", frozenset({WITH_SALES}), CONVERTED, frozenset({SALES}))
REJECT = Move("Reject", frozenset({WITH_SALES}), QUALIFYING, frozenset({SALES}), "reason")
NURTURE = Move("Nurture", frozenset({NEW, QUALIFYING}), NURTURING, frozenset({TEAM}))
DISQUALIFY = Move(
	"Disqualify", frozenset({NEW, QUALIFYING, NURTURING}), DISQUALIFIED, frozenset({TEAM}), "reason"
)
STOP = Move(
	"Do Not Contact",
	frozenset(STATES) - {CONVERTED, DO_NOT_CONTACT},
	DO_NOT_CONTACT,
	frozenset({TEAM, SALES}),
	"reason",
)
LIFT = Move("Contact Again", frozenset({DO_NOT_CONTACT}), QUALIFYING, frozenset({OPERATIONS}), "reason")

MOVES = (START, QUALIFY, HAND_OVER, ACCEPT, REJECT, NURTURE, DISQUALIFY, STOP, LIFT)

# states in which the lead's fit follows what is known of it; later it stays as it was decided upon
MEASURED = frozenset({NEW, QUALIFYING, NURTURING})
# states in which a new version of the definition can be taken over
SCORED_AGAIN = frozenset({NEW, QUALIFYING, QUALIFIED, NURTURING})
# states that a qualification has led to
RIPE = frozenset({QUALIFIED, WITH_SALES, CONVERTED})

# what ERPNext's Lead calls them
UNQUALIFIED, IN_PROCESS = "Unqualified", "In Process"
# values of Lead's status that say that somebody works on a sale
SOLD_TO = frozenset({"Opportunity", "Quotation", "Lost Quotation", "Converted"})

_NO_HAND_OVER = {"handed_over_on": None, "accept_by": None, "escalated_on": None, "accepted_on": None}


def move_between(from_state: str, to_state: str) -> Move | None:
	"""What a person does who takes a lead from one state to another; None if nobody can."""
	return next(
		(move for move in MOVES if from_state in move.from_states and move.to_state == to_state), None
	)


def is_followed(state: str, to_state: str) -> bool:
	"""Whether a lead goes to ``to_state`` because ERPNext says so: Converted by an Opportunity or Customer, Do Not
	Contact by the Lead's status. A lead that must not be contacted stays so whoever sells to it."""
	if to_state == CONVERTED:
		return state not in (CONVERTED, DO_NOT_CONTACT)
	return to_state == DO_NOT_CONTACT and state not in (CONVERTED, DO_NOT_CONTACT)


def first_state(lead_status: str, qualification_status: str, is_old: bool) -> str:
	"""The state of a lead that nobody has worked on here. An old one (from before this app) was worked on elsewhere:
	what its Lead says is believed."""
	if lead_status == DO_NOT_CONTACT:
		return DO_NOT_CONTACT
	if not is_old:
		return NEW
	if lead_status in SOLD_TO:
		return CONVERTED
	return {"Qualified": QUALIFIED, IN_PROCESS: QUALIFYING}.get(qualification_status, NEW)


def qualification_status(state: str) -> str:
	"""What ERPNext's Lead says of a lead in this state."""
	if state in RIPE:
		return "Qualified"
	return IN_PROCESS if state == QUALIFYING else UNQUALIFIED


def values_after(row: Mapping, to_state: str, at: datetime, user: str) -> dict[str, object]:
	"""What a move to ``to_state`` sets in the record, a row or a document as it was before; whom it is handed to and
	by when it has to be accepted comes on top."""
	values: dict[str, object] = {"status": to_state, "workflow_state": to_state, "state_since": at}
	came_from = row.get("status")
	if to_state == QUALIFIED:
		values.update(qualified_by=user, qualified_on=at)
	elif to_state not in RIPE:
		values.update(qualified_by=None, qualified_on=None)
	if to_state == WITH_SALES:
		values.update(_NO_HAND_OVER, handed_over_on=at)
	elif to_state == CONVERTED:
		values.update(accepted_on=at if came_from == WITH_SALES else None, accept_by=None)
	else:
		values.update(_NO_HAND_OVER, sales_person=None)
	if came_from == WITH_SALES and to_state == QUALIFYING:
		values["rejections"] = int(row.get("rejections") or 0) + 1
	if to_state == QUALIFYING and not row.get("qualifier") and came_from != WITH_SALES:
		values["qualifier"] = user
	return values
