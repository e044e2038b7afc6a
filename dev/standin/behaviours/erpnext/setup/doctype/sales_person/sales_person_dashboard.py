"""Connections of a Sales Person."""

from __future__ import annotations

from frappe import _


def get_data() -> dict:
	return {
		"fieldname": "sales_person",
		"transactions": [{"label": _("Sales"), "items": ["Sales Order", "Delivery Note", "Sales Invoice"]}],
	}
