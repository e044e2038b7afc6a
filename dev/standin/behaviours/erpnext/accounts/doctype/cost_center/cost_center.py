"""A tree of one company, whose records carry the company's abbreviation."""

from __future__ import annotations

from erpnext.accounts.utils import name_in_company
from frappe.utils.nestedset import NestedSet


class CostCenter(NestedSet):
	nsm_parent_field = "parent_cost_center"

	def autoname(self) -> None:
		self.name = name_in_company(self.cost_center_name, self.company)
