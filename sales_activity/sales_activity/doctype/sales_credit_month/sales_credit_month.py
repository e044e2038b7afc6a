"""Monthly sums of the ledger. Only ``credit/months.py`` writes them, in SQL; nobody edits or deletes."""

from __future__ import annotations

import frappe
from frappe import _

from sales_activity.sales_activity.credit.locked import LedgerRecord

# the attainment report groups by the columns in this order and reads nothing outside the index
REPORT_INDEX = ("company", "sales_person", "sales_role", "item_group", "month", "amount", "qty")
# how far a company's entries are in the sums is the end of this one
FOLDED_INDEX = ("company", "folded_up_to")


class SalesCreditMonth(LedgerRecord):
	def refusal(self) -> str:
		"""What somebody is told who edits a sum."""
		return _("Monthly sums are made from the credit ledger every night. Nobody changes them by hand.")


def on_doctype_update() -> None:
	"""Indexes for the report, and for finding how far the ledger is in the sums."""
	frappe.db.add_index("Sales Credit Month", list(REPORT_INDEX), "credit_month_report")
	frappe.db.add_index("Sales Credit Month", list(FOLDED_INDEX), "credit_month_folded")
