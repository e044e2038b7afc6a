"""Employee: a tree by who reports to whom; its user gets the role and, if wanted, permissions."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.permissions import add_user_permission
from frappe.utils import getdate
from frappe.utils.nestedset import NestedSet


class Employee(NestedSet):
	nsm_parent_field = "reports_to"

	def validate(self) -> None:
		self.employee_name = " ".join(filter(None, [self.first_name, self.last_name]))
		if getdate(self.date_of_birth) >= getdate(self.date_of_joining):
			frappe.throw(_("Date of Joining must be greater than Date of Birth"))
		filters = {"user_id": self.user_id, "status": "Active", "name": ("!=", self.name)}
		if self.user_id and frappe.db.exists("Employee", filters):
			frappe.throw(_("User {0} is already assigned to another Employee").format(self.user_id))

	def on_update(self) -> None:
		super().on_update()
		if not self.user_id:
			return
		user = frappe.get_doc("User", self.user_id)
		if "Employee" not in {row.role for row in user.roles}:
			user.flags.ignore_permissions = True
			user.add_roles("Employee")
		changed = self.has_value_changed("user_id") or self.has_value_changed("create_user_permission")
		if changed and self.create_user_permission:
			add_user_permission("Employee", self.name, self.user_id, ignore_permissions=True)
			add_user_permission("Company", self.company, self.user_id, ignore_permissions=True)
