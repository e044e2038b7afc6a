"""What ties ERPNext's documents to their Sales Project."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

LINKED_DOCTYPES = ("Quotation", "Sales Order")


class CompanyMismatchError(frappe.ValidationError):
	"""A document and its Sales Project belong to different companies."""


class SecondProjectError(frappe.ValidationError):
	"""The document that a project begins with has a project already."""


def check_project_company(doc: Document) -> None:
	"""Refuse a document whose project belongs to another company: figures of companies are never mixed.

	Neither changed since the document was saved, they still agree: a project with documents keeps its company
	(``check_linked_companies``). So submitting asks nothing.
	"""
	if not doc.get("sales_project"):
		return
	if not (doc.has_value_changed("sales_project") or doc.has_value_changed("company")):
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


def check_reference(project: Document) -> None:
	"""Refuse an origin of another company, one that the user may not read, and one that another project has:
	its figures would be mixed up, shown to the wrong people, or counted twice."""
	if not (project.reference_doctype and project.reference_name):
		return
	if not frappe.db.exists(project.reference_doctype, project.reference_name):
		return  # Frappe refuses it: a Dynamic Link to nothing
	origin = frappe.get_doc(project.reference_doctype, project.reference_name)
	moved = project.has_value_changed("reference_name") or project.has_value_changed("reference_doctype")
	if moved and not project.flags.ignore_permissions:
		origin.check_permission("read")
	title = f"{_(project.reference_doctype)} {frappe.bold(project.reference_name)}"
	if origin.get("company") and origin.company != project.company:
		frappe.throw(
			_("{0} belongs to {1}, this project to {2}.").format(title, origin.company, project.company),
			CompanyMismatchError,
		)
	other = project_of_reference(project.reference_doctype, project.reference_name, project.company)
	if other and other != project.name and project.status != "Lost":
		frappe.throw(
			_("{0} has a Sales Project already: {1}.").format(title, frappe.bold(other)), SecondProjectError
		)


def project_of_reference(doctype: str, name: str, company: str) -> str | None:
	"""The project of a company that was opened from a document and isn't lost; the first one."""
	found = frappe.get_all(
		"Sales Project",
		filters={
			"reference_doctype": doctype,
			"reference_name": name,
			"company": company,
			"status": ["!=", "Lost"],
		},
		pluck="name",
		order_by="creation",
		limit=1,
	)
	return found[0] if found else None
