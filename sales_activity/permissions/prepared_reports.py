"""Results of our reports that were prepared in the background.

Frappe shows a result to everybody who may run the report (``frappe/core/doctype/prepared_report``). Ours hold
what the one who ran them may see, so nobody but them and System Managers gets to see a result.
"""

from __future__ import annotations

import frappe
from frappe.core.doctype.prepared_report import prepared_report as core
from frappe.model.document import Document

from sales_activity.permissions.queries import CONDITIONS, one_of


def query(user: str | None = None, doctype: str = "Prepared Report") -> str:
	"""The condition on lists, beside Frappe's own: the user's results, and those of other apps' reports."""
	user = user or frappe.session.user
	if _sees_all(user):
		return ""
	return (
		"(`tabPrepared Report`.`owner` = {owner} or `tabPrepared Report`.`report_name` not in "
		"(select name from `tabReport` where {ours}))"
	).format(owner=frappe.db.escape(user, percent=False), ours=one_of("`ref_doctype`", CONDITIONS))


def has_permission(
	doc: Document, ptype: str | None = None, user: str | None = None, debug: bool = False
) -> bool:
	"""Whether the user may see one result. Frappe 15 asks no other hook after this one, hence its own here."""
	user = user or frappe.session.user
	ours = frappe.db.get_value("Report", doc.report_name, "ref_doctype") in CONDITIONS
	if ours and doc.owner != user and not _sees_all(user):
		return False
	return bool(core.has_permission(doc, user))


def _sees_all(user: str) -> bool:
	return user == "Administrator" or "System Manager" in frappe.get_roles(user)
