from frappe.model.document import Document


class SalesActivitySettings(Document):
	"""The settings of the app."""
