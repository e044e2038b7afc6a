"""A milestone becoming somebody else's turn, and the message about it.

``milestones/handoffs.py`` and ``milestones/reminders.py`` write the rows, ``milestones/delivery.py`` delivers them,
all in SQL. Nobody edits or deletes.
"""

from __future__ import annotations

import frappe
from frappe import _

from sales_activity.locked import LockedRecord, RecordLockedError


class HandOffLockedError(RecordLockedError):
	"""Somebody tried to write a hand-off by hand."""


class MilestoneHandoff(LockedRecord):
	refused_with = HandOffLockedError

	def refusal(self) -> str:
		"""What somebody is told who writes it by hand."""
		return _(
			"Hand-offs are written when a milestone is moved. To hand one over, use the milestone's actions."
		)

	def refusal_title(self) -> str:
		"""The title of that."""
		return _("Hand-off")


def on_doctype_update() -> None:
	"""An index for what waits to be delivered."""
	frappe.db.add_index("Milestone Hand-off", ["delivery", "sent_on"], "hand_off_delivery")
