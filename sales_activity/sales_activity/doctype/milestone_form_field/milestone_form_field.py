from sales_activity.rows import RowOfDocument


class MilestoneFormField(RowOfDocument):
	"""A question of a Milestone Form."""
