"""Prospect: an organisation with its leads and opportunities."""

from __future__ import annotations

import frappe
from frappe.model.document import Document
from frappe.model.mapper import get_mapped_doc


class Prospect(Document):
	pass


@frappe.whitelist()
def make_customer(source_name: str, target_doc: Document | str | None = None) -> Document:
	"""An unsaved Customer of the same name."""

	def finish(source: Document, target: Document) -> None:
		target.customer_type = "Company"
		target.customer_group = source.customer_group or frappe.db.get_default("Customer Group")

	maps = {"Prospect": {"doctype": "Customer", "field_map": {"company_name": "customer_name"}}}
	return get_mapped_doc("Prospect", source_name, maps, target_doc, finish)


@frappe.whitelist()
def make_opportunity(source_name: str, target_doc: Document | str | None = None) -> Document:
	"""An unsaved Opportunity."""

	def finish(source: Document, target: Document) -> None:
		target.opportunity_from = "Prospect"
		target.customer_name = source.company_name

	fields = {"name": "party_name", "prospect_owner": "opportunity_owner"}
	maps = {"Prospect": {"doctype": "Opportunity", "field_map": fields}}
	return get_mapped_doc("Prospect", source_name, maps, target_doc, finish)
