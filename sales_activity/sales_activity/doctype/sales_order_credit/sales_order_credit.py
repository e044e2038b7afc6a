from sales_activity.rows import RowOfDocument


class SalesOrderCredit(RowOfDocument):
	"""A member of the team that a Sales Order was won with; taken when the order is submitted."""
