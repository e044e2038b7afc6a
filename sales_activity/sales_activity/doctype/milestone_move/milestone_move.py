"""A change of state of a Sales Milestone: who, when, after how long, why. Never edited or deleted."""

from __future__ import annotations

from frappe.model.document import Document


class MilestoneMove(Document):
	pass
