"""Rows of milestones, moves and hand-offs put straight into the tables, for tests of exact figures in the past.

The app itself writes them as things happen; here they have happened. Names are given by the caller's order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import count
from typing import NamedTuple

import frappe

from sales_activity.sales_activity.credit.bulk import insert_rows

_NUMBERS = count(1)
DAY = timedelta(days=1)


class Stay(NamedTuple):
	"""Time in a state: days of the clock, and days on hold on top of them."""

	state: str
	days: float
	held: float = 0.0


def insert(doctype: str, rows: Iterable[Mapping[str, object]]) -> list[str]:
	"""Insert rows with new names (unless they have one); returns the names."""
	complete = [
		{
			"name": f"velo-{next(_NUMBERS):07}",
			"owner": "Administrator",
			"modified_by": "Administrator",
			"creation": datetime(2020, 1, 1),
			"modified": datetime(2020, 1, 1),
			**row,
		}
		for row in rows
	]
	for row in complete:
		insert_rows(doctype, list(row), [list(row.values())])
	return [str(row["name"]) for row in complete]


def milestone(
	project: str,
	company: str,
	opened: datetime | None,
	stays: Sequence[Stay] = (),
	status: str = "Achieved",
	**values: object,
) -> str:
	"""A milestone that went through ``stays`` after it was opened and has been in ``status`` since, with its
	moves."""
	position = (
		values.pop("position", None) or frappe.db.count("Sales Milestone", {"sales_project": project}) + 1
	)
	name = f"{project}-{position:02}"
	moves, at = _moves(name, project, company, opened, stays, status)
	insert(
		"Sales Milestone",
		[
			{
				"name": name,
				"milestone": f"Milestone {position}",
				"sales_project": project,
				"company": company,
				"status": status,
				"workflow_state": status,
				"step": position,
				"position": position,
				"opened_on": opened,
				"state_since": at,
				"achieved_on": at if status == "Achieved" else None,
				"expected_days": 1,
				**values,
			}
		],
	)
	insert("Milestone Move", moves)
	return name


def _moves(
	name: str, project: str, company: str, opened: datetime | None, stays: Sequence[Stay], status: str
) -> tuple[list[dict], datetime | None]:
	common = {"sales_milestone": name, "sales_project": project, "company": company}
	if opened is None:
		return [], None
	states = [*(stay.state for stay in stays), status]
	at, moves = opened, []
	before = Stay("Waiting", 3, 2)
	for stay, to_state in zip((before, *stays), states, strict=True):
		at += (stay.days + stay.held) * DAY if stay is not before else timedelta()
		moves.append(
			{
				**common,
				"from_state": stay.state,
				"to_state": to_state,
				"at": at,
				"seconds": stay.days * 86400,
				"held_seconds": stay.held * 86400,
			}
		)
	return moves, at


def hand_off(milestone: str, kind: str, sent: datetime, waited: float | None = None, **values: object) -> str:
	"""A hand-off, return, reminder... of a milestone; ``waited``: days until it was settled, None for not yet."""
	project, company = frappe.db.get_value("Sales Milestone", milestone, ["sales_project", "company"])
	(name,) = insert(
		"Milestone Hand-off",
		[
			{
				"sales_milestone": milestone,
				"sales_project": project,
				"company": company,
				"kind": kind,
				"status": "Open" if waited is None else "Accepted",
				"sent_on": sent,
				"settled_on": None if waited is None else sent + waited * DAY,
				"delivery": "Delivered",
				**values,
			}
		],
	)
	return name


def set_history(
	project: str, started: datetime | None, closed: datetime | None = None, **values: object
) -> None:
	"""Say when a project's process started and when it was won or lost (``status``)."""
	status = values.pop("status", "Open")
	frappe.db.set_value(
		"Sales Project",
		project,
		{
			"process_started_on": started,
			"closed_on": closed,
			"status": status,
			"workflow_state": status,
			**values,
		},
		update_modified=False,
	)


def midnight(year: int, month: int, day: int) -> datetime:
	"""The beginning of a day."""
	return datetime(year, month, day)


def on(day: date, hour: int = 0) -> datetime:
	"""An hour of a day."""
	return datetime(day.year, day.month, day.day, hour)
