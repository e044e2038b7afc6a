"""Rows of answers as a client sends them, beside those that stand: of a Sales Milestone and of a Lead Nurture.

Only (fieldname, value) of a row counts, whatever else was sent. An answer that isn't sent stays, an empty one takes it
back, and the rows come in the order of the questions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from frappe.model.document import Document
from frappe.utils import cstr


def sent_of(doc: Document, stored: Mapping[str, Document]) -> list[tuple[str, object]]:
	"""(fieldname, value) of every row. A row that names itself and no field is the stored one of that name: so
	Data Import sends it."""
	by_name = {row.name: row.fieldname for row in stored.values()}
	return [(cstr(row.fieldname or by_name.get(row.name)), row.value) for row in doc.answers]


def changed_in(sent: Iterable[tuple[str, object]], stored: Mapping[str, Document]) -> set[str]:
	"""Names of the fields that are sent with something else than what is stored (nothing and empty are the same),
	or twice."""
	changed, seen = set(), set()
	for fieldname, value in sent:
		row = stored.get(fieldname)
		if fieldname in seen or cstr(value) != cstr(row and row.value):
			changed.add(fieldname)
		seen.add(fieldname)
	return changed


def set_rows(
	doc: Document,
	stored: Mapping[str, Document],
	questions: Iterable[str],
	changes: Mapping[str, Mapping | None],
) -> None:
	"""Make the rows of the document the stored ones, with the changes: fieldname > what its row holds now, None for
	one that is taken back. They come in the order of the ``questions`` (fieldnames), others behind them; stored rows keep
	their names."""
	rows = {fieldname: row.as_dict() for fieldname, row in stored.items()}
	for fieldname, values in changes.items():
		if values is None:
			rows.pop(fieldname, None)
		else:
			rows[fieldname] = {**rows.get(fieldname, {}), **values}
	order = {fieldname: number for number, fieldname in enumerate(questions)}
	doc.set("answers", [])
	for fieldname in sorted(rows, key=lambda name: order.get(name, len(order))):
		doc.append("answers", {**rows[fieldname], "idx": None})
