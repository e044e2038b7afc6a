from sales_activity.rows import RowOfDocument


class LeadCriterion(RowOfDocument):
	pass
