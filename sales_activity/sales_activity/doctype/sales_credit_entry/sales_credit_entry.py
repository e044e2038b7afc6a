"""The ledger of who earned what. Only ``credit/ledger.py`` writes it, in SQL; nobody edits or deletes."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

# the attainment report groups by the columns in this order and reads nothing outside the index
REPORT_INDEX = (
	*("company", "sales_person", "sales_role", "item_group", "posting_date"),
	*("amount", "qty"),
)
VOUCHER_INDEX = ("voucher_no", "voucher_type", "voucher_detail_no")


class LedgerLockedError(frappe.PermissionError):
	"""Somebody tried to write the credit ledger by hand."""


class SalesCreditEntry(Document):
	def validate(self) -> None:
		"""Refuse every insert and edit that goes through a document."""
		self._refuse()

	def on_trash(self) -> None:
		"""Refuse deletion."""
		self._refuse()

	def before_rename(self, *args: str) -> None:
		"""Refuse renaming."""
		self._refuse()

	def _refuse(self) -> None:
		frappe.throw(
			_("The credit ledger is written by Sales Orders only. To correct it, use a Sales Credit Repost."),
			LedgerLockedError,
			title=_("Ledger"),
		)


def on_doctype_update() -> None:
	"""Indexes for the report and for the difference of one voucher."""
	frappe.db.add_index("Sales Credit Entry", list(REPORT_INDEX), "credit_report")
	frappe.db.add_index("Sales Credit Entry", list(VOUCHER_INDEX), "credit_voucher")
