"""Department: a tree; all but the root carry the company's abbreviation."""

from __future__ import annotations

from erpnext.accounts.utils import name_in_company
from frappe.utils.nestedset import NestedSet, get_root_of


class Department(NestedSet):
	nsm_parent_field = "parent_department"

	def autoname(self) -> None:
		root = get_root_of("Department")
		plain = not root or self.department_name == root
		self.name = self.department_name if plain else name_in_company(self.department_name, self.company)

	def validate(self) -> None:
		if not self.parent_department:
			root = get_root_of("Department")
			self.parent_department = root if root != self.name else None
