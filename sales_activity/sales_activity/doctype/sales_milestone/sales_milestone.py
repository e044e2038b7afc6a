"""One verifiable intermediate outcome of one project, with one responsible person."""

from __future__ import annotations

from frappe.model.document import Document


class SalesMilestone(Document):
	pass
