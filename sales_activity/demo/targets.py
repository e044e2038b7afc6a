"""Sales Targets of the demo data, taken through their workflow."""

from __future__ import annotations

from collections.abc import Iterable

import frappe
from frappe.model.document import Document
from frappe.model.workflow import apply_workflow

from sales_activity.demo.masters import make

SUBMIT, APPROVE = "Submit for Approval", "Approve"


def sales_target(
	title: str,
	company: str,
	period: dict,
	rows: Iterable[dict],
	actions: Iterable[str] = (),
	basis: str = "Value",
) -> Document:
	"""The company's target of this title; a missing one is made and taken through these workflow actions.

	`period` holds `fiscal_year`, or `from_date` and `to_date`. Runs as a user with the roles of the workflow.
	"""
	existing = frappe.db.get_value(
		"Sales Target", {"title": title, "company": company, "docstatus": ("<", 2)}, "name"
	)
	if existing:
		return frappe.get_doc("Sales Target", existing)
	doc = make("Sales Target", title=title, company=company, basis=basis, targets=list(rows), **period)
	for action in actions:
		doc = apply_workflow(doc, action)
	return doc
