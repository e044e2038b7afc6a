"""Lead: names, a status that follows from what was made of it, and what is made of it."""

from __future__ import annotations

import frappe
from erpnext.controllers.status_updater import StatusUpdater
from frappe import _
from frappe.model.document import Document
from frappe.model.mapper import get_mapped_doc


class Lead(StatusUpdater):
	def validate(self) -> None:
		self.set_names()
		self.set_status()
		self.refuse_known_email()

	def set_names(self) -> None:
		if self.first_name:
			self.lead_name = " ".join(filter(None, [self.first_name, self.last_name]))
		if not self.lead_name:
			if not self.company_name and not self.email_id:
				frappe.throw(_("A Lead requires either a person's name or an organization's name"))
			self.lead_name = self.company_name or self.email_id.split("@")[0]
		self.title = self.company_name or self.lead_name

	def refuse_known_email(self) -> None:
		filters = {"email_id": self.email_id, "name": ("!=", self.name)}
		if self.email_id and frappe.db.exists("Lead", filters):
			text = _("Email Address must be unique, it is already used in {0}")
			frappe.throw(text.format(frappe.db.get_value("Lead", filters)), frappe.DuplicateEntryError)

	def has_customer(self) -> bool:
		return bool(frappe.db.exists("Customer", {"lead_name": self.name}))

	def has_opportunity(self) -> bool:
		filters = {"party_name": self.name, "status": ("!=", "Lost")}
		return bool(frappe.db.exists("Opportunity", filters))

	def has_quotation(self) -> bool:
		filters = {"party_name": self.name, "docstatus": 1, "status": ("!=", "Lost")}
		return bool(frappe.db.exists("Quotation", filters))

	def has_lost_quotation(self) -> bool:
		filters = {"party_name": self.name, "docstatus": 1, "status": "Lost"}
		return bool(frappe.db.exists("Quotation", filters))


@frappe.whitelist()
def make_customer(source_name: str, target_doc: Document | str | None = None) -> Document:
	"""An unsaved Customer: the lead's organisation, else the person."""

	def finish(source: Document, target: Document) -> None:
		target.customer_type = "Company" if source.company_name else "Individual"
		target.customer_name = source.company_name or source.lead_name
		target.customer_group = target.customer_group or frappe.db.get_default("Customer Group")

	maps = {
		"Lead": {
			"doctype": "Customer",
			"field_map": {"name": "lead_name"},
			"field_no_map": ["disabled"],
		}
	}
	return get_mapped_doc("Lead", source_name, maps, target_doc, finish)


@frappe.whitelist()
def make_opportunity(source_name: str, target_doc: Document | str | None = None) -> Document:
	"""An unsaved Opportunity."""
	fields = {
		"campaign_name": "campaign",
		"doctype": "opportunity_from",
		"name": "party_name",
		"company_name": "customer_name",
		"email_id": "contact_email",
		"mobile_no": "contact_mobile",
		"lead_owner": "opportunity_owner",
	}
	maps = {"Lead": {"doctype": "Opportunity", "field_map": fields}}
	return get_mapped_doc("Lead", source_name, maps, target_doc)


@frappe.whitelist()
def make_quotation(source_name: str, target_doc: Document | str | None = None) -> Document:
	"""An unsaved Quotation to the lead."""
	maps = {"Lead": {"doctype": "Quotation", "field_map": {"name": "party_name"}}}
	quotation = get_mapped_doc("Lead", source_name, maps, target_doc)
	quotation.quotation_to = "Lead"
	quotation.run_method("set_missing_values")
	quotation.run_method("calculate_taxes_and_totals")
	return quotation
