"""Milestones to count on the workspace: those that a user may see, without those of projects on hold or lost."""

from __future__ import annotations

import frappe
from frappe.utils import getdate

from sales_activity.sales_activity.milestones.rules import OPENED

Filters = dict[str, list]


def my_due(persons: frozenset[str]) -> Filters:
	"""What is the turn of these people, and due today or before."""
	return {**_open("<="), "turn_of": ["in", sorted(persons)]}


def late() -> Filters:
	"""Whoever's turn it is, due before today."""
	return _open("<")


def counted(filters: Filters) -> tuple[int, Filters]:
	"""How many milestones of running projects the filters find, and filters that list exactly these: the names,
	where those given would show some of projects that stand still too. Two queries at most."""
	found = frappe.get_list("Sales Milestone", filters=filters, fields=["name", "sales_project"], limit=0)
	held = _held({row.sales_project for row in found})
	if not held:
		return len(found), filters
	names = [row.name for row in found if row.sales_project not in held]
	return len(names), {"name": ["in", names]}


def _open(operator: str) -> Filters:
	return {"status": ["in", sorted(OPENED)], "due_date": [operator, str(getdate())]}


def _held(projects: set[str]) -> set[str]:
	"""Those of the projects whose clocks stand."""
	if not projects:
		return set()
	filters = {"name": ("in", sorted(projects)), "clock_stopped_on": ("is", "set")}
	return set(frappe.get_all("Sales Project", filters, pluck="name", limit=0))
