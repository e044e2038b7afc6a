"""Personal data of a lead that is to go: with its Lead, or by Frappe's Personal Data Deletion Request.

Deleting a Lead deletes its responses, and what programs wrote to it. A deletion request makes the Lead anonymous (hook
``user_data_fields``), and then everything here that could tell whose it was: names, texts, links, keys as their senders
wrote them. What was done and when stays, for the sums of reports; so does the digest of each key, or an old response that
is sent again would bring the data back. E-mails that Frappe has not sent yet are not sent.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import frappe
from frappe import _
from frappe.model.document import Document

from sales_activity.sales_activity.nurture import program_delivery
from sales_activity.sales_activity.nurture.programs import ENROLMENT, RUN
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
		_delete_mails(_conversations(leads))


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
	_redact_comments({"reference_doctype": NURTURE, "reference_name": named})
	_redact_handed_over(nurtures)
	_empty_queue(leads)
	_redact_mails(_conversations(leads))
	written_here = {"reference_doctype": NURTURE, "reference_name": named}
	_redact_mails(frappe.get_all("Communication", written_here, pluck="name", limit=0))
	_redact_runs(nurtures)
	# Frappe repeats comments and e-mails in the documents that they are about, for its lists
	for doctype, names in ((NURTURE, nurtures), ("Lead", leads)):
		_set(doctype, {"name": ("in", list(names))}, {"_comments": None})
	frappe.db.delete("Version", {"ref_doctype": NURTURE, "docname": named})
	for nurture in nurtures:
		frappe.clear_document_cache(NURTURE, nurture)


def _redact_runs(nurtures: Sequence[str]) -> None:
	"""Why a step failed names the address; what its links led to may, as templates can write it into them."""
	named = ("in", nurtures)
	_set(RUN, {"lead_nurture": named}, {"links": None})
	_set(RUN, {"lead_nurture": named, "why": ("is", "set")}, {"why": REDACTED})
	_set(ENROLMENT, {"lead_nurture": named, "problem": ("is", "set")}, {"problem": REDACTED})


def _delete_mails(names: Sequence[str]) -> None:
	if names:
		_delete_attachments(names)
		frappe.db.delete("Communication Link", {"parenttype": "Communication", "parent": ("in", names)})
		frappe.db.delete("Communication", {"name": ("in", names)})


def _redact_mails(names: Sequence[str]) -> None:
	if not names:
		return
	_set("Communication", {"name": ("in", names)}, _OF_A_MAIL)
	# of an answer the sender is the lead, or whoever answered for it
	_set("Communication", {"name": ("in", names), "sent_or_received": "Received"}, {"sender": REDACTED})
	_delete_attachments(names)


def _delete_attachments(communications: Sequence[str]) -> None:
	"""The files that came with e-mails; on the disk too, unless something else holds the same."""
	attached = {"attached_to_doctype": "Communication", "attached_to_name": ("in", communications)}
	for name in frappe.get_all("File", attached, pluck="name", limit=0):
		frappe.delete_doc("File", name, ignore_permissions=True, delete_permanently=True, force=True)


def _redact_handed_over(nurtures: Sequence[str]) -> None:
	"""Comments on what was made of leads, that say what was known of them (``acceptance``)."""
	fields = ["opportunity", "sales_project"]
	made = frappe.get_all(NURTURE, {"name": ("in", list(nurtures))}, fields, limit=0)
	names = [name for row in made for name in (row.opportunity, row.sales_project) if name]
	if names:
		doctypes = ("in", ["Opportunity", "Sales Project"])
		_redact_comments({"reference_doctype": doctypes, "reference_name": ("in", names), "subject": KNOWN})


def _redact_comments(filters: dict) -> None:
	"""In the document that they are on too: Frappe repeats them there, for its lists."""
	rows = frappe.get_all("Comment", filters, ["name", "reference_doctype", "reference_name"], limit=0)
	_set("Comment", filters, {"content": REDACTED})
	redacted = {row.name for row in rows}
	for doctype, name in {(row.reference_doctype, row.reference_name) for row in rows}:
		repeated = frappe.parse_json(frappe.db.get_value(doctype, name, "_comments") or "[]")
		for comment in repeated:
			if comment.get("name") in redacted:
				comment["comment"] = REDACTED
		frappe.db.set_value(doctype, name, "_comments", json.dumps(repeated), update_modified=False)


def _empty_queue(leads: Sequence[str]) -> None:
	"""E-mails in Frappe's queue that programs wrote to these leads, or that told colleagues of them."""
	queued = _of_steps(leads, "email_queue")
	queued += frappe.get_all(
		"Email Queue",
		{"reference_doctype": ("in", ["Lead", NURTURE]), "reference_name": ("in", list(leads))},
		pluck="name",
		limit=0,
	)
	if not queued:
		return
	program_delivery.keep_back(queued, _("The lead's data were deleted."))
	_set("Email Queue", {"name": ("in", queued)}, {"message": REDACTED})
	_set("Email Queue", {"name": ("in", queued), "error": ("like", "%@%")}, {"error": REDACTED})
	_set("Email Queue Recipient", {"parent": ("in", queued)}, {"recipient": REDACTED})


def _conversations(leads: Sequence[str]) -> list[str]:
	"""Communications: what programs wrote to these leads, and what was answered to that, from whatever address."""
	sent = _of_steps(leads, "message_id")
	# never an empty list: Frappe takes it, and an empty text in it, for every row that has no value there
	filters = {"message_id": ("in", sent)}
	written = frappe.get_all("Communication", filters, pluck="name", limit=0) if sent else []
	if not written:
		return []
	of_leads = {"reference_doctype": "Lead", "reference_name": ("in", list(leads))}
	threads = {**of_leads, "in_reply_to": ("in", written)}
	return written + frappe.get_all("Communication", threads, pluck="name", limit=0)


def _of_steps(leads: Sequence[str], field: str) -> list[str]:
	"""A field of the steps that these leads got, where it is filled."""
	steps = {"lead_nurture": ("in", list(leads)), field: ("is", "set")}
	return frappe.get_all(RUN, steps, pluck=field, limit=0)


def _set(doctype: str, filters: dict, values: dict) -> None:
	"""Past all controllers: none of them may keep such a text."""
	names = frappe.get_all(doctype, filters, pluck="name", limit=0)
	if names:
		frappe.db.set_value(doctype, {"name": ("in", names)}, values, update_modified=False)
