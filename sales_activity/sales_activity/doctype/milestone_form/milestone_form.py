"""What has to be known before a milestone is achieved; used by any number of processes."""

from __future__ import annotations

from frappe.model.document import Document


class MilestoneForm(Document):
	pass
