"""Sales Credit Ledger: every entry, with the document that it comes from."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.desk.reportview import build_match_conditions

from sales_activity.sales_activity.attainment.compute import read_item_groups
from sales_activity.sales_activity.reports import filters as report_filters
from sales_activity.sales_activity.reports.choices import CHOICE_FILTERS, choice_of, visible_people
from sales_activity.sales_activity.reports.columns import (
	Columns,
	Report,
	Row,
	column,
	company_currency,
	currency_column,
	link,
	money,
	month_chart,
	quantity,
)

EQUALS = ("sales_project", "customer", "voucher_no", "reason")
FILTERS = ("company", *CHOICE_FILTERS, *EQUALS)
FIELDS = (
	*("name", "posting_date", "voucher_type", "voucher_no", "sales_project", "customer", "sales_person"),
	*("sales_role", "item_group", "credit_percent", "amount", "qty", "reason"),
)


def execute(filters: dict[str, Any] | None = None) -> Report:
	"""Columns, rows, message, chart, summary cards: the entries that the session's user may see, oldest first.

	Amounts are in company currency, quantities in stock units. Raises ReportFilterError for unknown or missing
	filters.
	"""
	asked = report_filters.checked(filters, FILTERS, required=["company"])
	report_filters.check_company(asked.company, "Sales Credit Entry")
	rows = _read(asked)
	currency = company_currency(asked.company)
	for row in rows:
		row["currency"] = currency
	chart = month_chart(rows, "posting_date", {_("Credit"): "amount"}, ["#28a745"])
	return _columns(), rows, None, chart, _summary(rows, currency)


def _read(asked: frappe._dict) -> list[Row]:
	choice = choice_of(asked, visible_people(), read_item_groups())
	table = "`tabSales Credit Entry`"
	conditions, values = choice.conditions(table, "posting_date")
	for fieldname in EQUALS:
		if asked.get(fieldname):
			conditions += f" and {table}.{fieldname} = %({fieldname})s"
			values[fieldname] = asked[fieldname]
	permission = build_match_conditions("Sales Credit Entry")
	return frappe.db.sql(
		f"""
			select {", ".join(FIELDS)} from {table}
			where {table}.company = %(company)s {conditions} {f"and ({permission})" if permission else ""}
			order by posting_date, voucher_no, name
		""",
		{"company": asked.company, **values},
		as_dict=True,
	)


def _columns() -> Columns:
	return [
		column("posting_date", _("Date"), "Date", 115),
		column("voucher_no", _("Voucher"), "Dynamic Link", 190, options="voucher_type"),
		link("sales_project", _("Sales Project"), "Sales Project", 165),
		link("customer", _("Customer"), "Customer", 150),
		link("sales_person", _("Member"), "Sales Person"),
		link("sales_role", _("Role"), "Sales Role"),
		link("item_group", _("Product Category"), "Item Group"),
		column("credit_percent", _("Credit (%)"), "Percent", 90),
		money("amount", _("Amount")),
		quantity("qty", _("Quantity")),
		column("reason", _("Reason"), "Data", 110),
		column("voucher_type", _("Voucher Type"), "Data", 110, hidden=1),
		currency_column(),
	]


def _summary(rows: list[Row], currency: str) -> list[dict]:
	orders = {(row["voucher_type"], row["voucher_no"]) for row in rows}
	return [
		{
			"label": _("Credit"),
			"value": sum(row["amount"] for row in rows),
			"datatype": "Currency",
			"currency": currency,
			"indicator": "Green",
		},
		{"label": _("Quantity"), "value": sum(row["qty"] for row in rows), "datatype": "Float"},
		{"label": _("Orders"), "value": len(orders), "datatype": "Int"},
		{"label": _("Entries"), "value": len(rows), "datatype": "Int"},
	]
