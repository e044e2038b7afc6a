from frappe.model.document import Document


class ResponseType(Document):
	pass
