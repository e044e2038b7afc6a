"""Puts what the demo does now back to when it would have happened: the one place that writes times of the past.

The app dates what happens by the clock, and rightly has no way to say otherwise. So the demo does everything
through the app's own functions, notes before each act the moment that it stands for, and in the end moves the times
of the project's records there. Hand-offs that wait to be told to somebody are marked as settled: nobody gets an
e-mail about a year that never was.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import frappe
from frappe.utils import get_datetime, now_datetime

from sales_activity.sales_activity.milestones import due

PROJECT, MILESTONE, MOVE, HAND_OFF = (
	"Sales Project",
	"Sales Milestone",
	"Milestone Move",
	"Milestone Hand-off",
)
KEPT = ("creation", "modified")
TIMES = {
	MILESTONE: (*KEPT, "opened_on", "state_since", "achieved_on"),
	MOVE: (*KEPT, "at"),
	HAND_OFF: (*KEPT, "sent_on", "settled_on"),
}
PROJECT_TIMES = (*KEPT, "process_started_on", "closed_on", "clock_stopped_on")
# records about a document, and the fields that name its DocType and itself
ABOUT = {
	"Version": ("ref_doctype", "docname"),
	"Comment": ("reference_doctype", "reference_name"),
	"File": ("attached_to_doctype", "attached_to_name"),
}
# the same, with what somebody was told
MENTIONS = {
	**ABOUT,
	"ToDo": ("reference_type", "reference_name"),
	"Notification Log": ("document_type", "document_name"),
	"Email Queue": ("reference_doctype", "reference_name"),
	"Communication": ("reference_doctype", "reference_name"),
}


class Timeline:
	"""The moments of one project: those of the clock, and those that they stand for."""

	def __init__(self) -> None:
		"""Nothing has happened yet."""
		self._real: list[datetime] = []
		self._meant: list[datetime] = []

	def mark(self, meant: datetime) -> None:
		"""What follows happens at ``meant``, or right after what happened before if that is later."""
		self._real.append(now_datetime())
		self._meant.append(max([meant, *self._meant[-1:]]))

	def moment(self, real: datetime | str | None) -> datetime | None:
		"""The moment that one of the clock stands for; None for None."""
		if real is None or not self._real:
			return real
		return self._meant[max(bisect_right(self._real, get_datetime(real)) - 1, 0)]

	def write(self, project: str) -> None:
		"""Move the times of the project and its records to where they belong."""
		self.shift(PROJECT, PROJECT_TIMES, {"name": project})
		for doctype, fields in TIMES.items():
			self.shift(doctype, fields, {"sales_project": project})
		names = frappe.get_all(MILESTONE, {"sales_project": project}, pluck="name")
		for doctype, (kind, name) in ABOUT.items():
			for about, documents in ((PROJECT, [project]), (MILESTONE, names)):
				self.shift(doctype, KEPT, {kind: about, name: ("in", documents or [""])})
		_count_time(names)
		_set_due_dates(project)
		frappe.db.set_value(
			HAND_OFF, {"sales_project": project}, {"delivery": "Not Needed"}, update_modified=False
		)

	def shift(self, doctype: str, fields: Sequence[str], filters: dict) -> None:
		"""Move these times of the documents that the filters find."""
		together: dict[tuple, list[str]] = defaultdict(list)
		for row in frappe.get_all(doctype, filters, ["name", *fields]):
			together[tuple(self.moment(row[field]) for field in fields)].append(row.name)
		for moments, names in together.items():
			moved = dict(zip(fields, moments, strict=True))
			frappe.db.set_value(doctype, {"name": ("in", names)}, moved, update_modified=False)


def count_as_sent(doctype: str, *names: str) -> None:
	"""E-mails that refer to these documents count as sent: nobody gets one about a year that never was."""
	mails = {"reference_doctype": doctype, "reference_name": ("in", names or [""]), "status": "Not Sent"}
	frappe.db.set_value("Email Queue", mails, "status", "Sent", update_modified=False)


def _count_time(milestones: list[str]) -> None:
	"""The seconds in each state are the time since the move before."""
	before: dict[str, datetime] = {}
	for move in frappe.get_all(
		MOVE, {"sales_milestone": ("in", milestones or [""])}, ["*"], order_by="at, creation, name"
	):
		since = before.get(move.sales_milestone, move["at"])
		frappe.db.set_value(
			MOVE, move.name, "seconds", (move["at"] - since).total_seconds(), update_modified=False
		)
		before[move.sales_milestone] = move["at"]


def _set_due_dates(project: str) -> None:
	"""From the moved day on which each milestone was opened, as the app does it."""
	fields = ["name", "company", "opened_on", "expected_days"]
	for row in frappe.get_all(MILESTONE, {"sales_project": project, "opened_on": ("is", "set")}, fields):
		day = due.due_date(row.company, row.opened_on.date(), row.expected_days)
		frappe.db.set_value(MILESTONE, row.name, "due_date", day, update_modified=False)
		frappe.db.set_value(HAND_OFF, {"sales_milestone": row.name}, "due_date", day, update_modified=False)
