"""What the desk offers a user to do with a milestone. What it offers, the server checks again when it is done
(``moves``); what it doesn't offer is refused there too."""

from __future__ import annotations

from typing import NamedTuple

import frappe

from sales_activity.workflow_guard import active_workflow

# states that only a manager above, or Sales Operations, sets
DECIDED = frozenset({"Skipped", "Cancelled"})
OVERSEERS = frozenset({"Sales Operations", "System Manager"})


class Standing(NamedTuple):
	"""Where a user stands to a milestone: whether they may move it, skip or cancel it, delegate it."""

	moves: bool
	decides: bool
	delegates: bool

	@classmethod
	def of(cls, user: str, my_turn: bool, responsible: bool, above: bool) -> Standing:
		"""``above``: the responsible person is below the user in the Sales Person tree."""
		oversees = not OVERSEERS.isdisjoint(frappe.get_roles(user))
		moves = my_turn or responsible or above
		return cls(moves, above or oversees, moves or oversees)


def offered_actions(standing: Standing, state: str) -> list[str]:
	"""The actions of the Workflow that lead on from the state, in its order, each once."""
	workflow = active_workflow("Sales Milestone")
	if not workflow:
		return []
	roles = set(frappe.get_roles())
	found = [
		row.action
		for row in workflow.transitions
		if row.state == state
		and row.allowed in roles
		and (standing.decides if row.next_state in DECIDED else standing.moves)
	]
	return list(dict.fromkeys(found))
