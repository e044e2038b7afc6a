from sales_activity.rows import RowOfDocument


class MilestoneAnswer(RowOfDocument):
	"""An answer in a Sales Milestone, with its question as it was asked."""
