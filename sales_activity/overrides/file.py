"""File: what a milestone handed over stays where it is."""

from __future__ import annotations

from frappe.model.document import Document

from sales_activity.sales_activity.milestones import files


def before_validate(doc: Document, method: str | None = None) -> None:
	"""Neither published nor attached elsewhere. (In ``validate`` Frappe has moved it on the disk already.)"""
	files.check_stays(doc)


def on_trash(doc: Document, method: str | None = None) -> None:
	"""Nor deleted."""
	files.check_free(doc)
