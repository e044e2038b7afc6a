"""A Sales Project from the document that a sale begins with."""

from __future__ import annotations

import frappe
from frappe.model.document import Document

from sales_activity.permissions.scope import person_of_user
from sales_activity.sales_activity.credit.rules import Member, merged_team
from sales_activity.sales_activity.credit.team import default_role
from sales_activity.sales_activity.projects.rules import FULL_CREDIT

PARTY_TYPES = ("Lead", "Prospect", "Customer")

# where each source document keeps what a project needs: project field > source field
_SOURCE_FIELDS = {
	"Opportunity": {"party_type": "opportunity_from", "expected_close_date": "expected_closing"},
	"Quotation": {"party_type": "quotation_to", "expected_close_date": "valid_till"},
}


def project_from(source: Document) -> Document:
	"""A new, unsaved Sales Project with everything that the Opportunity or Quotation knows.

	The team starts with the customer's Sales Team, else with the person who owns the source, under the
	default role of the settings. Whoever is disabled stays out: that must not block the source.
	"""
	fields = _SOURCE_FIELDS[source.doctype]
	project = frappe.new_doc("Sales Project")
	project.update(
		{
			"title": source.get("title") or source.get("customer_name") or source.party_name,
			"company": source.company,
			"party_type": source.get(fields["party_type"]),
			"party": source.party_name,
			"territory": source.get("territory"),
			"expected_close_date": source.get(fields["expected_close_date"]),
			"reference_doctype": source.doctype,
			"reference_name": source.name,
		}
	)
	for member in _first_team(source):
		project.append("team", member._asdict())
	return project


def create_automatically(source: Document, setting: str) -> Document | None:
	"""The project that the setting asks for, inserted; None where it asks for none or one exists.

	Runs on behalf of the company, not of the user who happens to save the source: permissions on projects
	don't decide whether a sale is tracked.
	"""
	if not frappe.get_cached_value("Sales Activity Settings", "Sales Activity Settings", setting):
		return None
	if source.get(_SOURCE_FIELDS[source.doctype]["party_type"]) not in PARTY_TYPES:
		return None
	project = project_from(source)
	project.flags.ignore_permissions = True
	return project.insert()


def _first_team(source: Document) -> list[Member]:
	role = default_role()
	if not role or frappe.db.get_value("Sales Role", role, "disabled"):
		return []
	person = person_of_user(source.get("opportunity_owner") or source.owner)
	return _enabled(_customer_team(source, role)) or _enabled([Member(person, role, FULL_CREDIT)])


def _customer_team(source: Document, role: str) -> list[Member]:
	"""The customer's Sales Team; ERPNext accepts the same person in two rows of it."""
	if source.get(_SOURCE_FIELDS[source.doctype]["party_type"]) != "Customer":
		return []
	rows = frappe.get_all(
		"Sales Team",
		filters={"parenttype": "Customer", "parent": source.party_name},
		fields=["sales_person", "allocated_percentage"],
		order_by="idx",
	)
	return list(merged_team(Member(row.sales_person, role, row.allocated_percentage) for row in rows))


def _enabled(team: list[Member]) -> list[Member]:
	names = [member.sales_person for member in team if member.sales_person]
	if not names:
		return []
	enabled = frappe.get_all("Sales Person", {"name": ["in", names], "enabled": 1}, pluck="name")
	return [member for member in team if member.sales_person in enabled]
