"""Answers that are known already, from earlier milestones or the documents of the sale: they are put before the
user to be confirmed, not asked again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import cstr

from sales_activity.sales_activity.milestones.answers import known_so_far, questions_of
from sales_activity.sales_activity.milestones.forms import Question

# fields that hold other things than the label of a question with the same name would suggest
_NOT_CONTENT = frozenset(
	{"Table", "Table MultiSelect", "Password", "Attach", "Attach Image", "Button", "HTML"}
)


def suggestions(milestone: Document) -> dict[str, str]:
	"""Field name > answer in Frappe's notation, for questions that have none yet: what the last earlier milestone
	with such a question was answered, else the field of that name of the project, of the document that it was
	opened from, or of its party. Documents that the user may not read suggest nothing."""
	answered = {row.fieldname for row in milestone.answers if row.value}
	missing = [question for question in questions_of(milestone) if question.fieldname not in answered]
	if not missing:
		return {}
	earlier = {row.fieldname: row for row in known_so_far(milestone.sales_project, milestone.position)}
	found = {
		question.fieldname: earlier[question.fieldname].raw
		for question in missing
		if question.fieldname in earlier and earlier[question.fieldname].fieldtype == question.fieldtype
	}
	for doc in _documents(milestone.sales_project):
		found = {**_from_fields(doc, missing), **found}
	return found


def _documents(project: str) -> Iterable[Document]:
	"""The project, what it was opened from, its party: as far as the user may read them."""
	doc = frappe.get_doc("Sales Project", project)
	others = ((doc.reference_doctype, doc.reference_name), (doc.party_type, doc.party))
	for document in (doc, *(frappe.get_doc(*key) for key in others if all(key) and frappe.db.exists(*key))):
		if document.has_permission("read"):
			yield document


def _from_fields(doc: Document, questions: Iterable[Question]) -> dict[str, str]:
	fields: Mapping[str, Any] = {field.fieldname: field for field in doc.meta.fields}
	found = {}
	for question in questions:
		field = fields.get(question.fieldname)
		if not field or field.permlevel or field.hidden or field.fieldtype in _NOT_CONTENT:
			continue
		value = cstr(doc.get(question.fieldname))
		if value and _fits(question, field):
			found[question.fieldname] = value
	return found


def _fits(question: Question, field: Any) -> bool:
	"""A Link to something else, or one choice of others, would be refused."""
	if question.fieldtype == "Link":
		return field.fieldtype == "Link" and field.options == question.options
	if question.fieldtype == "Select":
		return set(cstr(field.options).split("\n")) <= {"", *question.options.split("\n")}
	return field.fieldtype == question.fieldtype or question.fieldtype in ("Data", "Text")
