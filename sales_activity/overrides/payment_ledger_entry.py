"""Payment Ledger Entry: written by whatever pays a claim, cancels the payment, or reconciles it later."""

from __future__ import annotations

from frappe.model.document import Document

from sales_activity.sales_activity.expenses import payments


def on_update(doc: Document, method: str | None = None) -> None:
	"""What is paid of the claim that it is against is reckoned anew."""
	payments.follow(doc)
