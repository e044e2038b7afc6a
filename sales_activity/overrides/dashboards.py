"""The connections that our documents add to ERPNext's forms.

Frappe calls each function with the form's dashboard (``override_doctype_dashboards``) and shows what it
returns. Quotation and Sales Order need none: they hold the link themselves.
"""

from __future__ import annotations

from frappe import _


def opportunity(data: dict) -> dict:
	"""The projects opened from an Opportunity. They refer to it by Dynamic Link."""
	data.setdefault("non_standard_fieldnames", {})["Sales Project"] = "reference_name"
	data.setdefault("dynamic_links", {})["reference_name"] = ["Opportunity", "reference_doctype"]
	data.setdefault("transactions", []).append({"label": _("Sales Activity"), "items": ["Sales Project"]})
	return data


def sales_person(data: dict) -> dict:
	"""Credit earned by a Sales Person."""
	data.setdefault("fieldname", "sales_person")
	data.setdefault("transactions", []).append(
		{"label": _("Sales Activity"), "items": ["Sales Credit Entry"]}
	)
	return data
