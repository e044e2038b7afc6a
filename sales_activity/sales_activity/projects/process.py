"""What a Sales Project does with its process: starts it, stops and restarts its clocks, takes it along."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from sales_activity.sales_activity.milestones import clocks, starting
from sales_activity.sales_activity.milestones.board import MILESTONE

# kept by the milestones, whatever a form sends that was opened before they moved on
_KEPT = ("process_started_on", "clock_stopped_on", "current_milestone", "milestone_probability")


class ProcessChangeError(frappe.ValidationError):
	"""A project's process is changed by hand while it runs."""


def check(project: Document) -> None:
	"""Keep what the milestones write into a project; refuse another process once one runs. Call it in
	``validate``."""
	before = project.get_doc_before_save()
	for field in _KEPT:
		project.set(field, before.get(field) if before else None)
	if before and before.process_started_on and project.sales_process != before.sales_process:
		frappe.throw(
			_(
				"The process {0} runs on this project already. Use Update from Process to change its course."
			).format(frappe.bold(before.sales_process)),
			ProcessChangeError,
		)


def follow(project: Document) -> None:
	"""Start the process that was chosen, or follow the project's status and name. Call it in ``on_update``."""
	if project.sales_process and not project.process_started_on:
		starting.start([project.name], project.sales_process, at=project.modified)
		_read_back(project)
	elif project.process_started_on:
		_copy_to_milestones(project)
		clocks.follow(project)
		_read_back(project)


def delete(project: Document) -> None:
	"""Take the milestones and their record along with their project. Call it in ``on_trash``."""
	filters = {"sales_project": project.name}
	names = frappe.get_all(MILESTONE, filters=filters, pluck="name", limit=0)
	if not names:
		return
	project.db_set("current_milestone", None, update_modified=False)
	for record in ("Milestone Move", "Milestone Hand-off"):
		frappe.db.delete(record, filters)
	for name in names:
		frappe.delete_doc(MILESTONE, name, force=True, ignore_permissions=True, flags={"with_project": True})


def _read_back(project: Document) -> None:
	values = frappe.db.get_value(project.doctype, project.name, _KEPT, as_dict=True)
	project.update(values)


def _copy_to_milestones(project: Document) -> None:
	"""Milestones are filtered and permitted by what they know of their project."""
	before = project.get_doc_before_save()
	changed = {
		field: project.get(source)
		for field, source in starting.OF_PROJECT.items()
		if before and before.get(source) != project.get(source)
	}
	if changed:
		milestone = frappe.qb.DocType(MILESTONE)
		query = frappe.qb.update(milestone).where(milestone.sales_project == project.name)
		for field, value in changed.items():
			query = query.set(field, value)
		query.run()
