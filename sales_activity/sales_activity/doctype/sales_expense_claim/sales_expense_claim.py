"""What somebody spent in the field, on its way to the books."""

from __future__ import annotations

import frappe
from frappe.model.document import Document


class SalesExpenseClaim(Document):
	pass


def on_doctype_update() -> None:
	"""What is overdue is found by the first index, whose turn it is by the second, the claims of a person by the third."""
	frappe.db.add_index("Sales Expense Claim", ["status", "state_since"], "claim_overdue")
	frappe.db.add_index("Sales Expense Claim", ["holder", "status"], "claim_holder")
	frappe.db.add_index("Sales Expense Claim", ["employee", "status"], "claim_employee")
	frappe.db.add_index("Sales Expense Claim", ["area_manager", "status"], "claim_manager")
