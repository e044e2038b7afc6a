"""2026-11-22: ERPNext's calls, appointments and events are responses. The seeded types for them say so on new sites; on
old ones too, as long as they are as they were seeded: what the admin has changed, disabled or deleted stays."""

from __future__ import annotations

import frappe

TYPE = "Response Type"
EVENTS = {"Call": "Call", "Appointment": "Appointment Booked", "Event Attended": "Event Attended"}


def execute() -> None:
	"""Fill in Recorded When. May run twice."""
	fields = ["creation", "modified", "recorded_when", "disabled"]
	for name, event in EVENTS.items():
		kind = frappe.db.get_value(TYPE, name, fields, as_dict=True)
		if not kind or kind.disabled or kind.recorded_when or kind.modified != kind.creation:
			continue
		if not frappe.db.exists(TYPE, {"recorded_when": event, "disabled": 0}):
			frappe.db.set_value(TYPE, name, "recorded_when", event, update_modified=False)
