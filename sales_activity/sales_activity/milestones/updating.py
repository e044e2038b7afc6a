"""Update from Process: a running project takes over what was changed in its process since it was started.

Only milestones that still wait are changed or cancelled; what is open or done stays as it is. Nothing happens
unless somebody asks for it, and a preview tells what would.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document

from sales_activity.sales_activity.milestones import opening, rules
from sales_activity.sales_activity.milestones.board import MILESTONE, Board
from sales_activity.sales_activity.milestones.people import own_person
from sales_activity.sales_activity.milestones.starting import COPIED, in_order, new_milestone

VIA = "Update from Process"


class ProcessUpdateError(frappe.ValidationError):
	"""A project cannot be updated from its process."""


class Plan(NamedTuple):
	"""What an update would do: rows of the process to add; milestones to cancel; milestones to change, each with
	its row and the fields that differ (before, after)."""

	added: list[Mapping]
	removed: list[Mapping]
	changed: list[tuple[Mapping, Mapping, dict[str, tuple]]]


def preview_update(project: str) -> dict[str, list[dict]]:
	"""What ``update_from_process`` would do now, as the desk shows it.

	``added``: milestone, step, sales_role. ``removed``: name, milestone, step. ``changed``: name, milestone,
	changes (label, before, after). All empty: the project is up to date. Raises ProcessUpdateError.
	"""
	return _told(_plan_of(*_read(project)))


def update_from_process(project: str) -> dict[str, list[dict]]:
	"""Take over the changes of the project's process; returns what ``preview_update`` told. A new milestone opens
	at once where everything of the steps before it is done. Raises ProcessUpdateError."""
	board, template = _read(project)
	plan = _plan_of(board, template)
	for milestone in plan.removed:
		board.move(milestone, rules.CANCELLED, VIA, _("No longer part of the process"))
	for milestone, row, fields in plan.changed:
		board.change(milestone, **{field: row.get(field) for field in fields})
		if "sales_role" in fields:
			_reassign(board, milestone)
	_add(board, template, plan.added)
	_number(board, template)
	opening.proceed(board)
	return _told(plan)


def plan_update(rows: Sequence[Mapping], milestones: Sequence[Mapping]) -> Plan:
	"""What differs between the rows of a process and a project's milestones. Needs no site.

	A milestone belongs to the row that it was made of (``process_row``). Of milestones that are open or done
	nothing is said, whatever became of their rows.
	"""
	of_row = {milestone["process_row"]: milestone for milestone in milestones}
	names = {row["name"] for row in rows}
	waiting = [milestone for milestone in milestones if milestone["status"] == rules.WAITING]
	changed = []
	for row in rows:
		milestone = of_row.get(row["name"])
		if milestone and milestone["status"] == rules.WAITING:
			fields = {
				field: (milestone.get(field), row.get(field))
				for field in COPIED
				if _plain(row.get(field)) != _plain(milestone.get(field))
			}
			if fields:
				changed.append((milestone, row, fields))
	return Plan(
		added=[row for row in rows if row["name"] not in of_row],
		removed=[milestone for milestone in waiting if milestone["process_row"] not in names],
		changed=changed,
	)


def _plain(value: object) -> object:
	"""Nothing, an empty text and zero are the same: a database column holds one or the other."""
	return value or None


def _plan_of(board: Board, template: Document) -> Plan:
	(project,) = board.projects
	rows = [frappe._dict(row.as_dict()) for row in in_order(template)]
	return plan_update(rows, board.milestones[project])


def _read(project: str) -> tuple[Board, Document]:
	board = Board.read([project])
	row = board.projects.get(project)
	if not row or not row.process_started_on:
		frappe.throw(_("{0} runs no process.").format(frappe.bold(project)), ProcessUpdateError)
	if row.status in rules.STANDING:
		frappe.throw(
			_("The project is {0}. Resume the project first.").format(_(row.status)), ProcessUpdateError
		)
	return board, frappe.get_doc("Sales Process", row.sales_process)


def _told(plan: Plan) -> dict[str, list[dict]]:
	meta = frappe.get_meta(MILESTONE)
	return {
		"added": [
			{"milestone": row.milestone, "step": row.step, "sales_role": row.sales_role} for row in plan.added
		],
		"removed": [{"name": row.name, "milestone": row.milestone, "step": row.step} for row in plan.removed],
		"changed": [
			{
				"name": milestone.name,
				"milestone": milestone.milestone,
				"changes": [
					{"label": _(meta.get_label(field)), "before": before, "after": after}
					for field, (before, after) in fields.items()
				],
			}
			for milestone, _row, fields in plan.changed
		],
	}


def _reassign(board: Board, milestone: frappe._dict) -> None:
	"""A waiting milestone of another role is another one's to come."""
	responsible = rules.responsible(board.teams[milestone.sales_project], milestone.sales_role)
	if responsible:
		board.change(milestone, responsible=responsible, turn_of=milestone.delegated_to or responsible)


def _add(board: Board, template: Document, rows: Sequence[Mapping]) -> None:
	((name, project),) = board.projects.items()
	highest = max(int(row.name.rpartition("-")[2]) for row in board.milestones[name])
	first = board.milestones[name][0]
	for number, row in enumerate(rows, highest + 1):
		board.add(
			{
				**new_milestone(project, template, row, number),
				"responsible": rules.responsible(board.teams[name], row.sales_role) or first.responsible,
				"sender": own_person(board.user) or first.sender,
			}
		)


def _number(board: Board, template: Document) -> None:
	"""Positions follow the steps, and within a step the process; names stay as they are. Not a change of what is
	open or done: whoever has one of them open in a form goes on."""
	(project,) = board.projects
	order = {row.name: number for number, row in enumerate(in_order(template))}
	milestones = board.milestones[project]
	milestones.sort(key=lambda row: (row.step, order.get(row.process_row, row.position), row.position))
	for position, row in enumerate(milestones, 1):
		if row.position != position:
			row.position = position
			frappe.db.set_value(MILESTONE, row.name, "position", position, update_modified=False)
