"""Sales documents, made by ERPNext's own mappings wherever it has one; for the demo data and for tests.

They are new at every call and come back as documents, submitted unless `submit=False`. Lines are
`line("ITEM", qty, rate)`, or tuples of that; dates default to today; amounts are in the document's currency.
"""

from __future__ import annotations

from collections.abc import Iterable

import frappe
from frappe.model.document import Document
from frappe.utils import getdate

from sales_activity.demo.masters import COMPANY, CURRENCY, UOM, Day, make, price_list, warehouse

Line = dict
Lines = Iterable["Line | tuple"]


def line(item_code: str | None, qty: float = 1, rate: float = 100, **values: object) -> Line:
	"""One line of a document; other fields (uom, is_free_item, is_alternative...) as keywords."""
	return {"item_code": item_code, "qty": qty, "rate": rate, **values}


def opportunity(
	party: str, items: Lines = (), opportunity_from: str = "Customer", on: Day = None, **values: object
) -> Document:
	"""An opportunity with a customer, lead or prospect (not submittable)."""
	defaults = {"company": COMPANY, "currency": CURRENCY, "transaction_date": getdate(on), "status": "Open"}
	rows = [{"uom": UOM, **row} for row in rows_of(items)]
	values = {**defaults, "opportunity_from": opportunity_from, "party_name": party, **values}
	return make("Opportunity", **values, items=rows)


def quotation(
	party: str,
	items: Lines,
	quotation_to: str = "Customer",
	on: Day = None,
	submit: bool = True,
	**values: object,
) -> Document:
	"""A quotation to a customer, lead or prospect, in the company's currency unless `currency` is given."""
	header = {"quotation_to": quotation_to, "party_name": party, "transaction_date": getdate(on)}
	return _document("Quotation", items, submit, {**header, **values})


def sales_order(
	of_customer: str, items: Lines, on: Day = None, submit: bool = True, **values: object
) -> Document:
	"""An order; `sales_team={"Asha": 60, "Ravi": 40}` fills ERPNext's own Sales Team."""
	day = getdate(on)
	header = {"customer": of_customer, "transaction_date": day, "delivery_date": day}
	values["sales_team"] = team_rows(values.get("sales_team") or {})
	return _document("Sales Order", items, submit, {**header, **values})


def team_rows(shares: dict[str, float]) -> list[dict]:
	"""Rows of a Sales Team from percents by person."""
	return [{"sales_person": p, "allocated_percentage": share} for p, share in shares.items()]


def _document(doctype: str, items: Lines, submit: bool, values: dict) -> Document:
	of_company = values.get("company") or COMPANY
	own = frappe.get_cached_value("Company", of_company, "default_currency")
	defaults = {
		"company": of_company,
		"order_type": "Sales",
		"currency": own,
		"conversion_rate": 1,
		"selling_price_list": price_list(own),
	}
	stores = warehouse(of_company)
	if doctype == "Sales Order":
		defaults["set_warehouse"] = stores
	rows = [{"warehouse": stores, **row} for row in rows_of(items)]
	doc = make(doctype, **{**defaults, **values}, items=rows)
	return submitted(doc) if submit else doc


def rows_of(items: Lines) -> list[Line]:
	return [dict(row) if isinstance(row, dict) else line(*row) for row in items]


def submitted(doc: Document) -> Document:
	doc.flags.ignore_permissions = True
	doc.submit()
	return fresh(doc)


def fresh(doc: Document) -> Document:
	"""The document as it is in the database now."""
	return frappe.get_doc(doc.doctype, doc.name)


def quotation_from(deal: Document, submit: bool = True, **values: object) -> Document:
	"""The quotation that ERPNext makes of an opportunity."""
	from erpnext.crm.doctype.opportunity.opportunity import make_quotation

	doc = make_quotation(deal.name)
	doc.update({"transaction_date": deal.transaction_date, "selling_price_list": price_list(deal.currency)})
	for row in doc.items:
		row.uom, row.conversion_factor, row.warehouse = UOM, 1, warehouse(deal.company)
	return finish(doc, submit, values)


def order_from(
	quoted: Document,
	changes: dict[str, dict | None] | None = None,
	extra: Lines = (),
	on: Day = None,
	submit: bool = True,
	**values: object,
) -> Document:
	"""The order that ERPNext makes of a quotation.

	`changes` by name of the quotation's line: new values of the order's line, or None to leave it out; lines
	not named stay. `extra` are lines of no quotation.
	"""
	from erpnext.selling.doctype.quotation.quotation import make_sales_order

	doc = make_sales_order(quoted.name)
	day = getdate(on or quoted.transaction_date)
	stores = warehouse(quoted.company)
	doc.update({"transaction_date": day, "delivery_date": day, "set_warehouse": stores})
	if doc.meta.has_field("payment_schedule"):
		doc.payment_schedule = []  # the quotation's is due before the order's date; ERPNext makes a new one
	changes = changes or {}
	kept = [row for row in doc.items if changes.get(row.quotation_item, {}) is not None]
	for row in kept:
		row.update({"delivery_date": day, "warehouse": stores, **changes.get(row.quotation_item, {})})
	doc.items = kept
	for row in rows_of(extra):
		doc.append("items", {"warehouse": stores, "delivery_date": day, **row})
	return finish(doc, submit, values)


def finish(doc: Document, submit: bool, values: dict) -> Document:
	"""Renumber the lines, insert and if wanted submit."""
	doc.update(values)
	for number, row in enumerate(doc.items, start=1):
		row.idx = number
	doc.flags.ignore_permissions = True
	doc.insert()
	return submitted(doc) if submit else doc


def deliver(
	order: Document, quantities: dict[str, float] | None = None, on: Day = None, submit: bool = True
) -> Document:
	"""A delivery note of everything open, or of these quantities by name of the order's line."""
	from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note

	doc = make_delivery_note(order.name)
	return post_note(doc, "so_detail", quantities, on or order.transaction_date, submit)


def post_note(
	doc: Document, link: str, quantities: dict[str, float] | None, on: Day, submit: bool
) -> Document:
	"""Keep the wanted lines and quantities of a note or invoice, date it, insert and if wanted submit."""
	day = getdate(on)
	doc.update({"set_posting_time": 1, "posting_date": day, "posting_time": "12:00:00"})
	if doc.meta.has_field("due_date"):
		doc.update({"due_date": day, "payment_schedule": []})
	if quantities is not None:
		doc.items = [row for row in doc.items if row.get(link) in quantities]
		for row in doc.items:
			row.qty = quantities[row.get(link)]
	return finish(doc, submit, {})


def close(order: Document) -> Document:
	"""Close the order short."""
	return set_order_status(order, "Closed")


def set_order_status(order: Document, status: str) -> Document:
	"""What the buttons Close, Hold, Resume and Re-open of the order do."""
	doc = fresh(order)
	doc.update_status(status)
	return fresh(order)


def cancel(doc: Document) -> Document:
	"""Cancel a submitted document."""
	doc = fresh(doc)
	doc.flags.ignore_permissions = True
	doc.cancel()
	return fresh(doc)


def amend(cancelled: Document, submit: bool = True, **values: object) -> Document:
	"""The successor of a cancelled document; like the desk's it keeps links to other documents' lines."""
	doc = frappe.copy_doc(fresh(cancelled))
	doc.amended_from, doc.status, doc.docstatus = cancelled.name, "Draft", 0
	return finish(doc, submit, values)


def lose(quoted: Document, reason: str | None = None) -> Document:
	"""Set a quotation or an opportunity as lost."""
	doc = fresh(quoted)
	doc.flags.ignore_permissions = True
	doc.declare_enquiry_lost([], [], reason or "Too expensive")
	return fresh(quoted)


def reopen(order: Document) -> Document:
	"""Reopen an order that is closed or on hold."""
	return set_order_status(order, "Draft")
