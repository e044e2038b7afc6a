"""Steps open: it becomes somebody's turn."""

from __future__ import annotations

from collections.abc import Mapping

import frappe
from frappe import _

from sales_activity.sales_activity.milestones import answers, due, handoffs, rules
from sales_activity.sales_activity.milestones.board import Board
from sales_activity.sales_activity.milestones.conditions import Condition
from sales_activity.sales_activity.milestones.definition import ON_ANSWER, ON_PROJECT
from sales_activity.sales_activity.milestones.documents import achieve_by_document
from sales_activity.sales_activity.milestones.people import own_person

BY_PROCESS = "Process"


def proceed(board: Board) -> None:
	"""Open what is due, write everything that happened on the board, and hand over what became somebody's turn."""
	open_steps(board)
	board.write()
	handoffs.settle(board.closed())
	handoffs.hand_over(board.opened(), board.user)


def open_steps(board: Board) -> None:
	"""Open what is due in the board's projects, and what follows from that at once: a milestone that does not
	apply is skipped, one whose document was submitted already is achieved, and the next step opens."""
	for project in board.projects:
		while waiting := rules.to_open(board.milestones[project]):
			for row in waiting:
				_open(board, row)


def applies(row: Mapping, project: Mapping) -> bool:
	"""Whether a milestone applies to its project as things are now. One without a condition always does."""
	condition = Condition(
		row.get("condition_field") or "",
		row.get("condition_operator") or "",
		row.get("condition_value") or "",
	)
	if row.get("condition_on") == ON_PROJECT:
		return condition.met_by(project)
	if row.get("condition_on") == ON_ANSWER:
		return condition.met_by(answers.earlier_values(row["sales_project"], row["step"]))
	return True


def _open(board: Board, row: frappe._dict) -> None:
	if not applies(row, board.projects[row.sales_project]):
		board.move(row, rules.SKIPPED, BY_PROCESS, _("Does not apply"))
		return
	before = rules.last_achieved(board.milestones[row.sales_project], row.step)
	team = board.teams[row.sales_project]
	row.from_milestone = before.name if before else None
	board.move(
		row,
		rules.READY,
		responsible=rules.responsible(team, row.sales_role) or row.responsible,
		sender=_sender(before) or row.sender,
		opened_on=board.at,
		due_date=due.due_date(row.company, board.at, row.expected_days),
	)
	document = row.achieved_by and board.submitted(row.achieved_by).get(row.sales_project)
	if document:
		achieve_by_document(board, row, row.achieved_by, document)


def _sender(before: Mapping | None) -> str | None:
	"""Who hands a step over: the person who achieved the last milestone before it, its responsible person where
	that user is no salesperson. None with nothing achieved before: it is as the start of the process set it."""
	return before and (own_person(before["achieved_user"]) or before["responsible"])
