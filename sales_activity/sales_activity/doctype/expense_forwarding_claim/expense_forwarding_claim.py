from sales_activity.rows import RowOfDocument


class ExpenseForwardingClaim(RowOfDocument):
	pass
