"""Whoever wants no more e-mails: kept as a response of every Lead with the address."""

from __future__ import annotations

from frappe.model.document import Document

from sales_activity.sales_activity.nurture import app_responses
from sales_activity.sales_activity.nurture.response_rules import Response, one_line

EVENT, SOURCE = "Unsubscribe", "E-mail"


def take(unsubscribe: Document) -> None:
	"""Record an Email Unsubscribe of Frappe: from everything, or from one document's e-mails."""
	about = "" if unsubscribe.global_unsubscribe else one_line(unsubscribe.reference_name or "")
	app_responses.record(
		EVENT,
		[
			Response(
				lead,
				"",
				SOURCE,
				None,
				about,
				reference_doctype=unsubscribe.doctype,
				reference_name=unsubscribe.name,
				key=f"{unsubscribe.doctype} {unsubscribe.name} {lead}",
			)
			for lead in app_responses.leads_with((unsubscribe.email or "").strip().lower())
		],
	)
