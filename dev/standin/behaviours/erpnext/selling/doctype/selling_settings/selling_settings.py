"""Selling Settings: some of them are global defaults."""

from __future__ import annotations

import frappe
from frappe.model.document import Document


class SellingSettings(Document):
	def validate(self) -> None:
		for field in ("cust_master_name", "customer_group", "territory", "selling_price_list"):
			frappe.db.set_default(field, self.get(field) or "")
