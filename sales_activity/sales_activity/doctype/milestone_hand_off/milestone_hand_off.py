"""A milestone becoming somebody else's turn, and the message about it.

``milestones/handoffs.py`` and ``milestones/reminders.py`` write the rows, ``milestones/delivery.py`` delivers them,
all in SQL. Nobody edits or deletes.
"""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document


class HandOffLockedError(frappe.PermissionError):
	"""Somebody tried to write a hand-off by hand."""


class MilestoneHandoff(Document):
	def validate(self) -> None:
		"""Refuse every insert and edit that goes through a document."""
		self._refuse()

	def on_trash(self) -> None:
		"""Refuse deletion."""
		self._refuse()

	def before_rename(self, *args: str) -> None:
		"""Refuse renaming."""
		self._refuse()

	def _refuse(self) -> None:
		frappe.throw(
			_(
				"Hand-offs are written when a milestone is moved. To hand one over, use the milestone's actions."
			),
			HandOffLockedError,
			title=_("Hand-off"),
		)


def on_doctype_update() -> None:
	"""An index for what waits to be delivered."""
	frappe.db.add_index("Milestone Hand-off", ["delivery", "sent_on"], "hand_off_delivery")
