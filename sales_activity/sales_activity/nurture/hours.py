"""Times of day in the fields of our documents."""

from __future__ import annotations

from frappe.model.document import Document
from frappe.utils import cstr


def take_defaults(doc: Document, *fieldnames: str) -> None:
	"""Set Time fields to their defaults where nobody chose anything. Call it in ``before_validate``.

	Frappe gives a new document the present time in every Time field, whatever its default
	(``frappe.model.create_new.set_dynamic_default_values``). It is known by its fractions of a second, which no user and
	no file states.
	"""
	for fieldname in fieldnames:
		value = cstr(doc.get(fieldname))
		if not value or "." in value:
			doc.set(fieldname, doc.meta.get_field(fieldname).default)
