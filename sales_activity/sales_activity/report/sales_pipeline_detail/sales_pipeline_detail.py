"""Sales Pipeline Detail: the open lines that the figures of Projects in Pipeline are made of."""

from __future__ import annotations

from typing import Any

from frappe import _

from sales_activity.sales_activity.attainment.compute import read_item_groups
from sales_activity.sales_activity.pipeline.queries import open_pipeline
from sales_activity.sales_activity.pipeline.rules import CERTAIN, OpenCredit
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

FILTERS = ("company", *CHOICE_FILTERS, "sales_project")


def execute(filters: dict[str, Any] | None = None) -> Report:
	"""Columns, rows, message, chart, summary cards: what is open now, a row for each line and member.

	From and To Date hold the expected closing day. Amounts are in company currency, quantities in stock units;
	both are the member's share. Raises ReportFilterError for unknown or missing filters.
	"""
	asked = report_filters.checked(filters, FILTERS, required=["company"])
	report_filters.check_company(asked.company, "Sales Project")
	choice = choice_of(asked, visible_people(), read_item_groups())
	currency = company_currency(asked.company)
	rows = [
		_row(credit, currency)
		for credit in open_pipeline(asked.company, sales_project=asked.get("sales_project"))
		if choice.holds(
			credit.member.sales_person, credit.member.sales_role, credit.line.item_group, credit.day
		)
	]
	rows.sort(key=lambda row: (row["closing_day"], row["sales_project"], row["voucher_no"]))
	series = {_("Pipeline"): "amount", _("Weighted"): "weighted_amount"}
	chart = month_chart(rows, "closing_day", series, ["#5e64ff", "#b8c2cc"])
	return _columns(), rows, None, chart, _summary(rows, currency)


def _row(credit: OpenCredit, currency: str) -> Row:
	line, member = credit.line, credit.member
	return {
		**member._asdict(),
		"sales_project": line.sales_project,
		"voucher_type": line.voucher_type,
		"voucher_no": line.voucher_no,
		"item_group": line.item_group or None,
		"closing_day": credit.day,
		"probability": CERTAIN if line.probability is None else line.probability,
		"amount": credit.open.amount,
		"weighted_amount": credit.weighted.amount,
		"qty": credit.open.qty,
		"weighted_qty": credit.weighted.qty,
		"currency": currency,
	}


def _columns() -> Columns:
	return [
		link("sales_project", _("Sales Project"), "Sales Project", 160),
		column("voucher_no", _("Document"), "Dynamic Link", 170, options="voucher_type"),
		column("closing_day", _("Expected Close"), "Date", 120),
		link("sales_person", _("Member"), "Sales Person"),
		link("sales_role", _("Role"), "Sales Role"),
		link("item_group", _("Product Category"), "Item Group"),
		column("credit_percent", _("Credit (%)"), "Percent", 90),
		money("amount", _("Open")),
		column("probability", _("Probability (%)"), "Percent", 110),
		money("weighted_amount", _("Weighted")),
		quantity("qty", _("Open Quantity"), 120),
		quantity("weighted_qty", _("Weighted Quantity"), 140),
		column("voucher_type", _("Document Type"), "Data", 110, hidden=1),
		currency_column(),
	]


def _summary(rows: list[Row], currency: str) -> list[dict]:
	kind = {"datatype": "Currency", "currency": currency}
	return [
		{"label": _("Pipeline"), "value": sum(row["amount"] for row in rows), "indicator": "Blue", **kind},
		{"label": _("Weighted"), "value": sum(row["weighted_amount"] for row in rows), **kind},
		{"label": _("Quantity"), "value": sum(row["qty"] for row in rows), "datatype": "Float"},
		{"label": _("Projects"), "value": len({row["sales_project"] for row in rows}), "datatype": "Int"},
	]
