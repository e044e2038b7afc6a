from sales_activity.rows import RowOfDocument


class NurtureProgramRule(RowOfDocument):
	pass
