"""Territory: a tree with one root, under which a record without a parent goes."""

from __future__ import annotations

from frappe.utils.nestedset import NestedSet, get_root_of


class Territory(NestedSet):
	nsm_parent_field = "parent_territory"

	def validate(self) -> None:
		if not self.parent_territory:
			root = get_root_of("Territory")
			self.parent_territory = root if root != self.name else None

	def on_update(self) -> None:
		super().on_update()
		self.validate_one_root()
