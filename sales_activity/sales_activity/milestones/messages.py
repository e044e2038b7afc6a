"""What a hand-off says to the person who gets it: e-mail, desk notification, ToDo.

Everything is put together while ``reading_as`` holds, in the person's language and time zone. The e-mail's body is
``templates/emails/milestone_hand_off.html``; nothing here is HTML but what says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from html import unescape
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import frappe
from frappe import _
from frappe.utils import escape_html, formatdate, get_datetime, get_url, get_url_to_form, getdate, strip_html

from sales_activity.sales_activity.milestones import answers
from sales_activity.sales_activity.milestones.assignments import MILESTONE

TEMPLATE = "milestone_hand_off"
# of words that Frappe and ERPNext translate in another sense
CONTEXT = "Sales Activity"
# beyond any position: everything that the project knows, parallel milestones included
EVERYTHING = 2**31 - 1


class Reader(NamedTuple):
	"""A user who is told something, and how to talk to them."""

	user: str
	email: str
	full_name: str
	language: str
	time_zone: str


class Message(NamedTuple):
	"""``subject``: one line of plain text; ``values``: what the e-mail's template is filled with, plain text too."""

	subject: str
	values: dict

	@property
	def headline(self) -> str:
		"""The subject as safe HTML, for the notification and the ToDo."""
		return escape_html(self.subject)


def reader(user: str) -> Reader:
	"""How to talk to a user; without own settings, as the site does. Two queries at most."""
	row = frappe.db.get_value("User", user, ("email", "full_name", "language", "time_zone"), as_dict=True)
	return Reader(
		user,
		row.email or "",
		row.full_name or user,
		row.language or frappe.db.get_single_value("System Settings", "language") or "en",
		row.time_zone or site_time_zone(),
	)


def site_time_zone() -> str:
	"""The time zone that stored times are in."""
	return frappe.db.get_single_value("System Settings", "time_zone") or "Asia/Kolkata"


@contextmanager
def reading_as(who: Reader) -> Iterator[None]:
	"""Texts, dates and numbers are written in the reader's language."""
	before = frappe.local.lang
	frappe.local.lang = who.language
	try:
		yield
	finally:
		frappe.local.lang = before


def compose(row: Mapping, who: Reader, stands_in_for: str | None = None) -> Message:
	"""The message of a hand-off row to its reader. Call it in ``reading_as``.

	``stands_in_for``: the Sales Person whom it would go to, had they a user.
	"""
	milestone = _milestone(row["sales_milestone"])
	facts = Facts.of(row, milestone)
	values = {
		"full_name": who.full_name,
		"introduction": introduction(facts),
		"what_to_do": what_to_do(facts),
		"stand_in": stands_in_for and _stand_in(stands_in_for),
		"milestone": facts.milestone,
		"project": facts.project,
		"party": milestone.party_name,
		"role": milestone.sales_role,
		"outcome": milestone.outcome,
		"due": facts.due,
		"message_label": message_label(facts),
		"message": row["message"],
		"find_out": milestone.find_out,
		"tell": milestone.tell,
		"known": known(row["sales_project"], who),
		"time_zone": who.time_zone,
		"link": get_url_to_form(MILESTONE, row["sales_milestone"]),
	}
	return Message(one_line(subject(facts)), values)


class Facts(NamedTuple):
	"""What the sentences are made of; all plain text, ``due`` as the site writes dates."""

	kind: str
	milestone: str
	project: str
	sender: str
	turn_of: str
	due: str | None
	is_late: bool

	@classmethod
	def of(cls, row: Mapping, milestone: Mapping) -> Facts:
		"""The facts of a row and its milestone, as they stand now."""
		due = milestone["due_date"] or row["due_date"]
		return cls(
			kind=row["kind"],
			milestone=milestone["milestone"],
			project=milestone["title"] or row["sales_project"],
			sender=_name_of(row["from_user"]) or row["from_person"] or _("Sales Activity"),
			turn_of=milestone["turn_of"] or "",
			due=formatdate(due) if due else None,
			is_late=bool(due) and getdate(due) < getdate(),
		)


def subject(facts: Facts) -> str:
	"""One line."""
	texts = {
		"Hand-off": _("Your turn: {0} ({1})"),
		"Return": _("Returned with a question: {0} ({1})"),
		"Reply": _("Question answered, your turn again: {0} ({1})"),
		"Delegation": _("Delegated to you: {0} ({1})"),
		"Reminder": _("Overdue: {0} ({1})") if facts.is_late else _("Due today: {0} ({1})"),
		"Escalation": _("Late in your team: {0} ({1})"),
	}
	return texts[facts.kind].format(facts.milestone, facts.project)


def introduction(facts: Facts) -> str:
	"""What happened."""
	texts = {
		"Hand-off": _(
			"{2} has handed the milestone {0} of the project {1} over to you. It is your turn now."
		),
		"Return": _("{2} has returned the milestone {0} of the project {1} to you with a question."),
		"Reply": _(
			"{2} has answered your question and handed the milestone {0} of the project {1} over to you again."
		),
		"Delegation": _("{2} has delegated the milestone {0} of the project {1} to you."),
		"Reminder": _("The milestone {0} of the project {1} was due on {4} and is not done yet.")
		if facts.is_late
		else _("The milestone {0} of the project {1} is due today."),
		"Escalation": _("The milestone {0} of the project {1} was due on {4}. It is the turn of {3}."),
	}
	return texts[facts.kind].format(facts.milestone, facts.project, facts.sender, facts.turn_of, facts.due)


def what_to_do(facts: Facts) -> str:
	"""What the reader may do about it."""
	taken = _("Accept it, or return it with a question if you lack some information.")
	texts = {
		"Hand-off": taken,
		"Reply": taken,
		"Delegation": taken,
		"Return": _("Answer the question in the milestone and hand it over again."),
		"Reminder": _("Achieve it, or let somebody know what is in the way."),
		"Escalation": _("See what is in the way, or delegate the milestone to somebody else."),
	}
	return texts[facts.kind]


def message_label(facts: Facts) -> str | None:
	"""What the row's message is."""
	texts = {"Return": _("Question"), "Reply": _("Reply", context=CONTEXT), "Delegation": _("Reason")}
	return texts.get(facts.kind)


def known(project: str, who: Reader) -> list[dict]:
	"""Every answer so far, grouped by milestone: title, and rows of label, value, link, by and on (the reader's
	time). Two queries, and one for the people."""
	groups: dict[str, dict] = {}
	for fact in answers.known_so_far(project, EVERYTHING):
		group = groups.setdefault(fact.name, {"milestone": fact.milestone, "answers": []})
		group["answers"].append(
			{
				"label": fact.label,
				"value": local_text(fact.raw, who) if fact.fieldtype == "Datetime" else fact.value,
				"link": get_url(fact.raw)
				if fact.fieldtype == "Attach" and fact.raw.startswith("/")
				else None,
				"by": _name_of(fact.by),
				"on": local_text(fact.on, who),
			}
		)
	return list(groups.values())


def local_text(moment: datetime | str | None, who: Reader) -> str:
	"""A stored moment in the reader's time zone, to the minute; empty for none."""
	if not moment:
		return ""
	local = local_time(get_datetime(moment), site_time_zone(), who.time_zone)
	return f"{formatdate(local.date())} {local:%H:%M}"


def local_time(moment: datetime, stored_in: str, wanted: str) -> datetime:
	"""A naive moment of one time zone in another, naive. An unknown zone leaves it as it is."""
	try:
		return moment.replace(tzinfo=ZoneInfo(stored_in)).astimezone(ZoneInfo(wanted)).replace(tzinfo=None)
	except (ZoneInfoNotFoundError, ValueError):
		return moment


def one_line(text: str) -> str:
	"""Plain text fit for a mail's subject: no tags, no line breaks, nothing that could become a tag."""
	return " ".join(re.sub("[<>]", " ", unescape(strip_html(text))).split())


def _stand_in(person: str) -> str:
	return _("You get this because {0} has no user who could read it.").format(person)


def _milestone(name: str) -> frappe._dict:
	milestone, project = frappe.qb.DocType(MILESTONE), frappe.qb.DocType("Sales Project")
	fields = ("milestone", "outcome", "find_out", "tell", "sales_role", "due_date", "turn_of")
	return (
		frappe.qb.from_(milestone)
		.left_join(project)
		.on(project.name == milestone.sales_project)
		.select(*[milestone[field] for field in fields], project.title, project.party_name)
		.where(milestone.name == name)
	).run(as_dict=True)[0]


def _name_of(user: str | None) -> str:
	return (user and frappe.get_cached_value("User", user, "full_name")) or ""
