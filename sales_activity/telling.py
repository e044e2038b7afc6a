"""Telling one person something about a document: desk notification and one e-mail, in the transaction that gives the
occasion.

The e-mail is queued, not sent: what is rolled back is never mailed. Where none can be queued (no outgoing account) the
occasion goes on all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import frappe
from frappe import _
from frappe.desk.doctype.notification_settings.notification_settings import (
	is_email_notifications_enabled_for_type,
	is_notifications_enabled,
)
from frappe.utils import escape_html

from sales_activity.sales_activity.milestones import messages
from sales_activity.sales_activity.milestones.delivery import MUTED_SENDER

# (label, value) of what the reader should know, plain text
Known = Iterable[tuple[str, str]]


class About(NamedTuple):
	"""The document that is spoken of, the e-mail's template (values: see ``_send``) and where its link leads."""

	doctype: str
	name: str
	template: str
	link: str


def tell(
	about: About, user: str, subject: Callable[[messages.Reader], str], known: Callable[[], Known] = tuple
) -> str:
	"""Notification and e-mail; returns the headline as safe HTML.

	``subject``: plain text for this reader, ``known``: what the e-mail says besides; both are called in their language.
	"""
	who = messages.reader(user)
	with messages.reading_as(who):
		text = messages.one_line(subject(who))
		_log(about, who.user, escape_html(text))
		_send(about, who, text, known())
	return escape_html(text)


def _log(about: About, user: str, subject: str) -> None:
	"""``subject``: safe HTML. An Alert is never mailed by Frappe (``notification_log``): the e-mail is our own."""
	if not is_notifications_enabled(user):
		return
	frappe.get_doc(
		{
			"doctype": "Notification Log",
			"for_user": user,
			"from_user": frappe.session.user,
			"type": "Alert",
			"document_type": about.doctype,
			"document_name": about.name,
			"subject": subject,
		}
	).insert(ignore_permissions=True)


def _send(about: About, who: messages.Reader, headline: str, known: Known) -> None:
	"""Queue the e-mail, for those who want e-mails about assignments."""
	if not who.email or not is_email_notifications_enabled_for_type(who.user, "Assignment"):
		return
	frappe.db.savepoint("told_email")
	try:
		frappe.sendmail(
			recipients=[who.email],
			sender=MUTED_SENDER if frappe.are_emails_muted() else "",
			subject=headline,
			template=about.template,
			args={
				"full_name": who.full_name,
				"headline": headline,
				"known": list(known),
				"link": about.link,
			},
			reference_doctype=about.doctype,
			reference_name=about.name,
			is_notification=True,
			add_unsubscribe_link=0,
			delayed=True,
			with_container=True,
		)
	except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
		raise
	except Exception as error:
		frappe.db.rollback(save_point="told_email")
		if not isinstance(error, frappe.OutgoingEmailError):
			frappe.log_error(title=_("An e-mail about {0} could not be written").format(_(about.doctype)))
