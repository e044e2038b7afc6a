"""Checks of the masters that team and target rows name."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

# what makes a master unusable: DocType > (field of the rows, field of the master, value when disabled)
_SWITCHES = {
	"Sales Person": ("sales_person", "enabled", 0),
	"Sales Role": ("sales_role", "disabled", 1),
}


class DisabledMasterError(frappe.ValidationError):
	"""A new row names a Sales Person or Sales Role that is disabled."""


def check_enabled(doc: Document, table: str) -> None:
	"""Refuse disabled people and roles in rows of a child table, where the row is new or names somebody new.

	Rows that stand already stay valid: who leaves the company does not block the documents of the past. One
	query for each master, however many rows.
	"""
	for doctype, (fieldname, switch, disabled_value) in _SWITCHES.items():
		before = doc.get_doc_before_save()
		known = {row.get(fieldname) for row in before.get(table)} if before else set()
		added = {row.get(fieldname) for row in doc.get(table)} - known - {None, ""}
		if not added:
			continue
		disabled = set(
			frappe.get_all(
				doctype, filters={"name": ["in", list(added)], switch: disabled_value}, pluck="name"
			)
		)
		for row in doc.get(table):
			if row.get(fieldname) in disabled:
				frappe.throw(
					_("Row {0}: {1} {2} is disabled. Enable it or choose another.").format(
						row.idx, _(doctype), frappe.bold(row.get(fieldname))
					),
					DisabledMasterError,
				)
