"""Payment Entry: pays what was booked of expense claims. What is paid is read from the Payment Ledger
(``overrides.payment_ledger_entry``)."""

from __future__ import annotations

from frappe.model.document import Document

from sales_activity.sales_activity.expenses import payments


def before_submit(doc: Document, method: str | None = None) -> None:
	"""Two that pay one claim do it one after the other."""
	payments.lock_settled(doc.references, "reference_doctype", "reference_name")


def before_cancel(doc: Document, method: str | None = None) -> None:
	"""As before it is submitted."""
	payments.lock_settled(doc.references, "reference_doctype", "reference_name")
