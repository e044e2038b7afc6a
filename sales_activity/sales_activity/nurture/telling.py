"""Telling people about a lead: assignment, desk notification and one e-mail, in the transaction that gives the occasion.

The e-mail is queued, not sent: what is rolled back is never mailed. A site that can't queue one (no outgoing account)
hands its leads over all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import frappe
from frappe import _
from frappe.utils import escape_html, get_datetime, get_url_to_form

from sales_activity import telling
from sales_activity.sales_activity.milestones import assignments, messages
from sales_activity.sales_activity.nurture.records import NURTURE
from sales_activity.telling import Known


def assign(
	row: Mapping,
	user: str,
	subject: Callable[[messages.Reader], str],
	due: datetime | None,
	known: Known = (),
) -> str:
	"""Give a lead to a user: a ToDo, whose name is returned, and word of it. ``subject``: plain text for this reader,
	called in their language; ``known``: (label, value) of what was found out, for the e-mail."""
	headline = _tell(row, user, subject, known)
	day = get_datetime(due).date() if due else None
	return assignments.assign(row.get("name"), user, frappe.session.user, headline, day, NURTURE)


def notify(row: Mapping, users: Iterable[str], subject: Callable[[messages.Reader], str]) -> None:
	"""Tell users something about a lead, each in their language."""
	for user in dict.fromkeys(users):
		_tell(row, user, subject)


def title_of(row: Mapping) -> str:
	"""The lead as people know it: person and organisation."""
	names = (row.get("lead_name"), row.get("company_name"))
	return ", ".join(dict.fromkeys(name for name in names if name)) or row.get("name")


def settle(row: Mapping) -> None:
	"""Whoever was told of the lead has nothing to do about it any more."""
	if row.get("todo"):
		assignments.close({row.get("todo"): row.get("name")}, NURTURE)


def note(row: Mapping, text: str) -> None:
	"""Leave a note that everybody who opens the lead's record can read. ``text``: safe HTML."""
	frappe.get_doc(
		{
			"doctype": "Comment",
			"comment_type": "Info",
			"reference_doctype": NURTURE,
			"reference_name": row.get("name"),
			"content": text,
		}
	).insert(ignore_permissions=True)


def nobody(person: str | None) -> str:
	"""What to do about a Sales Person whom nobody can tell anything."""
	return _(
		"{0} has no user, nor has anybody above. Give the Sales Person an Employee with an enabled user."
	).format(escape_html(person or _("Nobody")))


def _tell(row: Mapping, user: str, subject: Callable[[messages.Reader], str], known: Known = ()) -> str:
	"""Notification and e-mail; returns the headline as safe HTML."""
	name = row.get("name")
	about = telling.About(NURTURE, name, "lead_told", get_url_to_form(NURTURE, name))
	return telling.tell(about, user, subject, lambda: known)
