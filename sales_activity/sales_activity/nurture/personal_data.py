"""Personal data of a lead that is to go: with its Lead, or by Frappe's Personal Data Deletion Request.

Deleting a Lead deletes its responses, and what programs wrote to it. A deletion request makes the Lead anonymous (hook ``user_data_fields``), and then
everything here that could tell whose it was: names, texts, links, keys as their senders wrote them. What was done and
when stays, for the sums of reports; so does the digest of each key, or an old response that is sent again would bring
the data back. E-mails that Frappe has not sent yet are not sent.
"""

from __future__ import annotations

from collections.abc import Sequence

import frappe
from frappe import _
from frappe.model.document import Document

from sales_activity.sales_activity.nurture import program_delivery
from sales_activity.sales_activity.nurture.records import KNOWN
from sales_activity.sales_activity.nurture.scoring import NURTURE, RESPONSE

REDACTED = "[REDACTED]"  # as Frappe writes it
_OF_A_MAIL = {
	**dict.fromkeys(("subject", "content", "recipients", "sender_full_name"), REDACTED),
	**dict.fromkeys(("text_content", "cc", "bcc")),
}
DELETED = "Deleted"
_TEXTS_OF_RESPONSE = ("title", "details", "url", "reference_doctype", "reference_name", "idempotency_key")
_FREE_ANSWERS = ("Data", "Text", "Small Text")


def forget(leads: Sequence[str]) -> None:
	"""Delete what these leads did, and what was written to them, for good."""
	if leads:
		frappe.db.delete(RESPONSE, {"lead": ("in", list(leads))})
		_empty_queue(leads)
		kept = _conversations(leads)
		frappe.db.delete("Communication Link", {"parenttype": "Communication", "parent": ("in", kept)})
		frappe.db.delete("Communication", {"name": ("in", kept)})


def follow(request: Document) -> None:
	"""Once a deletion request is carried out, make what is kept of its leads anonymous. Frappe has replaced the address
	in their Leads by the request's name by then."""
	if request.status == DELETED:
		addresses = ("in", [request.email, request.name])
		anonymise(frappe.get_all("Lead", {"email_id": addresses}, pluck="name", limit=0))


def anonymise(leads: Sequence[str]) -> None:
	"""Take out of nurtures, their logs, answers and responses whatever could tell whose they are."""
	nurtures = frappe.get_all(NURTURE, {"lead": ("in", list(leads) or [""])}, pluck="name", limit=0)
	if not nurtures:
		return
	named = ("in", nurtures)
	_set(RESPONSE, {"lead_nurture": named}, dict.fromkeys(_TEXTS_OF_RESPONSE))
	_set(NURTURE, {"name": named}, {"lead_name": REDACTED})
	for field in ("reason", "override_reason"):
		_set(NURTURE, {"name": named, field: ("is", "set")}, {field: REDACTED})
	_set("Lead Move", {"lead_nurture": named, "reason": ("is", "set")}, {"reason": REDACTED})
	free = {"parenttype": NURTURE, "parent": named, "fieldtype": ("in", _FREE_ANSWERS)}
	_set("Lead Answer", free, {"value": REDACTED})
	_set("ToDo", {"reference_type": NURTURE, "reference_name": named}, {"description": REDACTED})
	told = {"document_type": NURTURE, "document_name": named}
	_set("Notification Log", told, {"subject": REDACTED, "email_content": None})
	_set("Comment", _handed_over(nurtures), {"content": REDACTED})
	_empty_queue(leads)
	_set("Communication", {"name": ("in", _conversations(leads))}, _OF_A_MAIL)
	frappe.db.delete("Version", {"ref_doctype": NURTURE, "docname": named})
	for nurture in nurtures:
		frappe.clear_document_cache(NURTURE, nurture)


def _handed_over(nurtures: Sequence[str]) -> dict:
	"""Comments on what was made of leads, that say what was known of them (``acceptance``)."""
	fields = ["opportunity", "sales_project"]
	made = frappe.get_all(NURTURE, {"name": ("in", list(nurtures))}, fields, limit=0)
	names = [name for row in made for name in (row.opportunity, row.sales_project) if name]
	on = {
		"reference_doctype": ("in", ["Opportunity", "Sales Project"]),
		"reference_name": ("in", names or [""]),
	}
	return {**on, "subject": KNOWN}


def _empty_queue(leads: Sequence[str]) -> None:
	"""E-mails in Frappe's queue that programs wrote to these leads, or that told colleagues of them."""
	queued = _of_steps(leads, "email_queue")
	queued += frappe.get_all(
		"Email Queue",
		{"reference_doctype": ("in", ["Lead", NURTURE]), "reference_name": ("in", list(leads))},
		pluck="name",
		limit=0,
	)
	program_delivery.keep_back(queued, _("The lead's data were deleted."))
	_set("Email Queue", {"name": ("in", queued)}, {"message": REDACTED})
	_set("Email Queue Recipient", {"parent": ("in", queued)}, {"recipient": REDACTED})


def _conversations(leads: Sequence[str]) -> list[str]:
	"""Communications: what programs wrote to these leads, and what was answered to that, from whatever address."""
	sent = _of_steps(leads, "message_id")
	written = frappe.get_all("Communication", {"message_id": ("in", sent or [""])}, pluck="name", limit=0)
	of_leads = {"reference_doctype": "Lead", "reference_name": ("in", list(leads))}
	threads = {**of_leads, "in_reply_to": ("in", written or [""])}
	return written + frappe.get_all("Communication", threads, pluck="name", limit=0)


def _of_steps(leads: Sequence[str], field: str) -> list[str]:
	"""A field of the steps that these leads got, where it is filled."""
	steps = {"lead_nurture": ("in", list(leads)), field: ("is", "set")}
	return frappe.get_all("Program Step Run", steps, pluck=field, limit=0)


def _set(doctype: str, filters: dict, values: dict) -> None:
	"""Past all controllers: none of them may keep such a text."""
	names = frappe.get_all(doctype, filters, pluck="name", limit=0)
	if names:
		frappe.db.set_value(doctype, {"name": ("in", names)}, values, update_modified=False)
