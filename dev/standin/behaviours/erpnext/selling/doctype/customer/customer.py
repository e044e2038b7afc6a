"""Customer: named by its name, and the end of a Lead."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.naming import set_name_by_naming_series
from frappe.utils import flt


class Customer(Document):
	def autoname(self) -> None:
		if frappe.defaults.get_global_default("cust_master_name") == "Naming Series":
			set_name_by_naming_series(self)
			return
		self.name, number = self.customer_name, 1
		while frappe.db.exists("Customer", self.name):
			self.name, number = f"{self.customer_name} - {number}", number + 1

	def validate(self) -> None:
		if self.sales_team and sum(flt(row.allocated_percentage) for row in self.sales_team) != 100:
			frappe.throw(_("Total contribution percentage should be equal to 100"))

	def on_update(self) -> None:
		if self.lead_name and self.has_value_changed("lead_name"):
			frappe.db.set_value("Lead", self.lead_name, "status", "Converted")
