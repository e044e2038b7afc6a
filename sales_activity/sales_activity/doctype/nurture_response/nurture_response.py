"""What a lead did. Only ``nurture/responses.py`` writes it, in SQL; nobody edits or deletes."""

from __future__ import annotations

import frappe
from frappe import _

from sales_activity.locked import LockedRecord, RecordLockedError

# the score of a lead is added up from this alone
SCORE_INDEX = ("lead_nurture", "response_type", "robot", "responded_on")


class ResponseIsHistoryError(RecordLockedError):
	"""The responses of a lead are written by the app only."""


class NurtureResponse(LockedRecord):
	refused_with = ResponseIsHistoryError

	def refusal(self) -> str:
		"""What somebody is told who writes it by hand."""
		return _("Responses are kept as they came. Nobody edits or deletes them; record another one instead.")


def on_doctype_update() -> None:
	"""Scores are read from the first index, what was said to a program's step from the second."""
	frappe.db.add_index("Nurture Response", list(SCORE_INDEX), "nurture_score")
	frappe.db.add_index("Nurture Response", ["reference_name"], "response_reference")
