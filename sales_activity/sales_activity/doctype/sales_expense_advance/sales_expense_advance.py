from sales_activity.rows import RowOfDocument


class SalesExpenseAdvance(RowOfDocument):
	pass
