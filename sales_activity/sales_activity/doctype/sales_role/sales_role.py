from frappe.model.document import Document


class SalesRole(Document):
	"""What somebody does on a sale. Not a permission role."""
