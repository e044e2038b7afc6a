"""Events of every DocType: what somebody sends by a Web Form of ours is a response, whatever is made of it."""

from __future__ import annotations

import frappe
from frappe.model.document import Document

from sales_activity.sales_activity.nurture import web_forms


def after_insert(doc: Document, method: str | None = None) -> None:
	"""Record it; outside Web Forms, nothing."""
	if frappe.flags.in_web_form:
		web_forms.take_any(doc)
