"""Responses that the app notices by itself, in the middle of what Frappe or ERPNext is doing.

That comes first: an e-mail is taken in, a form is saved, whatever becomes of the response. So an error is logged, and
only what the response wrote is undone. A deadlock or a lock that isn't given ends the whole transaction in MariaDB; that
one is raised, and Frappe takes the e-mail in again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import frappe
from frappe import _
from frappe.model.document import Document

from sales_activity.sales_activity.milestones.forms import Problem
from sales_activity.sales_activity.nurture import responses, scoring
from sales_activity.sales_activity.nurture.response_rules import LONGEST, Response
from sales_activity.sales_activity.nurture.response_texts import text_of

_SAVEPOINT = "response_of_lead"


def record(event: str, sent: Sequence[Response]) -> None:
	"""Record responses as the Response Type that the admin has chosen for the event; none chosen, none recorded. Leads
	that have no Lead Nurture yet have no responses."""
	kind = responses.type_for(event) if sent else None
	if not kind:
		return
	frappe.db.savepoint(_SAVEPOINT)
	try:
		_lock_leads({one.lead for one in sent})
		_write([one._replace(response_type=kind) for one in sent])
	except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
		raise
	except Exception:
		frappe.db.rollback(save_point=_SAVEPOINT)
		frappe.log_error(title=_("A response of a lead could not be recorded"))


def record_once(event: str, sent: Sequence[Response]) -> None:
	"""``record`` for what may be looked at again after it was changed: what was recorded under its key stays as it was."""
	digests = [one.digest for one in sent]
	known = set()
	if digests:
		known = set(
			frappe.get_all(scoring.RESPONSE, {"key_digest": ("in", digests)}, pluck="key_digest", limit=0)
		)
	record(event, [one for one in sent if one.digest not in known])


def key_of(document: Document, lead: str) -> str:
	"""What a response by a document of Frappe is called, at most 140 characters."""
	key = f"{document.doctype} {document.name} {lead}"
	if len(key) <= LONGEST["key"]:
		return key
	return f"{document.doctype} {hashlib.blake2b(key.encode(), digest_size=20).hexdigest()}"


def leads_with(address: str) -> list[str]:
	"""The Leads with an e-mail address."""
	return frappe.get_all("Lead", {"email_id": address}, pluck="name", limit=0) if address else []


def _write(sent: Sequence[Response]) -> None:
	leads = [one.lead for one in sent]
	kept = set(frappe.get_all(scoring.NURTURE, {"lead": ("in", leads)}, pluck="lead", limit=0))
	for outcome in responses.record_many([one for one in sent if one.lead in kept]):
		if isinstance(outcome, Problem):
			frappe.log_error(title=_("A response of a lead was refused"), message=text_of(outcome))


def _lock_leads(leads: set[str]) -> None:
	"""The Leads before their Lead Nurtures, as whoever saves one does: Frappe goes on to change the Lead."""
	frappe.db.sql("select name from `tabLead` where name in %s order by name for update", (tuple(leads),))
