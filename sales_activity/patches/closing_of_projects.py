"""2026-11-22: projects remember when they were won or lost. Those that were before, by the record of their changes."""

from __future__ import annotations

import json

import frappe

PROJECT = "Sales Project"
CLOSED = ("Won", "Lost")


def execute() -> None:
	"""Fill in Won or Lost On where it is missing: when the status was last changed (Frappe's Version), or else when
	the project was last saved. May run twice."""
	filters = {"status": ("in", CLOSED), "closed_on": ("is", "not set")}
	for project in frappe.get_all(PROJECT, filters, ["name", "status", "modified"], limit=0):
		closed_on = _changed_on(project.name, project.status) or project.modified
		frappe.db.set_value(PROJECT, project.name, "closed_on", closed_on, update_modified=False)


def _changed_on(project: str, status: str) -> object:
	versions = frappe.get_all(
		"Version",
		{"ref_doctype": PROJECT, "docname": project},
		["creation", "data"],
		order_by="creation desc",
		limit=0,
	)
	return next((row.creation for row in versions if _says(row.data, status)), None)


def _says(data: str | None, status: str) -> bool:
	changed = json.loads(data or "{}").get("changed") or ()
	return any(field == "status" and after == status for field, _before, after in changed)
