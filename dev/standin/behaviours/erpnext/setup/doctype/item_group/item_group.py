"""Item Group: a tree with one root, under which a record without a parent goes."""

from __future__ import annotations

from frappe.utils.nestedset import NestedSet, get_root_of


class ItemGroup(NestedSet):
	nsm_parent_field = "parent_item_group"

	def validate(self) -> None:
		if not self.parent_item_group:
			root = get_root_of("Item Group")
			self.parent_item_group = root if root != self.name else None

	def on_update(self) -> None:
		super().on_update()
		self.validate_one_root()
