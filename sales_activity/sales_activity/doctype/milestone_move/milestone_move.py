"""A change of state of a Sales Milestone: who, when, after how long, why. Never edited or deleted."""

from __future__ import annotations

import frappe
from frappe import _

from sales_activity.locked import LockedRecord, RecordLockedError


class MoveIsHistoryError(RecordLockedError):
	"""The record of a milestone's moves is written by the app only."""


class MilestoneMove(LockedRecord):
	refused_with = MoveIsHistoryError

	def refusal(self) -> str:
		"""What somebody is told who writes it by hand."""
		return _("The moves of a milestone are kept as they happened. Nobody edits or deletes them.")


def on_doctype_update() -> None:
	"""Indexes for the few moves that were held up: of all milestones, which Milestone Time takes off, and of a single
	one, which Standing Still takes off."""
	frappe.db.add_index("Milestone Move", ["held_seconds", "sales_milestone"], "velocity_held")
	frappe.db.add_index("Milestone Move", ["sales_milestone", "held_seconds", "from_state"], "milestone_held")
