"""A Lead that somebody made by filling in a Web Form of ours has responded already."""

from __future__ import annotations

import frappe
from frappe.model.document import Document

from sales_activity.sales_activity.nurture import app_responses
from sales_activity.sales_activity.nurture.response_rules import Response

EVENT, SOURCE = "Web Form", "Web Form"


def take(lead: Document) -> None:
	"""Record the form by which a Lead came (``web_form.accept`` of Frappe says so for its request). Call it when the
	Lead has its Lead Nurture."""
	if not frappe.flags.in_web_form or lead.get_doc_before_save():
		return
	response = Response(
		lead.name, "", SOURCE, reference_doctype="Lead", reference_name=lead.name, key=lead.name
	)
	app_responses.record(EVENT, [response])
