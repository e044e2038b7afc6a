"""Opportunity: filled from its party, quoted, lost."""

from __future__ import annotations

import erpnext
import frappe
from erpnext.controllers.status_updater import StatusUpdater
from erpnext.setup.utils import get_exchange_rate
from frappe import _
from frappe.model.document import Document
from frappe.model.mapper import get_mapped_doc
from frappe.utils import flt

FROM_ITEM = ("item_name", "description", "item_group", "brand")


class Opportunity(StatusUpdater):
	def validate(self) -> None:
		self.fill_items()
		self.set_customer_name()
		self.fill_from_party()
		self.set_exchange_rate()
		self.title = self.title or self.customer_name
		self.calculate_totals()

	def after_insert(self) -> None:
		if self.opportunity_from == "Lead":
			frappe.get_doc("Lead", self.party_name).set_status(update=True)

	def on_update(self) -> None:
		self.update_prospect()

	def fill_items(self) -> None:
		for line in self.items:
			if line.item_code:
				item = frappe.db.get_value("Item", line.item_code, FROM_ITEM, as_dict=True)
				line.update({field: line.get(field) or item[field] for field in FROM_ITEM})

	def set_customer_name(self) -> None:
		if self.opportunity_from == "Customer":
			self.customer_name = frappe.db.get_value("Customer", self.party_name, "customer_name")
		elif self.opportunity_from == "Lead":
			names = frappe.db.get_value("Lead", self.party_name, ["company_name", "lead_name"])
			self.customer_name = names[0] or names[1]
		else:
			self.customer_name = self.party_name

	def fill_from_party(self) -> None:
		"""Empty fields take the value of the party's field of the same name."""
		party = frappe.get_doc(self.opportunity_from, self.party_name)
		for df in self.meta.fields:
			if not self.get(df.fieldname) and df.fieldtype != "Table" and party.meta.has_field(df.fieldname):
				self.set(df.fieldname, party.get(df.fieldname))

	def set_exchange_rate(self) -> None:
		own = erpnext.get_company_currency(self.company)
		if self.currency == own:
			self.conversion_rate = 1.0
		elif not self.conversion_rate or self.conversion_rate == 1.0:
			self.conversion_rate = get_exchange_rate(self.currency, own, self.transaction_date)

	def calculate_totals(self) -> None:
		for line in self.items:
			line.amount = flt(line.rate) * flt(line.qty)
			line.base_rate = flt(self.conversion_rate) * flt(line.rate)
			line.base_amount = flt(self.conversion_rate) * flt(line.amount)
		self.total = sum(flt(line.amount) for line in self.items)
		self.base_total = sum(flt(line.base_amount) for line in self.items)

	def update_prospect(self) -> None:
		"""A Prospect lists its Opportunities."""
		if self.opportunity_from != "Prospect":
			return
		values = {
			"opportunity": self.name,
			"amount": self.opportunity_amount,
			"stage": self.sales_stage,
			"deal_owner": self.opportunity_owner,
			"probability": self.probability,
			"expected_closing": self.expected_closing,
			"currency": self.currency,
		}
		prospect = frappe.get_doc("Prospect", self.party_name)
		row = next((r for r in prospect.opportunities if r.opportunity == self.name), None)
		if row:
			row.update(values)
			row.db_update()
		else:
			prospect.append("opportunities", values)
			prospect.flags.ignore_permissions = True
			prospect.save()

	def quotations(self) -> list[Document]:
		"""Submitted quotations made from this: by their lines, or without items by their header."""
		if self.items:
			names = frappe.get_all("Quotation Item", {"prevdoc_docname": self.name}, pluck="parent")
			filters = {"name": ("in", names or [""])}
		else:
			filters = {"opportunity": self.name}
		return frappe.get_all("Quotation", {**filters, "docstatus": 1}, ["name", "status"])

	def has_active_quotation(self) -> bool:
		return any(q.status not in ("Lost", "Closed") for q in self.quotations())

	def has_ordered_quotation(self) -> bool:
		return any(q.status == "Ordered" for q in self.quotations())

	def has_lost_quotation(self) -> bool:
		lost = frappe.db.exists("Quotation", {"opportunity": self.name, "docstatus": 1, "status": "Lost"})
		return bool(lost) and not self.has_active_quotation()

	@frappe.whitelist()
	def declare_enquiry_lost(
		self, lost_reasons_list: list, competitors: list, detailed_reason: str | None = None
	) -> None:
		"""Set as lost, unless a quotation is out."""
		if self.has_active_quotation():
			frappe.throw(_("Cannot declare as lost, because Quotation has been made."))
		self.status, self.order_lost_reason = "Lost", detailed_reason
		self.set("lost_reasons", [])
		for reason in lost_reasons_list:
			self.append("lost_reasons", reason)
		self.save()


@frappe.whitelist()
def make_quotation(source_name: str, target_doc: Document | str | None = None) -> Document:
	"""An unsaved Quotation with the opportunity's items."""

	def finish(source: Document, target: Document) -> None:
		own = erpnext.get_company_currency(target.company)
		target.conversion_rate = get_exchange_rate(
			target.currency, own, target.transaction_date, args="for_selling"
		)
		target.run_method("set_missing_values")
		target.run_method("calculate_taxes_and_totals")

	maps = {
		"Opportunity": {"doctype": "Quotation", "field_map": {"opportunity_from": "quotation_to"}},
		"Opportunity Item": {
			"doctype": "Quotation Item",
			"field_map": {"parent": "prevdoc_docname", "parenttype": "prevdoc_doctype", "uom": "stock_uom"},
			"add_if_empty": True,
		},
	}
	return get_mapped_doc("Opportunity", source_name, maps, target_doc, finish)
