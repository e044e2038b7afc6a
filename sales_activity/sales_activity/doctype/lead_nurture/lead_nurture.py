from frappe.model.document import Document


class LeadNurture(Document):
	pass
