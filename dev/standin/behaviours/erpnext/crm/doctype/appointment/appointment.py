"""Appointment: with the Lead or Customer who has the address, in the calendar; until one is known it is unverified."""

from __future__ import annotations

import frappe
from frappe.model.document import Document


class Appointment(Document):
	def before_insert(self) -> None:
		if self.party:
			return
		customer = None
		if frappe.get_meta("Customer").has_field("email_id"):
			customer = frappe.db.get_value("Customer", {"email_id": self.customer_email})
		self.appointment_with = "Customer" if customer else "Lead"
		self.party = customer or frappe.db.get_value("Lead", {"email_id": self.customer_email})

	def after_insert(self) -> None:
		if not self.party:
			self.db_set("status", "Unverified")
			return
		self.create_calendar_event()

	def set_verified(self, email: str) -> None:
		if email != self.customer_email:
			frappe.throw("Email verification failed.")
		if not self.party:
			lead = {"doctype": "Lead", "lead_name": self.customer_name, "email_id": self.customer_email}
			self.party = frappe.get_doc(lead).insert(ignore_permissions=True).name
		self.status = "Open"
		self.create_calendar_event()

	def create_calendar_event(self) -> None:
		participant = {"reference_doctype": self.appointment_with, "reference_docname": self.party}
		event = frappe.get_doc(
			{
				"doctype": "Event",
				"subject": f"Appointment with {self.customer_name}",
				"starts_on": self.scheduled_time,
				"event_type": "Public",
				"event_participants": [participant],
			}
		)
		self.calendar_event = event.insert(ignore_permissions=True).name
		self.save(ignore_permissions=True)
