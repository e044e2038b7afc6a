"""What a sale is worth, in company currency.

Ordered: the net amounts of submitted Sales Orders; of closed ones what was delivered or billed, whichever is more,
as in the credit ledger. Offered: the net totals of submitted Quotations that are neither lost nor past their
validity (alternatives aren't in them). The Opportunity: its items, or else the amount that somebody typed.
"""

from __future__ import annotations

from collections.abc import Collection

import frappe
from frappe.utils import getdate

from sales_activity.sales_activity.milestones.velocity.rules import value_of_sale

WON = "Won"


def value_of_order(order: str) -> str:
	"""SQL: what a submitted Sales Order is worth; ``order`` names its table in the query."""
	return f"""
		if(
			{order}.status != 'Closed',
			{order}.base_net_total,
			(
				select sum(line.base_net_amount * least(1, greatest(
					coalesce(line.delivered_qty / nullif(line.qty, 0), 0),
					coalesce(line.billed_amt / nullif(line.amount, 0), 0)
				)))
				from `tabSales Order Item` line
				where line.parent = {order}.name and line.parenttype = 'Sales Order' and line.is_free_item = 0
			)
		)
	"""


# nothing, rather than 0, where there is none
_ORDERED = f"""
	select sum({value_of_order("so")}) as size
	from `tabSales Order` so where so.sales_project = `tabSales Project`.name and so.docstatus = 1
	having size != 0
"""
_OFFERED = """
	select sum(quotation.base_net_total) as size from `tabQuotation` quotation
	where quotation.sales_project = `tabSales Project`.name and quotation.docstatus = 1
		and quotation.status != 'Lost' and (quotation.valid_till is null or quotation.valid_till >= %(today)s)
	having size != 0
"""
_DEAL = """
	select coalesce(nullif(opportunity.base_total, 0), opportunity.base_opportunity_amount)
	from `tabOpportunity` opportunity
	where `tabSales Project`.reference_doctype = 'Opportunity'
		and opportunity.name = `tabSales Project`.reference_name
"""
# for queries over `tabSales Project` that name %(today)s: what `rules.value_of_sale` says of a won project (the
# database stops at the first that isn't empty)
VALUE_OF_WON = f"coalesce(({_ORDERED}), ({_OFFERED}), ({_DEAL}), 0)"
# the same for projects in any state: what `worth` takes
SIZES = ("`tabSales Project`.status", f"({_ORDERED})", f"({_OFFERED})", f"({_DEAL})")


def project_values(projects: Collection[str]) -> dict[str, float]:
	"""What each of these Sales Projects is worth (one query; permissions are the caller's business)."""
	if not projects:
		return {}
	rows = frappe.db.sql(
		f"select name, {', '.join(SIZES)} from `tabSales Project` where name in %(projects)s",
		{"projects": tuple(projects), "today": getdate()},
	)
	return {name: worth(*sizes) for name, *sizes in rows}


def worth(status: str, ordered: float | None, offered: float | None, deal: float | None) -> float:
	"""What a project is worth, from the values of SIZES."""
	return value_of_sale(status == WON, float(ordered or 0), float(offered or 0), float(deal or 0))
