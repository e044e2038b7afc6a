"""Campaign: named as it is called, unless the CRM settings want a series."""

from __future__ import annotations

from frappe.model.document import Document


class Campaign(Document):
	def autoname(self) -> None:
		self.name = self.campaign_name
