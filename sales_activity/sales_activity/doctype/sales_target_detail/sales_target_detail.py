from frappe.model.document import Document


class SalesTargetDetail(Document):
	"""What one person is to reach in one role and item group, over the period of its Sales Target."""
