"""Puts what the tests from outside look at on a site, or takes its documents away again.

	outside_site.py SITE make FILE     (writes to FILE, as JSON, what was made)
	outside_site.py SITE clear

Runs with the bench's Python in `sites/`, and commits. Everything hangs on two companies of its own; people,
customers and items stay on the site, under names that begin with "Outside".

- Harbour: Priya (Design Consultant) and Vinod (Sales Person) share an order of 75 + 110, Zoe has one of 300; a
  quotation over 200 is Vinod's at 60% and Zoe's at 40%. Each has a target. Mara manages Priya and Vinod.
- Quay: the worked example before its order, with Priya as designer and Vinod as seller.
"""

from __future__ import annotations

import time

import frappe
from frappe.model.document import Document
from frappe.utils.password import update_password
from site_script import run

from sales_activity.demo.removal import remove_document
from sales_activity.sales_activity.credit import ledger, months
from sales_activity.tests import factories

HARBOUR, QUAY = "Outside Harbour", "Outside Quay"
PASSWORD = "outside-9Kx-pier"
GROUP, OTHER_GROUP = "Outside Active Equipment", "Outside Enclosures"
SWITCH, CABINET = "OUTSIDE-SWITCH", "OUTSIDE-CABINET"
SELLER, DESIGNER = "Sales Person", "Design Consultant"
REGION, PRIYA, VINOD, ZOE = "Outside Region", "Outside Priya", "Outside Vinod", "Outside Zoe"
BACKGROUND = "Prepared Report User"  # without it Frappe shows no report made in the background
USERS = {
	"priya": ("Sales User", BACKGROUND),
	"vinod": ("Sales User",),
	"zoe": ("Sales User",),
	"mara": ("Sales Manager", "Sales User", BACKGROUND),
	"olga": ("Sales Operations", "Sales User", BACKGROUND),
	"aaron": ("Sales Master Manager", "Sales User"),
	"nadia": ("Inbox User",),
}
PERSONS = {PRIYA: "priya", VINOD: "vinod", ZOE: "zoe", REGION: "mara"}
VOUCHERS = ("Sales Credit Repost", "Sales Order", "Quotation", "Sales Target", "Sales Project")


def clear() -> None:
	"""Take the documents of the two companies away, and what is hung on the users."""
	for doctype in VOUCHERS:
		companies = {"company": ("in", (HARBOUR, QUAY))}
		for name in frappe.get_all(doctype, companies, pluck="name", order_by="creation desc"):
			remove_document(doctype, name)
	users = [email(key) for key in USERS]
	for doctype in ("User Permission", "Prepared Report", "ToDo"):
		field = "user" if doctype == "User Permission" else "owner"
		for name in frappe.get_all(doctype, {field: ("in", users)}, pluck="name"):
			frappe.delete_doc(doctype, name, force=True, ignore_permissions=True)


def make() -> dict:
	"""Make everything; returns the names of what the tests ask about."""
	_masters()
	tokens = {key: _user(key, roles) for key, roles in USERS.items()}
	_people()
	return {
		"users": {key: email(key) for key in USERS},
		"tokens": tokens,
		"password": PASSWORD,
		"harbour": {"company": HARBOUR, **_harbour()},
		"quay": {"company": QUAY, **_quay()},
	}


def email(key: str) -> str:
	"""The address, and so the name, of a user."""
	return f"{key}@outside.example.com"


def _masters() -> None:
	factories.masters()
	for company, abbr in ((HARBOUR, "OHB"), (QUAY, "OQY")):
		factories.company(company, abbr)
	factories.item(SWITCH, factories.item_group(GROUP))
	factories.item(CABINET, factories.item_group(OTHER_GROUP))
	for role in (SELLER, DESIGNER):
		factories.sales_role(role)


def _user(key: str, roles: tuple[str, ...]) -> str:
	"""A user who logs in with PASSWORD; returns the token for the API."""
	user = frappe.get_doc("User", factories.user(email(key), *roles))
	if not user.api_key:
		user.api_key, user.api_secret = frappe.generate_hash(length=15), "outside-secret"
	user.simultaneous_sessions = 50  # the API and every browser are sessions of their own
	user.flags.ignore_permissions = True
	user.save()
	update_password(user.name, PASSWORD)
	return f"{user.api_key}:outside-secret"


def _people() -> None:
	for person, key in reversed(PERSONS.items()):
		factories.sales_person(
			person,
			parent=REGION if person in (PRIYA, VINOD) else None,
			of_user=email(key),
			is_group=person == REGION,
			of_company=HARBOUR,
		)


def _harbour() -> dict:
	clinic = factories.customer("Outside Clinic", territory=factories.territory("Outside North"))
	mill = factories.customer("Outside Mill", territory=factories.territory("Outside South"))
	north = _project(HARBOUR, clinic, "Outside project North", [(PRIYA, DESIGNER), (VINOD, SELLER)])
	south = _project(HARBOUR, mill, "Outside project South", [(ZOE, SELLER)], territory="Outside South")
	shared = _project(HARBOUR, clinic, "Outside project Shared", [(VINOD, SELLER, 60), (ZOE, SELLER, 40)])
	orders = {
		"north": _order(clinic, [(SWITCH, 3, 25), (CABINET, 2, 55)], north),
		"south": _order(mill, [(SWITCH, 10, 30)], south),
	}
	# as the night does, when they are a day old
	months.fold_batch(HARBOUR, ledger.name_at(time.time()))
	quotation = factories.quotation(clinic, [(SWITCH, 4, 50)], company=HARBOUR, sales_project=shared.name)
	rows = {
		"priya": (PRIYA, DESIGNER, GROUP, 2000),
		"vinod": (VINOD, SELLER, GROUP, 500),
		"zoe": (ZOE, SELLER, GROUP, 900),
	}
	targets = {
		key: factories.sales_target([row], company=HARBOUR, title=f"Outside plan {key}")
		for key, row in rows.items()
	}
	return {
		"projects": {"north": north.name, "south": south.name, "shared": shared.name},
		"orders": {key: order.name for key, order in orders.items()},
		"quotation": quotation.name,
		"targets": {key: target.name for key, target in targets.items()},
		"period": {"from_date": str(target_day(targets, "from")), "to_date": str(target_day(targets, "to"))},
		"entries": {
			person: frappe.get_all(
				"Sales Credit Entry", {"company": HARBOUR, "sales_person": person}, pluck="name"
			)
			for person in (PRIYA, VINOD, ZOE)
		},
		"months": {
			person: frappe.get_all(
				"Sales Credit Month", {"company": HARBOUR, "sales_person": person}, pluck="name"
			)
			for person in (PRIYA, VINOD, ZOE)
		},
		"kept": frappe.get_all("Sales Order Credit", {"sales_order": orders["north"].name}, pluck="name"),
		"customers": {"clinic": clinic, "mill": mill},
	}


def target_day(targets: dict[str, Document], end: str) -> object:
	"""The first ("from") or last ("to") day of the targets."""
	return targets["zoe"].get(f"{end}_date")


def _quay() -> dict:
	customer = factories.customer("Outside Clinic")
	team = [(PRIYA, DESIGNER), (VINOD, SELLER)]
	project = _project(QUAY, customer, "Outside server room", team)
	lines = [(SWITCH, 2, 25), (CABINET, 2, 50)]
	quotation = factories.quotation(customer, lines, company=QUAY, sales_project=project.name)
	target = factories.sales_target(
		[
			(PRIYA, SELLER, GROUP, 1000),
			(PRIYA, DESIGNER, GROUP, 2000),
			(VINOD, SELLER, GROUP, 500),
			(VINOD, SELLER, OTHER_GROUP, 500),
		],
		company=QUAY,
		title="Outside worked example",
	)
	other = _project(QUAY, customer, "Outside project to lose", team)
	return {
		"project": project.name,
		"project_to_lose": other.name,
		"quotation": quotation.name,
		"target": target.name,
		"customer": customer,
		"warehouse": factories.warehouse(QUAY),
		"price_list": factories.price_list(),
	}


def _project(company: str, party: str, title: str, team: list, **values: object) -> Document:
	return factories.sales_project(party, team, company=company, title=title, **values)


def _order(customer: str, lines: list, project: Document) -> Document:
	territory = frappe.db.get_value("Customer", customer, "territory")
	values = {"company": HARBOUR, "territory": territory, "sales_project": project.name}
	return factories.sales_order(customer, lines, **values)


if __name__ == "__main__":
	run(clear, make)
