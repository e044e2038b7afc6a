from sales_activity.rows import RowOfDocument


class SalesExpenseLine(RowOfDocument):
	# without a currency it is the company's, without a territory the project's (``expenses.lines``)
	LEFT_EMPTY = ("currency", "territory")
