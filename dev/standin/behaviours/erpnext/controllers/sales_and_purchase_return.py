"""Return notes: the same lines with negative quantities."""

from __future__ import annotations

import frappe
from erpnext.controllers.status_updater import sum_of
from frappe import _
from frappe.model.document import Document
from frappe.model.mapper import get_mapped_doc
from frappe.utils import flt


class StockOverReturnError(frappe.ValidationError):
	pass


# The field of a return's line that names the line which comes back.
ROW_LINK = {"Delivery Note": "dn_detail", "Sales Invoice": "sales_invoice_item"}


def validate_return(doc: Document) -> None:
	"""A return brings back at most what went out, of lines that went out."""
	if not doc.return_against:
		return
	child, link = f"{doc.doctype} Item", ROW_LINK[doc.doctype]
	for line in doc.items:
		if flt(line.qty) > 0:
			frappe.throw(_("For an item {0}, quantity must be negative number").format(line.item_code))
		sent = flt(frappe.db.get_value(child, line.get(link), "qty"))
		back = sum_of(child, "qty", {link: line.get(link), "docstatus": 1}) if line.get(link) else 0
		if sent and sent + back <= 0 and flt(line.qty) >= 0:
			text = _("Item {0} has already been returned")
			frappe.throw(text.format(line.item_code), StockOverReturnError)
		if abs(flt(line.qty)) > sent + back:
			text = _("Row # {0}: Cannot return more than {1} for Item {2}")
			frappe.throw(text.format(line.idx, sent + back, line.item_code), StockOverReturnError)


def make_return_doc(doctype: str, source_name: str, target_doc: Document | None = None) -> Document:
	"""An unsaved return of everything that has not come back yet."""
	child, link = f"{doctype} Item", ROW_LINK[doctype]
	kept = ("so_detail", "against_sales_order", "sales_order", "expense_account")

	def turn(source: Document, target: Document, _parent: Document) -> None:
		back = sum_of(child, "qty", {link: source.name, "docstatus": 1})
		target.qty = -1 * (flt(source.qty) + back)
		target.stock_qty = target.qty * flt(source.conversion_factor)
		target.set(link, source.name)
		for field in kept:
			if source.meta.has_field(field):
				target.set(field, source.get(field))

	def finish(source: Document, target: Document) -> None:
		target.is_return = 1
		target.return_against = source.name
		target.discount_amount = -1 * flt(source.discount_amount)
		target.run_method("calculate_taxes_and_totals")

	maps = {
		doctype: {"doctype": doctype, "validation": {"docstatus": ["=", 1]}},
		child: {"doctype": child, "postprocess": turn},
		"Sales Team": {"doctype": "Sales Team", "add_if_empty": True},
	}
	return get_mapped_doc(doctype, source_name, maps, target_doc, finish)
