"""A small company with everything that the reports tell apart, for the tests of reports and API.

Nested item groups, targets that cover the year, a half or a quarter, one nested below another, a line without
an item group, shared credit, open projects, three people under a manager and one beside her.
"""

from __future__ import annotations

from datetime import date

import frappe
from frappe.utils import add_days, getdate

from sales_activity.demo.targets import APPROVE, SUBMIT, sales_target
from sales_activity.sales_activity.credit import ledger
from sales_activity.tests import factories

COMPANY, ABBR = "Desk House", "DKH"
MANAGER, ASHA, RAVI, OUTSIDER = "Desk Manager", "Desk Asha", "Desk Ravi", "Desk Outsider"
MANAGER_USER, ASHA_USER, NOBODY_USER = (
	"desk.manager@example.com",
	"desk.asha@example.com",
	"desk.nobody@example.com",
)
OPERATIONS_USER = "desk.operations@example.com"
SELLER, DESIGNER = "Sales Person", "Design Consultant"
NETWORK, SWITCHES, ROUTERS, SERVICES = "Desk Network", "Desk Switches", "Desk Routers", "Desk Services"
CUSTOMER = "Desk Customer"
YEAR = getdate().year


def day(month: int, number: int) -> str:
	"""A day of this year."""
	return str(date(YEAR, month, number))


def build() -> None:
	"""Make it all; the caller undoes it."""
	make_masters()
	make_targets()
	make_sales()


def make_masters() -> None:
	"""Company, item groups, items, people with their users."""
	factories.company(COMPANY, ABBR)
	factories.item_group(NETWORK, is_group=True)
	for group in (SWITCHES, ROUTERS):
		factories.item_group(group, NETWORK)
	factories.item_group(SERVICES)
	for group in (SWITCHES, ROUTERS, SERVICES):
		factories.item(f"{group} 1", group)
	factories.customer(CUSTOMER)
	factories.user(MANAGER_USER, "Sales Manager")
	factories.user(ASHA_USER, "Sales User")
	factories.user(NOBODY_USER, "Sales User")
	factories.user(OPERATIONS_USER, "Sales Operations")
	factories.sales_person(MANAGER, of_user=MANAGER_USER, is_group=True, of_company=COMPANY)
	factories.sales_person(ASHA, MANAGER, of_user=ASHA_USER, of_company=COMPANY)
	factories.sales_person(RAVI, MANAGER)
	factories.sales_person(OUTSIDER)
	factories.monthly_distribution("Desk Season", {"January": 10, "June": 50, "December": 40})


def make_targets() -> None:
	"""Targets of the year, of a half, of two quarters with a gap between, in quantities; one waits."""
	root = factories.root("Item Group", "All Item Groups")
	approved = (SUBMIT, APPROVE)
	_target(
		"Year", (1, 1), (12, 31), [(ASHA, SELLER, NETWORK, 1200), (ASHA, SELLER, SWITCHES, 600)], approved
	)
	_target("Half", (1, 1), (6, 30), [(RAVI, SELLER, SERVICES, 300), (RAVI, DESIGNER, root, 500)], approved)
	_target(
		"First", (1, 1), (3, 31), [(ASHA, DESIGNER, NETWORK, 400), (OUTSIDER, SELLER, NETWORK, 90)], approved
	)
	_target(
		"Third", (7, 1), (9, 30), [(ASHA, DESIGNER, NETWORK, 500), (RAVI, SELLER, SWITCHES, 70)], approved
	)
	_target("Wide", (10, 1), (12, 31), [(RAVI, SELLER, root, 800), (MANAGER, SELLER, root, 100)], approved)
	_target("Season", (1, 1), (12, 31), [(RAVI, SELLER, ROUTERS, 365, "Desk Season")], approved)
	_target("Pieces", (1, 1), (12, 31), [(ASHA, SELLER, SERVICES, 40)], approved, "Volume")
	_target("Waiting", (1, 1), (12, 31), [(MANAGER, DESIGNER, NETWORK, 9999)], (SUBMIT,))


def _target(
	title: str, start: tuple, end: tuple, rows: list[tuple], actions: tuple, basis: str = "Value"
) -> None:
	fields = ("sales_person", "sales_role", "item_group", "target", "monthly_distribution")
	sales_target(
		f"Desk {title}",
		COMPANY,
		{"from_date": day(*start), "to_date": day(*end)},
		[dict(zip(fields, row, strict=False)) for row in rows],
		actions,
		basis,
	)


def make_sales() -> None:
	"""Orders in every quarter, one cancelled, one without a project, one line without a group; open projects."""
	team = [(ASHA, SELLER, 60), (RAVI, SELLER, 40), (RAVI, DESIGNER, 100)]
	for month, number, qty in ((2, 10, 2), (5, 15, 3), (8, 20, 1), (11, 5, 4)):
		sale = project(f"Desk Sale {month}", team)
		order(sale, [(f"{SWITCHES} 1", qty, 25), (f"{SERVICES} 1", qty, 10)], day(month, number))
	design = project("Desk Design", [(ASHA, DESIGNER, 100), (OUTSIDER, SELLER, 90), (MANAGER, SELLER, 10)])
	for month in (1, 4, 7, 10):
		order(design, [(f"{ROUTERS} 1", 1, 100)], day(month, 2))
	factories.cancel(order(design, [(f"{ROUTERS} 1", 1, 999)], day(3, 3)))
	without_group(order(design, [(f"{SWITCHES} 1", 1, 7)], day(12, 24)))
	for index, (title, ahead) in enumerate((("Soon", 0), ("Later", 400)), start=1):
		open_sale = project(f"Desk {title}", team, expected_close_date=add_days(getdate(), ahead))
		quote(open_sale, [(f"{SWITCHES} 1", 2 * index, 50), (f"{SERVICES} 1", 1, 33)])


def project(title: str, team: list[tuple], **values: object) -> str:
	"""A project of the customer; team as (person, role, percent)."""
	rows = [dict(zip(("sales_person", "sales_role", "credit_percent"), row, strict=True)) for row in team]
	return factories.make(
		"Sales Project",
		title=title,
		company=COMPANY,
		party_type="Customer",
		party=CUSTOMER,
		team=rows,
		**values,
	).name


def order(of_project: str, lines: list[tuple], on: str) -> frappe.model.document.Document:
	"""A submitted order of the project."""
	return factories.sales_order(CUSTOMER, lines, on, company=COMPANY, sales_project=of_project)


def quote(of_project: str, lines: list[tuple]) -> frappe.model.document.Document:
	"""A submitted quotation of the project."""
	return factories.quotation(CUSTOMER, lines, company=COMPANY, sales_project=of_project)


def without_group(doc: frappe.model.document.Document) -> None:
	"""Take the item group off the order's lines, as if made without an item, and post it again."""
	frappe.db.set_value("Sales Order Item", {"parent": doc.name}, "item_group", None)
	ledger.post_orders([doc.name], "Rebuild")
