"""Between Sales Projects and the documents that they begin with or lead to."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from sales_activity.api.guard import require
from sales_activity.sales_activity.projects.creation import PARTY_TYPES, project_from


@frappe.whitelist()
def make_sales_project_from_opportunity(source_name: str, target_doc: str | None = None) -> Document:
	"""A new, unsaved Sales Project of an Opportunity that the user may read."""
	return _project_of("Opportunity", source_name, "opportunity_from")


@frappe.whitelist()
def make_sales_project_from_quotation(source_name: str, target_doc: str | None = None) -> Document:
	"""A new, unsaved Sales Project of a Quotation that the user may read. Saved, it is linked to it."""
	return _project_of("Quotation", source_name, "quotation_to")


@frappe.whitelist()
def make_quotation_from_project(source_name: str, target_doc: str | None = None) -> Document:
	"""A new, unsaved Quotation of a project, by ERPNext's own mapping where the project has an Opportunity."""
	require("Quotation", "create")
	project = frappe.get_doc("Sales Project", source_name)
	project.check_permission("read")
	quotation = _from_opportunity(project) or _plain_quotation(project)
	quotation.sales_project = project.name
	return quotation


def _project_of(doctype: str, name: str, party_type_field: str) -> Document:
	require("Sales Project", "create")
	source = frappe.get_doc(doctype, name)
	source.check_permission("read")
	if source.get(party_type_field) not in PARTY_TYPES:
		frappe.throw(
			_("A Sales Project belongs to a {0}, not to a {1}.").format(
				_(" or ").join(_(party) for party in PARTY_TYPES), _(source.get(party_type_field))
			)
		)
	return project_from(source)


def _from_opportunity(project: Document) -> Document | None:
	if project.reference_doctype != "Opportunity" or not project.reference_name:
		return None
	if not frappe.has_permission("Opportunity", "read", project.reference_name):
		return None
	from erpnext.crm.doctype.opportunity.opportunity import make_quotation

	return make_quotation(project.reference_name)


def _plain_quotation(project: Document) -> Document:
	quotation = frappe.new_doc("Quotation")
	quotation.update(
		{
			"quotation_to": project.party_type,
			"party_name": project.party,
			"company": project.company,
			"territory": project.territory,
			"order_type": "Sales",
		}
	)
	quotation.run_method("set_missing_values")
	return quotation
