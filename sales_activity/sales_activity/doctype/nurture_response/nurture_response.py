from frappe.model.document import Document


class NurtureResponse(Document):
	pass
