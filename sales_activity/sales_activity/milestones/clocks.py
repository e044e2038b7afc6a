"""Holding or losing a project stops the clocks of its milestones; resuming it starts them again."""

from __future__ import annotations

from datetime import datetime

from frappe.model.document import Document
from frappe.utils import get_datetime

from sales_activity.sales_activity.milestones import due, events, handoffs, rules
from sales_activity.sales_activity.milestones.board import Board


def follow(project: Document) -> None:
	"""Stop or restart the clocks, if the status of a project that runs a process was changed. Call it when the
	project is saved."""
	stands = project.status in rules.STANDING
	if not project.process_started_on or stands == bool(project.clock_stopped_on):
		return
	at = get_datetime(project.modified)
	if stands:
		project.db_set("clock_stopped_on", at, update_modified=False)
	else:
		_restart(project, at)


def _restart(project: Document, at: datetime) -> None:
	"""Count the stop as held, move due dates on by the working days held, and take up what came meanwhile."""
	board = Board.read([project.name], at=at)
	stopped_on = get_datetime(project.clock_stopped_on)
	days = due.working_days_between(project.company, stopped_on, at)
	moved = []
	for row in board.milestones[project.name]:
		if row.status in rules.DONE:
			continue
		board.change(row, held_seconds=row.held_seconds + rules.held_now(row.state_since, at, stopped_on))
		if row.due_date and days:
			board.change(row, due_date=due.due_date(project.company, row.due_date, days))
			moved.append(row)
	project.db_set("clock_stopped_on", None, update_modified=False)
	board.projects[project.name].clock_stopped_on = None
	events.take_up(board)
	handoffs.follow_due_dates(moved)
