"""The path of one project: its milestones in order, as its form, its documents and My Next Steps show them.

Three queries, however many milestones; two of them, for the user's people, once a request. Whoever may see the project may see its path; the caller checks that.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import frappe
from frappe.utils import now_datetime
from pypika.functions import Sum

from sales_activity.sales_activity.milestones.actions import DELEGABLE, offered_actions
from sales_activity.sales_activity.milestones.moves import rights_of
from sales_activity.sales_activity.milestones.people import own_persons
from sales_activity.sales_activity.milestones.rules import ACHIEVED, DONE, OPENED, time_spent

SECONDS_A_DAY = 24 * 60 * 60

Row = dict[str, Any]

_FIELDS = (
	"name",
	"milestone",
	"step",
	"status",
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
	``my_turn``, ``may_move``, ``actions`` (see ``actions.Offer``), ``may_delegate``.
	"""
	user = user or frappe.session.user
	rows = _milestones(project)
	if not rows:
		return []
	now = now_datetime()
	for row in rows:
		_add_times(row, now)
		_add_rights(row, user)
		row.has_form = bool(row.pop("milestone_form"))
	return rows


def _milestones(project: str) -> list[Row]:
	"""With what their project knows, and the ``seconds`` that it was somebody's turn until its last move."""
	milestone, of = frappe.qb.DocType("Sales Milestone"), frappe.qb.DocType("Sales Project")
	move = frappe.qb.DocType("Milestone Move")
	worked = (
		frappe.qb.from_(move)
		.select(move.sales_milestone, Sum(move.seconds).as_("seconds"))
		.where((move.sales_project == project) & move.from_state.isin(sorted(OPENED)))
		.groupby(move.sales_milestone)
	)
	return (
		frappe.qb.from_(milestone)
		.inner_join(of)
		.on(of.name == milestone.sales_project)
		.left_join(worked)
		.on(worked.sales_milestone == milestone.name)
		.select(
			*(milestone[field] for field in _FIELDS),
			of.current_milestone,
			of.clock_stopped_on,
			worked.seconds,
		)
		.where(milestone.sales_project == project)
		.orderby(milestone.step)
		.orderby(milestone.position)
	).run(as_dict=True)


def _add_times(row: Row, now: datetime) -> None:
	row.is_open, row.is_done = row.status in OPENED, row.status in DONE
	row.is_current = row.name == row.pop("current_milestone")
	stopped_on = row.pop("clock_stopped_on")
	row.is_held = bool(stopped_on and not row.is_done)
	since, held = row.pop("state_since"), row.pop("held_seconds") or 0.0
	seconds = row.pop("seconds") or 0.0
	if row.is_open and since:
		seconds += time_spent(since, now, held, stopped_on).running
	row.days_taken = round(seconds / SECONDS_A_DAY, 2) if seconds or row.is_open else None
	row.is_late = bool(row.is_open and not row.is_held and row.due_date and row.due_date < now.date())
	row.was_late = bool(
		row.status == ACHIEVED and row.due_date and row.achieved_on and row.achieved_on.date() > row.due_date
	)


def _add_rights(row: Row, user: str) -> None:
	row.my_turn = bool(row.is_open and row.turn_of in own_persons(user))
	rights = rights_of(row, user)
	row.actions = [] if row.is_held or row.is_done else offered_actions(row, rights)
	row.may_move = bool(rights.work and row.is_open and not row.is_held)
	row.may_delegate = bool(rights.delegate and row.status in DELEGABLE and not row.is_held)
