"""Telling people about a lead: assignment, desk notification and one e-mail, in the transaction that gives the occasion.

The e-mail is queued, not sent: what is rolled back is never mailed. A site that can't queue one (no outgoing account)
hands its leads over all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import frappe
from frappe import _
from frappe.desk.doctype.notification_settings.notification_settings import (
	is_email_notifications_enabled_for_type,
	is_notifications_enabled,
)
from frappe.utils import escape_html, get_datetime, get_url_to_form

from sales_activity.sales_activity.milestones import assignments, messages
from sales_activity.sales_activity.milestones.delivery import MUTED_SENDER
from sales_activity.sales_activity.nurture.records import NURTURE

Known = Iterable[tuple[str, str]]


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
	who = messages.reader(user)
	with messages.reading_as(who):
		text = messages.one_line(subject(who))
		_log(who.user, escape_html(text), row)
		_send(row, who, text, known)
	return escape_html(text)


def _log(user: str, subject: str, row: Mapping) -> None:
	"""``subject``: safe HTML. An Alert is never mailed by Frappe (``notification_log``): the e-mail is our own."""
	if not is_notifications_enabled(user):
		return
	frappe.get_doc(
		{
			"doctype": "Notification Log",
			"for_user": user,
			"from_user": frappe.session.user,
			"type": "Alert",
			"document_type": NURTURE,
			"document_name": row.get("name"),
			"subject": subject,
		}
	).insert(ignore_permissions=True)


def _send(row: Mapping, who: messages.Reader, headline: str, known: Known) -> None:
	"""Queue the e-mail, for those who want e-mails about assignments."""
	if not who.email or not is_email_notifications_enabled_for_type(who.user, "Assignment"):
		return
	frappe.db.savepoint("lead_email")
	try:
		frappe.sendmail(
			recipients=[who.email],
			sender=MUTED_SENDER if frappe.are_emails_muted() else "",
			subject=headline,
			template="lead_told",
			args={
				"full_name": who.full_name,
				"headline": headline,
				"known": list(known),
				"link": get_url_to_form(NURTURE, row.get("name")),
			},
			reference_doctype=NURTURE,
			reference_name=row.get("name"),
			is_notification=True,
			add_unsubscribe_link=0,
			delayed=True,
			with_container=True,
		)
	except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
		raise
	except Exception as error:
		frappe.db.rollback(save_point="lead_email")
		if not isinstance(error, frappe.OutgoingEmailError):
			frappe.log_error(title=_("The e-mail about a lead could not be written"))
