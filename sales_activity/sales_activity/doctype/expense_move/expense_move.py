"""A change of a claim's state: who, when, after how long, why. Never edited or deleted."""

from __future__ import annotations

import frappe
from frappe import _

from sales_activity.locked import LockedRecord, RecordLockedError


class ExpenseMoveIsHistoryError(RecordLockedError):
	"""The record of a claim's moves is written by the app only."""


class ExpenseMove(LockedRecord):
	refused_with = ExpenseMoveIsHistoryError

	def refusal(self) -> str:
		"""What somebody is told who writes it by hand."""
		return _("The moves of a claim are kept as they happened. Nobody edits or deletes them.")


def on_doctype_update() -> None:
	"""All that reports ask of a claim's moves."""
	frappe.db.add_index("Expense Move", ["claim", "from_state", "to_state", "seconds"], "expense_move_ways")
