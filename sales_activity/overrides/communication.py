"""Events of the Communication: an e-mail of a lead is a response."""

from __future__ import annotations

from frappe.model.document import Document

from sales_activity.sales_activity.nurture import replies


def after_insert(doc: Document, method: str | None = None) -> None:
	"""Record what came in."""
	replies.take(doc)
