"""Columns as Frappe's query reports want them, and what several reports say alike."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.permissions import get_role_permissions
from frappe.utils import formatdate

from sales_activity.sales_activity.targets.rules import Period

Column = dict[str, Any]
Columns = list[Column]
Row = dict[str, Any]
# columns, rows, message, chart, summary cards
Report = tuple[Columns, list[Row], str | None, dict | None, list[dict] | None]


def column(fieldname: str, label: str, fieldtype: str, width: int, **more: Any) -> Column:
	"""A column; ``more`` are any other keys (options, hidden...)."""
	return {"fieldname": fieldname, "label": label, "fieldtype": fieldtype, "width": width, **more}


def link(fieldname: str, label: str, doctype: str, width: int = 140) -> Column:
	"""A column of links to a DocType; plain text for users who may not read it.

	Frappe filters rows by the user's permissions on every DocType that Link columns name, and fails where the
	user has none at all (``frappe.desk.query_report.get_filtered_data``).
	"""
	if not get_role_permissions(frappe.get_meta(doctype)).get("read"):
		return column(fieldname, label, "Data", width, align="left")
	return column(fieldname, label, "Link", width, options=doctype, align="left")


def money(fieldname: str, label: str, width: int = 142, **more: Any) -> Column:
	"""A column of amounts in company currency; the rows name it in ``currency``."""
	return column(fieldname, label, "Currency", width, options="currency", **more)


def quantity(fieldname: str, label: str, width: int = 100, **more: Any) -> Column:
	"""A column of quantities in stock units."""
	return column(fieldname, label, "Float", width, **more)


def company_currency(company: str) -> str:
	"""The currency of a company's figures."""
	return frappe.get_cached_value("Company", company, "default_currency")


def period_label(period: Period) -> str:
	"""A month by its name, anything longer by its first and last month."""
	if period.days <= 31:
		return formatdate(period.start, "MMM yyyy")
	return f"{formatdate(period.start, 'MMM')}-{formatdate(period.end, 'MMM yyyy')}"


def month_chart(rows: list[Row], day_field: str, series: dict[str, str], colors: list[str]) -> dict | None:
	"""Bars of the rows' values by month; ``series``: label > field. None without rows."""
	months = sorted({row[day_field].replace(day=1) for row in rows})
	if not months:
		return None
	sums = {label: dict.fromkeys(months, 0.0) for label in series}
	for row in rows:
		for label, fieldname in series.items():
			sums[label][row[day_field].replace(day=1)] += row[fieldname]
	return {
		"data": {
			"labels": [formatdate(month, "MMM yyyy") for month in months],
			"datasets": [
				{"name": label, "values": list(by_month.values())} for label, by_month in sums.items()
			],
		},
		"type": "bar",
		"colors": colors,
		"fieldtype": "Currency",
	}


def currency_column() -> Column:
	"""Hidden: Frappe's total row takes the currency from it."""
	return {**link("currency", _("Currency"), "Currency", 80), "hidden": 1}
