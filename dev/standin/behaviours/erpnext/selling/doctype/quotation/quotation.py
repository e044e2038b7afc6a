"""Quotation: status by what was ordered from it, and the mapping to Sales Order."""

from __future__ import annotations

import frappe
from erpnext.controllers.selling_controller import SellingController
from frappe import _
from frappe.model.document import Document
from frappe.model.mapper import get_mapped_doc
from frappe.utils import flt, getdate


class Quotation(SellingController):
	def validate(self) -> None:
		super().validate()
		self.set_status()
		if self.valid_till and getdate(self.valid_till) < getdate(self.transaction_date):
			frappe.throw(_("Valid till date cannot be before transaction date"))
		self.set_customer_name()

	def before_submit(self) -> None:
		"""Mark lines that the next line is an alternative to."""
		for line, following in zip(self.items, self.items[1:], strict=False):
			line.has_alternative_item = int(not line.is_alternative and bool(following.is_alternative))

	def on_submit(self) -> None:
		self.update_opportunity("Quotation")
		self.update_lead()

	def on_cancel(self) -> None:
		self.set_status(update=True)
		self.update_opportunity("Open")
		self.update_lead()

	def set_customer_name(self) -> None:
		if self.quotation_to == "Lead" and self.party_name:
			names = frappe.db.get_value("Lead", self.party_name, ["company_name", "lead_name"])
			self.customer_name = names[0] or names[1]
		elif self.quotation_to == "Prospect":
			self.customer_name = self.party_name

	def ordered_status(self) -> str:
		"""Open, Partially Ordered or Ordered, by transaction quantities of submitted orders."""
		ordered = get_ordered_items(self.name)
		if not ordered:
			return "Open"
		for line in self.items:
			optional = line.is_alternative or line.has_alternative_item
			if optional and line.name not in ordered:
				continue
			if flt(line.qty) > flt(ordered.get(line.name)):
				return "Partially Ordered"
		return "Ordered"

	def update_opportunity(self, status: str) -> None:
		"""Tell the Opportunities that the lines, or the Quotation itself, came from."""
		names = {line.prevdoc_docname for line in self.items if line.prevdoc_docname} | {self.opportunity}
		for name in filter(None, names):
			frappe.get_doc("Opportunity", name).set_status(status=status, update=True)

	def update_lead(self) -> None:
		if self.quotation_to == "Lead" and self.party_name:
			frappe.get_doc("Lead", self.party_name).set_status(update=True)

	@frappe.whitelist()
	def declare_enquiry_lost(
		self, lost_reasons_list: list, competitors: list, detailed_reason: str | None = None
	) -> None:
		"""Set as lost, unless something was ordered."""
		if self.ordered_status() != "Open":
			frappe.throw(_("Cannot set as Lost as Sales Order is made."))
		self.db_set("status", "Lost")
		if detailed_reason:
			self.db_set("order_lost_reason", detailed_reason)
		for reason in lost_reasons_list:
			self.append("lost_reasons", reason)
		self.update_opportunity("Lost")
		self.update_lead()
		self.save()


def get_ordered_items(quotation: str) -> dict[str, float]:
	"""Ordered quantity by line of the quotation, in the order's unit."""
	ordered: dict[str, float] = {}
	for row in frappe.get_all(
		"Sales Order Item", {"prevdoc_docname": quotation, "docstatus": 1}, ["quotation_item", "qty"]
	):
		ordered[row.quotation_item] = ordered.get(row.quotation_item, 0) + flt(row.qty)
	return ordered


@frappe.whitelist()
def make_sales_order(source_name: str, target_doc: Document | str | None = None) -> Document:
	"""An unsaved Sales Order of what is not ordered yet, without alternatives; a Lead becomes a Customer."""
	valid_till = frappe.db.get_value("Quotation", source_name, "valid_till")
	late = frappe.db.get_single_value("Selling Settings", "allow_sales_order_creation_for_expired_quotation")
	if valid_till and valid_till < getdate() and not late:
		frappe.throw(_("Validity period of this quotation has ended."))
	customer = customer_of(source_name)
	ordered = get_ordered_items(source_name)

	def remaining(line: Document) -> float:
		return max(flt(line.qty) - ordered.get(line.name, 0), 0)

	def set_quantity(line: Document, target: Document, _parent: Document) -> None:
		target.qty = remaining(line)
		target.stock_qty = target.qty * flt(line.conversion_factor)

	def finish(source: Document, target: Document) -> None:
		if customer:
			target.customer, target.customer_name = customer.name, customer.customer_name
			for row in [] if target.sales_team else customer.sales_team:
				shared = {k: row.get(k) for k in ("sales_person", "allocated_percentage")}
				target.append("sales_team", shared)
		target.run_method("set_missing_values")
		target.run_method("calculate_taxes_and_totals")

	maps = {
		"Quotation": {"doctype": "Sales Order", "validation": {"docstatus": ["=", 1]}},
		"Quotation Item": {
			"doctype": "Sales Order Item",
			"field_map": {"parent": "prevdoc_docname", "name": "quotation_item"},
			"postprocess": set_quantity,
			"condition": lambda line: remaining(line) > 0 and not line.is_alternative,
		},
	}
	return get_mapped_doc("Quotation", source_name, maps, target_doc, finish)


def customer_of(quotation: str) -> Document | None:
	"""The Customer of a quotation: itself, the one made from its Lead or Prospect, or a new one."""
	to, party = frappe.db.get_value("Quotation", quotation, ["quotation_to", "party_name"])
	if to == "Customer":
		return frappe.get_doc("Customer", party)
	link = {"Lead": "lead_name", "Prospect": "prospect_name"}.get(to)
	if not link:
		return None
	existing = frappe.db.get_value("Customer", {link: party})
	if existing:
		return frappe.get_doc("Customer", existing)
	if to == "Lead":
		from erpnext.crm.doctype.lead.lead import make_customer
	else:
		from erpnext.crm.doctype.prospect.prospect import make_customer
	return make_customer(party).insert()


def set_expired_status() -> None:
	"""Daily: quotations past their date become Expired, unless something was ordered from them."""
	quotation, line = frappe.qb.DocType("Quotation"), frappe.qb.DocType("Sales Order Item")
	ordered = frappe.qb.from_(line).select(line.prevdoc_docname).where(line.docstatus == 1)
	ordered = ordered.where(line.prevdoc_docname.isnotnull())
	(
		frappe.qb.update(quotation)
		.set(quotation.status, "Expired")
		.where((quotation.docstatus == 1) & quotation.status.notin(["Expired", "Lost"]))
		.where((quotation.valid_till < getdate()) & quotation.name.notin(ordered))
		.run()
	)
