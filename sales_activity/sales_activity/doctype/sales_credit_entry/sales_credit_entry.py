"""The ledger of who earned what. Only ``credit/ledger.py`` writes it, in SQL; nobody edits or deletes."""

from __future__ import annotations

import frappe
from frappe import _

from sales_activity.sales_activity.credit.locked import LedgerRecord

# the attainment report groups by the columns in this order and reads nothing outside the index
REPORT_INDEX = (
	*("company", "sales_person", "sales_role", "item_group", "posting_date"),
	*("amount", "qty"),
)
VOUCHER_INDEX = ("voucher_no", "voucher_type", "voucher_detail_no")


class SalesCreditEntry(LedgerRecord):
	def refusal(self) -> str:
		"""What somebody is told who edits the ledger."""
		return _(
			"The credit ledger is written by Sales Orders only. To correct it, use a Sales Credit Repost."
		)


def on_doctype_update() -> None:
	"""Indexes for the report and for the difference of one voucher."""
	frappe.db.add_index("Sales Credit Entry", list(REPORT_INDEX), "credit_report")
	frappe.db.add_index("Sales Credit Entry", list(VOUCHER_INDEX), "credit_voucher")
