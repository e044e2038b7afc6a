"""A change of a lead's state: who, when, after how long, why. Never edited or deleted."""

from __future__ import annotations

import frappe
from frappe import _

from sales_activity.locked import LockedRecord, RecordLockedError
from sales_activity.sales_activity.nurture.routing_records import MOVES_INDEX


class LeadMoveIsHistoryError(RecordLockedError):
	"""The record of a lead's moves is written by the app only."""


class LeadMove(LockedRecord):
	refused_with = LeadMoveIsHistoryError

	def refusal(self) -> str:
		"""What somebody is told who writes it by hand."""
		return _("The moves of a lead are kept as they happened. Nobody edits or deletes them.")


def on_doctype_update() -> None:
	"""Who got a lead last is found by the first index; the second holds all that the reports ask of a
	lead's moves."""
	frappe.db.add_index("Lead Move", ["sales_person", "to_state", "at"], MOVES_INDEX)
	frappe.db.add_index("Lead Move", ["lead_nurture", "from_state", "to_state", "seconds", "at"], "move_ways")
