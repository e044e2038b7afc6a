"""Events of the Opportunity: a sale may begin with it."""

from __future__ import annotations

from collections.abc import Sequence

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from sales_activity.sales_activity.nurture import leads
from sales_activity.sales_activity.projects.creation import create_automatically


def after_insert(doc: Document, method: str | None = None) -> None:
	"""Open a project, if the settings say so, and note that its Lead is converted. What accepting a lead opens has
	both from there (``nurture.acceptance``)."""
	if doc.flags.of_lead_nurture:
		return
	project = create_automatically(doc, "project_from_opportunity")
	if doc.opportunity_from == "Lead":
		values = {"opportunity": doc.name, "sales_project": project.name if project else None}
		leads.converted(doc.party_name, _("Opportunity"), **values)


def on_trash(doc: Document, method: str | None = None) -> None:
	"""A lead that led to it doesn't keep it from being deleted."""
	leads.forget_sale("opportunity", doc.name)


def set_stage(names: Sequence[str], stage: str | None, probability: float | None) -> None:
	"""Show in Opportunities where their projects have got to; a milestone without a stage leaves the stage as it
	is. One statement, past their events: the user who moves a milestone needs no permission on Opportunities."""
	opportunity = frappe.qb.DocType("Opportunity")
	query = (
		frappe.qb.update(opportunity)
		.set(opportunity.probability, probability or 0)
		.set(opportunity.modified, now_datetime())
		.where(opportunity.name.isin(names))
	)
	if stage:
		query = query.set(opportunity.sales_stage, stage)
	query.run()
	for name in names:
		frappe.clear_document_cache("Opportunity", name)
