"""File: what a milestone handed over, and what an expense is proved by, stays where it is."""

from __future__ import annotations

from frappe.model.document import Document

from sales_activity.sales_activity.expenses import receipts
from sales_activity.sales_activity.milestones import files


def before_validate(doc: Document, method: str | None = None) -> None:
	"""Neither published nor attached elsewhere. (In ``validate`` Frappe has moved it on the disk already.)"""
	files.check_stays(doc)
	receipts.check_stays(doc)


def on_trash(doc: Document, method: str | None = None) -> None:
	"""Nor deleted."""
	files.check_free(doc)
	receipts.check_free(doc)
