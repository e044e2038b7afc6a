from sales_activity.rows import RowOfDocument


class SalesExpenseAccount(RowOfDocument):
	pass
