"""Credit Reconciliation: orders whose credit ledger differs from them. Empty when all is well."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from sales_activity.permissions.scope import is_unrestricted
from sales_activity.sales_activity.credit.reconcile import visible_differences
from sales_activity.sales_activity.reports import filters as report_filters
from sales_activity.sales_activity.reports.columns import (
	Columns,
	Report,
	Row,
	company_currency,
	currency_column,
	link,
	money,
	quantity,
)

FILTERS = ("company", "from_date", "to_date", "sales_order")


def execute(filters: dict[str, Any] | None = None) -> Report:
	"""Columns, rows, message, chart, summary cards: due by the orders, posted in the ledger, and the difference.

	Amounts are in company currency, quantities in stock units. Raises PermissionError for users who see their
	own figures only, ReportFilterError for unknown or missing filters.
	"""
	if not is_unrestricted(frappe.session.user):
		raise frappe.PermissionError(
			_("Only Sales Operations and managers of sales masters compare the ledger.")
		)
	asked = report_filters.checked(filters, FILTERS, required=["company"])
	report_filters.check_company(asked.company, "Sales Credit Entry")
	rows = _rows(asked)
	return (
		_columns(),
		rows,
		None if rows else _all_is_well(asked),
		_chart(rows),
		_summary(rows, asked.company),
	)


def _rows(asked: frappe._dict) -> list[Row]:
	currency = company_currency(asked.company)
	narrowed = {name: asked.get(name) for name in ("from_date", "to_date", "sales_order")}
	found = visible_differences(asked.company, frappe.session.user, **narrowed)
	return [
		{
			**row,
			"difference": row.posted_amount - row.due_amount,
			"difference_qty": row.posted_qty - row.due_qty,
			"currency": currency,
		}
		for row in found
	]


def _all_is_well(asked: frappe._dict) -> str:
	return _("All is well: the credit ledger of {0} agrees with its orders.").format(
		frappe.utils.escape_html(asked.company)
	)


def _columns() -> Columns:
	return [
		link("voucher_no", _("Sales Order"), "Sales Order", 180),
		link("sales_person", _("Member"), "Sales Person", 160),
		link("sales_role", _("Role"), "Sales Role"),
		money("due_amount", _("Due by the Order")),
		money("posted_amount", _("Posted in the Ledger"), 160),
		money("difference", _("Difference")),
		quantity("due_qty", _("Due Quantity"), 120),
		quantity("posted_qty", _("Posted Quantity"), 130),
		quantity("difference_qty", _("Difference in Quantity"), 160),
		currency_column(),
	]


def _chart(rows: list[Row]) -> dict | None:
	"""What is too much or too little, by member."""
	by_person: dict[str, float] = {}
	for row in rows:
		by_person[row["sales_person"]] = by_person.get(row["sales_person"], 0.0) + row["difference"]
	if not by_person:
		return None
	return {
		"data": {
			"labels": list(by_person),
			"datasets": [{"name": _("Difference"), "values": list(by_person.values())}],
		},
		"type": "bar",
		"colors": ["#e24c4c"],
		"fieldtype": "Currency",
	}


def _summary(rows: list[Row], company: str) -> list[dict]:
	kind = {"datatype": "Currency", "currency": company_currency(company)}
	orders = len({row["voucher_no"] for row in rows})
	differ = {"label": _("Orders that Differ"), "value": orders, "datatype": "Int"}
	if not rows:
		return [{**differ, "indicator": "Green"}]
	return [
		{**differ, "indicator": "Red"},
		{"label": _("Due by the Orders"), "value": sum(row["due_amount"] for row in rows), **kind},
		{"label": _("Posted in the Ledger"), "value": sum(row["posted_amount"] for row in rows), **kind},
	]
