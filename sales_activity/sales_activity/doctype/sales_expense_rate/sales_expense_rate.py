from sales_activity.rows import RowOfDocument


class SalesExpenseRate(RowOfDocument):
	pass
