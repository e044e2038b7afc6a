"""Single documents: the condition of the list, asked about one name."""

from __future__ import annotations

import frappe
from frappe.model.document import Document

from sales_activity.permissions.queries import CONDITIONS


def has_permission(
	doc: Document, ptype: str | None = None, user: str | None = None, debug: bool = False
) -> bool:
	"""Whether the list of the DocType would show the document to the user.

	Asks the database, not the document in memory: adding yourself to a team opens nothing. A new document
	isn't in any list yet; Frappe's role permissions decide on it. Returns True or False, never None: ERPNext
	15 would take that as yes, 16 as no.
	"""
	if doc.is_new() or not doc.name:
		return True
	condition = CONDITIONS[doc.doctype](user or frappe.session.user)
	if not condition:
		return True
	table = f"`tab{doc.doctype}`"
	found = frappe.db.sql(
		f"select 1 from {table} where {table}.name = %s and ({_literal(condition)})", doc.name
	)
	return bool(found)


def _literal(condition: str) -> str:
	"""Percent signs in names must survive the driver's placeholders."""
	return condition.replace("%", "%%")
