"""Events of the Quotation: it belongs to a project."""

from __future__ import annotations

from frappe.model.document import Document

from sales_activity.sales_activity.milestones.events import document_submitted
from sales_activity.sales_activity.projects.creation import create_automatically
from sales_activity.sales_activity.projects.linking import check_project_company, project_of_reference


def validate(doc: Document, method: str | None = None) -> None:
	"""Follow the Opportunity to its project; refuse a project of another company."""
	if not doc.get("sales_project") and doc.get("opportunity"):
		doc.sales_project = project_of_reference("Opportunity", doc.opportunity, doc.company)
	check_project_company(doc)


def before_submit(doc: Document, method: str | None = None) -> None:
	"""Open a project for a quotation without one, if the settings say so."""
	if not doc.get("sales_project"):
		project = create_automatically(doc, "project_from_quotation")
		doc.sales_project = project.name if project else None


def on_submit(doc: Document, method: str | None = None) -> None:
	"""Achieve the milestones of the project that wait for a Quotation."""
	document_submitted(doc)


def before_update_after_submit(doc: Document, method: str | None = None) -> None:
	"""Refuse to move a submitted one to a project of another company: Frappe calls no ``validate`` then."""
	check_project_company(doc)


def on_update_after_submit(doc: Document, method: str | None = None) -> None:
	"""One that comes to a project only now achieves what waits for a Quotation there, unless it is lost."""
	if doc.has_value_changed("sales_project") and doc.status != "Lost":
		document_submitted(doc)
