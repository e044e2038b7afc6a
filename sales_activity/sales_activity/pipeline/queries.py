"""Reads what is open, as of now. Four queries, however much there is.

An active Quotation is submitted, not lost, and not past its validity: ERPNext's own "Expired" status comes
from a daily job that skips partly ordered quotations, so ``valid_till`` is looked at here. What was ordered
is summed over the submitted order lines that name the quotation's line: ``Quotation Item.ordered_qty`` of
late ERPNext 15 mixes units and goes stale.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import frappe
from frappe.desk.reportview import build_match_conditions
from frappe.utils import getdate

from sales_activity.permissions.queries import one_of
from sales_activity.permissions.scope import visible_persons
from sales_activity.sales_activity.credit.rules import Member
from sales_activity.sales_activity.pipeline.rules import OfferedLine, OpenCredit, open_credits

OPEN = "Open"

_OPEN_PROJECTS = """
	`tabSales Project`.company = %(company)s and `tabSales Project`.status = 'Open'
	{project_filter} {permission}
"""

_ACTIVE_QUOTATION = """
	quotation.docstatus = 1 and quotation.status != 'Lost' and quotation.company = `tabSales Project`.company
	and (quotation.valid_till is null or quotation.valid_till >= %(today)s)
"""

# of the current milestone; before there is one that of the Opportunity
_PROBABILITY = """
	if(
		ifnull(`tabSales Project`.current_milestone, '') != '',
		`tabSales Project`.milestone_probability, opportunity.probability
	)
"""

_QUOTED_LINES = f"""
	select
		`tabSales Project`.name, quotation.name, line.name, line.item_group, line.base_net_amount, line.stock_qty,
		{_PROBABILITY}, `tabSales Project`.expected_close_date
	from `tabSales Project`
	join `tabQuotation` quotation on quotation.sales_project = `tabSales Project`.name
	join `tabQuotation Item` line on line.parent = quotation.name and line.parenttype = 'Quotation'
	left join `tabOpportunity` opportunity on opportunity.name = if(
		`tabSales Project`.reference_doctype = 'Opportunity',
		`tabSales Project`.reference_name, quotation.opportunity
	)
	where {_OPEN_PROJECTS} and {_ACTIVE_QUOTATION}
		and line.is_alternative = 0 and line.is_free_item = 0
	order by quotation.name, line.idx
"""

_ORDERED = f"""
	select order_line.quotation_item, sum(order_line.stock_qty)
	from `tabSales Project`
	join `tabQuotation` quotation on quotation.sales_project = `tabSales Project`.name
	join `tabSales Order Item` order_line
		on order_line.prevdoc_docname = quotation.name and order_line.parenttype = 'Sales Order'
	where {_OPEN_PROJECTS} and {_ACTIVE_QUOTATION}
		and order_line.docstatus = 1 and order_line.quotation_item is not null
	group by order_line.quotation_item
"""

# an Opportunity that ended up in an order, or nowhere, has nothing open any more
_OPPORTUNITY_LINES = f"""
	select
		`tabSales Project`.name, opportunity.name, line.name, line.item_group, line.base_amount, line.qty,
		{_PROBABILITY}, `tabSales Project`.expected_close_date
	from `tabSales Project`
	join `tabOpportunity` opportunity on opportunity.name = `tabSales Project`.reference_name
	join `tabOpportunity Item` line on line.parent = opportunity.name and line.parenttype = 'Opportunity'
	where {_OPEN_PROJECTS} and `tabSales Project`.reference_doctype = 'Opportunity'
		and opportunity.status not in ('Converted', 'Lost', 'Closed')
		and opportunity.company = `tabSales Project`.company
		and not exists (
			select 1 from `tabQuotation` quotation
			where quotation.sales_project = `tabSales Project`.name and {_ACTIVE_QUOTATION}
		)
	order by opportunity.name, line.idx
"""

_TEAMS = f"""
	select member.parent, member.sales_person, member.sales_role, member.credit_percent
	from `tabSales Project`
	join `tabSales Project Member` member
		on member.parent = `tabSales Project`.name and member.parenttype = 'Sales Project'
	where {_OPEN_PROJECTS} {{member_filter}}
	order by member.parent, member.idx
"""


def open_pipeline(
	company: str, user: str | None = None, sales_project: str | None = None
) -> list[OpenCredit]:
	"""What members of open projects would earn from what is open, as far as the user may see projects and
	people. ``sales_project`` narrows it to one. Raises PermissionError where the user may read no projects.
	"""
	user = user or frappe.session.user
	today = getdate()
	values = {"company": company, "today": today, "sales_project": sales_project}
	clauses = {
		"project_filter": "and `tabSales Project`.name = %(sales_project)s" if sales_project else "",
		"permission": _and(build_match_conditions("Sales Project", user=user)),
	}
	ordered = dict(frappe.db.sql(_ORDERED.format(**clauses), values))
	lines = [
		OfferedLine(project, voucher_type, voucher, name, group, amount, qty, ordered.get(name, 0.0), *likely)
		for voucher_type, query in (("Quotation", _QUOTED_LINES), ("Opportunity", _OPPORTUNITY_LINES))
		for project, voucher, name, group, amount, qty, *likely in frappe.db.sql(
			query.format(**clauses), values
		)
	]
	return list(open_credits(lines, _teams(clauses, values, user), today))


def _teams(clauses: Mapping[str, str], values: Mapping[str, object], user: str) -> dict[str, list[Member]]:
	persons = visible_persons(user, "Sales Project Member")
	member_filter = "" if persons is None else _and(one_of("member.sales_person", persons).replace("%", "%%"))
	teams: dict[str, list[Member]] = defaultdict(list)
	for project, *member in frappe.db.sql(_TEAMS.format(**clauses, member_filter=member_filter), values):
		teams[project].append(Member(*member))
	return teams


def _and(condition: str) -> str:
	return f"and ({condition})" if condition else ""
