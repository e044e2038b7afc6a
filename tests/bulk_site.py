"""Puts many projects without a process on a site, for the test that starts one on all of them; or takes them away.

	bulk_site.py SITE make FILE     (writes to FILE, as JSON, what was made)
	bulk_site.py SITE clear

Runs with the bench's Python in `sites/`, and commits. People and process are those of
`sales_activity/tests/milestone_house.py`.
"""

from __future__ import annotations

import frappe
from frappe.model.workflow import apply_workflow
from frappe.utils.password import update_password
from outside_site import PASSWORD
from site_script import run

from sales_activity.demo.removal import remove_document
from sales_activity.tests import factories
from sales_activity.tests import milestone_house as house

TITLE, MANY = "Bulk start", 60  # more than the API starts at once


def clear() -> None:
	"""Take the projects away."""
	projects = frappe.get_all("Sales Project", {"title": TITLE}, pluck="name", limit=0)
	for project in projects:
		factories.remove_mails([f"{project}-{number:02}" for number in range(1, 5)])
		remove_document("Sales Project", project)


def make() -> dict:
	"""Make everything; returns the names of what the test asks about. One project is on hold, one has no team."""
	factories.masters()
	house.build()
	frappe.db.set_value("User", house.MIRA_USER, "simultaneous_sessions", 50)
	update_password(house.MIRA_USER, PASSWORD)
	projects = [house.project(TITLE, start=False).name for _number in range(MANY - 1)]
	apply_workflow(frappe.get_doc("Sales Project", projects[0]), "Hold")
	nobody = factories.sales_project(house.CUSTOMER, title=TITLE)
	nobody.db_set("owner", house.MIRA_USER)
	return {
		"projects": [*projects, nobody.name],
		"held": projects[0],
		"nobody": nobody.name,
		"process": house.PROCESS,
		"user": house.MIRA_USER,
		"password": PASSWORD,
	}


if __name__ == "__main__":
	run(clear, make)
