from sales_activity.rows import RowOfDocument


class SalesExpenseRate(RowOfDocument):
	LEFT_EMPTY = ("company",)  # of all companies
