"""Lead Nurture as rows: read under lock, written past its controller, and the log of its moves.

What people do passes the controller (``moves``); what the app does itself, because of what happens in ERPNext or at a
deadline, is written here. The only writer of Lead Move. Whoever changes a nurture holds the lock on its Lead first,
then on the nurture: so does ERPNext when a Lead is saved, and nobody waits for each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import frappe
from frappe.model.document import Document
from frappe.utils import get_datetime

from sales_activity import past_controllers
from sales_activity.sales_activity.credit.bulk import insert_rows
from sales_activity.sales_activity.nurture import rules

NURTURE, MOVE, ANSWER = "Lead Nurture", "Lead Move", "Lead Answer"
# the subject, which nobody sees, of comments that say what was known of a lead when it was accepted
KNOWN = "Known of the lead"
_OF_PROGRAMS = ("Program Step Run", "Program Enrolment")

_MOVE_FIELDS = (
	*("lead_nurture", "lead", "company", "from_state", "to_state", "at", "user", "sales_person"),
	*("seconds", "via", "reason", "accept_by", "escalated_on"),
)
_STANDARD = ("name", "owner", "modified_by", "creation", "modified")


def lock_lead(lead: str) -> frappe._dict | None:
	"""The row of a Lead as it is now, locked until the transaction ends; None where there is none."""
	return frappe.db.get_value("Lead", lead, "*", as_dict=True, for_update=True)


def lock(lead: str) -> frappe._dict | None:
	"""The nurture of a Lead as it is now, locked; None where there is none. Lock the Lead before."""
	return frappe.db.get_value(NURTURE, lead, "*", as_dict=True, for_update=True)


def locked_document(name: str) -> Document | None:
	"""The nurture as a document with its answers, its row locked. The rows of answers aren't: they are settled by
	``modified`` of the nurture, and ranges of rows locked by two people would make them wait for each other."""
	row = lock(name)
	if not row:
		return None
	doc = frappe.get_doc({**row, "doctype": NURTURE})
	answer = frappe.qb.DocType(ANSWER)
	query = frappe.qb.from_(answer).select("*").orderby(answer.idx)
	query = query.where((answer.parenttype == NURTURE) & (answer.parent == name))
	doc.set("answers", query.run(as_dict=True))
	return doc


def update(row: Mapping, values: Mapping[str, object], at: datetime, user: str) -> None:
	"""Write values into a nurture, a row or a document, and take them over into it."""
	past_controllers.update(NURTURE, row, values, at, user)


def insert(rows: Sequence[Mapping[str, object]]) -> None:
	"""Write new nurtures in one statement; columns that stand empty in every row are left to their defaults."""
	columns = sorted({field for row in rows for field, value in row.items() if value is not None})
	insert_rows(NURTURE, columns, [[row.get(field) for field in columns] for row in rows])


def first_move(row: Mapping, at: datetime, user: str, via: str = "") -> tuple:
	"""The log of a nurture begins with its making."""
	return (
		*(row.get("name"), row.get("lead"), row.get("company"), "", row.get("status"), at, user, None),
		*(0.0, via, "", None, None),
	)


def move(
	row: Mapping, to_state: str, at: datetime, user: str, via: str = "", reason: str = "", person: str = ""
) -> tuple:
	"""A row of the log. ``row``: the nurture as it was before the move; ``person``: whom the move is about. A lead that
	leaves sales leaves its deadline there, for the record."""
	since = row.get("state_since")
	left_sales = row.get("status") == rules.WITH_SALES
	deadline = (row.get("accept_by"), row.get("escalated_on")) if left_sales else (None, None)
	seconds = (at - get_datetime(since)).total_seconds() if since else 0.0
	return (
		*(row.get("name"), row.get("lead"), row.get("company"), row.get("status"), to_state, at, user),
		*(person or row.get("sales_person"), seconds, via, reason or "", *deadline),
	)


def write_moves(moves: Sequence[tuple], user: str, at: datetime) -> None:
	"""Write rows of the log in one statement."""
	rows = [(frappe.generate_hash(length=16), user, user, at, at, *row) for row in moves]
	insert_rows(MOVE, (*_STANDARD, *_MOVE_FIELDS), rows)


def delete(names: Sequence[str]) -> None:
	"""Take the log, and what programs did, along with nurtures that go."""
	for doctype in (MOVE, *_OF_PROGRAMS):
		frappe.db.delete(doctype, {"lead_nurture": ["in", list(names)]})
