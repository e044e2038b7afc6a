"""Universal Lead Definitions in the database: what they consist of, their versions, which one a company uses.

Only one definition of a company is active. Whoever makes or activates one holds the lock on the company's row, so
two people at once get two versions and one active definition.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Max
from frappe.utils import cint, cstr

from sales_activity.sales_activity.milestones import notation
from sales_activity.sales_activity.milestones.forms import Question
from sales_activity.sales_activity.nurture import fit
from sales_activity.sales_activity.nurture.fit import Criterion
from sales_activity.sales_activity.nurture.fit_texts import text_of

DOCTYPE = "Universal Lead Definition"
DRAFT, ACTIVE, REPLACED, WITHDRAWN = "Draft", "Active", "Replaced", "Withdrawn"

# types of Lead's fields that a rule can look at, and the type of question that they compare as
_TYPES = {
	**dict.fromkeys(("Data", "Link", "Autocomplete", "Phone"), "Data"),
	**dict.fromkeys(("Small Text", "Text", "Long Text"), "Text"),
	**{name: name for name in ("Select", "Check", "Int", "Float", "Currency", "Percent", "Date", "Datetime")},
	"Rating": "Float",
}
# what follows from the qualification can't be a reason for it
_RESULTS = frozenset({"qualification_status", "qualified_by", "qualified_on"})
_COPIED = ("title", "company", "threshold", "introduction")
_LONGEST_NAME = 50


class DefinitionError(frappe.ValidationError):
	"""A definition that can't be used."""


class DefinitionIsHistoryError(frappe.PermissionError):
	"""A definition that leads were, or are, measured by is changed or deleted."""


# --- what it consists of -------------------------------------------------------------------------------------


def lead_fields() -> dict[str, Question]:
	"""The fields of the Lead, the site's own included, that a rule may look at, described as questions are."""
	fields = frappe.get_meta("Lead").fields
	return {
		field.fieldname: Question(
			field.fieldname,
			_(field.label),
			_TYPES[field.fieldtype],
			cstr(field.options) if _is_choice(field) else "",
		)
		for field in fields
		if field.fieldtype in _TYPES and field.label and field.fieldname not in _RESULTS
	}


def _is_choice(field: Document) -> bool:
	return field.fieldtype == "Select"


def lead_values(criteria: Iterable[Criterion], lead: Mapping) -> dict[str, object]:
	"""What the rules among the criteria compare: fields of a Lead's row by name."""
	return values_of_lead(
		(criterion.lead_field for criterion in criteria if criterion.kind == fit.RULE), lead
	)


def values_of_lead(fieldnames: Iterable[str], lead: Mapping) -> dict[str, object]:
	"""Fields of a Lead's row as conditions compare them. (An unticked Check comes from the database as the number 0,
	which would count as something that is there.)"""
	meta = frappe.get_meta("Lead")
	values = {}
	for fieldname in fieldnames:
		field = meta.get_field(fieldname)
		if field:  # the site may have lost it since
			value = lead.get(fieldname)
			values[fieldname] = bool(cint(value)) if field.fieldtype == "Check" else value
	return values


def criteria_of(definition: Document) -> list[Criterion]:
	"""The criteria of a definition, in their order."""
	return [
		Criterion(
			fieldname=cstr(row.fieldname),
			label=cstr(row.label).strip(),
			kind=row.kind,
			lead_field=cstr(row.lead_field),
			fieldtype=cstr(row.fieldtype),
			scored_answers=cstr(row.scored_answers),
			operator=cstr(row.operator),
			value=cstr(row.value),
			points=_points(row.points),
			mandatory=bool(cint(row.mandatory)),
			help=cstr(row.help),
		)
		for row in definition.criteria
	]


def _points(raw: object) -> object:
	"""Points as ``fit`` adds them; what can't be points as it is, for ``fit`` to refuse."""
	points = fit.points_of(raw or 0)
	return raw if points is None else points


def questions_of(criteria: Iterable[Criterion]) -> list[Question]:
	"""What is asked at the call."""
	return [criterion.question for criterion in criteria if criterion.kind == fit.QUESTION]


# --- checks --------------------------------------------------------------------------------------------------


def check(definition: Document) -> None:
	"""Name the criteria and refuse a definition that can't be used. Call it in ``validate``. Raises DefinitionError."""
	_name_criteria(definition)
	criteria = criteria_of(definition)
	problems = fit.definition_errors(criteria, notation.decimal_of(definition.threshold), lead_fields())
	if problems:
		lines = "".join(f"<li>{text_of(problem)}</li>" for problem in problems)
		frappe.throw(
			_("This definition can't be used yet.") + f"<ul>{lines}</ul>",
			DefinitionError,
			title=_("Please correct"),
		)
	definition.most_points = float(fit.most_points(criteria))


def _name_criteria(definition: Document) -> None:
	"""Give each criterion its field name, from its label. It keeps the one it has when the label is put better, so
	that answers given under an earlier version count for the next; rows duplicated in the form get their own."""
	labels: dict[str, str] = {}
	for number, row in enumerate(definition.criteria, start=1):
		row.label = cstr(row.label).strip()
		name = cstr(row.fieldname)
		if not _NAME.fullmatch(name) or name in labels:
			name = _free_name(row.label, number, labels)
		labels[name] = row.label.casefold()
		row.fieldname = name


_NAME = re.compile(r"[a-z][a-z0-9_]{0,60}", re.ASCII)


def _free_name(label: str, number: int, labels: Mapping[str, str]) -> str:
	"""A name that no other criterion has; but two of the same label get the same one, and are refused for it."""
	plain = re.sub(r"[^a-z0-9]+", "_", label.casefold()).strip("_")[:_LONGEST_NAME].strip("_")
	name = plain if _NAME.fullmatch(plain) else f"criterion_{number}"
	taken, wanted = 2, name
	while name in labels and labels[name] != label.casefold():
		name = f"{wanted}_{taken}"
		taken += 1
	return name


# --- versions ------------------------------------------------------------------------------------------------


def lock(company: str) -> None:
	"""Hold back whoever else makes or activates a definition of the company, until the transaction ends."""
	frappe.db.get_value("Company", company, "name", for_update=True)


def next_version(company: str) -> int:
	"""The number of the company's next definition. Call it under ``lock``."""
	table = frappe.qb.DocType(DOCTYPE)
	query = frappe.qb.from_(table).select(Max(table.version)).where(table.company == company).for_update()
	return (query.run()[0][0] or 0) + 1


def name_of(company: str, version: int) -> str:
	"""``ULD-SH-01``."""
	return f"ULD-{frappe.get_cached_value('Company', company, 'abbr')}-{version:02}"


def active(company: str | None) -> str | None:
	"""The definition that a company's leads are measured by; None where there is none."""
	if not company:
		return None
	return frappe.db.get_value(DOCTYPE, {"company": company, "status": ACTIVE, "docstatus": 1})


def replace_others(definition: Document) -> None:
	"""Take the place of the company's active definition. Call it under ``lock``."""
	table = frappe.qb.DocType(DOCTYPE)
	others = (
		(table.company == definition.company) & (table.status == ACTIVE) & (table.name != definition.name)
	)
	names = frappe.qb.from_(table).select(table.name).where(others).for_update().run(pluck=True)
	if names:
		frappe.qb.update(table).set(table.status, REPLACED).where(table.name.isin(names)).run()
	for name in names:
		frappe.clear_document_cache(DOCTYPE, name)


def next_draft(definition: Document) -> Document:
	"""A draft that begins as a copy of a definition, criteria and their names included; inserted."""
	draft = frappe.new_doc(DOCTYPE)
	draft.update({field: definition.get(field) for field in _COPIED})
	own = [field.fieldname for field in frappe.get_meta("Lead Criterion").fields]
	for row in definition.criteria:
		draft.append("criteria", {field: row.get(field) for field in own})
	return draft.insert()
