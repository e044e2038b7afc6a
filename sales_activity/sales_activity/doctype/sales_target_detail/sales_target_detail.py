from sales_activity.rows import RowOfDocument


class SalesTargetDetail(RowOfDocument):
	"""What one person is to reach in one role and item group, over the period of its Sales Target."""
