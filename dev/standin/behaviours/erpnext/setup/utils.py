"""Exchange rates."""

from __future__ import annotations

import frappe
from frappe.utils import flt, getdate


@frappe.whitelist()
def get_exchange_rate(
	from_currency: str, to_currency: str, transaction_date: str | None = None, args: str | None = None
) -> float:
	"""The last Currency Exchange on or before the date; 0 when there is none (nothing is fetched)."""
	if from_currency == to_currency:
		return 1.0
	filters = {
		"from_currency": from_currency,
		"to_currency": to_currency,
		"date": ("<=", getdate(transaction_date)),
	}
	if args in ("for_selling", "for_buying"):
		filters[args] = 1
	rates = frappe.get_all(
		"Currency Exchange", filters, pluck="exchange_rate", order_by="date desc", limit_page_length=1
	)
	return flt(rates[0]) if rates else 0.0
