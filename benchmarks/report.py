"""What is compared: our report, the plain SQL that a site without a ledger would need, ERPNext's report."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import frappe

from benchmarks import load
from sales_activity.sales_activity.report.role_target_attainment.role_target_attainment import execute

PLAIN_SQL = """
	select team.sales_person, line.item_group, sum(line.base_net_amount * team.allocated_percentage / 100)
	from `tabSales Order` so
	join `tabSales Order Item` line on line.parent = so.name
	join `tabSales Team` team on team.parent = so.name
	where so.docstatus = 1 and so.company = %s and so.transaction_date between %s and %s
	group by team.sales_person, line.item_group
"""


def run(company: str, **filters: object) -> tuple:
	"""Role Target Attainment of the year, as a user's browser would ask for it."""
	return execute({"company": company, "fiscal_year": str(load.year()), **filters})


def plain_sql() -> list[tuple]:
	"""What everybody sold in each item group this year, straight from the orders and their Sales Teams."""
	year = load.year()
	return frappe.db.sql(PLAIN_SQL, (load.COMPANY, date(year, 1, 1), date(year, 12, 31)))


def ledger_total() -> float:
	"""The sum of the ledger."""
	return frappe.db.sql("select sum(amount) from `tabSales Credit Entry` where company = %s", load.COMPANY)[
		0
	][0]


def variance_report() -> Callable[[], object] | None:
	"""ERPNext's Sales Person Target Variance Based On Item Group, ready to run; None on the stand-in."""
	module = "erpnext.selling.report.sales_person_target_variance_based_on_item_group"
	try:
		variance = frappe.get_attr(f"{module}.sales_person_target_variance_based_on_item_group.execute")
	except (ImportError, AttributeError, frappe.AppNotInstalledError):
		return None
	filters = {
		"company": load.COMPANY,
		"fiscal_year": str(load.year()),
		"doctype": "Sales Order",
		"period": "Yearly",
		"target_on": "Amount",
	}
	return lambda: variance(frappe._dict(filters))
