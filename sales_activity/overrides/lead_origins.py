"""Events of what Leads say they came by: Lead Source and Campaign, in ERPNext 16 UTM Source and UTM Campaign."""

from __future__ import annotations

from frappe.model.document import Document

from sales_activity import compat
from sales_activity.sales_activity.nurture import leads


def after_rename(doc: Document, method: str | None, old: str, new: str, merge: bool = False) -> None:
	"""Frappe renames it in the Leads; their nurtures repeat it."""
	for field, doctype in compat.lead_origin_doctypes().items():
		if doctype == doc.doctype:
			leads.rename_origin(field, old, new)
