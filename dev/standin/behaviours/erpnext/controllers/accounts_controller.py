"""Update Items: changed lines on a submitted Sales Order."""

from __future__ import annotations

import json

import frappe
from erpnext.stock.get_item_details import get_conversion_factor, line_defaults
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate


@frappe.whitelist()
def update_child_qty_rate(
	parent_doctype: str, trans_items: str, parent_doctype_name: str, child_docname: str = "items"
) -> None:
	"""Make the order's lines those of `trans_items` (JSON rows: docname, item_code, qty, rate, uom...).

	Rows go in this order, as in ERPNext: lines left out are cancelled and deleted, changed and new lines are
	saved one by one, then the order itself is saved (`on_update_after_submit`, `on_change`), then the
	Quotation's status and the order's shares are worked out anew, each firing `on_change`.
	"""
	rows = [row for row in json.loads(trans_items) if row.get("item_code")]
	order = frappe.get_doc(parent_doctype, parent_doctype_name)
	order.check_permission("write")
	delete_lines(order, {row.get("docname") for row in rows})
	for row in rows:
		save_line(order, row)
	order.reload()
	order.flags.ignore_validate_update_after_submit = True
	order.set_qty_as_per_stock_uom()
	order.calculate_taxes_and_totals()
	for number, line in enumerate(order.items, start=1):
		line.idx = number
	order.save()
	order.update_prevdoc_status("submit")
	order.update_delivery_status()
	order.reload()
	order.update_billing_percentage()


def delete_lines(order: Document, kept: set[str]) -> None:
	"""Cancel and delete the lines that are not kept; not those that something was delivered of."""
	for line in [line for line in order.items if line.name not in kept]:
		if flt(line.delivered_qty):
			text = _("Row #{0}: Cannot delete item {1} which has already been delivered")
			frappe.throw(text.format(line.idx, line.item_code))
		if flt(line.billed_amt):
			text = _("Row #{0}: Cannot delete item {1} which has already been billed.")
			frappe.throw(text.format(line.idx, line.item_code))
		line.cancel()
		line.delete()
	order.update_prevdoc_status()


def save_line(order: Document, row: dict) -> None:
	"""Write one changed or new line."""
	line = frappe.get_doc("Sales Order Item", row["docname"]) if row.get("docname") else new_line(order, row)
	if row.get("docname") and not is_changed(line, row):
		return
	if not flt(row.get("qty")):
		frappe.throw(_("Row #{0}: Quantity for Item {1} cannot be zero.").format(line.idx, line.item_code))
	if flt(row["qty"]) < flt(line.delivered_qty):
		frappe.throw(_("Cannot set quantity less than delivered quantity"))
	rate = flt(row.get("rate"), line.precision("rate") or 2)
	if rate > 0 and flt(line.billed_amt) > flt(rate * flt(row["qty"]), line.precision("rate") or 2):
		text = _("Row #{0}: Cannot set Rate if the billed amount is greater than the amount for Item {1}.")
		frappe.throw(text.format(line.idx, line.item_code))
	line.qty, line.rate = flt(row["qty"]), rate
	if row.get("uom"):
		line.uom = row["uom"]
		known = get_conversion_factor(line.item_code, line.uom)["conversion_factor"]
		line.conversion_factor = flt(row.get("conversion_factor")) or known
	if row.get("delivery_date"):
		line.delivery_date = row["delivery_date"]
	line.flags.ignore_validate_update_after_submit = True
	if line.is_new():
		order.load_from_db()
		line.idx = len(order.items) + 1
		line.insert()
	else:
		line.save()


def is_changed(line: Document, row: dict) -> bool:
	"""Whether the row says anything else than the line."""
	numbers = any(
		flt(line.get(field)) != flt(row.get(field))
		for field in ("qty", "rate", "conversion_factor")
		if field != "conversion_factor" or row.get(field)
	)
	dated = row.get("delivery_date") and getdate(row["delivery_date"]) != line.delivery_date
	return bool(numbers or dated or (row.get("uom") and row["uom"] != line.uom))


def new_line(order: Document, row: dict) -> Document:
	"""A line for a new row; like ERPNext's it needs a warehouse, the order's or the Item's."""
	line = frappe.new_doc("Sales Order Item", parent_doc=order, parentfield="items")
	line.item_code = row["item_code"]
	for field, value in line_defaults(row["item_code"], row.get("uom"), order.company).items():
		if line.meta.has_field(field):
			line.set(field, value)
	line.delivery_date = row.get("delivery_date") or order.delivery_date
	line.warehouse = order.set_warehouse or line.warehouse
	if not line.warehouse:
		frappe.throw(_("Cannot find a default warehouse for item {0}.").format(line.item_code))
	return line
