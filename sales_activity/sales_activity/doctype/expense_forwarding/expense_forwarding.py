"""Approved claims of a company that go to Accounts together."""

from __future__ import annotations

from typing import Any

from frappe.model.document import Document

from sales_activity.sales_activity.expenses import collective, forwarding


class ExpenseForwarding(Document):
	def validate(self) -> None:
		forwarding.prepare(self)

	def before_submit(self) -> None:
		forwarding.take(self)

	def on_submit(self) -> None:
		forwarding.move(self)

	def before_cancel(self) -> None:
		forwarding.refuse_cancel(self)

	def collective_report(self) -> dict[str, Any]:
		"""What the print format "Expense Forwarding Report" shows."""
		return collective.report(self)
