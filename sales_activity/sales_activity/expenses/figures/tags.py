"""What an expense is tagged with: by these the reports on expenses group lines, and narrow them to one group.

A line without the tag belongs to the group None. Milestones are alike by their name: what matters is the step of the
process, not whose project it was.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import frappe

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
	EMPLOYEE: Tag(f"{CLAIMS}.employee", "Employee", "employee_name"),
	PERSON: Tag(f"nullif({CLAIMS}.sales_person, '')", "Sales Person"),
	"Expense Type": Tag(f"{LINES}.expense_type", "Sales Expense Type"),
	PROJECT: Tag(f"nullif({LINES}.sales_project, '')", "Sales Project", "title"),
	MILESTONE: Tag(
		"nullif(milestone.milestone, '')",
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


def titles(tag: str, keys: Collection[str | None]) -> dict[str, str]:
	"""What people know groups by, as far as their names say nothing and the session's user may read them. One query at
	most. Who sees a claim sees whose it is."""
	doctype, title = TAGS[tag].doctype, TAGS[tag].title
	names = [key for key in keys if key]
	if not (title and names):
		return {}
	if tag != EMPLOYEE and not frappe.has_permission(doctype, "read"):
		return {}
	read = frappe.get_all if tag == EMPLOYEE else frappe.get_list
	found = read(
		doctype, {"name": ["in", names]}, ["name", title], as_list=True, limit_page_length=0, order_by="name"
	)
	return {name: text for name, text in found if text}
