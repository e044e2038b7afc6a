"""Call Log: knows the Lead that it was with by the number."""

from __future__ import annotations

import frappe
from frappe.model.document import Document


class CallLog(Document):
	def before_insert(self) -> None:
		number = (self.get("from") if self.type == "Incoming" else self.to) or ""
		number = number.lstrip("+").lstrip("0")
		if not number:
			return
		likewise = ("like", f"%{number}")
		filters = {"phone": likewise, "mobile_no": likewise}
		leads = frappe.get_all("Lead", or_filters=filters, pluck="name", order_by="creation desc", limit=1)
		for lead in leads:
			self.append("links", {"link_doctype": "Lead", "link_name": lead})
