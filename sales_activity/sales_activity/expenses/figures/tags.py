"""What an expense is tagged with: by these the reports on expenses group lines, and narrow them to one group.

A line without the tag belongs to the group None. Milestones are alike by their name: what matters is the step of the
process, not whose project it was.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import frappe
from frappe.utils.caching import request_cache

from sales_activity import compat
from sales_activity.sales_activity.expenses.figures.scope import CLAIMS, LINES
from sales_activity.sales_activity.reports.narrowing import Narrowing


class Tag(NamedTuple):
	"""``key``: SQL of a line's group; ``doctype``: what the group is a document of, and ``title`` the field that people
	know it by where its name says nothing; ``join`` goes with the key."""

	key: str
	doctype: str | None = None
	title: str | None = None
	join: str = ""


EMPLOYEE, PERSON, PROJECT, CUSTOMER = "Employee", "Sales Person", "Sales Project", "Customer"
MILESTONE, CAMPAIGN = "Milestone", "Campaign"
TAGS = {
	EMPLOYEE: Tag(f"{CLAIMS}.employee", "Employee"),
	PERSON: Tag(f"nullif({CLAIMS}.sales_person, '')", "Sales Person"),
	"Expense Type": Tag(f"{LINES}.expense_type", "Sales Expense Type"),
	PROJECT: Tag(f"nullif({LINES}.sales_project, '')", "Sales Project", "title"),
	# to the letter: else the database calls "Visit" and "visit" now by the one name, now by the other
	MILESTONE: Tag(
		"nullif(milestone.milestone, '') collate utf8mb4_bin",
		join=f"left join `tabSales Milestone` milestone on milestone.name = {LINES}.sales_milestone",
	),
	CUSTOMER: Tag(f"nullif({LINES}.customer, '')", "Customer", "customer_name"),
	"Lead": Tag(f"nullif({LINES}.lead, '')", "Lead", "lead_name"),
	"Territory": Tag(f"nullif({LINES}.territory, '')", "Territory"),
	CAMPAIGN: Tag(f"nullif({LINES}.campaign, '')", "Campaign"),
	"Cost Center": Tag(f"nullif({LINES}.cost_center, '')", "Cost Center"),
}


def joins(tags: Collection[str]) -> str:
	"""What a query by these tags must join beside LINES_OF_CLAIMS, each once."""
	return " ".join(dict.fromkeys(TAGS[tag].join for tag in tags))


def only(narrowing: Narrowing, tag: str, name: str, value: str | None) -> None:
	"""Only lines of one group; None stands for those without the tag. ``name`` is what the value is called in the query,
	whose joins are those of ``joins``."""
	if value is None:
		narrowing.add(f"{TAGS[tag].key} is null")
		return
	narrowing.values[name] = value
	narrowing.add(f"{TAGS[tag].key} = %({name})s")


def doctype_of(tag: str) -> str | None:
	"""What the groups are documents of; None where they are just words. What a campaign is depends on ERPNext's version."""
	return compat.lead_origin_doctypes()["campaign"] if tag == CAMPAIGN else TAGS[tag].doctype


class Person(NamedTuple):
	"""What an employee is called, and the Sales Person that they are, if any."""

	title: str | None
	sales_person: str | None


@request_cache
def people(employees: frozenset[str]) -> dict[str, Person]:
	"""These employees (one query a request). Who sees a claim sees whose it is."""
	employee, person = frappe.qb.DocType("Employee"), frappe.qb.DocType("Sales Person")
	query = frappe.qb.from_(employee).left_join(person).on(person.employee == employee.name)
	query = query.select(employee.name, employee.employee_name, person.name)
	rows = query.where(employee.name.isin([*employees, ""])).orderby(person.name).run()
	return {name: Person(title, sales_person) for name, title, sales_person in rows}


def titles(tag: str, keys: Collection[str | None]) -> dict[str, str]:
	"""What people know groups by, as far as their names say nothing and the session's user may read them. One query at
	most."""
	doctype, title = TAGS[tag].doctype, TAGS[tag].title
	names = frozenset(filter(None, keys))
	if tag == EMPLOYEE:
		return {name: person.title for name, person in people(names).items() if person.title}
	if not (title and names and frappe.has_permission(doctype, "read")):
		return {}
	filters, fields = {"name": ["in", list(names)]}, ["name", title]
	found = frappe.get_list(doctype, filters, fields, as_list=True, limit_page_length=0, order_by="name")
	return {name: text for name, text in found if text}
