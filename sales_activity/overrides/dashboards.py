"""The connections that our documents add to ERPNext's forms.

Frappe calls each function with the form's dashboard (``override_doctype_dashboards``) and shows what it
returns.
"""

from __future__ import annotations

from frappe import _


def opportunity(data: dict) -> dict:
	"""The projects opened from an Opportunity. They refer to it by Dynamic Link."""
	data.setdefault("non_standard_fieldnames", {})["Sales Project"] = "reference_name"
	data.setdefault("dynamic_links", {})["reference_name"] = ["Opportunity", "reference_doctype"]
	return _add(data, "Sales Project")


def quotation(data: dict) -> dict:
	"""The project that a Quotation belongs to."""
	return _own_project(data)


def sales_order(data: dict) -> dict:
	"""The project that a Sales Order belongs to, and the credit that it earned."""
	data.setdefault("non_standard_fieldnames", {})["Sales Credit Entry"] = "voucher_no"
	data.setdefault("dynamic_links", {})["voucher_no"] = ["Sales Order", "voucher_type"]
	return _own_project(data, "Sales Credit Entry")


def sales_person(data: dict) -> dict:
	"""A Sales Person's projects (by way of their team), milestones that they answer for, targets and credit."""
	data.setdefault("fieldname", "sales_person")
	data.setdefault("non_standard_fieldnames", {})["Sales Milestone"] = "responsible"
	return _add(data, "Sales Project", "Sales Milestone", "Sales Target", "Sales Credit Entry")


def _own_project(data: dict, *others: str) -> dict:
	data.setdefault("internal_links", {})["Sales Project"] = "sales_project"
	return _add(data, "Sales Project", *others)


def _add(data: dict, *doctypes: str) -> dict:
	data.setdefault("transactions", []).append({"label": _("Sales Activity"), "items": list(doctypes)})
	return data
