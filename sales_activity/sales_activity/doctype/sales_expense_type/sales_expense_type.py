"""A kind of expense: how it is claimed, what limits it, where it is booked."""

from __future__ import annotations

from frappe.model.document import Document

from sales_activity.sales_activity.expenses import masters


class SalesExpenseType(Document):
	def validate(self) -> None:
		masters.check_type(self)
