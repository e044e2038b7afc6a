from frappe.model.document import Document


class UniversalLeadDefinition(Document):
	pass
