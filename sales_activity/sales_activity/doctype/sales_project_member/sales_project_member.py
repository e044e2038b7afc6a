from sales_activity.rows import RowOfDocument


class SalesProjectMember(RowOfDocument):
	"""Who plays which role on a Sales Project, and what share they are credited with."""
