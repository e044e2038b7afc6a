"""A change of a lead's state: who, when, after how long, why. Never edited or deleted."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from sales_activity.sales_activity.nurture.routing_records import MOVES_INDEX


class LeadMoveIsHistoryError(frappe.PermissionError):
	"""The record of a lead's moves is written by the app only."""


class LeadMove(Document):
	def validate(self) -> None:
		self._refuse()

	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		self._refuse()

	def on_trash(self) -> None:
		self._refuse()

	def _refuse(self) -> None:
		frappe.throw(
			_("The moves of a lead are kept as they happened. Nobody edits or deletes them."),
			LeadMoveIsHistoryError,
		)


def on_doctype_update() -> None:
	"""Who got a lead last is found by this index."""
	frappe.db.add_index("Lead Move", ["sales_person", "to_state", "at"], MOVES_INDEX)
