"""What ERPNext knows of a lead that it did: calls, appointments, events. Each is recorded once for a lead, when it has
happened; what is changed or cancelled later changes nothing in it.

Whose it is: the Leads that the document names, those of the Contacts that it names, and for an appointment every Lead with
the address.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, format_datetime, get_datetime, now_datetime

from sales_activity.sales_activity.nurture import app_responses
from sales_activity.sales_activity.nurture.response_rules import LONGEST, Response, one_line, plain

SOURCE = "ERPNext"
CALL, APPOINTMENT, EVENT = "Call", "Appointment Booked", "Event Attended"
# statuses of a Call Log, an Appointment, an Event
_SPOKEN, _RANG = "Completed", frozenset({"No Answer", "Busy", "Failed", "Canceled"})
_BOOKED = frozenset({"Open", "Closed"})
_HELD = frozenset({"Completed", "Closed"})
# categories of an Event that are something else than an event; e-mails are recorded as they come in
_KINDS = {"Call": CALL, "Sent/Received Email": None}


def take_call(call: Document) -> None:
	"""Record a call with a lead that has ended: they spoke with us, or called when nobody took it. Call it in
	``on_update`` of a Call Log, which ERPNext links by the number when it is made."""
	is_incoming = call.type == "Incoming"
	if call.status == _SPOKEN:
		title = _("Incoming call") if is_incoming else _("Outgoing call")
	elif is_incoming and call.status in _RANG:
		title = _("Call that nobody took")
	else:
		return
	leads = _leads_of((row.link_doctype, row.link_name) for row in call.links)
	_record(CALL, call, leads, call.start_time, title, call.summary)


def take_appointment(appointment: Document) -> None:
	"""Record an appointment that a lead has booked, and confirmed if ERPNext asked for that. Call it in ``on_update``.
	(Unverified stands only in the document itself until ERPNext 16.)"""
	if appointment.status not in _BOOKED:
		return
	leads = _leads_of([(appointment.appointment_with, appointment.party)])
	leads |= set(app_responses.leads_with(cstr(appointment.customer_email).strip()))
	title = _("Appointment for {0}").format(format_datetime(appointment.scheduled_time))
	_record(APPOINTMENT, appointment, leads, appointment.creation, title, appointment.customer_details)


def take_event(event: Document) -> None:
	"""Record an Event of the calendar that leads took part in, once somebody says that it is over. Call it in
	``on_update``."""
	kind = _KINDS.get(event.event_category, EVENT)
	if not kind or event.status not in _HELD:
		return
	leads = _leads_of((row.reference_doctype, row.reference_docname) for row in event.event_participants)
	_record(kind, event, leads, event.starts_on, event.subject)


def _record(
	kind: str, document: Document, leads: Iterable[str], moment: object, title: str, details: object = None
) -> None:
	text = plain(cstr(details))[: LONGEST["details"]]
	sent = [
		Response(
			lead,
			"",
			SOURCE,
			_past(moment or document.creation),
			one_line(title),
			text,
			reference_doctype=document.doctype,
			reference_name=document.name,
			key=app_responses.key_of(document, lead),
		)
		for lead in sorted(leads)
	]
	app_responses.record_once(kind, sent)


def _past(moment: object) -> datetime:
	"""A stored moment; now if it lies ahead, as of an event that was over early."""
	return min(get_datetime(moment).replace(tzinfo=None), now_datetime())


def _leads_of(named: Iterable[tuple[str | None, str | None]]) -> set[str]:
	"""The Leads among what a document names, and those of the Contacts among it."""
	found: Mapping[str, set[str]] = {"Lead": set(), "Contact": set()}
	for doctype, name in named:
		if name and doctype in found:
			found[doctype].add(name)
	if not found["Contact"]:
		return found["Lead"]
	filters = {"parenttype": "Contact", "parent": ["in", sorted(found["Contact"])], "link_doctype": "Lead"}
	return found["Lead"] | set(frappe.get_all("Dynamic Link", filters, pluck="link_name", limit=0))
