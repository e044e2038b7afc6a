"""What somebody does on a sale. Not a permission role."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document


class SalesRole(Document):
	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		"""Refuse to merge two roles: people who played both would be credited twice in one."""
		if merge:
			frappe.throw(
				_(
					"Two Sales Roles can't be merged: whoever played both would be credited twice. Disable {0}."
				).format(frappe.bold(old))
			)
