from sales_activity.rows import RowOfDocument


class LeadRoutingPerson(RowOfDocument):
	pass
