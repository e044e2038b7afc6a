"""Events of the Employee: another user may be the one who has their claims."""

from __future__ import annotations

from frappe.model.document import Document

from sales_activity.sales_activity.expenses import turns


def on_update(doc: Document, method: str | None = None) -> None:
	"""What waits for the employee waits for their new user."""
	if doc.has_value_changed("user_id"):
		turns.follow_employee(doc.name, doc.user_id or None)
