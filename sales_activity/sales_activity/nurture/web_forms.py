"""Whoever fills in a Web Form of ours has responded: as a new Lead, or, by the address that they give, as one that is
there already.

Anybody can write anybody's address into a form. So what is recorded is worth what the Response Type says, and no more is
done about it.
"""

from __future__ import annotations

from collections.abc import Iterable

import frappe
from frappe.model.document import Document
from frappe.utils import cstr

from sales_activity.sales_activity.nurture import app_responses
from sales_activity.sales_activity.nurture.response_rules import Response, one_line

EVENT, SOURCE = "Web Form", "Web Form"


def take(lead: Document) -> None:
	"""Record the form by which a Lead came (``web_form.accept`` of Frappe says so for its request), for other Leads with
	its address too. Call it when the Lead has its Lead Nurture."""
	if not frappe.flags.in_web_form or lead.get_doc_before_save():
		return
	_record(lead, [lead.name], lead.name)
	others = set(app_responses.leads_with(cstr(lead.email_id).strip())) - {lead.name}
	_record(lead, sorted(others))


def take_any(document: Document) -> None:
	"""Record what came by a Web Form and is no Lead (an Issue, a DocType of the site's own) for the Leads that it names, or
	whose address is in it. Call it while ``frappe.flags.in_web_form`` is set."""
	if document.doctype == "Lead" or not _form_of(document):
		return
	leads = set()
	for field in document.meta.fields:
		value = cstr(document.get(field.fieldname)).strip()
		if value and (field.fieldtype, field.options) == ("Link", "Lead"):
			leads.add(value)
		elif value and (field.fieldtype, field.options) == ("Data", "Email"):
			leads.update(app_responses.leads_with(value))
	_record(document, sorted(leads))


def _record(document: Document, leads: Iterable[str], key: str = "") -> None:
	title = "" if key else one_line(cstr(_form_of(document)))
	sent = [
		Response(
			lead,
			"",
			SOURCE,
			title=title,
			reference_doctype=document.doctype,
			reference_name=document.name,
			key=key or app_responses.key_of(document, lead),
		)
		for lead in leads
	]
	app_responses.record(EVENT, sent)


def _form_of(document: Document) -> str | None:
	"""The title of the Web Form that makes such documents; None for what Frappe makes beside, such as a File."""
	return frappe.db.get_value("Web Form", {"doc_type": document.doctype, "published": 1}, "title")
