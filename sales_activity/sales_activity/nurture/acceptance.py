"""What accepting a lead opens: an Opportunity and a Sales Project, with everything that is known."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html, get_datetime

from sales_activity.sales_activity.credit.team import default_role
from sales_activity.sales_activity.milestones.receivers import receivers
from sales_activity.sales_activity.nurture import handing, profile, records
from sales_activity.sales_activity.projects.creation import project_from
from sales_activity.sales_activity.projects.rules import FULL_CREDIT


def open_sale(doc: Document) -> None:
	"""Open Opportunity and Sales Project of a lead that was just accepted, for the person it was handed to. Opened for
	the company, not by what the user may create; who may accept was asked before."""
	opportunity = _opportunity(doc)
	project = _project(doc, opportunity)
	known = _known(doc)
	for document in (opportunity, project):
		if known:
			_comment(document, known)
	values = {"opportunity": opportunity.name, "sales_project": project.name}
	records.update(doc, values, get_datetime(doc.modified), doc.modified_by)


def _opportunity(doc: Document) -> Document:
	"""By ERPNext's own mapping (``erpnext.crm.doctype.lead.lead.make_opportunity``)."""
	opportunity = frappe.get_attr("erpnext.crm.doctype.lead.lead.make_opportunity")(doc.lead)
	found = receivers([doc.sales_person]).get(doc.sales_person)
	is_own = bool(found) and found.person == doc.sales_person
	opportunity.update(
		{
			"company": doc.company,
			"territory": doc.territory or opportunity.get("territory"),
			"currency": frappe.get_cached_value("Company", doc.company, "default_currency"),
			"opportunity_owner": found.user if is_own else opportunity.get("opportunity_owner"),
		}
	)
	opportunity.flags.ignore_permissions = opportunity.flags.of_lead_nurture = True
	return opportunity.insert()


def _project(doc: Document, opportunity: Document) -> Document:
	"""Its team is the person who got the lead, in the settings' default role."""
	project = project_from(opportunity)
	role = default_role()
	if role and not frappe.db.get_value("Sales Role", role, "disabled"):
		member = {"sales_person": doc.sales_person, "sales_role": role, "credit_percent": FULL_CREDIT}
		project.set("team", [member])
	project.flags.ignore_permissions = True
	return project.insert()


def _known(doc: Document) -> str:
	"""What was found out, and what it gave; what the lead did. HTML."""
	lead = escape_html(doc.lead_name or doc.lead)
	found_out = _("What the qualification of {0} found out ({1} points):").format(
		lead, doc.get_formatted("fit_score")
	)
	did = _("What {0} did ({1} points):").format(lead, doc.get_formatted("engagement_score"))
	return _listed(found_out, handing.known_of(doc)) + _listed(did, profile.lines(doc.name))


def _listed(head: str, lines: list[tuple[str, str]]) -> str:
	"""``head``: safe HTML; ``lines``: plain text."""
	if not lines:
		return ""
	rows = [f"<li>{escape_html(label)}: <b>{escape_html(value)}</b></li>" for label, value in lines]
	return f"<p>{head}</p><ul>{''.join(rows)}</ul>"


def _comment(document: Document, content: str) -> None:
	"""``subject`` isn't shown; by it the comment is found when the lead's data are to go (``personal_data``)."""
	frappe.get_doc(
		{
			"doctype": "Comment",
			"comment_type": "Comment",
			"comment_email": frappe.session.user,
			"subject": records.KNOWN,
			"reference_doctype": document.doctype,
			"reference_name": document.name,
			"content": content,
		}
	).insert(ignore_permissions=True)
