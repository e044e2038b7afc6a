"""Personal data of a lead that is to go: with its Lead, or by Frappe's Personal Data Deletion Request.

Deleting a Lead deletes its responses. A deletion request makes the Lead anonymous (hook ``user_data_fields``), and then
everything here that could tell whose it was: names, texts, links, keys as their senders wrote them. What was done and
when stays, for the sums of reports; so does the digest of each key, or an old response that is sent again would bring
the data back.
"""

from __future__ import annotations

from collections.abc import Sequence

import frappe
from frappe.model.document import Document

from sales_activity.sales_activity.nurture.scoring import NURTURE, RESPONSE

REDACTED = "[REDACTED]"  # as Frappe writes it
DELETED = "Deleted"
_TEXTS_OF_RESPONSE = ("title", "details", "url", "reference_doctype", "reference_name", "idempotency_key")
_FREE_ANSWERS = ("Data", "Text", "Small Text")


def forget(leads: Sequence[str]) -> None:
	"""Delete what these leads did, for good."""
	if leads:
		frappe.db.delete(RESPONSE, {"lead": ("in", list(leads))})


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
	frappe.db.delete("Version", {"ref_doctype": NURTURE, "docname": named})
	for nurture in nurtures:
		frappe.clear_document_cache(NURTURE, nurture)


def _set(doctype: str, filters: dict, values: dict) -> None:
	"""Past all controllers: none of them may keep such a text."""
	names = frappe.get_all(doctype, filters, pluck="name", limit=0)
	if names:
		frappe.db.set_value(doctype, {"name": ("in", names)}, values, update_modified=False)
