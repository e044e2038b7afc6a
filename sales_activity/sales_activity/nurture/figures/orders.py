"""Which Opportunities, Quotations and Sales Orders belong to which lead. Each belongs to one lead at most.

An Opportunity belongs to the Lead that it is from, or that was converted into it. A Quotation belongs to the Lead that
it is addressed to, or else to the one of whose Opportunity it was made. A Sales Order is claimed by a lead

- that its Sales Project is of: the nurture's own project, one whose party is the Lead, or one that was opened from an
  Opportunity of the lead;
- of whose Quotation it was made;
- that its customer was made from, if it is the customer's first: what comes later is won by the account, not by the
  lead.

Where several leads claim an order, it belongs to the one that came in first, whoever asks (``claims``). Companies are
never mixed: lead, documents and report are of one.

The documents are read and put together here: joined and ranked in one statement, 50,000 leads with 100,000 orders took
two to three times as long.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import frappe
from frappe.desk.reportview import build_match_conditions

from sales_activity.sales_activity.milestones.velocity.values import value_of_order
from sales_activity.sales_activity.nurture.figures.claims import Moment, Placed, first_orders, owners

ORDER = "Sales Order"
_TABLE = f"`tab{ORDER}`"
_OPPORTUNITIES = """
	select opportunity.name, opportunity.party_name
	from `tabOpportunity` opportunity
	where opportunity.opportunity_from = 'Lead' and opportunity.company = %(company)s
	union all
	select opportunity.name, converted.name
	from `tabLead Nurture` converted join `tabOpportunity` opportunity on opportunity.name = converted.opportunity
	where opportunity.opportunity_from != 'Lead' and opportunity.company = %(company)s
"""
_QUOTATIONS = """
	select quotation.name, if(quotation.quotation_to = 'Lead', quotation.party_name, null), quotation.opportunity
	from `tabQuotation` quotation
	where quotation.docstatus = 1 and quotation.company = %(company)s
		and (quotation.quotation_to = 'Lead' or quotation.opportunity != '')
"""
# whether the user may see the order is a column: it belongs to the same lead whoever asks
_COLUMNS = f"{_TABLE}.name, {value_of_order(_TABLE)}, coalesce({{seen}}, 0)"
# of a customer only the orders of the first day: what comes later is no lead's (``claims.first_orders`` tells which of them
# is the first); the day is found before anything is read of the many orders that nobody claims
_PLACED = f"""
	select {_COLUMNS}, {_TABLE}.sales_project, if(project.party_type = 'Lead', project.party, null),
		if(project.reference_doctype = 'Opportunity', project.reference_name, null),
		{_TABLE}.customer, if(placed.day = 1, nullif(customer.lead_name, ''), null),
		{_TABLE}.transaction_date, cast({_TABLE}.creation as char)
	from (
		select name, rank() over (partition by customer order by transaction_date) as day
		from {_TABLE} where company = %(company)s and docstatus = 1
	) placed
	join {_TABLE} on {_TABLE}.name = placed.name
	left join `tabSales Project` project on project.name = {_TABLE}.sales_project
	left join `tabCustomer` customer on customer.name = {_TABLE}.customer
	where project.name is not null or (placed.day = 1 and customer.lead_name != '')
"""
_QUOTED = f"""
	select {_COLUMNS}, line.prevdoc_docname
	from `tabQuotation` quotation
	join `tabSales Order Item` line on line.prevdoc_docname = quotation.name and line.parenttype = 'Sales Order'
	join {_TABLE} on {_TABLE}.name = line.parent
	where {_TABLE}.company = %(company)s and {_TABLE}.docstatus = 1
		and (quotation.quotation_to = 'Lead' or quotation.opportunity != '')
	group by {_TABLE}.name, line.prevdoc_docname
"""


class Order(NamedTuple):
	"""A submitted Sales Order: its name, what it is worth (net, company currency), whether the user may see it."""

	name: str
	value: float
	seen: bool


class Offers(NamedTuple):
	"""Opportunities and submitted Quotations > the lead of each."""

	opportunities: dict[str, str]
	quotations: dict[str, str]


def offers(company: str) -> Offers:
	"""What the leads of a company were offered. Two queries; permissions are the caller's business."""
	values = {"company": company}
	opportunities = dict(frappe.db.sql(_OPPORTUNITIES, values))
	quotations = {
		name: addressee or opportunities.get(opportunity)
		for name, addressee, opportunity in frappe.db.sql(_QUOTATIONS, values)
	}
	return Offers(opportunities, {name: lead for name, lead in quotations.items() if lead})


def may_see() -> bool:
	"""Whether the session's user may read Sales Orders at all."""
	return bool(frappe.has_permission(ORDER, "read"))


def orders(
	company: str, offered: Offers, projects: Mapping[str, str], came: Mapping[str, Moment]
) -> Iterator[tuple[str, Order]]:
	"""Lead and order, for each Sales Order of the company that belongs to a lead and that the session's user may see.

	``projects``: the nurtures' own Sales Projects > lead; ``came``: when each lead of the company came in. Two queries.
	Raises PermissionError for users who may read no Sales Orders.
	"""
	values = {"company": company}
	seen = f"({build_match_conditions(ORDER) or 1})"
	found: dict[str, Order] = {}
	claims: list[tuple[str, str]] = []
	placed: list[Placed] = []
	for *order, project, party, opportunity, customer, customers_lead, day, creation in frappe.db.sql(
		_PLACED.format(seen=seen), values
	):
		name = _keep(found, *order)
		leads = (projects.get(project), party, offered.opportunities.get(opportunity))
		claims += [(name, lead) for lead in leads if lead]
		if customers_lead:
			placed.append(Placed(name, customer, customers_lead, day, creation))
	for *order, quotation in frappe.db.sql(_QUOTED.format(seen=seen), values):
		if quotation in offered.quotations:
			claims.append((_keep(found, *order), offered.quotations[quotation]))
	for name, lead in owners([*claims, *first_orders(placed)], came).items():
		if found[name].seen:
			yield lead, found[name]


def _keep(found: dict[str, Order], name: str, value: float | None, seen: int) -> str:
	found[name] = Order(name, float(value or 0), bool(seen))
	return name
