"""Expense Detail: the lines that the figures of Expense Analysis are made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

from sales_activity import compat
from sales_activity.sales_activity.expenses.figures.analysis import (
	APPROVED,
	CLAIMED,
	LOCKED,
	MEASURES,
	detail,
)
from sales_activity.sales_activity.expenses.figures.scope import FILTERS as NARROWING
from sales_activity.sales_activity.expenses.figures.scope import STATES
from sales_activity.sales_activity.expenses.figures.tags import TAGS
from sales_activity.sales_activity.expenses.records import CLAIM
from sales_activity.sales_activity.report.expense_analysis.expense_analysis import NOTHING_CHOSEN, WIDTHS
from sales_activity.sales_activity.reports import filters as report_filters
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
)

FILTERS = ("company", "from_date", "to_date", "group_by", "then_by", *NOTHING_CHOSEN, *NARROWING)


def execute(filters: dict[str, Any] | None = None) -> Report:
	"""Columns, rows, message, chart, summary cards: the lines of the period that the session's user may see, oldest first;
	of one group where a tag is given with its value, or without one.

	Amounts are in company currency. Raises ReportFilterError for unknown or missing filters.
	"""
	asked = report_filters.checked(filters, FILTERS, required=["company", "from_date", "to_date"])
	report_filters.check_company(asked.company, CLAIM)
	if asked.status:
		report_filters.one_of(asked, "status", STATES, "")
	rows = detail(asked, report_filters.span_of(asked), list(_chosen(asked)))
	currency = company_currency(asked.company)
	for row in rows:
		row.update(currency=currency, status=_(row["status"]))
	chart = month_chart(rows, "expense_date", {_(CLAIMED): "base_amount"}, ["#5e64ff"])
	return _columns(), rows, None, chart, _summary(rows, currency)


def _chosen(asked: frappe._dict) -> Iterator[tuple[str, str | None]]:
	"""Tags with the values that are wanted of them; None: lines without it."""
	for tag, value, without in (("group_by", "value", "without"), ("then_by", "then_value", "then_without")):
		wanted = asked.get(value) or cint(asked.get(without))
		if wanted and not asked.get(tag):
			frappe.throw(_("Choose the tag that has this value."), report_filters.ReportFilterError)
		if asked.get(tag):
			report_filters.one_of(asked, tag, tuple(TAGS), "")
		if wanted:
			yield asked[tag], None if cint(asked.get(without)) else str(asked[value])


def _columns() -> Columns:
	return [
		column("expense_date", _("Date"), "Date", 110),
		link("claim", _("Claim"), CLAIM, 160),
		column("employee_name", _("Employee Name"), "Data", 150),
		column("status", _("State"), "Data", 185),
		link("expense_type", _("Expense Type"), "Sales Expense Type", 140),
		column("description", _("Description"), "Data", 200),
		*(money(field, _(name), WIDTHS[name]) for name, field in MEASURES.items()),
		link("sales_project", _("Sales Project"), "Sales Project", 160),
		column("milestone", _("Milestone"), "Data", 140),
		link("customer", _("Customer"), "Customer", 140),
		link("lead", _("Lead"), "Lead", 140),
		link("territory", _("Territory"), "Territory", 120),
		link("campaign", _("Campaign"), compat.lead_origin_doctypes()["campaign"], 130),
		link("cost_center", _("Cost Center"), "Cost Center", 140),
		link("sales_person", _("Sales Person"), "Sales Person", 140),
		link("employee", _("Employee"), "Employee", 130),
		currency_column(),
	]


def _summary(rows: list[Row], currency: str) -> list[dict]:
	kind = {"datatype": "Currency", "currency": currency}
	indicators = {CLAIMED: "Blue", APPROVED: "Orange", LOCKED: "Green"}
	return [
		*(
			{
				"label": _(name),
				"value": sum(row[field] for row in rows),
				"indicator": indicators[name],
				**kind,
			}
			for name, field in MEASURES.items()
		),
		{"label": _("Lines"), "value": len(rows), "datatype": "Int"},
		{"label": _("Claims"), "value": len({row["claim"] for row in rows}), "datatype": "Int"},
	]
