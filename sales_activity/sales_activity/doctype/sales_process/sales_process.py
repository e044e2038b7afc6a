"""The template of a sale: an ordered list of milestones."""

from __future__ import annotations

from frappe.model.document import Document


class SalesProcess(Document):
	pass
