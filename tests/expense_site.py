"""Puts people who claim, decide and book on a site, for the test of expense claims in the desk; or takes what they made
away again.

	expense_site.py SITE make FILE     (writes to FILE, as JSON, what was made)
	expense_site.py SITE clear

Runs with the bench's Python in `sites/`, and commits. People and types are those of
`sales_activity/tests/expense_house.py`.
"""

from __future__ import annotations

import frappe
from frappe.utils.password import update_password
from outside_site import PASSWORD
from site_script import run

from sales_activity.demo.removal import remove_document
from sales_activity.sales_activity.expenses import records
from sales_activity.tests import expense_house as house
from sales_activity.tests import factories

TITLE = "Expenses in the desk"
USERS = {user.split("@")[0].removeprefix("claim."): user for user in house.ROLES}
SENT = {"ToDo": "allocated_to", "Notification Log": "for_user"}


def clear() -> None:
	"""Take claims, forwardings, bookings, advances and the project away, past their controllers: they are history."""
	employees = frappe.get_all("Employee", {"user_id": ("in", list(USERS.values()))}, pluck="name")
	whose = {"employee": ("in", employees or ["none"])}
	claims = frappe.get_all(records.CLAIM, whose, ["name", "forwarding"])
	names = [claim.name for claim in claims] or ["none"]
	lines = frappe.get_all(records.LINE, {"parent": ("in", names)}, pluck="name") or ["none"]
	of_employees = {"party_type": "Employee", "party": whose["employee"]}
	for entry in set(frappe.get_all("Journal Entry Account", of_employees, pluck="parent")):
		for doctype in ("GL Entry", "Payment Ledger Entry"):
			frappe.db.delete(doctype, {"voucher_no": entry})
		frappe.db.delete("Journal Entry Account", {"parent": entry})
		frappe.db.delete("Journal Entry", {"name": entry})
	for name in {claim.forwarding for claim in claims if claim.forwarding}:
		frappe.db.delete("Expense Forwarding Claim", {"parent": name})
		frappe.db.delete("Expense Forwarding", {"name": name})
	for doctype in (records.LINE, records.ADVANCE):
		frappe.db.delete(doctype, {"parent": ("in", names)})
	factories.remove_mails(names, records.CLAIM)
	frappe.db.delete(records.MOVE, {"claim": ("in", names)})
	frappe.db.delete(records.CLAIM, {"name": ("in", names)})
	for attached in (names, lines):
		for file in frappe.get_all("File", {"attached_to_name": ("in", attached)}, pluck="name"):
			frappe.delete_doc("File", file, ignore_permissions=True, force=True)
	for name in frappe.get_all("Sales Project", {"title": TITLE}, pluck="name"):
		remove_document("Sales Project", name)
	for doctype, field in SENT.items():
		frappe.db.delete(doctype, {field: ("in", list(USERS.values()))})


def make() -> dict:
	"""Make everything; returns the names of what the test asks about."""
	factories.masters()
	house.build()
	for user in USERS.values():
		frappe.db.set_value("User", user, "simultaneous_sessions", 50)
		update_password(user, PASSWORD)
	project = factories.sales_project(factories.customer("Expense Clinic"), title=TITLE)
	frappe.db.set_value("Sales Project", project.name, "owner", house.ESHA)
	return {
		"company": house.COMPANY,
		"project": project.name,
		"taxi": house.TAXI,
		"hotel": house.HOTEL,
		"car": house.CAR,
		"users": USERS,
		"password": PASSWORD,
	}


if __name__ == "__main__":
	run(clear, make)
