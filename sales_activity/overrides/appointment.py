"""Events of the Appointment: what a lead books is a response."""

from __future__ import annotations

from frappe.model.document import Document

from sales_activity.sales_activity.nurture import erpnext_events


def on_update(doc: Document, method: str | None = None) -> None:
	"""Record it, once."""
	erpnext_events.take_appointment(doc)
