"""Events of the Opportunity: a sale may begin with it."""

from __future__ import annotations

from frappe.model.document import Document

from sales_activity.sales_activity.projects.creation import create_automatically


def after_insert(doc: Document, method: str | None = None) -> None:
	"""Open a project, if the settings say so."""
	create_automatically(doc, "project_from_opportunity")
