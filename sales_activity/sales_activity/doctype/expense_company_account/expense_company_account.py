from sales_activity.rows import RowOfDocument


class ExpenseCompanyAccount(RowOfDocument):
	pass
