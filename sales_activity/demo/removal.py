"""Takes the demo data away: documents of its two companies, then masters, then the companies.

Documents go by way of their own cancelling. A master goes if it is the demo's by name, was made after the demo
began, and nothing else uses it; groundwork (units, roots of trees, price lists, roles) stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime as Datetime

import frappe
from frappe.model.document import Document
from frappe.model.workflow import apply_workflow

from sales_activity import workflow_guard
from sales_activity.demo import catalogue, claim_plan, claim_removal, documents, leads, worked_example
from sales_activity.demo import masters as masters_of_demo
from sales_activity.demo.progress import Progress
from sales_activity.sales_activity.credit import months

COMPANIES = (catalogue.COMPANY, worked_example.COMPANY)
STEPS = 6
# in the order in which they hold on to each other
VOUCHERS = ("Sales Credit Repost", "Delivery Note", "Sales Order", "Quotation")
PLANS = (
	*("Sales Target", "Sales Project", "Opportunity", "Lead"),
	*("Nurture Program", "Lead Routing Rule", "Universal Lead Definition", "Campaign Spend"),
)
PER_COMPANY = (
	*("Account", "Cost Center", "Warehouse", "Department", "Party Account", "Mode of Payment Account"),
	*("Item Default", "Sales Taxes and Charges Template", "Purchase Taxes and Charges Template"),
	*("Item Tax Template", "Tax Withholding Account"),
)

Key = tuple[str, str]


def remove(progress: Progress) -> None:
	"""Remove everything, in six steps of progress; can be killed and run again."""
	began = frappe.db.get_value("Company", {"name": ("in", COMPANIES)}, "min(creation)")
	for key in progress.over("Expense claims", claim_removal.keys(COMPANIES)):
		claim_removal.remove(*key)
	claim_removal.forget_settings(COMPANIES)
	closed = frappe.get_all("Sales Order", {"company": ("in", COMPANIES), "status": "Closed"}, pluck="name")
	for name in progress.over("Reopen closed orders", closed):
		documents.reopen(frappe.get_doc("Sales Order", name))
	for key in progress.over("Orders and quotations", _documents(VOUCHERS)):
		remove_document(*key)
	for key in progress.over("Targets, projects, leads", _documents(PLANS)):
		remove_document(*key)
	for key in progress.over("People, items, customers", list(masters()) if began else []):
		_remove_master(*key, began)
	for name in progress.over(
		"Companies", frappe.get_all("Company", {"name": ("in", COMPANIES)}, pluck="name")
	):
		_remove_company(name)


def _documents(doctypes: tuple[str, ...]) -> list[Key]:
	return [
		(doctype, name)
		for doctype in doctypes
		for name in frappe.get_all(
			doctype, {"company": ("in", COMPANIES)}, pluck="name", order_by="creation desc"
		)
	]


def remove_document(doctype: str, name: str) -> None:
	"""Cancel what is submitted, delete; with an order go its entries in the credit ledger, which add up to
	nothing by then, and the sums of all."""
	doc = frappe.get_doc(doctype, name)
	if doc.docstatus.is_submitted():
		_cancel(doc)
	if doctype == "Sales Order":
		frappe.db.delete("Sales Credit Entry", {"voucher_type": doctype, "voucher_no": name})
		months.forget(doc.company)
	# a definition refuses: it is history, and that goes too
	_delete(doctype, name, force=True, ignore_on_trash=doctype == "Universal Lead Definition")


def _cancel(doc: Document) -> None:
	if doc.doctype == "Sales Target" and workflow_guard.active_workflow(doc.doctype):
		apply_workflow(doc, "Cancel")
		return
	if doc.doctype == "Sales Credit Repost":  # refuses: what it posted is history, and that goes too
		doc.db_set("docstatus", 2)
		return
	documents.cancel(doc)


def masters() -> Iterator[Key]:
	"""The names that the demo gives, leaves of trees first. Series may have named the record otherwise."""
	people = [person.name for person in reversed(catalogue.PEOPLE)]
	emails = [person.email for person in (*catalogue.PEOPLE, *catalogue.OFFICE)]
	yield from _named("Sales Person", "name", [*people, worked_example.DESIGNER, worked_example.SELLER])
	# reversed: who reports to somebody before that somebody
	yield from reversed(list(_named("Employee", "user_id", emails)))
	yield from _named("Contact", "user", emails)
	yield from _named("User", "name", emails)
	organisations = [f"{place} {trade}" for place in catalogue.PLACES for trade in catalogue.TRADES]
	customers = [*catalogue.CUSTOMERS, worked_example.CUSTOMER, *organisations]
	yield from _named("Customer", "customer_name", customers)
	yield from _named("Email Template", "name", [*leads.MAILS])
	yield from _origins("campaign", [*catalogue.CAMPAIGNS])
	yield from _origins("source", [*catalogue.LEAD_SOURCES])
	yield from _named("Sales Expense Type", "name", [claim_plan.FAIR])
	products = [product.name for product in catalogue.PRODUCTS]
	yield from _named("Item", "item_name", [*products, *worked_example.ITEM_NAMES])
	groups = [group for groups in catalogue.ITEM_GROUPS.values() for group in groups]
	yield from _named("Item Group", "name", [*groups, *catalogue.ITEM_GROUPS])
	yield from _named("Territory", "name", [*catalogue.REGIONS, catalogue.COUNTRY_TERRITORY])
	yield from _named("Monthly Distribution", "name", [catalogue.DISTRIBUTION])


def _named(doctype: str, fieldname: str, values: list[str]) -> Iterator[Key]:
	found = frappe.get_all(doctype, {fieldname: ("in", values)}, ["name", fieldname], limit=0)
	for row in sorted(found, key=lambda row: values.index(row[fieldname])):
		yield doctype, row.name


def _origins(kind: str, values: list[str]) -> Iterator[Key]:
	doctype, titled = masters_of_demo.origin(kind)
	yield from _named(doctype, titled, values)


def _remove_master(doctype: str, name: str, began: Datetime) -> None:
	"""Delete a record that the demo made, unless something still refers to it."""
	if frappe.db.get_value(doctype, name, "creation") < began:
		return
	frappe.db.savepoint("demo_master")
	try:
		_delete(doctype, name)
	except (frappe.LinkExistsError, frappe.ValidationError):
		frappe.db.rollback(save_point="demo_master")
		frappe.clear_messages()


def _remove_company(name: str) -> None:
	"""The company with its accounts, cost centres and warehouses, and fiscal years of its own."""
	years = frappe.get_all("Fiscal Year Company", {"company": name}, pluck="parent")
	frappe.db.delete("Fiscal Year Company", {"company": name})
	for year in years:
		if not frappe.db.exists("Fiscal Year Company", {"parent": year}):
			_delete("Fiscal Year", year, force=True)
	frappe.db.savepoint("demo_company")
	try:
		_delete("Company", name, force=True)
	except frappe.db.ProgrammingError:
		# Company.on_trash of ERPNext 15.71 quotes a table's name twice: it can't delete any company
		frappe.db.rollback(save_point="demo_company")
		_delete("Company", name, force=True, ignore_on_trash=True)
		frappe.defaults.clear_default("company", value=name)
	for doctype in PER_COMPANY:
		if frappe.db.table_exists(doctype):
			frappe.db.delete(doctype, {"company": name})


def _delete(doctype: str, name: str, **how: bool) -> None:
	frappe.delete_doc(
		doctype, name, ignore_permissions=True, ignore_missing=True, delete_permanently=True, **how
	)
