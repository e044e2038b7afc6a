"""When what a milestone brings may be changed: while it is worked on, and when it is asked back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import frappe

ANSWERABLE = frozenset({"Ready", "In Progress"})


def is_open(milestone: Mapping) -> bool:
	"""Whether the answers of a milestone as it is stored (status, step, sales_project) may be changed.

	One query for an achieved one, none for the others.
	"""
	if milestone.get("status") in ANSWERABLE:
		return True
	return milestone.get("status") == "Achieved" and _is_asked_back(milestone)


def _is_asked_back(milestone: Mapping) -> bool:
	"""Whether somebody to whom this achieved milestone was handed over has returned it with a question."""
	rows = frappe.get_all(
		"Sales Milestone",
		filters={"sales_project": milestone.get("sales_project"), "status": ["in", ["Achieved", "Returned"]]},
		fields=["step", "status"],
		limit=0,
	)
	return handed_over_to_returned(milestone.get("step"), [(row.step, row.status) for row in rows])


def handed_over_to_returned(step: int, steps: Iterable[tuple[int, str]]) -> bool:
	"""Whether a returned milestone got its information from ``step``: the last step before its own in which
	something was achieved. ``steps``: (step, status) of the project's milestones."""
	steps = list(steps)
	achieved = {number for number, status in steps if status == "Achieved"}
	returned = {number for number, status in steps if status == "Returned"}
	return any(
		max((number for number in achieved if number < later), default=None) == step for later in returned
	)
