from __future__ import annotations

import frappe

from sales_activity.rows import RowOfDocument
from sales_activity.sales_activity.expenses.duplicates import ALIKE


class SalesExpenseLine(RowOfDocument):
	# without a currency it is the company's, without a territory the project's (``expenses.lines``)
	LEFT_EMPTY = ("currency", "territory")


def on_doctype_update() -> None:
	"""Lines that are alike are found by it."""
	frappe.db.add_index("Sales Expense Line", list(ALIKE), "expense_line_alike")
