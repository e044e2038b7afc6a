"""The path of one project: its milestones in order, as its form, its documents and My Next Steps show them.

Three queries, however many milestones. Whoever may see the project may see its path; the caller checks that.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import frappe
from frappe.utils import now_datetime
from pypika import Order

from sales_activity.permissions.scope import persons_below
from sales_activity.sales_activity.milestones.actions import Standing, offered_actions
from sales_activity.sales_activity.milestones.people import user_of
from sales_activity.sales_activity.milestones.rules import ACHIEVED, DONE, OPENED, time_spent

SECONDS_A_DAY = 24 * 60 * 60

Row = dict[str, Any]

_FIELDS = (
	"name",
	"milestone",
	"step",
	"status",
	"workflow_state",
	"sales_role",
	"responsible",
	"delegated_to",
	"turn_of",
	"sender",
	"due_date",
	"expected_days",
	"probability",
	"outcome",
	"find_out",
	"tell",
	"question",
	"reply",
	"remark",
	"reason",
	"returns",
	"evidence",
	"evidence_required",
	"achieved_by",
	"achieved_on",
	"achieved_user",
	"state_since",
	"held_seconds",
	"milestone_form",
)


def path(project: str, user: str | None = None) -> list[Row]:
	"""One dict for each milestone of the project, in order; empty before its process has started.

	Beside the milestone's own fields: ``days_taken`` (float, days it was somebody's turn, without the time the
	project was held; None before), ``is_current``, ``is_open`` (it is somebody's turn), ``is_done``, ``is_late``
	(open past its due date), ``was_late`` (achieved past it), ``is_held``, ``has_form``; and for the user:
	``my_turn``, ``may_move``, ``actions`` (names of the workflow's actions), ``may_delegate``.
	"""
	user = user or frappe.session.user
	rows = _milestones(project)
	if not rows:
		return []
	seconds = _seconds_of(project)
	below = persons_below(user)
	now = now_datetime()
	for row in rows:
		_add_times(row, seconds.get(row.name, 0.0), now)
		_add_rights(row, user, below)
		row.has_form = bool(row.pop("milestone_form"))
	return rows


def _milestones(project: str) -> list[Row]:
	"""With the users behind the people, and what the project knows."""
	milestone, of = frappe.qb.DocType("Sales Milestone"), frappe.qb.DocType("Sales Project")
	turn, responsible = user_of(milestone.turn_of), user_of(milestone.responsible)
	return (
		frappe.qb.from_(milestone)
		.inner_join(of)
		.on(of.name == milestone.sales_project)
		.select(
			*(milestone[field] for field in _FIELDS),
			turn.as_("turn_user"),
			responsible.as_("responsible_user"),
			of.current_milestone,
			of.clock_stopped_on,
		)
		.where(milestone.sales_project == project)
		.orderby(milestone.step, order=Order.asc)
		.orderby(milestone.position, order=Order.asc)
	).run(as_dict=True)


def _seconds_of(project: str) -> dict[str, float]:
	"""Milestone > seconds that it was somebody's turn, up to its last change of state."""
	move = frappe.qb.DocType("Milestone Move")
	rows = (
		frappe.qb.from_(move)
		.select(move.sales_milestone, move.seconds)
		.where((move.sales_project == project) & move.from_state.isin(sorted(OPENED)))
	).run()
	seconds: dict[str, float] = defaultdict(float)
	for milestone, spent in rows:
		seconds[milestone] += spent or 0.0
	return seconds


def _add_times(row: Row, seconds: float, now: Any) -> None:
	row.is_open, row.is_done = row.status in OPENED, row.status in DONE
	row.is_current = row.name == row.pop("current_milestone")
	stopped_on = row.pop("clock_stopped_on")
	row.is_held = bool(stopped_on and not row.is_done)
	since, held = row.pop("state_since"), row.pop("held_seconds") or 0.0
	if row.is_open and since:
		seconds += time_spent(since, now, held, stopped_on).running
	row.days_taken = round(seconds / SECONDS_A_DAY, 2) if seconds or row.is_open else None
	row.is_late = bool(row.is_open and not row.is_held and row.due_date and row.due_date < now.date())
	row.was_late = bool(
		row.status == ACHIEVED and row.due_date and row.achieved_on and row.achieved_on.date() > row.due_date
	)


def _add_rights(row: Row, user: str, below: frozenset[str]) -> None:
	row.my_turn = bool(row.is_open and row.pop("turn_user") == user)
	is_responsible = row.pop("responsible_user") == user
	standing = Standing.of(user, row.my_turn, is_responsible, row.responsible in below and not is_responsible)
	state = row.pop("workflow_state") or row.status
	row.actions = [] if row.is_held else offered_actions(standing, state)
	row.may_move = bool(standing.moves and row.is_open and not row.is_held)
	row.may_delegate = bool(standing.delegates and row.is_open and not row.is_held)
