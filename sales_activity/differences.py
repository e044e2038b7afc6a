"""What was changed in a document, in whatever types the client sent it."""

from __future__ import annotations

from collections.abc import Iterable

from frappe.model.document import Document
from frappe.utils import cint, cstr, flt, get_datetime, getdate

_STANDARD = ("name", "owner", "creation", "docstatus", "idx")
_CASTS = {
	"Int": cint,
	"Check": cint,
	"Float": flt,
	"Currency": flt,
	"Percent": flt,
	"Date": getdate,
	"Datetime": get_datetime,
}


def differs(doc: Document, before: Document, fieldname: str) -> bool:
	"""Whether a value was changed; nothing, empty text and 0 are the same."""
	field = doc.meta.get_field(fieldname)
	cast = _CASTS.get("Datetime" if fieldname == "creation" else field.fieldtype if field else "", cstr)
	old, new = before.get(fieldname), doc.get(fieldname)
	return (cast(old) if old else None) != (cast(new) if new else None)


def changed_fields(doc: Document, before: Document, free: Iterable[str]) -> list[str]:
	"""The fields, child tables aside, that were changed and aren't ``free``; what Frappe keeps itself included."""
	free = set(free)
	own = dict.fromkeys((*_STANDARD, *doc.meta.get_valid_columns()))
	return [name for name in own if name not in free and differs(doc, before, name)]
