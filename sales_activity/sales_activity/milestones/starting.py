"""Starting a process on projects: their milestones are made, the first become somebody's turn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import frappe
from frappe import _
from frappe.model.document import Document

from sales_activity.sales_activity.milestones import opening, rules
from sales_activity.sales_activity.milestones.board import PROJECT, Board, lock_projects
from sales_activity.sales_activity.milestones.people import own_person

# what a milestone takes from its row in the process
COPIED = (
	"milestone",
	"step",
	"sales_role",
	"expected_days",
	"probability",
	"milestone_form",
	"evidence_required",
	"achieved_by",
	"sales_stage",
	"outcome",
	"find_out",
	"tell",
	"condition_on",
	"condition_field",
	"condition_operator",
	"condition_value",
)
# what a milestone takes from its project: field of the milestone > field of the project
OF_PROJECT = {
	"company": "company",
	"territory": "territory",
	"customer": "customer",
	"project_title": "title",
}
# projects whose milestones are written in one statement
BATCH = 200

_STARTED = f"""
	update `tab{PROJECT}` set sales_process = %(process)s, process_started_on = %(at)s,
		modified = %(at)s, modified_by = %(user)s
	where name in %(names)s
"""


class ProcessStartError(frappe.ValidationError):
	"""A process cannot be started on a project."""


def start(
	projects: Iterable[str], process: str, user: str | None = None, at: datetime | None = None
) -> list[str]:
	"""Start a process on projects that have none running; returns the projects' names.

	All or none: raises ProcessStartError that names the first project that cannot start, and why. ``at``: the
	moment that counts as the start, now by default.
	"""
	user = user or frappe.session.user
	template = frappe.get_cached_doc("Sales Process", process)
	if template.disabled:
		_refuse(_("The Sales Process {0} is disabled.").format(frappe.bold(process)))
	names = sorted(set(projects))
	for first in range(0, len(names), BATCH):
		_start_batch(names[first : first + BATCH], template, user, at)
	return names


def in_order(template: Document) -> list[Document]:
	"""The rows of a process as milestones are numbered: by step, then as they stand in the table."""
	return sorted(template.milestones, key=lambda row: (row.step, row.idx))


def milestone_name(project: str, number: int) -> str:
	"""The name of a project's milestone; ``number`` counts from 1."""
	return f"{project}-{number:02}"


def new_milestone(project: Mapping, template: Document, row: Document, number: int) -> dict[str, object]:
	"""What a milestone is before anything happens to it. ``row``: of the process ``template``."""
	return {
		"name": milestone_name(project["name"], number),
		"sales_project": project["name"],
		"sales_process": template.name,
		"process_row": row.name,
		"position": number,
		**{field: row.get(field) for field in COPIED},
		**{field: project.get(source) for field, source in OF_PROJECT.items()},
	}


def _start_batch(names: Sequence[str], template: Document, user: str, at: datetime | None) -> None:
	board = Board(lock_projects(names), user, at)
	for name in names:
		_check(name, board, template)
	rows = in_order(template)
	starter = own_person(user)
	patterns = [new_milestone({"name": ""}, template, row, number) for number, row in enumerate(rows, 1)]
	for project in board.projects.values():
		_add_milestones(board, project, patterns, starter)
	frappe.db.sql(
		_STARTED, {"process": template.name, "at": board.at, "user": user, "names": list(board.projects)}
	)
	opening.proceed(board)


def _add_milestones(
	board: Board, project: frappe._dict, patterns: Sequence[Mapping], starter: str | None
) -> None:
	team = board.teams[project.name]
	own = {field: project.get(source) for field, source in OF_PROJECT.items()}
	sender = starter or team[0].sales_person
	for pattern in patterns:
		board.add(
			{
				**pattern,
				**own,
				"name": project.name + pattern["name"],
				"sales_project": project.name,
				"responsible": rules.responsible(team, pattern["sales_role"]),
				"sender": sender,
			}
		)


def _check(name: str, board: Board, template: Document) -> None:
	"""Refuse a project that isn't there, runs a process already, stands still, or has nobody to do the work."""
	project = board.projects.get(name)
	if not project:
		_refuse(_("There is no Sales Project {0}.").format(frappe.bold(name)))
	title = frappe.bold(f"{name} {project.title}")
	if project.process_started_on:
		_refuse(
			_("{0} runs the process {1} already. Use Update from Process to take over changes.").format(
				title, frappe.bold(project.sales_process)
			)
		)
	if project.status in rules.STANDING:
		_refuse(_("{0} is {1}. Resume it, then start the process.").format(title, _(project.status)))
	if not board.teams[name]:
		_refuse(
			_("{0} has no team yet. Add the people who work on it, then start {1}.").format(
				title, frappe.bold(template.name)
			)
		)


def _refuse(message: str) -> None:
	frappe.throw(message, ProcessStartError, title=_("The process was not started"))
