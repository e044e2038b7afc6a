from frappe.model.document import Document


class SalesProjectMember(Document):
	"""Who plays which role on a Sales Project, and what share they are credited with."""
