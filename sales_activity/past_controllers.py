"""Documents that the app itself changes, past their controllers: those are for what people do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import frappe


def update(doctype: str, row: Mapping, values: Mapping[str, object], at: datetime, user: str) -> None:
	"""Write values into a document in one statement, as changed by ``user`` ``at`` that moment, and take them over into
	``row``, a row or a document of it. Lock it before; the caller commits."""
	values = {**values, "modified": at, "modified_by": user}
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.update(table).where(table.name == row.get("name"))
	for field, value in values.items():
		query = query.set(table[field], value)
	query.run()
	row.update(values)
	frappe.clear_document_cache(doctype, row.get("name"))
