"""Replies of leads: e-mails that come in are responses, by themselves.

Frappe fetches the e-mail and makes a Communication of it. Whose it is: the Lead that it belongs to (as an answer to an
e-mail from the Lead, its Lead Nurture or an Opportunity made from it), and every Lead with the sender's address. What
colleagues write counts nothing, what a machine answers is kept and scores nothing.
"""

from __future__ import annotations

import frappe
from frappe.model.document import Document
from frappe.utils import get_datetime, parse_addr

from sales_activity.sales_activity.nurture import app_responses, robots
from sales_activity.sales_activity.nurture.response_rules import Response, one_line

EVENT, SOURCE = "Reply", "E-mail"


def take(communication: Document) -> None:
	"""Record an e-mail that came in as a reply of its leads; anything else is none."""
	if not is_incoming(communication):
		return
	address = (parse_addr(communication.sender or "")[1] or "").lower()
	if not address or _is_colleague(address):
		return
	leads = sorted({*_leads_referred_to(communication), *app_responses.leads_with(address)})
	robot = robots.is_automatic_mail(communication.subject or "", address)
	app_responses.record(
		EVENT,
		[
			Response(
				lead,
				"",
				SOURCE,
				_moment(communication),
				one_line(communication.subject or ""),
				reference_doctype=communication.doctype,
				reference_name=communication.name,
				key=f"{communication.name} {lead}",
				robot=robot,
			)
			for lead in leads
		],
	)


def is_incoming(communication: Document) -> bool:
	"""Whether it is an e-mail from outside that isn't spam (``InboundMail`` of Frappe makes them so)."""
	return (
		communication.communication_type == "Communication"
		and communication.communication_medium == "Email"
		and communication.sent_or_received == "Received"
		and communication.email_status != "Spam"
	)


def _moment(communication: Document) -> frappe.utils.datetime.datetime | None:
	"""When it was sent, as its sender's clock says; now if that lies ahead."""
	moment = get_datetime(communication.communication_date) if communication.communication_date else None
	now = frappe.utils.now_datetime()
	return moment.replace(tzinfo=None) if moment and moment.replace(tzinfo=None) <= now else now


def _is_colleague(address: str) -> bool:
	return bool(frappe.db.exists("User", {"email": address, "user_type": "System User"}))


def _leads_referred_to(communication: Document) -> set[str]:
	"""The Leads that the e-mail belongs to by its reference or its place in timelines."""
	found = {row.link_name for row in communication.get("timeline_links") or [] if row.link_doctype == "Lead"}
	doctype, name = communication.reference_doctype, communication.reference_name
	if not doctype or not name:
		return found
	if doctype == "Lead":
		found.add(name)
	elif doctype == "Lead Nurture":
		found.add(frappe.db.get_value(doctype, name, "lead"))
	elif doctype == "Opportunity":
		origin = frappe.db.get_value(doctype, name, ("opportunity_from", "party_name"), as_dict=True)
		if origin and origin.opportunity_from == "Lead":
			found.add(origin.party_name)
	return found - {None}
