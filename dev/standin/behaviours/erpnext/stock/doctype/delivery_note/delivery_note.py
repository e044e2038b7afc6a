"""Delivery Note: writes what was delivered and returned back to the order."""

from __future__ import annotations

import frappe
from erpnext.controllers.sales_and_purchase_return import make_return_doc
from erpnext.controllers.selling_controller import SellingController
from erpnext.controllers.status_updater import refuse_overflow, share_done, sum_of, write_back
from frappe.model.document import Document


class DeliveryNote(SellingController):
	def validate(self) -> None:
		self.set_posting_date()
		super().validate()
		self.set_status()
		self.refuse_closed_orders("against_sales_order")
		self.compare_with_source("Sales Order", "against_sales_order", "so_detail", ("item_code",))

	def on_submit(self) -> None:
		self.update_prevdoc_status()

	def on_cancel(self) -> None:
		self.refuse_closed_orders("against_sales_order")
		self.update_prevdoc_status()
		self.set_status(update=True)

	def update_status(self, status: str) -> None:
		"""Close or reopen."""
		self.set_status(update=True, status=status)
		self.notify_update()

	def update_prevdoc_status(self) -> None:
		"""Delivered (and returned) quantities of order lines, then share, status and `on_change` of orders."""
		rows = [line.so_detail for line in self.items if line.so_detail]
		for row in rows:
			update_delivered(row)
		if self.is_return:
			self.update_returned(rows)
		orders = {line.against_sales_order for line in self.items if line.against_sales_order}
		write_back(orders, "per_delivered", "delivered_qty", "qty", "Delivered")
		refuse_overflow(rows, "delivered_qty", "qty", self.doctype)

	def update_returned(self, rows: list[str]) -> None:
		"""Returned quantities: of the order's lines, and of the note that this one takes back."""
		for row in rows:
			notes = frappe.get_all(
				"Delivery Note Item", {"so_detail": row, "docstatus": 1}, ["parent", "qty"]
			)
			back = [n.qty for n in notes if frappe.db.get_value("Delivery Note", n.parent, "is_return")]
			frappe.db.set_value("Sales Order Item", row, "returned_qty", -1 * sum(back))
		if not self.return_against:
			return
		original = frappe.get_doc("Delivery Note", self.return_against)
		for line in original.items:
			back = sum_of("Delivery Note Item", "stock_qty", {"dn_detail": line.name, "docstatus": 1})
			line.db_set("returned_qty", -1 * back)
		share = share_done(original.items, "returned_qty", "stock_qty")
		frappe.db.set_value("Delivery Note", original.name, "per_returned", share)
		frappe.get_doc("Delivery Note", original.name).set_status(update=True)


def update_delivered(order_row: str) -> None:
	"""Delivered quantity of an order's line: delivery notes, and invoices that update stock."""
	by_note = sum_of("Delivery Note Item", "qty", {"so_detail": order_row, "docstatus": 1})
	bills = frappe.get_all("Sales Invoice Item", {"so_detail": order_row, "docstatus": 1}, ["parent", "qty"])
	by_bill = sum(b.qty for b in bills if frappe.db.get_value("Sales Invoice", b.parent, "update_stock"))
	frappe.db.set_value("Sales Order Item", order_row, "delivered_qty", by_note + by_bill)


@frappe.whitelist()
def make_sales_return(source_name: str, target_doc: Document | str | None = None) -> Document:
	"""An unsaved return of the note."""
	return make_return_doc("Delivery Note", source_name, target_doc)


@frappe.whitelist()
def update_delivery_note_status(docname: str, status: str) -> None:
	"""Close or reopen a note by its name."""
	frappe.get_doc("Delivery Note", docname).update_status(status)
