"""Campaign Return: what campaigns cost, and what their leads have brought."""

from __future__ import annotations

from typing import Any

from frappe import _
from frappe.utils import flt

from sales_activity import compat
from sales_activity.sales_activity.nurture.figures import arrivals
from sales_activity.sales_activity.nurture.figures.campaigns import Return, returns, together
from sales_activity.sales_activity.nurture.figures.orders import ORDER
from sales_activity.sales_activity.nurture.figures.spend import SPEND
from sales_activity.sales_activity.nurture.records import NURTURE
from sales_activity.sales_activity.reports import filters as report_filters
from sales_activity.sales_activity.reports import lists
from sales_activity.sales_activity.reports.charts import bars
from sales_activity.sales_activity.reports.columns import (
	Columns,
	Report,
	Row,
	column,
	company_currency,
	currency_column,
	link,
	money,
)
from sales_activity.sales_activity.targets.rules import Period

FILTERS = ("company", "from_date", "to_date", "campaign")


def execute(filters: dict[str, Any] | None = None) -> Report:
	"""Columns, rows, message, chart, summary cards: each campaign with what was spent on it in the period, the leads
	that came in in the period, and what these have ordered until now; campaigns without leads, and leads without a
	campaign too. Dearest first.

	Amounts are net in company currency. Users who may read no Campaign Spend or no Sales Orders get no columns about
	them. Raises ReportFilterError for unknown or missing filters.
	"""
	asked = report_filters.checked(filters, FILTERS, required=["company", "from_date", "to_date"])
	report_filters.check_company(asked.company, NURTURE)
	span = report_filters.span_of(asked)
	found = returns(asked, span)
	currency = company_currency(asked.company)
	rows = [_row(campaign, one, currency) for campaign, one in found.items()]
	rows.sort(key=_place)
	total = together(found.values())
	return _columns(asked, span, total), rows, _message(total), _chart(rows), _summary(total, currency)


def _place(row: Row) -> tuple:
	return -(row["spend"] or 0), -(row["order_value"] or 0), -row["leads"], row["campaign"] or ""


def _row(campaign: str | None, one: Return, currency: str) -> Row:
	brought = one.brought
	return {
		"campaign": campaign,
		"spend": one.spend,
		"leads": len(brought.leads),
		"qualified": brought.qualified,
		"orders": None if brought.orders is None else len(brought.orders),
		"order_value": brought.value,
		"cost_per_lead": one.per_lead,
		"cost_per_qualified": one.per_qualified,
		"value_per_spend": one.value_per_spend,
		"currency": currency,
		"documents": {
			**lists.named("leads", brought.leads),
			**lists.named("orders", [order.name for order in brought.orders or ()]),
			**({"spend": {"campaign": campaign}} if campaign else {}),
		},
	}


def _columns(asked: dict, span: Period, total: Return) -> Columns:
	campaign = link("campaign", _("Campaign"), compat.lead_origin_doctypes()["campaign"], 170)
	spent = lists.to_list(SPEND, "spend", company=asked.company, posting_date=lists.during(span))
	leads = [
		column("leads", _("Leads"), "Int", 80, documents=lists.to_list(NURTURE, "leads")),
		column("qualified", _("Qualified"), "Int", 95),
	]
	orders = [
		column("orders", _("Orders Won"), "Int", 110, documents=lists.to_list(ORDER, "orders")),
		money("order_value", _("Order Value"), 130),
	]
	costs = [
		money("cost_per_lead", _("Cost per Lead"), 125),
		money("cost_per_qualified", _("Cost per Qualified Lead"), 184),
	]
	return [
		campaign,
		*([money("spend", _("Spend"), 120, documents=spent)] if total.spend is not None else ()),
		*leads,
		*(orders if total.brought.orders is not None else ()),
		*(costs if total.spend is not None else ()),
		*(_return_columns() if total.brought.orders is not None and total.spend is not None else ()),
		currency_column(),
	]


def _return_columns() -> Columns:
	return [column("value_per_spend", _("Order Value per Spend"), "Float", 180, precision=2)]


def _message(total: Return) -> str | None:
	"""Who sees a part of the leads must not take their cost for that of all."""
	if total.spend and arrivals.is_part():
		return _("Spend is that of all leads; the leads and orders here are those that you may see.")
	return None


def _chart(rows: list[Row]) -> dict | None:
	labels = [row["campaign"] or _("None") for row in rows]
	series = {_("Spend"): "spend", _("Order Value"): "order_value"}
	shown = {
		label: [row[field] for row in rows]
		for label, field in series.items()
		if any(row[field] is not None for row in rows)
	}
	if not shown:
		return bars(labels, {_("Leads"): [row["leads"] for row in rows]}, ["#5e64ff"], "Int")
	return bars(labels, shown, ["#ff5858", "#28a745"], "Currency")


def _summary(total: Return, currency: str) -> list[dict]:
	kind = {"datatype": "Currency", "currency": currency}
	spent = [{"label": _("Spend"), "value": total.spend, "indicator": "Red", **kind}]
	costs = [
		{"label": _("Cost per Lead"), "value": total.per_lead or 0, **kind},
		{"label": _("Cost per Qualified Lead"), "value": total.per_qualified or 0, **kind},
	]
	won = total.brought.orders
	orders = [
		{"label": _("Orders Won"), "value": len(won or ()), "datatype": "Int"},
		{"label": _("Order Value"), "value": total.brought.value, "indicator": "Green", **kind},
	]
	ratio = {"label": _("Order Value per Spend"), "datatype": "Float", "precision": 2, "indicator": "Blue"}
	return [
		*(spent if total.spend is not None else ()),
		{"label": _("Leads"), "value": len(total.brought.leads), "datatype": "Int"},
		{"label": _("Qualified"), "value": total.brought.qualified, "datatype": "Int"},
		*(orders if won is not None else ()),
		*(costs if total.spend is not None else ()),
		*(
			[{**ratio, "value": flt(total.value_per_spend, 2)}]
			if won is not None and total.spend is not None
			else ()
		),
	]
