"""Approved claims of a company that go to Accounts together."""

from __future__ import annotations

from frappe.model.document import Document


class ExpenseForwarding(Document):
	pass
