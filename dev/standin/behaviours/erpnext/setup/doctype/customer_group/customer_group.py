"""Customer Group: a tree with one root, under which a record without a parent goes."""

from __future__ import annotations

from frappe.utils.nestedset import NestedSet, get_root_of


class CustomerGroup(NestedSet):
	nsm_parent_field = "parent_customer_group"

	def validate(self) -> None:
		if not self.parent_customer_group:
			root = get_root_of("Customer Group")
			self.parent_customer_group = root if root != self.name else None

	def on_update(self) -> None:
		super().on_update()
		self.validate_one_root()
