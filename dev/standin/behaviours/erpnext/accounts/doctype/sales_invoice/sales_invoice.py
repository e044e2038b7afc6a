"""Sales Invoice: writes what was billed back to the order. Nothing is posted to accounts."""

from __future__ import annotations

import frappe
from erpnext.accounts.utils import get_fiscal_year
from erpnext.controllers.sales_and_purchase_return import make_return_doc
from erpnext.controllers.selling_controller import SellingController
from erpnext.controllers.status_updater import in_words, refuse_overflow, sum_of, write_back
from erpnext.stock.doctype.delivery_note.delivery_note import update_delivered
from frappe.model.document import Document
from frappe.utils import flt, getdate


class SalesInvoice(SellingController):
	def validate(self) -> None:
		self.set_posting_date()
		self.due_date = self.due_date or getdate(self.posting_date)
		super().validate()
		self.outstanding_amount = self.grand_total
		self.set_status()
		self.refuse_closed_orders("sales_order")
		self.compare_with_source("Sales Order", "sales_order", "so_detail", ("item_code",))

	def on_submit(self) -> None:
		# Only what posts to accounts needs a fiscal year; orders and quotations don't.
		get_fiscal_year(self.posting_date, company=self.company)
		self.update_prevdoc_status()

	def on_cancel(self) -> None:
		self.refuse_closed_orders("sales_order")
		self.update_prevdoc_status()
		self.db_set("status", "Cancelled")

	def update_prevdoc_status(self) -> None:
		"""Billed amounts of order lines, then share, status and `on_change` of orders.

		A credit note counts only with `update_billed_amount_in_sales_order`.
		"""
		if self.is_return and not self.update_billed_amount_in_sales_order:
			return
		rows = [line.so_detail for line in self.items if line.so_detail]
		orders = {line.sales_order for line in self.items if line.sales_order}
		for row in rows:
			billed = sum_of("Sales Invoice Item", "amount", {"so_detail": row, "docstatus": 1})
			frappe.db.set_value("Sales Order Item", row, "billed_amt", billed)
			if self.update_stock:
				update_delivered(row)
		write_back(orders, "per_billed", "billed_amt", "amount", "Billed")
		if not self.is_return:
			write_back_free_orders(orders)
		if self.update_stock:
			write_back(orders, "per_delivered", "delivered_qty", "qty", "Delivered")
		refuse_overflow(rows, "billed_amt", "amount", self.doctype)


def write_back_free_orders(orders: set[str]) -> None:
	"""Orders worth nothing are billed by quantity."""
	for name in sorted(orders):
		order = frappe.get_doc("Sales Order", name)
		if order.docstatus != 1 or order.base_net_total:
			continue
		ordered = sum(flt(line.qty) for line in order.items)
		billed = sum_of("Sales Invoice Item", "qty", {"sales_order": name, "docstatus": 1})
		percent = min(ordered, billed) / ordered * 100 if ordered else 0
		order.db_set("per_billed", percent)
		order.db_set("billing_status", in_words(percent, "Billed"))
		order.set_status(update=True)


@frappe.whitelist()
def make_sales_return(source_name: str, target_doc: Document | str | None = None) -> Document:
	"""An unsaved credit note of the invoice."""
	return make_return_doc("Sales Invoice", source_name, target_doc)
