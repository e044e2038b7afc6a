"""What Quotation, Sales Order, Delivery Note and Sales Invoice share."""

from __future__ import annotations

import erpnext
import frappe
from erpnext.controllers.sales_and_purchase_return import validate_return
from erpnext.controllers.status_updater import StatusUpdater
from erpnext.controllers.taxes_and_totals import calculate
from erpnext.setup.utils import get_exchange_rate
from erpnext.stock.get_item_details import line_defaults
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate

# Taken from the Item at every save of a draft; the other defaults only fill what is empty.
ALWAYS_FROM_ITEM = ("item_group", "brand", "stock_uom")


class SellingController(StatusUpdater):
	"""Fills in, checks and adds up a selling document."""

	def validate(self) -> None:
		is_return = self.get("is_return")
		if not is_return:
			self.refuse_zero_quantity()
		self.set_missing_values(for_validate=True)
		self.reset_progress()
		self.set_qty_as_per_stock_uom()
		self.calculate_taxes_and_totals()
		if is_return:
			validate_return(self)
		elif flt(self.base_grand_total) < 0:
			frappe.throw(_("Grand Total (Company Currency) must be >= 0"))
		self.refuse_repeated_items()

	def refuse_zero_quantity(self) -> None:
		"""A line needs a quantity, above zero."""
		for line in self.items:
			if not flt(line.qty):
				frappe.throw(
					_("Row #{0}: Quantity for Item {1} cannot be zero.").format(line.idx, line.item_code)
				)
			if flt(line.qty) < 0:
				frappe.throw(_("For an item {0}, quantity must be positive number").format(line.item_code))

	def reset_progress(self) -> None:
		"""A draft, amended ones too, has nothing delivered and nothing billed."""
		if self.docstatus == 0:
			for line in self.items:
				for field in ("billed_amt", "delivered_qty"):
					if line.meta.has_field(field):
						line.set(field, 0)

	def set_missing_values(self, for_validate: bool = False) -> None:
		"""Party, price list, currency and item details where they are empty."""
		self.fill_party()
		self.fill_price_list()
		for line in self.items:
			self.fill_line(line)

	def customer_name_or_none(self) -> str | None:
		"""The Customer's ID, also of a Quotation to a customer."""
		if self.doctype == "Quotation":
			return self.party_name if self.quotation_to == "Customer" else None
		return self.customer

	def fill_party(self) -> None:
		"""Name, group and territory of the customer; its sales team comes only by the mapping to an order."""
		name = self.customer_name_or_none()
		if not name:
			return
		customer = frappe.get_doc("Customer", name)
		for field in ("customer_name", "customer_group", "territory"):
			if not self.get(field):
				self.set(field, customer.get(field))

	def fill_price_list(self) -> None:
		"""Price list of the customer or the settings, its currency, and exchange rates."""
		own = erpnext.get_company_currency(self.company)
		date = self.get("posting_date") or self.transaction_date
		if not self.selling_price_list:
			customer = self.customer_name_or_none()
			self.selling_price_list = (
				customer and frappe.db.get_value("Customer", customer, "default_price_list")
			) or frappe.db.get_single_value("Selling Settings", "selling_price_list")
		if self.selling_price_list:
			self.price_list_currency = frappe.db.get_value("Price List", self.selling_price_list, "currency")
			if self.price_list_currency == own:
				self.plc_conversion_rate = 1.0
			elif not self.plc_conversion_rate:
				rate = get_exchange_rate(self.price_list_currency, own, date, "for_selling")
				self.plc_conversion_rate = rate
		if not self.currency:
			self.currency = self.price_list_currency or own
			self.conversion_rate = self.plc_conversion_rate
		elif self.currency == own:
			self.conversion_rate = 1.0
		elif not self.conversion_rate:
			self.conversion_rate = get_exchange_rate(self.currency, own, date, "for_selling")

	def fill_line(self, line: Document) -> None:
		"""Item details of one line; a line without an item keeps what it says, in one unit."""
		if not line.item_code:
			line.uom = line.stock_uom = line.uom or line.stock_uom
			line.conversion_factor = flt(line.conversion_factor) or 1.0
			return
		for field, value in line_defaults(line.item_code, line.uom, self.company).items():
			if not line.meta.has_field(field) or value is None:
				continue
			empty = line.get(field) is None or (field == "conversion_factor" and not line.get(field))
			if field in ALWAYS_FROM_ITEM or empty:
				line.set(field, value)

	def set_qty_as_per_stock_uom(self) -> None:
		"""Quantity in the stock unit."""
		for line in self.items:
			line.stock_qty = flt(line.qty) * flt(line.conversion_factor)

	def calculate_taxes_and_totals(self) -> None:
		"""Every amount, see taxes_and_totals, and what the Sales Team gets of it."""
		calculate(self)
		self.calculate_contribution()

	def calculate_contribution(self) -> None:
		"""What each member of the Sales Team is credited by ERPNext itself; shares must add up to 100."""
		if not self.meta.has_field("sales_team"):
			return
		self.amount_eligible_for_commission = sum(
			flt(line.base_net_amount) for line in self.items if line.grant_commission
		)
		for row in self.sales_team:
			if not frappe.db.get_value("Sales Person", row.sales_person, "enabled"):
				frappe.throw(_("Sales Person <b>{0}</b> is disabled.").format(row.sales_person))
			share = flt(self.amount_eligible_for_commission) * flt(row.allocated_percentage) / 100
			row.allocated_amount = flt(share, row.precision("allocated_amount"))
		total = sum(flt(row.allocated_percentage) for row in self.sales_team)
		if self.sales_team and total != 100.0:
			frappe.throw(_("Total allocated percentage for sales team should be 100"))

	def refuse_repeated_items(self) -> None:
		"""The same item twice needs the setting that allows it."""
		if frappe.db.get_single_value("Selling Settings", "allow_multiple_items"):
			return
		seen = set()
		for line in self.items:
			key = (line.item_code, line.description)
			if line.item_code and key in seen:
				frappe.throw(_("Item {0} entered multiple times.").format(line.item_code))
			seen.add(key)

	def compare_with_source(self, doctype: str, link: str, row_link: str, fields: tuple[str, ...]) -> None:
		"""What was made from another document keeps its company and, line by line, its item and unit."""
		for line in self.items:
			source = line.get(link)
			if source and frappe.db.get_value(doctype, source, "company") != self.company:
				frappe.throw(
					_("Incorrect value: Company must be equal to that of {0} {1}").format(doctype, source)
				)
			if not (source and line.get(row_link)):
				continue
			row = frappe.db.get_value(f"{doctype} Item", line.get(row_link), fields, as_dict=True)
			if not row:
				frappe.throw(_("Invalid reference {0} {1}").format(f"{doctype} Item", line.get(row_link)))
			for field in fields:
				if row[field] != line.get(field):
					text = _("Incorrect value in row {0}: {1} must be equal to {2}")
					frappe.throw(text.format(line.idx, field, row[field]))

	def refuse_closed_orders(self, link: str) -> None:
		"""Nothing is delivered or billed against an order that is closed or on hold."""
		for order in {line.get(link) for line in self.items if line.get(link)}:
			status = frappe.db.get_value("Sales Order", order, "status")
			if status in ("Closed", "On Hold") and not self.get("is_return"):
				frappe.throw(_("Sales Order {0} is {1}").format(order, status))

	def set_posting_date(self) -> None:
		"""Today, unless `set_posting_time` says that the given date counts."""
		if not self.set_posting_time or not self.posting_date:
			self.posting_date = getdate()
			self.posting_time = frappe.utils.nowtime()
