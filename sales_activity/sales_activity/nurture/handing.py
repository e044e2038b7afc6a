"""Handing a qualified lead over to sales, and back: by the routing rules or to a chosen person, until a deadline.

Everything is written in the transaction in which the lead is qualified, accepted or rejected: it is handed over with
its assignment, or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, get_datetime, get_time

from sales_activity.sales_activity.milestones import messages
from sales_activity.sales_activity.milestones.answers import shown
from sales_activity.sales_activity.milestones.due import calendar
from sales_activity.sales_activity.milestones.receivers import receivers
from sales_activity.sales_activity.nurture import profile, qualifying, records, telling
from sales_activity.sales_activity.nurture.deadline import deadline

SETTINGS = "Sales Activity Settings"
HOURS, OPENS, CLOSES = 8.0, time(9), time(17)


def accept_by(company: str, start: datetime) -> datetime:
	"""Until when a lead that is handed over at ``start`` is to be accepted: so many working hours of the settings."""
	settings = frappe.get_cached_doc(SETTINGS)
	hours = settings.get("hours_to_accept")
	return deadline(
		start,
		HOURS if hours is None else flt(hours),
		calendar(company),
		_time(settings.get("working_from"), OPENS),
		_time(settings.get("working_until"), CLOSES),
	)


def tell(doc: Document) -> None:
	"""Assign a lead that was just handed over to whoever it went to, or the nearest above who has a user."""
	found = receivers([doc.sales_person]).get(doc.sales_person)
	if not found or not found.user:
		telling.note(doc, telling.nobody(doc.sales_person))
		return

	def subject(who: messages.Reader) -> str:
		until = messages.local_text(doc.accept_by, who)
		text = _("A qualified lead for {1}: {0}. Accept or reject it by {2}.")
		return text.format(telling.title_of(doc), doc.sales_person, until)

	known = [*known_of(doc), *profile.lines(doc.name)]
	todo = telling.assign(doc, found.user, subject, doc.accept_by, known)
	records.update(doc, {"todo": todo}, get_datetime(doc.modified), doc.modified_by)


def known_of(doc: Document) -> list[tuple[str, str]]:
	"""What was found out, (question, answer) as people read it; plain text."""
	return [
		(row.label, shown(row.fieldtype, row.value, doc.company)) for row in qualifying.answers_of(doc.name)
	]


def tell_back(doc: Document, before: Mapping) -> None:
	"""Tell the qualification team that a lead was rejected: whoever it is with, else whoever had qualified it."""
	users = [user for user in (doc.qualifier, before.get("qualified_by")) if user and _can_read(user)]

	def subject(who: messages.Reader) -> str:
		return _("{1} rejected the lead {0}: {2}").format(
			telling.title_of(doc), before.get("sales_person"), doc.reason
		)

	telling.notify(doc, users[:1], subject)


def _can_read(user: str) -> bool:
	return bool(frappe.db.get_value("User", user, "enabled"))


def _time(value: object, default: time) -> time:
	"""A Time of the settings: text, or seconds since midnight as the database returns it."""
	if value in (None, ""):
		return default
	return (datetime.min + value).time() if isinstance(value, timedelta) else get_time(value)
