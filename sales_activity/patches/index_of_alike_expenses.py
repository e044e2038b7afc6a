"""2026-11-22: the report Duplicate Expenses finds lines that are alike by an index."""

from __future__ import annotations

from sales_activity.sales_activity.doctype.sales_expense_line.sales_expense_line import on_doctype_update


def execute() -> None:
	"""Add the index. May run twice."""
	on_doctype_update()
