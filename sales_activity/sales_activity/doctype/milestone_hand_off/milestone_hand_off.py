"""A milestone becoming somebody else's turn, and the message about it. Written by the app only."""

from __future__ import annotations

from frappe.model.document import Document


class MilestoneHandoff(Document):
	pass
