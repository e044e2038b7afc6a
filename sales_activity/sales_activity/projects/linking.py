"""What ties ERPNext's documents to their Sales Project."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

LINKED_DOCTYPES = ("Quotation", "Sales Order")


class CompanyMismatchError(frappe.ValidationError):
	"""A document and its Sales Project belong to different companies."""


def check_project_company(doc: Document) -> None:
	"""Refuse a document whose project belongs to another company: figures of companies are never mixed."""
	if not doc.get("sales_project"):
		return
	company = frappe.db.get_value("Sales Project", doc.sales_project, "company")
	if company and company != doc.company:
		frappe.throw(
			_("Sales Project {0} belongs to {1}, this {2} to {3}. Choose a project of {3}.").format(
				frappe.bold(doc.sales_project),
				frappe.bold(company),
				_(doc.doctype),
				frappe.bold(doc.company),
			),
			CompanyMismatchError,
			title=_("Project of another company"),
		)


def check_linked_companies(project: Document) -> None:
	"""Refuse to move a project to another company while documents of the old one belong to it."""
	for doctype in LINKED_DOCTYPES:
		other = frappe.db.get_value(
			doctype,
			{"sales_project": project.name, "company": ["!=", project.company], "docstatus": ["<", 2]},
			["name", "company"],
		)
		if other:
			frappe.throw(
				_(
					"{0} {1} of {2} belongs to this project. A project and its documents share one company."
				).format(_(doctype), frappe.bold(other[0]), frappe.bold(other[1])),
				CompanyMismatchError,
			)


def project_of_reference(doctype: str, name: str) -> str | None:
	"""The one project opened from a document, if there is exactly one that isn't lost."""
	found = frappe.get_all(
		"Sales Project",
		filters={"reference_doctype": doctype, "reference_name": name, "status": ["!=", "Lost"]},
		pluck="name",
		order_by="creation",
		limit=2,
	)
	return found[0] if len(found) == 1 else None
