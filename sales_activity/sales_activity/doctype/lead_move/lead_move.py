from frappe.model.document import Document


class LeadMove(Document):
	pass
