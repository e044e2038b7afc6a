"""Sales Person: a tree with one root; one record per Employee."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import flt
from frappe.utils.nestedset import NestedSet, get_root_of


class SalesPerson(NestedSet):
	nsm_parent_field = "parent_sales_person"

	def validate(self) -> None:
		if not self.parent_sales_person:
			root = get_root_of("Sales Person")
			self.parent_sales_person = root if root != self.name else None
		for row in self.targets:
			if not flt(row.target_qty) and not flt(row.target_amount):
				frappe.throw(_("Either target qty or target amount is mandatory."))
		other = self.employee and frappe.db.get_value("Sales Person", {"employee": self.employee})
		if other and other != self.name:
			frappe.throw(_("Another Sales Person {0} exists with the same Employee id").format(other))

	def on_update(self) -> None:
		super().on_update()
		self.validate_one_root()
