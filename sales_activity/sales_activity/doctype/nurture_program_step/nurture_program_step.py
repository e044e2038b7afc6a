from sales_activity.rows import RowOfDocument


class NurtureProgramStep(RowOfDocument):
	pass
