"""Leads and their moves put straight into the tables, for tests of exact figures in the past.

The app itself writes them as things happen; here they have happened. The log is written by the module that writes it in
the app, and the states follow the app's own rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import NamedTuple

from frappe.utils import now_datetime

from sales_activity.sales_activity.credit.bulk import insert_rows
from sales_activity.sales_activity.nurture import records, rules

_NUMBERS = count(1)
DAY = timedelta(days=1)


class Go(NamedTuple):
	"""A move: so many days after the one before, to a state. When it goes to sales: whom to, and within how many days
	it is to be accepted. ``escalated``: before it, somebody was told that it was late."""

	days: float
	to_state: str
	person: str | None = None
	accept_in: float | None = None
	escalated: bool = False


def lead(
	company: str,
	made: datetime,
	*moves: Go,
	state: str = rules.NEW,
	lead_made: datetime | None = None,
	escalated: bool = False,
	**values: object,
) -> str:
	"""A Lead and its nurture, made in ``state`` and moved since; its name. ``lead_made``: where the Lead is older than
	its nurture. ``escalated``: it is with sales, and somebody was told that it is late."""
	name = str(values.pop("name", f"lead-row-{next(_NUMBERS):06}"))
	owner = values.pop("lead_owner", None)
	_insert("Lead", {**_standard(name, lead_made or made), "lead_name": name, "lead_owner": owner})
	row = {
		**_standard(name, made),
		**{"lead": name, "lead_name": name, "company": company, **values},
		**{"status": state, "workflow_state": state, "state_since": made},
	}
	log, at = [records.first_move(row, made, "Administrator")], made
	for go in moves:
		at += go.days * DAY
		log.append(_gone(row, go, at))
	if escalated:
		row["escalated_on"] = at
	_insert(records.NURTURE, row)
	records.write_moves(log, "Administrator", now_datetime())
	return name


def _gone(row: dict[str, object], go: Go, at: datetime) -> tuple:
	if go.escalated:
		row["escalated_on"] = at
	log = records.move(row, go.to_state, at, "Administrator", person=go.person or "")
	row.update(rules.values_after(row, go.to_state, at, "Administrator"))
	if row.get("qualifier") == "Administrator":
		row["qualifier"] = None
	if go.person:
		row["sales_person"] = go.person
	if go.accept_in is not None:
		row["accept_by"] = at + go.accept_in * DAY
	return log


def insert(doctype: str, rows: Sequence[Mapping[str, object]], at: datetime) -> list[str]:
	"""Rows of any other DocType, made at a moment; their names."""
	names = [str(row.get("name") or f"row-{next(_NUMBERS):08}") for row in rows]
	for name, row in zip(names, rows, strict=True):
		_insert(doctype, {**_standard(name, at), **row})
	return names


def _standard(name: str, at: datetime) -> dict[str, object]:
	who = "Administrator"
	return {"name": name, "owner": who, "modified_by": who, "creation": at, "modified": at}


def _insert(doctype: str, row: Mapping[str, object]) -> None:
	columns = [column for column, value in row.items() if value is not None]
	insert_rows(doctype, columns, [[row[column] for column in columns]])
