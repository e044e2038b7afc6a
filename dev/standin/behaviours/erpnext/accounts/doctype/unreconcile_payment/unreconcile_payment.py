"""Unreconcile Payment: what a voucher paid is open again, and the voucher's own amount too. Nothing hears of it."""

from __future__ import annotations

import frappe
from frappe.model.document import Document


class UnreconcilePayment(Document):
	def on_submit(self) -> None:
		own = {"against_voucher_type": self.voucher_type, "against_voucher_no": self.voucher_no}
		for row in self.allocations:
			settled = {
				"voucher_type": self.voucher_type,
				"voucher_no": self.voucher_no,
				"against_voucher_type": row.reference_doctype,
				"against_voucher_no": row.reference_name,
			}
			frappe.db.set_value("Payment Ledger Entry", {**settled, "delinked": 0}, own)
			row.db_set("unlinked", 1)
