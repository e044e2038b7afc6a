from sales_activity.rows import RowOfDocument


class SalesExpenseLine(RowOfDocument):
	pass
