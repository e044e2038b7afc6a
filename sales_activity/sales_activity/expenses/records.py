"""Claims as rows: read under lock, written past their controller, and the log of their moves.

What people do passes the controller (``moves``), what is split off or done by the app itself is written here. The only
writer of Expense Move. Whoever changes a claim holds the lock on its row first; the lines follow it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import frappe
from frappe.model.document import Document
from frappe.utils import get_datetime

from sales_activity import past_controllers
from sales_activity.sales_activity.credit.bulk import insert_rows
from sales_activity.sales_activity.expenses import rules

CLAIM, LINE, ADVANCE, MOVE = (
	*("Sales Expense Claim", "Sales Expense Line", "Sales Expense Advance"),
	"Expense Move",
)
TABLES = {"expenses": LINE, "advances": ADVANCE}

_STANDARD = ("name", "owner", "modified_by", "creation", "modified")
_MOVE_FIELDS = (
	*("claim", "employee", "company", "from_state", "to_state", "at", "user"),
	*("seconds", "via", "reason"),
)


def lock(claim: str) -> frappe._dict | None:
	"""The row of a claim as it is now, locked until the transaction ends; None where there is none."""
	return frappe.db.get_value(CLAIM, claim, "*", as_dict=True, for_update=True)


def locked_document(name: str) -> Document | None:
	"""The claim as a document with its rows, its own row locked. The lines aren't: they follow the claim, and ranges of
	them locked by two people would make them wait for each other."""
	row = lock(name)
	if not row:
		return None
	doc = frappe.get_doc({**row, "doctype": CLAIM})
	for table, doctype in TABLES.items():
		child = frappe.qb.DocType(doctype)
		query = frappe.qb.from_(child).select("*").orderby(child.idx)
		query = query.where((child.parenttype == CLAIM) & (child.parent == name))
		doc.set(table, query.run(as_dict=True))
	return doc


def update(row: Mapping, values: Mapping[str, object], at: datetime, user: str) -> None:
	"""Write values into a claim, a row or a document, and take them over into it."""
	past_controllers.update(CLAIM, row, values, at, user)


def move_line(row: Mapping, parent: str, idx: int, docstatus: int, values: Mapping[str, object]) -> None:
	"""Take a line to another claim, with values that were decided. It stays the same row."""
	line = frappe.qb.DocType(LINE)
	query = frappe.qb.update(line).where(line.name == row.get("name"))
	for field, value in {**values, "parent": parent, "idx": idx, "docstatus": docstatus}.items():
		query = query.set(line[field], value)
	query.run()


def delete_lines(before: Document | None, keep: Iterable[Mapping]) -> None:
	"""Delete the lines that a claim had and doesn't have any more, by name."""
	known = {row.name for row in before.expenses} if before else set()
	gone = known - {row.get("name") for row in keep}
	if gone:
		frappe.db.delete(LINE, {"name": ["in", sorted(gone)]})


def move_by_app(row: Mapping, move: rules.Move, via: str, reason: str = "", **values: object) -> None:
	"""Take a locked claim, a row or a document, along a move because of something that happened: ``via`` says what.
	``values`` are set with it. For moves that submit or cancel nothing. Raises ValueError for a move that doesn't lead on
	from its state."""
	if row.get("status") not in move.from_states or rules.DOCSTATUS.get(move.to_state):
		raise ValueError(f"{move.action} doesn't lead on from {row.get('status')}")
	user, at = frappe.session.user, frappe.utils.now_datetime()
	log = move_row(row, move.to_state, at, user, via, reason)
	update(row, {**rules.values_after(move, at), "holder": None, **values}, at, user)
	write_moves([log], user, at)


def first_move(row: Mapping, at: datetime, user: str, via: str = "") -> tuple:
	"""The log of a claim begins with its making."""
	return (*_whose(row), "", row.get("status"), at, user, 0.0, via, "")


def move_row(
	row: Mapping, to_state: str, at: datetime, user: str, via: str = "", reason: str | None = ""
) -> tuple:
	"""A row of the log. ``row``: the claim as it was before the move."""
	since = row.get("state_since")
	seconds = (at - get_datetime(since)).total_seconds() if since else 0.0
	return (*_whose(row), row.get("status"), to_state, at, user, seconds, via, reason or "")


def write_moves(moves: Sequence[tuple], user: str, at: datetime) -> None:
	"""Write rows of the log in one statement."""
	rows = [(frappe.generate_hash(length=16), user, user, at, at, *row) for row in moves]
	insert_rows(MOVE, (*_STANDARD, *_MOVE_FIELDS), rows)


def delete_moves(claims: Iterable[str]) -> None:
	"""Take the log along with claims that go."""
	frappe.db.delete(MOVE, {"claim": ["in", list(claims)]})


def _whose(row: Mapping) -> tuple:
	return (row.get("name"), row.get("employee"), row.get("company"))
