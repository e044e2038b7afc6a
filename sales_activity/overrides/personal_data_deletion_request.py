"""Events of Frappe's Personal Data Deletion Request: it reaches what we keep of leads."""

from __future__ import annotations

from frappe.model.document import Document

from sales_activity.sales_activity.nurture import personal_data


def on_change(doc: Document, method: str | None = None) -> None:
	"""Frappe tells that it is carried out by writing its status (``_anonymize_data``)."""
	personal_data.follow(doc)
