"""Lead Conversion: how many leads and opportunities become orders, and how much of the target that is."""

from __future__ import annotations

from typing import Any

from frappe import _

from sales_activity import compat
from sales_activity.sales_activity.credit.team import default_role
from sales_activity.sales_activity.nurture.figures import orders
from sales_activity.sales_activity.nurture.figures.arrivals import (
	CAMPAIGN,
	KEYS,
	QUALIFIER,
	SOURCE,
	TERRITORY,
)
from sales_activity.sales_activity.nurture.figures.cohort import FILTERS as NARROWING
from sales_activity.sales_activity.nurture.figures.conversion import (
	Converted,
	conversion,
	role_target,
	together,
)
from sales_activity.sales_activity.nurture.records import NURTURE
from sales_activity.sales_activity.reports import filters as report_filters
from sales_activity.sales_activity.reports import lists
from sales_activity.sales_activity.reports.charts import bars
from sales_activity.sales_activity.reports.columns import (
	Column,
	Columns,
	Report,
	Row,
	column,
	company_currency,
	currency_column,
	link,
	money,
)
from sales_activity.sales_activity.reports.figures import percent_of

FILTERS = ("company", "from_date", "to_date", "group_by", "sales_role", *NARROWING)


def execute(filters: dict[str, Any] | None = None) -> Report:
	"""Columns, rows, message, chart, summary cards: the leads that came in in the period and that the session's user may
	see, by source, campaign, qualifier or territory, with what they have led to until now.

	Amounts are net in company currency. The target is that of the whole period and role, the same in every row; without
	any it stays empty. Users who may read no Sales Orders get no columns about them. Raises ReportFilterError for
	unknown or missing filters.
	"""
	asked = report_filters.checked(filters, FILTERS, required=["company", "from_date", "to_date"])
	report_filters.check_company(asked.company, NURTURE)
	group_by = report_filters.one_of(asked, "group_by", tuple(KEYS), SOURCE)
	span = report_filters.span_of(asked)
	found = conversion(asked, span, group_by)
	with_orders = orders.may_see()
	target = role_target(asked.company, span, asked.sales_role or default_role()) if with_orders else None
	currency = company_currency(asked.company)
	rows = [_row(key, one, target, currency) for key, one in found.items()]
	rows.sort(key=lambda row: (-(row.get("order_value") or 0), -row["leads"], row["key"] or ""))
	columns = _columns(group_by, with_orders)
	summary = _summary(together(found.values()), target, currency)
	return columns, rows, None, _chart(rows, with_orders), summary


def _row(key: str | None, one: Converted, target: float | None, currency: str) -> Row:
	leads, opportunities = len(one.leads), len(one.opportunities)
	row = {
		"key": key,
		"leads": leads,
		"qualified": one.qualified,
		"qualified_share": percent_of(one.qualified, leads),
		"accepted": one.accepted,
		"opportunities": opportunities,
		"quotations": len(one.quotations),
		"currency": currency,
		"documents": {
			**lists.named("leads", one.leads),
			**lists.named("opportunities", one.opportunities),
			**lists.named("quotations", one.quotations),
			**lists.named("orders", [order.name for order in one.orders or ()]),
		},
	}
	if one.orders is not None:
		row.update(
			orders=len(one.orders),
			orders_per_lead=percent_of(len(one.orders), leads),
			orders_per_opportunity=percent_of(len(one.orders), opportunities),
			order_value=one.value,
			target=target,
			value_converted=percent_of(one.value, target or 0),
		)
	return row


def _columns(group_by: str, with_orders: bool) -> Columns:
	leads = [
		_key_column(group_by),
		column("leads", _("Leads"), "Int", 80, documents=lists.to_list(NURTURE, "leads")),
		column("qualified", _("Qualified"), "Int", 95),
		column("qualified_share", _("Qualified (%)"), "Percent", 115),
		column("accepted", _("Accepted"), "Int", 100),
		column(
			"opportunities",
			_("Opportunities"),
			"Int",
			125,
			documents=lists.to_list("Opportunity", "opportunities"),
		),
		column("quotations", _("Quotations"), "Int", 105, documents=lists.to_list("Quotation", "quotations")),
	]
	return [*leads, *(_order_columns() if with_orders else ()), currency_column()]


def _order_columns() -> Columns:
	return [
		column("orders", _("Orders Won"), "Int", 110, documents=lists.to_list(orders.ORDER, "orders")),
		column("orders_per_lead", _("Orders per Lead (%)"), "Percent", 164),
		column("orders_per_opportunity", _("Orders per Opportunity (%)"), "Percent", 210),
		money("order_value", _("Order Value"), 140),
		money("target", _("Target"), 140),
		column("value_converted", _("Value Converted (%)"), "Percent", 166),
	]


def _key_column(group_by: str) -> Column:
	origins = compat.lead_origin_doctypes()
	labels = {
		SOURCE: (_("Source"), origins["source"]),
		CAMPAIGN: (_("Campaign"), origins["campaign"]),
		QUALIFIER: (_("Qualifier"), "User"),
		TERRITORY: (_("Territory"), "Territory"),
	}
	return link("key", *labels[group_by], 190)


def _chart(rows: list[Row], with_orders: bool) -> dict | None:
	labels = [row["key"] or _("None") for row in rows]
	series = {_("Leads"): [row["leads"] for row in rows], _("Qualified"): [row["qualified"] for row in rows]}
	if with_orders:
		series[_("Orders Won")] = [row["orders"] for row in rows]
	return bars(labels, series, ["#b8c2cc", "#5e64ff", "#28a745"], "Int")


def _summary(total: Converted, target: float | None, currency: str) -> list[dict]:
	leads, opportunities = len(total.leads), len(total.opportunities)
	cards = [
		{"label": _("Leads"), "value": leads, "datatype": "Int"},
		{"label": _("Qualified"), "value": total.qualified, "datatype": "Int"},
		{"label": _("Opportunities"), "value": opportunities, "datatype": "Int"},
	]
	if total.orders is None:
		return cards
	won, kind = len(total.orders), {"datatype": "Currency", "currency": currency}
	ratios = {
		_("Orders per Lead"): percent_of(won, leads),
		_("Orders per Opportunity"): percent_of(won, opportunities),
		_("Value Converted"): percent_of(total.value, target or 0),
	}
	return [
		*cards,
		{"label": _("Orders Won"), "value": won, "datatype": "Int", "indicator": "Green"},
		{"label": _("Order Value"), "value": total.value, **kind},
		{"label": _("Target"), "value": target or 0, **kind},
		*({"label": label, "value": ratio or 0, "datatype": "Percent"} for label, ratio in ratios.items()),
	]
