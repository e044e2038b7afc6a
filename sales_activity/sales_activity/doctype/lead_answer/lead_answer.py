from sales_activity.rows import RowOfDocument


class LeadAnswer(RowOfDocument):
	pass
