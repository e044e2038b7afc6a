"""What a lead did. Only ``nurture/responses.py`` writes it, in SQL; nobody edits or deletes."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

# the score of a lead is added up from this alone
SCORE_INDEX = ("lead_nurture", "response_type", "robot", "responded_on")


class ResponseIsHistoryError(frappe.PermissionError):
	"""The responses of a lead are written by the app only."""


class NurtureResponse(Document):
	def validate(self) -> None:
		self._refuse()

	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		self._refuse()

	def on_trash(self) -> None:
		self._refuse()

	def _refuse(self) -> None:
		frappe.throw(
			_("Responses are kept as they came. Nobody edits or deletes them; record another one instead."),
			ResponseIsHistoryError,
		)


def on_doctype_update() -> None:
	"""The index that scores are read from."""
	frappe.db.add_index("Nurture Response", list(SCORE_INDEX), "nurture_score")
