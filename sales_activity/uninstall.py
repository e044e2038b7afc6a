"""Taking the app off a site, so that nothing stays behind.

``bench uninstall-app`` deletes our DocTypes and what names our module. The rest is ours to clean, before that:
afterwards nobody knows any more what was ours.
"""

from __future__ import annotations

import frappe
from frappe.core.doctype.file.utils import delete_file

from sales_activity.setup.custom_fields import MODULE, delete_custom_fields
from sales_activity.setup.fixtures import fixture_names
from sales_activity.setup.seed import SETTINGS, WORKFLOWS, records_in, seeded_names

APP_NAME = "sales_activity"

# records of Frappe that refer to a document by DocType and name: DocType > the field with the DocType
_REFERENCES = {
	"Activity Log": "reference_doctype",
	"Assignment Rule": "document_type",
	"Calendar View": "reference_doctype",
	"Comment": "reference_doctype",
	"Communication": "reference_doctype",
	"Communication Link": "link_doctype",
	"Custom DocPerm": "parent",
	"Custom Field": "dt",
	"Data Import": "reference_doctype",
	"DocShare": "share_doctype",
	"Document Follow": "ref_doctype",
	"Dynamic Link": "link_doctype",
	"Email Queue": "reference_doctype",
	"Event Participants": "reference_doctype",
	"File": "attached_to_doctype",
	"Kanban Board": "reference_doctype",
	"List Filter": "reference_doctype",
	"List View Settings": "name",
	"Notification": "document_type",
	"Notification Log": "document_type",
	"Property Setter": "doc_type",
	"Tag Link": "document_type",
	"ToDo": "reference_type",
	"User Permission": "allow",
	"Version": "ref_doctype",
	"View Log": "reference_doctype",
	"Workflow": "document_type",
	"Workflow Action": "reference_doctype",
}


def before_uninstall() -> None:
	"""Delete what ``uninstall-app`` leaves: references to our DocTypes, Workflows, roles, fields, series."""
	doctypes = frappe.get_all("DocType", filters={"module": MODULE}, pluck="name")
	delete_references(doctypes)
	delete_results_of_reports()
	delete_workflow_masters()
	delete_email_templates()
	delete_roles()
	delete_custom_fields()
	delete_leftovers(doctypes)


def after_uninstall() -> None:
	"""Delete what Frappe leaves when it is done: our place in the desktop of 16, and the copies that it kept
	of our records while it deleted them.

	Frappe commits before it calls this and not after it (``frappe.installer.remove_app``).
	"""
	for doctype in ("Desktop Icon", "Workspace Sidebar"):
		if _has_column(doctype, "app"):
			_delete_with_rows(doctype, {"app": APP_NAME})
	copy = frappe.qb.DocType("Deleted Document")
	is_ours = copy.data.like(f'%"module": "{MODULE}"%') | (copy.deleted_doctype == SETTINGS)
	is_named_like_us = copy.deleted_doctype.isin(["Module Def", "Desktop Icon"]) & (
		copy.deleted_name == MODULE
	)
	frappe.qb.from_(copy).delete().where(is_ours | is_named_like_us).run()
	frappe.db.commit()
	delete_contents()


def delete_references(doctypes: list[str]) -> None:
	"""Delete records of Frappe about documents of these DocTypes."""
	frappe.flags.contents_of_app = frappe.get_all(
		"File",
		{"attached_to_doctype": ["in", doctypes]},
		pluck="file_url",
		distinct=True,
		order_by=None,
		limit=0,
	)
	for doctype, fieldname in _REFERENCES.items():
		if _has_column(doctype, fieldname):
			_delete_with_rows(doctype, {fieldname: ["in", doctypes]})


def delete_contents() -> None:
	"""Delete from the disk what was attached to our documents (receipts, evidence) and no File names any more. When the
	rest is done: it can't be undone."""
	urls = {
		url for url in frappe.flags.contents_of_app or () if url and url.startswith(("/files/", "/private/"))
	}
	kept = frappe.get_all("File", {"file_url": ["in", [*urls, ""]]}, pluck="file_url", limit=0)
	for url in urls - set(kept):
		delete_file(url)


def delete_results_of_reports() -> None:
	"""Delete what was scheduled and kept of our reports."""
	reports = frappe.get_all("Report", filters={"module": MODULE}, pluck="name")
	for doctype, fieldname in (("Auto Email Report", "report"), ("Prepared Report", "report_name")):
		if reports and _has_column(doctype, fieldname):
			_delete_with_rows(doctype, {fieldname: ["in", reports]})


def delete_workflow_masters() -> None:
	"""Delete the states and actions that our Workflows brought and nobody else uses. Frappe's own
	(Approved, Rejected, Pending; Approve, Reject, Review) stay."""
	workflows = list(records_in(WORKFLOWS))
	states = {row["state"] for workflow in workflows for row in workflow["states"]}
	actions = {row["action"] for workflow in workflows for row in workflow["transitions"]}
	_delete_unused(
		"Workflow State", states - {"Approved", "Rejected", "Pending"}, "Workflow Document State", "state"
	)
	_delete_unused(
		"Workflow Action Master", actions - {"Approve", "Reject", "Review"}, "Workflow Transition", "action"
	)


def delete_email_templates() -> None:
	"""Delete the templates of the example program; its steps, which name them, go with our DocTypes."""
	for name in seeded_names("Email Template"):
		frappe.delete_doc(
			"Email Template",
			name,
			force=True,
			ignore_permissions=True,
			delete_permanently=True,
			ignore_missing=True,
		)


def delete_roles() -> None:
	"""Delete our permission roles, and take them from users and other documents that hold them."""
	for role in fixture_names("Role"):
		frappe.db.delete("Has Role", {"role": role})
		frappe.db.delete("DocPerm", {"role": role})
		frappe.db.delete("Custom DocPerm", {"role": role})
		frappe.delete_doc(
			"Role", role, force=True, ignore_permissions=True, delete_permanently=True, ignore_missing=True
		)


def delete_leftovers(doctypes: list[str]) -> None:
	"""Delete what hangs on plain text: our settings' values, naming series, defaults, scheduled jobs."""
	frappe.db.delete("Singles", {"doctype": ["in", doctypes]})
	for prefix in ("SPRJ-", "STGT-", "SCRP-", "SEC-", "EXFW-"):
		frappe.db.delete("Series", {"name": ["like", f"{prefix}%"]})
	frappe.db.delete("Scheduled Job Type", {"method": ["like", "sales_activity.%"]})
	frappe.db.delete("DefaultValue", {"defkey": ["in", [SETTINGS, *doctypes]]})
	frappe.db.delete("Patch Log", {"patch": ["like", "sales_activity.%"]})


def _has_column(doctype: str, fieldname: str) -> bool:
	return frappe.db.table_exists(doctype) and fieldname in frappe.db.get_table_columns(doctype)


def _delete_with_rows(doctype: str, filters: dict) -> None:
	"""In SQL: the controllers would look for documents that are about to vanish."""
	names = frappe.get_all(doctype, filters=filters, pluck="name", limit=0)
	for child in frappe.get_meta(doctype).get_table_fields():
		frappe.db.delete(child.options, {"parenttype": doctype, "parent": ["in", names or [""]]})
	frappe.db.delete(doctype, filters)


def _delete_unused(doctype: str, names: set[str], user_doctype: str, fieldname: str) -> None:
	used = set(
		frappe.get_all(user_doctype, filters={fieldname: ["in", list(names)]}, pluck=fieldname, limit=0)
	)
	for name in sorted(names - used):
		frappe.delete_doc(
			doctype, name, force=True, ignore_permissions=True, delete_permanently=True, ignore_missing=True
		)
