"""The numbers on the workspace: each what the user may see, of one company, with the way to its details."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import getdate

from sales_activity.api.boot import current_fiscal_year, default_company
from sales_activity.api.frappe_methods import get_count
from sales_activity.api.guard import require
from sales_activity.permissions.scope import is_unrestricted
from sales_activity.sales_activity.attainment.compute import Question, answer, read_item_groups
from sales_activity.sales_activity.attainment.rules import Figures
from sales_activity.sales_activity.credit.reconcile import visible_differences
from sales_activity.sales_activity.expenses import screen
from sales_activity.sales_activity.expenses.figures import outstanding
from sales_activity.sales_activity.expenses.figures.analysis import CLAIMED, analyse
from sales_activity.sales_activity.expenses.records import CLAIM
from sales_activity.sales_activity.milestones import counts
from sales_activity.sales_activity.milestones.next_steps import how_many
from sales_activity.sales_activity.milestones.people import own_persons
from sales_activity.sales_activity.nurture import rules
from sales_activity.sales_activity.nurture.records import NURTURE
from sales_activity.sales_activity.pipeline.queries import open_pipeline
from sales_activity.sales_activity.reports.attainment_rows import grand_total
from sales_activity.sales_activity.reports.columns import company_currency
from sales_activity.sales_activity.reports.figures import percent_of
from sales_activity.sales_activity.reports.filters import check_company
from sales_activity.sales_activity.targets.rules import Period

Filters = str | dict[str, Any] | None
Card = dict[str, Any]


@frappe.whitelist()
@frappe.read_only()
def attainment_this_year(filters: Filters = None) -> Card:
	"""Orders closed that serve a target, as a percentage of the targets of this fiscal year."""
	company, total = _year_total(filters)
	value = percent_of(sum(total.counted), sum(total.target)) if total else None
	return _card(value or 0, "Percent", "Role Target Attainment", company)


@frappe.whitelist()
@frappe.read_only()
def orders_closed_this_year(filters: Filters = None) -> Card:
	"""Credit of this fiscal year, in company currency."""
	company, total = _year_total(filters)
	year = current_fiscal_year(company)
	dates = {"from_date": str(year.start), "to_date": str(year.end)} if year else {}
	return _card(sum(total.closed) if total else 0, "Currency", "Sales Credit Ledger", company, **dates)


@frappe.whitelist()
@frappe.read_only()
def open_pipeline_value(filters: Filters = None) -> Card:
	"""What members of open projects would earn from what is open, in company currency."""
	company = _company(filters, "Sales Project")
	value = sum(credit.open.amount for credit in open_pipeline(company)) if company else 0
	return _card(value, "Currency", "Sales Pipeline Detail", company, from_date="", to_date="")


@frappe.whitelist()
@frappe.read_only()
def credit_differences(filters: Filters = None) -> Card:
	"""How many orders differ from the credit ledger. For the roles that see everybody's figures."""
	if not is_unrestricted(frappe.session.user):
		raise frappe.PermissionError
	company = _company(filters, "Sales Credit Entry")
	orders = {row.voucher_no for row in visible_differences(company, frappe.session.user)} if company else ()
	return _card(len(orders), "Int", "Credit Reconciliation", company)


@frappe.whitelist()
@frappe.read_only()
def my_next_steps(filters: Filters = None) -> Card:
	"""As many as the page My Next Steps shows: milestones that are the user's turn, and what they promised."""
	require("Sales Milestone", "read")
	return {"value": how_many(), "fieldtype": "Int", "route": ["my-next-steps"]}


@frappe.whitelist()
@frappe.read_only()
def my_milestones_due(filters: Filters = None) -> Card:
	"""Milestones that are the user's turn and due today or before."""
	return _milestones(counts.my_due(own_persons(frappe.session.user)))


@frappe.whitelist()
@frappe.read_only()
def late_milestones(filters: Filters = None) -> Card:
	"""Milestones past their due date, of everybody whose projects the user sees."""
	return _milestones(counts.late())


@frappe.whitelist()
@frappe.read_only()
def leads_to_qualify(filters: Filters = None) -> Card:
	"""Leads that are new or being qualified."""
	return _leads({"status": ["in", [rules.NEW, rules.QUALIFYING]]})


@frappe.whitelist()
@frappe.read_only()
def leads_to_accept(filters: Filters = None) -> Card:
	"""Leads that were handed over to sales and are neither accepted nor rejected yet."""
	return _leads({"status": ["=", rules.WITH_SALES]})


@frappe.whitelist()
@frappe.read_only()
def qualified_this_month(filters: Filters = None) -> Card:
	"""Leads that were qualified since the first of the month, and still are."""
	return _leads({"qualified_on": [">=", str(getdate().replace(day=1))]})


@frappe.whitelist()
@frappe.read_only()
def claims_waiting_for_me(filters: Filters = None) -> Card:
	"""Expense claims that are the user's turn: to send, to reply to, to decide on."""
	return _listed(CLAIM, {"holder": ["=", frappe.session.user]})


@frappe.whitelist()
@frappe.read_only()
def claims_to_decide(filters: Filters = None) -> Card:
	"""Expense claims that wait for the user's decision, as area manager or for Accounts."""
	require(CLAIM, "read")
	value = sum(row.total for side in screen.sides() for row in screen.waiting(side))
	return {"value": value, "fieldtype": "Int", "route": ["decide-expenses"]}


@frappe.whitelist()
@frappe.read_only()
def claims_overdue(filters: Filters = None) -> Card:
	"""Expense claims past the time limit of their state, of everybody whose claims the user sees."""
	company = _company(filters, CLAIM)
	value = outstanding.overdue({"company": company}) if company else 0
	return _card(value, "Int", "Claims Outstanding", company, only_overdue=1)


@frappe.whitelist()
@frappe.read_only()
def expenses_this_month(filters: Filters = None) -> Card:
	"""What was spent since the first of the month, as claimed, in company currency."""
	company = _company(filters, CLAIM)
	month = Period(getdate().replace(day=1), getdate())
	found = analyse({"company": company}, month, ["Employee"], [month], CLAIMED) if company else None
	value = found.total.of(CLAIMED) if found else 0
	dates = {"from_date": str(month.start), "to_date": str(month.end)}
	return _card(value, "Currency", "Expense Analysis", company, **dates)


def _leads(filters: counts.Filters) -> Card:
	return _listed(NURTURE, filters)


def _listed(doctype: str, filters: counts.Filters) -> Card:
	"""How many documents a list with these filters shows the user, and the way there."""
	require(doctype, "read")
	return {
		"value": get_count(doctype, filters),
		"fieldtype": "Int",
		"route": ["List", doctype, "List"],
		"route_options": filters,
	}


def _milestones(filters: counts.Filters) -> Card:
	require("Sales Milestone", "read")
	count, shown = counts.counted(filters)
	route = ["List", "Sales Milestone", "List"]
	return {"value": count, "fieldtype": "Int", "route": route, "route_options": shown}


def _year_total(filters: Filters) -> tuple[str | None, Figures | None]:
	company = _company(filters, "Sales Target")
	year = current_fiscal_year(company) if company else None
	if not year:
		return company, None
	found = answer(Question(company, Period(year.start, year.end)), read_item_groups())
	return company, grand_total(found.attainment, len(found.segments))


def _company(filters: Filters, doctype: str) -> str | None:
	"""The company asked for, else the user's default; checked. The role must be allowed to read ``doctype``."""
	require(doctype, "read")
	asked = frappe._dict(frappe.parse_json(filters) or {})
	company = asked.company or default_company()
	if company:
		check_company(company, doctype)
	return company


def _card(value: float, fieldtype: str, report: str, company: str | None, **more: str | int) -> Card:
	card: Card = {"value": value, "fieldtype": fieldtype, "route": ["query-report", report]}
	if company:
		card["route_options"] = {"company": company, **more}
		if fieldtype == "Currency":
			card["options"] = company_currency(company)
	return card
