"""Connections of a Quotation."""

from __future__ import annotations

from frappe import _


def get_data() -> dict:
	return {
		"fieldname": "prevdoc_docname",
		"transactions": [{"label": _("Sales Order"), "items": ["Sales Order"]}],
	}
