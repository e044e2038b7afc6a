"""What the desk offers a user to do with a milestone. What it offers, the server checks again when it is done
(``moves``); what it doesn't offer is refused there too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

import frappe

from sales_activity.sales_activity.milestones import rules
from sales_activity.sales_activity.milestones.moves import Rights
from sales_activity.workflow_guard import active_workflow

SET_ASIDE = frozenset(move.to_state for move in rules.SETTING_ASIDE)
DELEGABLE = frozenset({rules.READY, rules.IN_PROGRESS})


class Offer(TypedDict):
	"""An action of the Workflow: its name, the state that it leads to, and what has to be said with it (the
	milestone's field ``question``, ``reply`` or ``reason``), if anything."""

	action: str
	to: str
	needs: str | None


def offered_actions(milestone: Mapping[str, Any], rights: Rights) -> list[Offer]:
	"""The actions of the Workflow that lead on from the milestone's state, in its order, each once.

	``milestone``: status, sender and turn_of are read.
	"""
	workflow = active_workflow("Sales Milestone")
	if not workflow:
		return []
	state, roles = milestone["status"], set(frappe.get_roles())
	found = {
		row.action: row.next_state
		for row in workflow.transitions
		if row.state == state and row.allowed in roles and _is_open_to(milestone, row.next_state, rights)
	}
	return [Offer(action=action, to=to, needs=_needs(state, to)) for action, to in found.items()]


def _is_open_to(milestone: Mapping[str, Any], to: str, rights: Rights) -> bool:
	if to in SET_ASIDE:
		return rights.set_aside
	has_sender = milestone["sender"] and milestone["sender"] != milestone["turn_of"]
	return rights.work and bool(to != rules.RETURNED or has_sender)


def _needs(state: str, to: str) -> str | None:
	move = rules.move_between(state, to)
	return move.needs if move else None
