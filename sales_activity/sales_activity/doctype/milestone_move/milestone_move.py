"""A change of state of a Sales Milestone: who, when, after how long, why. Never edited or deleted."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document


class MoveIsHistoryError(frappe.PermissionError):
	"""The record of a milestone's moves is written by the app only."""


class MilestoneMove(Document):
	def validate(self) -> None:
		self._refuse()

	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		self._refuse()

	def on_trash(self) -> None:
		self._refuse()

	def _refuse(self) -> None:
		frappe.throw(
			_("The moves of a milestone are kept as they happened. Nobody edits or deletes them."),
			MoveIsHistoryError,
		)


def on_doctype_update() -> None:
	"""Indexes for the few moves that were held up: of all milestones, which Milestone Time takes off, and of a single
	one, which Standing Still takes off."""
	frappe.db.add_index("Milestone Move", ["held_seconds", "sales_milestone"], "velocity_held")
	frappe.db.add_index("Milestone Move", ["sales_milestone", "held_seconds", "from_state"], "milestone_held")
