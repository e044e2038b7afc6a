from frappe.model.document import Document


class SalesOrderCredit(Document):
	"""A member of the team that a Sales Order was won with; taken when the order is submitted."""
