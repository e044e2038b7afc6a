"""What a move leaves in a milestone's fields, and its row in the log. The only writer of Milestone Move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import frappe

from sales_activity.sales_activity.credit.bulk import insert_rows
from sales_activity.sales_activity.milestones import rules

# columns of a milestone that are never NULL
NUMBERS = (
	"step",
	"position",
	"expected_days",
	"probability",
	"evidence_required",
	"held_seconds",
	"returns",
	"docstatus",
	"idx",
)

# what rows carry on the way to hand-offs
NOT_STORED = frozenset({"from_milestone"})

_MOVE_FIELDS = (
	"sales_milestone",
	"sales_project",
	"company",
	"from_state",
	"to_state",
	"at",
	"user",
	"responsible",
	"seconds",
	"held_seconds",
	"via",
	"reason",
)


def new_values(user: str, at: datetime) -> dict[str, object]:
	"""The fields that every new milestone begins with."""
	return {
		"owner": user,
		"modified_by": user,
		"creation": at,
		"modified": at,
		"status": rules.WAITING,
		"workflow_state": rules.WAITING,
		"state_since": at,
		"held_seconds": 0.0,
	}


def values_after(row: Mapping, to_state: str, at: datetime, user: str) -> dict[str, object]:
	"""What a move to ``to_state`` sets in the milestone, a row or a document."""
	values = {
		"status": to_state,
		"workflow_state": to_state,
		"state_since": at,
		"held_seconds": 0.0,
		"turn_of": rules.turn_of(
			to_state, row.get("responsible"), row.get("delegated_to"), row.get("sender"), row.get("turn_of")
		),
	}
	if to_state == rules.ACHIEVED:
		values.update(achieved_on=at, achieved_user=user)
	elif to_state == rules.RETURNED:
		values.update(returns=int(row.get("returns") or 0) + 1)
	return values


def first_move(row: Mapping, at: datetime, user: str) -> tuple:
	"""The log of a milestone begins with its making."""
	who = (at, user, row.get("responsible"))
	return (row["name"], row["sales_project"], row["company"], "", rules.WAITING, *who, 0.0, 0.0, "", "")


def move(
	row: Mapping, to_state: str, project: Mapping, at: datetime, user: str, via: str = "", reason: str = ""
) -> tuple:
	"""A row of the log. ``row`` is the milestone, ``project`` its project, as they were before the move."""
	spent = rules.time_spent(
		row.get("state_since"), at, row.get("held_seconds") or 0.0, project.get("clock_stopped_on")
	)
	return (
		row.get("name"),
		row.get("sales_project"),
		row.get("company"),
		row.get("status"),
		to_state,
		at,
		user,
		row.get("responsible"),
		spent.running,
		spent.held,
		via,
		reason,
	)


def write_moves(moves: Sequence[tuple], user: str, at: datetime) -> None:
	"""Write rows of the log in one statement."""
	columns = ("name", "owner", "modified_by", "creation", "modified", *_MOVE_FIELDS)
	insert_rows(
		"Milestone Move",
		columns,
		[(frappe.generate_hash(length=16), user, user, at, at, *row) for row in moves],
	)
