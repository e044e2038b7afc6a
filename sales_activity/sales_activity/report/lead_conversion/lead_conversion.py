"""Lead Conversion: how many leads and opportunities become orders, and how much of the target that is."""

from __future__ import annotations

from typing import Any

from frappe import _

from sales_activity import compat
from sales_activity.sales_activity.credit.team import default_role
from sales_activity.sales_activity.nurture.figures.arrivals import (
	CAMPAIGN,
	KEYS,
	ORDER,
	QUALIFIER,
	SOURCE,
	TERRITORY,
	may_see_orders,
)
from sales_activity.sales_activity.nurture.figures.cohort import FILTERS as NARROWING
from sales_activity.sales_activity.nurture.figures.conversion import (
	Came,
	Converted,
	Found,
	Won,
	conversion,
	role_target,
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
	with_orders = may_see_orders()
	target = role_target(asked.company, span, asked.sales_role or default_role()) if with_orders else None
	currency = company_currency(asked.company)
	rows = [_row(key, one, target, currency) for key, one in found.items()]
	rows.sort(key=lambda row: (-(row.get("order_value") or 0), -row["leads"], row["key"] or ""))
	columns = _columns(group_by, with_orders)
	summary = _summary(list(found.values()), target, currency, with_orders)
	return columns, rows, None, _chart(rows, with_orders), summary


def _row(key: str | None, one: Converted, target: float | None, currency: str) -> Row:
	leads = one.came.leads.count
	row = {
		"key": key,
		"leads": leads,
		"qualified": one.came.qualified,
		"qualified_share": percent_of(one.came.qualified, leads),
		"accepted": one.came.accepted,
		"opportunities": one.opportunities.count,
		"quotations": one.quotations.count,
		"currency": currency,
		"documents": _documents(one),
	}
	if one.won:
		orders = one.won.orders.count
		row.update(
			orders=orders,
			orders_per_lead=percent_of(orders, leads),
			orders_per_opportunity=percent_of(orders, one.opportunities.count),
			order_value=one.won.value,
			target=target,
			value_converted=percent_of(one.won.value, target or 0),
		)
	return row


def _documents(one: Converted) -> dict[str, lists.Links]:
	"""The names of what a row counts; where they are too many there is no way to them."""
	kinds: dict[str, Found] = {
		"leads": one.came.leads,
		"opportunities": one.opportunities,
		"quotations": one.quotations,
		"orders": one.won.orders if one.won else Found(),
	}
	return {kind: lists.named(found.names) for kind, found in kinds.items() if found.names}


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
		column("orders", _("Orders Won"), "Int", 110, documents=lists.to_list(ORDER, "orders")),
		column("orders_per_lead", _("Orders per Lead (%)"), "Percent", 155),
		column("orders_per_opportunity", _("Orders per Opportunity (%)"), "Percent", 195),
		money("order_value", _("Order Value"), 140),
		money("target", _("Target"), 140),
		column("value_converted", _("Value Converted (%)"), "Percent", 160),
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


def _summary(found: list[Converted], target: float | None, currency: str, with_orders: bool) -> list[dict]:
	came, won, opportunities = Came(), Won(), 0
	for one in found:
		came, won = came.plus(one.came), won.plus(one.won or Won())
		opportunities += one.opportunities.count
	leads, orders = came.leads.count, won.orders.count
	kind = {"datatype": "Currency", "currency": currency}
	cards = [
		{"label": _("Leads"), "value": leads, "datatype": "Int"},
		{"label": _("Qualified"), "value": came.qualified, "datatype": "Int"},
		{"label": _("Opportunities"), "value": opportunities, "datatype": "Int"},
	]
	if not with_orders:
		return cards
	return [
		*cards,
		{"label": _("Orders Won"), "value": orders, "datatype": "Int", "indicator": "Green"},
		{"label": _("Orders per Lead"), "value": percent_of(orders, leads) or 0, "datatype": "Percent"},
		{
			"label": _("Orders per Opportunity"),
			"value": percent_of(orders, opportunities) or 0,
			"datatype": "Percent",
		},
		{"label": _("Order Value"), "value": won.value, **kind},
		{"label": _("Target"), "value": target or 0, **kind},
		{
			"label": _("Value Converted"),
			"value": percent_of(won.value, target or 0) or 0,
			"datatype": "Percent",
			"indicator": "Blue",
		},
	]
