"""Which Opportunities, Quotations and Sales Orders belong to which lead. Each order belongs to one lead at most.

An Opportunity belongs to the Lead that it is from, or that was converted into it. A Quotation belongs to the Lead that
it is addressed to, or of whose Opportunity it was made. A Sales Order belongs to a lead

- that its Sales Project is of: the nurture's own project, one whose party is the Lead, or one that was opened from an
  Opportunity of the lead;
- of whose Quotation it was made;
- that its customer was made from, if it is the customer's first: what comes later is won by the account, not by the
  lead.

Where several leads claim an order, it belongs to the one that came in first, whoever asks. Companies are never mixed:
lead, documents and report are of one.

All of these are SQL that names ``%(company)s``. Permissions are the caller's business.
"""

from __future__ import annotations

OPPORTUNITIES = """
	select opportunity.party_name as `lead`, opportunity.name
	from `tabOpportunity` opportunity
	where opportunity.opportunity_from = 'Lead' and opportunity.company = %(company)s
	union all
	select converted.name, opportunity.name
	from `tabLead Nurture` converted join `tabOpportunity` opportunity on opportunity.name = converted.opportunity
	where opportunity.opportunity_from != 'Lead' and opportunity.company = %(company)s
"""
QUOTATIONS = f"""
	select quotation.party_name as `lead`, quotation.name
	from `tabQuotation` quotation
	where quotation.quotation_to = 'Lead' and quotation.docstatus = 1 and quotation.company = %(company)s
	union
	select deal.`lead`, quotation.name
	from ({OPPORTUNITIES}) deal join `tabQuotation` quotation on quotation.opportunity = deal.name
	where quotation.docstatus = 1 and quotation.company = %(company)s
"""
_PROJECTS = f"""
	select kept.name as `lead`, kept.sales_project as name
	from `tabLead Nurture` kept where kept.sales_project is not null and kept.company = %(company)s
	union
	select project.party, project.name
	from `tabSales Project` project where project.party_type = 'Lead' and project.company = %(company)s
	union
	select deal.`lead`, project.name
	from ({OPPORTUNITIES}) deal
	join `tabSales Project` project
		on project.reference_doctype = 'Opportunity' and project.reference_name = deal.name
	where project.company = %(company)s
"""
_FIRST_ORDERS = """
	select customer.lead_name as `lead`, placed.name,
		row_number() over (
			partition by placed.customer order by placed.transaction_date, placed.creation, placed.name
		) as place
	from `tabCustomer` customer join `tabSales Order` placed on placed.customer = customer.name
	where customer.lead_name != '' and placed.docstatus = 1 and placed.company = %(company)s
"""
_CLAIMS = f"""
	select project.`lead`, placed.name
	from ({_PROJECTS}) project join `tabSales Order` placed on placed.sales_project = project.name
	where placed.docstatus = 1
	union
	select quoted.`lead`, line.parent
	from ({QUOTATIONS}) quoted join `tabSales Order Item` line on line.prevdoc_docname = quoted.name
	where line.docstatus = 1 and line.parenttype = 'Sales Order'
	union
	select first_order.`lead`, first_order.name from ({_FIRST_ORDERS}) first_order where first_order.place = 1
"""
_RANKED = f"""
	select claim.`lead`, claim.name,
		row_number() over (partition by claim.name order by came.creation, came.name) as place
	from ({_CLAIMS}) claim
	join `tabLead` came on came.name = claim.`lead`
	join `tabLead Nurture` known on known.name = claim.`lead` and known.company = %(company)s
"""
# ``lead`` and ``name`` of every submitted order that belongs to a lead
ORDERS = f"select ranked.`lead`, ranked.name from ({_RANKED}) ranked where ranked.place = 1"
