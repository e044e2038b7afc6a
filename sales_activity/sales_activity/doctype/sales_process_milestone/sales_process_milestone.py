from sales_activity.rows import RowOfDocument


class SalesProcessMilestone(RowOfDocument):
	"""A milestone of a Sales Process."""
