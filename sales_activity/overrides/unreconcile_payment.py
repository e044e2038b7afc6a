"""Unreconcile Payment: takes a payment off what it was for, past the events of the Payment Ledger
(``UnreconcilePayment.on_submit``)."""

from __future__ import annotations

from frappe.model.document import Document

from sales_activity.sales_activity.expenses import payments


def on_submit(doc: Document, method: str | None = None) -> None:
	"""What is paid of the claims is reckoned anew."""
	payments.refresh(
		row.reference_name for row in doc.allocations if row.reference_doctype == payments.JOURNAL
	)
