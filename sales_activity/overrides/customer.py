"""Events of the Customer: a lead may have become one."""

from __future__ import annotations

from frappe import _
from frappe.model.document import Document

from sales_activity.sales_activity.nurture import leads


def on_update(doc: Document, method: str | None = None) -> None:
	"""The Lead that a Customer was made from is converted."""
	if doc.lead_name and doc.has_value_changed("lead_name"):
		leads.converted(doc.lead_name, _("Customer"))
