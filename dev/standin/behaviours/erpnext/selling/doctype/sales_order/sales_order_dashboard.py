"""Connections of a Sales Order."""

from __future__ import annotations

from frappe import _


def get_data() -> dict:
	return {
		"fieldname": "sales_order",
		"non_standard_fieldnames": {"Delivery Note": "against_sales_order"},
		"internal_links": {"Quotation": ["items", "prevdoc_docname"]},
		"transactions": [
			{"label": _("Fulfillment"), "items": ["Sales Invoice", "Delivery Note"]},
			{"label": _("Reference"), "items": ["Quotation"]},
		],
	}
