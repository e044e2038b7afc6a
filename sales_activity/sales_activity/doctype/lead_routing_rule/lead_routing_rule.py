from frappe.model.document import Document


class LeadRoutingRule(Document):
	pass
