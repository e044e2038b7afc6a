"""Puts a sale that begins on a site, for the test that takes it through the seeded process; or takes it away again.

	process_site.py SITE make FILE     (writes to FILE, as JSON, what was made)
	process_site.py SITE clear

Runs with the bench's Python in `sites/`, and commits. Five people work on the sale, each in a role of the process
"Solution Sale"; Dora reads German and lives in New York, Cole comes through the API only.
"""

from __future__ import annotations

import frappe
from frappe.utils.password import update_password
from outside_site import PASSWORD
from site_script import run

from sales_activity.demo.removal import remove_document
from sales_activity.tests import factories

COMPANY, CUSTOMER = "Course Forge", "Course Clinic"
GROUP, ITEM = "Course Equipment", "COURSE-ITEM"
PROCESS = "Solution Sale"
ROLES = {
	"tara": "Tele-sales",
	"vera": "Sales Person",
	"dora": "Design Consultant",
	"anton": "Account Manager",
	"cole": "Project Coordinator",
}
MILESTONES = ("Milestone Hand-off", "Milestone Move", "Sales Milestone")


def clear() -> None:
	"""Take the company's documents away, and what was sent about them."""
	for doctype in ("Sales Order", "Quotation", "Sales Project"):
		for name in frappe.get_all(doctype, {"company": COMPANY}, pluck="name", order_by="creation desc"):
			remove_document(doctype, name)
	for key in ROLES:
		for doctype, field in (("ToDo", "allocated_to"), ("Notification Log", "for_user")):
			frappe.db.delete(doctype, {field: email(key)})
		queued = frappe.get_all("Email Queue Recipient", {"recipient": email(key)}, pluck="parent")
		for doctype, field in (("Email Queue Recipient", "parent"), ("Email Queue", "name")):
			frappe.db.delete(doctype, {field: ("in", queued or [""])})


def make() -> dict:
	"""Make everything; returns the names of what the test asks about."""
	factories.masters()
	factories.company(COMPANY, "CFG")
	factories.item(ITEM, factories.item_group(GROUP))
	for key, role in ROLES.items():
		factories.sales_role(role)
		_user(key)
		factories.sales_person(person(key), of_user=email(key), of_company=COMPANY)
	customer = factories.customer(CUSTOMER)
	team = [(person(key), role) for key, role in ROLES.items()]
	project = factories.sales_project(
		customer, team, company=COMPANY, title="Course server room", sales_process=PROCESS
	)
	frappe.db.set_value("User", email("dora"), {"language": "de", "time_zone": "America/New_York"})
	return {
		"company": COMPANY,
		"customer": customer,
		"project": project.name,
		"users": {key: email(key) for key in ROLES},
		"people": {key: person(key) for key in ROLES},
		"password": PASSWORD,
		"token": f"{frappe.db.get_value('User', email('cole'), 'api_key')}:course-secret",
		"warehouse": factories.warehouse(COMPANY),
		"price_list": factories.price_list(),
	}


def email(key: str) -> str:
	"""The address, and so the name, of a user."""
	return f"{key}@course.example.com"


def person(key: str) -> str:
	"""The Sales Person of a user."""
	return f"Course {key.title()}"


def _user(key: str) -> None:
	user = frappe.get_doc("User", factories.user(email(key), "Sales User"))
	user.api_key, user.api_secret = user.api_key or frappe.generate_hash(length=15), "course-secret"
	user.simultaneous_sessions = 50
	user.flags.ignore_permissions = True
	user.save()
	update_password(user.name, PASSWORD)


if __name__ == "__main__":
	run(clear, make)
