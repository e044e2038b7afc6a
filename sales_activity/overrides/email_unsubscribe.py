"""Events of the Email Unsubscribe: that is a response too."""

from __future__ import annotations

from frappe.model.document import Document

from sales_activity.sales_activity.nurture import unsubscribes


def after_insert(doc: Document, method: str | None = None) -> None:
	"""Record it."""
	unsubscribes.take(doc)
