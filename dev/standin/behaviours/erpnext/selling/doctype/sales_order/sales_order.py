"""Sales Order: its states, and the mapping to Delivery Note and Sales Invoice."""

from __future__ import annotations

import json

import frappe
from erpnext.accounts.utils import name_in_company
from erpnext.controllers.selling_controller import SellingController
from erpnext.controllers.status_updater import share_done, write_back
from frappe import _
from frappe.model.document import Document
from frappe.model.mapper import get_mapped_doc
from frappe.utils import flt, getdate


class SalesOrder(SellingController):
	def validate(self) -> None:
		super().validate()
		self.validate_delivery_date()
		self.compare_with_source(
			"Quotation", "prevdoc_docname", "quotation_item", ("item_code", "uom", "conversion_factor")
		)
		self.set_status()
		self.billing_status = self.billing_status or "Not Billed"
		self.delivery_status = self.delivery_status or "Not Delivered"

	def set_missing_values(self, for_validate: bool = False) -> None:
		super().set_missing_values(for_validate)
		for line in self.items:
			line.delivery_date = line.delivery_date or self.delivery_date
			line.transaction_date = self.transaction_date

	def validate_delivery_date(self) -> None:
		"""A sale is delivered on a day, not before it is ordered."""
		if self.order_type != "Sales" or self.skip_delivery_note:
			return
		dates = [getdate(line.delivery_date) for line in self.items if line.delivery_date]
		if not dates:
			frappe.throw(_("Please enter Delivery Date"))
		self.delivery_date = max(dates)
		if min(dates) < getdate(self.transaction_date):
			frappe.throw(_("Expected Delivery Date should be after Sales Order Date"))

	def on_submit(self) -> None:
		self.update_prevdoc_status("submit")

	def on_cancel(self) -> None:
		if self.status == "Closed":
			frappe.throw(_("Closed order cannot be cancelled. Unclose to cancel."))
		self.refuse_draft_invoices()
		self.update_prevdoc_status("cancel")
		self.db_set("status", "Cancelled")

	def before_update_after_submit(self) -> None:
		self.validate_delivery_date()

	def on_update_after_submit(self) -> None:
		self.calculate_contribution()

	def refuse_draft_invoices(self) -> None:
		drafts = frappe.get_all(
			"Sales Invoice Item", {"sales_order": self.name, "docstatus": 0}, pluck="parent"
		)
		if drafts:
			text = _("Sales Invoice {0} must be deleted before cancelling this Sales Order")
			frappe.throw(text.format(", ".join(sorted(set(drafts)))))

	def update_prevdoc_status(self, flag: str | None = None) -> None:
		"""Status of the Quotations that the lines came from, and of their Opportunities."""
		for name in sorted({line.prevdoc_docname for line in self.items if line.prevdoc_docname}):
			quotation = frappe.get_doc("Quotation", name)
			if quotation.docstatus == 2:
				frappe.throw(_("Quotation {0} is cancelled").format(name))
			quotation.set_status(update=True)
			quotation.update_opportunity("Converted" if flag == "submit" else "Quotation")

	def update_status(self, status: str) -> None:
		"""Close, hold ("On Hold") or reopen ("Draft")."""
		if str(frappe.db.get_value("Sales Order", self.name, "modified")) != str(self.modified):
			frappe.throw(_("{0} {1} has been modified. Please refresh.").format(self.doctype, self.name))
		self.set_status(update=True, status=status)
		self.notify_update()

	def update_delivery_status(self) -> None:
		total = sum(flt(line.qty) for line in self.items)
		done = sum(min(flt(line.delivered_qty), flt(line.qty)) for line in self.items)
		if total:
			self.db_set("per_delivered", flt(done / total) * 100, update_modified=False)

	def update_billing_percentage(self) -> None:
		frappe.db.set_value(
			"Sales Order", self.name, "per_billed", share_done(self.items, "billed_amt", "amount")
		)
		frappe.get_doc("Sales Order", self.name).set_status(update=True)

	def write_back_deliveries(self) -> None:
		write_back({self.name}, "per_delivered", "delivered_qty", "qty", "Delivered")


@frappe.whitelist()
def update_status(status: str, name: str) -> None:
	"""Close, hold or reopen an order by its name."""
	frappe.get_doc("Sales Order", name).update_status(status)


@frappe.whitelist()
def close_or_unclose_sales_orders(names: str, status: str) -> None:
	"""Close or reopen several (JSON list); orders done with, or in another state, are left as they are."""
	frappe.has_permission("Sales Order", "write", throw=True)
	for name in json.loads(names):
		order = frappe.get_doc("Sales Order", name)
		if order.docstatus != 1:
			continue
		open_work = flt(order.per_delivered) < 100 or flt(order.per_billed) < 100
		if status == "Closed" and order.status not in ("Cancelled", "Closed") and open_work:
			order.update_status(status)
		elif status != "Closed" and order.status == "Closed":
			order.update_status("Draft")


@frappe.whitelist()
def make_delivery_note(
	source_name: str, target_doc: Document | str | None = None, kwargs: dict | None = None
) -> Document:
	"""An unsaved Delivery Note of what is not delivered yet."""

	def set_quantity(line: Document, target: Document, _parent: Document) -> None:
		target.qty = flt(line.qty) - flt(line.delivered_qty)

	maps = {
		"Sales Order": {"doctype": "Delivery Note", "validation": {"docstatus": ["=", 1]}},
		"Sales Order Item": {
			"doctype": "Delivery Note Item",
			"field_map": {"rate": "rate", "name": "so_detail", "parent": "against_sales_order"},
			"condition": lambda line: abs(flt(line.delivered_qty)) < abs(flt(line.qty)),
			"postprocess": set_quantity,
		},
		"Sales Team": {"doctype": "Sales Team", "add_if_empty": True},
	}
	return get_mapped_doc("Sales Order", source_name, maps, target_doc, _finish)


@frappe.whitelist()
def make_sales_invoice(
	source_name: str, target_doc: Document | str | None = None, ignore_permissions: bool = False
) -> Document:
	"""An unsaved Sales Invoice of what is not billed yet."""

	def set_quantity(line: Document, target: Document, _parent: Document) -> None:
		pending = flt(line.amount) - flt(line.billed_amt)
		part = flt(line.rate) and flt(line.billed_amt)
		target.qty = pending / flt(line.rate) if part else flt(line.qty) - flt(line.returned_qty)

	def finish(source: Document, target: Document) -> None:
		target.flags.ignore_permissions = True
		_finish(source, target)
		target.debit_to = name_in_company("Debtors", source.company)

	maps = {
		"Sales Order": {"doctype": "Sales Invoice", "validation": {"docstatus": ["=", 1]}},
		"Sales Order Item": {
			"doctype": "Sales Invoice Item",
			"field_map": {"name": "so_detail", "parent": "sales_order"},
			"condition": lambda line: (
				line.qty and (line.base_amount == 0 or abs(flt(line.billed_amt)) < abs(flt(line.amount)))
			),
			"postprocess": set_quantity,
		},
		"Sales Team": {"doctype": "Sales Team", "add_if_empty": True},
	}
	return get_mapped_doc(
		"Sales Order", source_name, maps, target_doc, finish, ignore_permissions=ignore_permissions
	)


def _finish(source: Document, target: Document) -> None:
	target.run_method("set_missing_values")
	target.run_method("calculate_taxes_and_totals")
