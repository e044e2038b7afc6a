"""The app-owned permission roles."""

from __future__ import annotations

import frappe

from sales_activity.setup.seed import APP, records_in

FIXTURES = APP / "fixtures"


def import_own_fixtures() -> None:
	"""Make the roles of ``fixtures/`` that are missing (Frappe updates them at every migrate)."""
	for record in records_in(FIXTURES):
		if not frappe.db.exists(record["doctype"], record["name"]):
			frappe.get_doc(record).insert(ignore_permissions=True)


def fixture_names(doctype: str) -> list[str]:
	"""The names of the records of one DocType that our fixtures hold."""
	return [record["name"] for record in records_in(FIXTURES) if record["doctype"] == doctype]
