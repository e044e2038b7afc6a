"""Puts projects with a process on a site, for the tests that work on milestones in the desk; or takes them away.

	path_site.py SITE make FILE     (writes to FILE, as JSON, what was made)
	path_site.py SITE clear

Runs with the bench's Python in `sites/`, and commits. People and process are those of
`sales_activity/tests/milestone_house.py`; each test works on a project of its own.
"""

from __future__ import annotations

import frappe
from frappe.utils import add_days, getdate
from frappe.utils.password import update_password
from outside_site import PASSWORD
from site_script import run

from sales_activity.demo.removal import remove_document
from sales_activity.tests import factories
from sales_activity.tests import milestone_house as house

TITLES = {
	"achieve": "Path to achieve",
	"steps": "Path of steps",
	"returned": "Path returned",
	"phone": "Path on a phone",
	"update": "Path to update",
	"board": "Path on a board",
	"live": "Path looked at",
}
USERS = {"mira": house.MIRA_USER, "asha": house.ASHA_USER, "ravi": house.RAVI_USER}
SENT = {"ToDo": "allocated_to", "Notification Log": "for_user"}


def clear() -> None:
	"""Take the projects away, and what was sent about them."""
	titles = {"title": ("in", list(TITLES.values()))}
	projects = frappe.get_all("Sales Project", titles, pluck="name")
	for project in projects:
		factories.remove_mails([milestone.name for milestone in factories.milestones_of(project)])
	for doctype in ("Quotation", "Sales Project"):
		field = "name" if doctype == "Sales Project" else "sales_project"
		for name in frappe.get_all(doctype, {field: ("in", projects)}, pluck="name"):
			remove_document(doctype, name)
	for doctype, field in SENT.items():
		frappe.db.delete(doctype, {field: ("in", list(USERS.values()))})


def make() -> dict:
	"""Make everything; returns the names of what the tests ask about."""
	factories.masters()
	house.build()
	for user in USERS.values():
		frappe.db.set_value("User", user, "simultaneous_sessions", 50)
		update_password(user, PASSWORD)
	projects = {key: house.project(title) for key, title in TITLES.items()}
	late = house.name(projects["achieve"], "Call")
	frappe.db.set_value("Sales Milestone", late, "due_date", add_days(getdate(), -3))
	for key in ("returned", "board"):
		house.act(house.ASHA_USER, projects[key], "Call", "Achieve", answers={"need": "Two racks"})
	item = factories.item("MILESTONE-ITEM", factories.item_group("Milestone Goods"))
	of_project = {"company": house.COMPANY, "sales_project": projects["steps"].name}
	quotation = factories.quotation(house.CUSTOMER, [(item, 1, 900)], **of_project)
	return {
		"projects": {key: project.name for key, project in projects.items()},
		"quotation": quotation.name,
		"process": house.PROCESS,
		"users": USERS,
		"password": PASSWORD,
	}


if __name__ == "__main__":
	run(clear, make)
