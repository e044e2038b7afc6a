"""The answers of a Sales Milestone, in the database.

What a client sends is (fieldname, value); label, type and options come from the form's definition, whatever
else was sent. An answer that isn't sent stays; an empty one takes it back. The definition is read live until
the first answer is saved; from then on the questions as they were (``form_as_answered``) are what counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, cstr, format_datetime, format_duration, formatdate, now

from sales_activity.sales_activity.milestones import answer_rows, files, forms, locks, notation
from sales_activity.sales_activity.milestones.form_texts import texts_of
from sales_activity.sales_activity.milestones.forms import Problem, Question, TypedAnswer

# what is passed on beside the answers, and locked with them
PASSED_ON = {
	"evidence": Question("evidence", "Evidence", "Attach"),
	"remark": Question("remark", "Remark", "Text", maximum="2000"),
}


class BadAnswersError(frappe.ValidationError):
	"""Answers that don't fit the form."""


class MissingAnswersError(frappe.MandatoryError):
	"""A milestone is to be achieved, but something it must bring is missing."""


class AnswersLockedError(frappe.PermissionError):
	"""Answers are changed while the milestone is waiting, or after it was handed over."""


class Known(NamedTuple):
	"""Something that an earlier milestone brought. ``value`` is for people to read, in the user's notation, plain
	text: escape it where HTML is made. ``raw`` is the canonical text."""

	name: str  # of the Sales Milestone
	milestone: str  # its title
	fieldname: str
	label: str
	fieldtype: str
	value: str
	raw: str
	by: str | None  # a user
	on: datetime | None


# --- on saving -----------------------------------------------------------------------------------------------


def take(doc: Document) -> None:
	"""Put the answers, evidence and remark of a Sales Milestone in order before it is saved, or refuse them all.

	Call it in ``validate``, last: a public file becomes private here. Who may save the milestone at all isn't
	asked. Raises BadAnswersError, AnswersLockedError.
	"""
	before = doc.get_doc_before_save()
	doc.form_as_answered = before.form_as_answered if before else None
	stored = {row.fieldname: row for row in before.answers} if before else {}
	sent = answer_rows.sent_of(doc, stored)
	changed = answer_rows.changed_in(sent, stored)
	passed_on = [field for field in PASSED_ON if cstr(doc.get(field)) != cstr(before and before.get(field))]
	if changed or passed_on or set(stored).difference(name for name, _value in sent):
		check_open(doc, before)
	questions = questions_of(doc) if changed else []
	answer_rows.set_rows(
		doc,
		stored,
		[question.fieldname for question in questions],
		_changes(doc, stored, questions, sent, changed) if changed else {},
	)
	if changed:
		doc.form_as_answered = doc.form_as_answered or _frozen(questions)
	_take_passed_on(doc, passed_on)
	if before:
		for url in _named_files(before) - _named_files(doc):
			files.release(url, doc)


def _named_files(doc: Document) -> set[str]:
	named = {row.value for row in doc.answers if row.fieldtype == "Attach"}
	return {*named, doc.evidence} - {None, ""}


def require_complete(doc: Document) -> None:
	"""Refuse to achieve a milestone that lacks a mandatory answer or its evidence. Raises MissingAnswersError."""
	lacking = missing_from(doc)
	if lacking:
		frappe.throw(
			_list(
				_("{0} can't be achieved yet:").format(frappe.bold(frappe.utils.escape_html(doc.milestone))),
				lacking,
			),
			MissingAnswersError,
			title=_("Information missing"),
		)


def missing_from(doc: Document) -> list[str]:
	"""A sentence for everything that a milestone must bring and doesn't yet."""
	questions = questions_of(doc)
	problems = forms.missing(questions, values_of(questions, doc.answers))
	lacking = texts_of(problems)
	if cint(doc.evidence_required) and not doc.evidence:
		lacking.append(_("The evidence is missing: attach a file that shows the outcome."))
	return lacking + files.lost(doc)


def check_open(doc: Document, before: Document | None) -> None:
	"""Refuse changes while the milestone isn't worked on: it waits, or was handed over. Raises AnswersLockedError."""
	state = before.status if before else "Waiting"
	if before and locks.is_open(before):
		return
	if state == "Waiting":
		message = _("{0} has not begun. Answer it when its step opens.")
	elif state == "Returned":
		message = _("{0} was returned. Reply to the question; its own answers are given after that.")
	else:
		message = _(
			"{0} is done: what was handed over stays as it is. Whoever received it can return it with a question."
		)
	frappe.throw(
		message.format(frappe.bold(frappe.utils.escape_html(doc.milestone or "")))
		+ " "
		+ _("Nothing was saved."),
		AnswersLockedError,
		title=_("Locked"),
	)


# --- reading -------------------------------------------------------------------------------------------------


def questions_of(doc: Mapping) -> list[Question]:
	"""What a milestone asks (``form_as_answered`` and ``milestone_form`` are read): as it was when it was first
	answered, before that the form as it is. Nothing for one without a form."""
	if doc.get("form_as_answered"):
		return [Question.of(row) for row in json.loads(doc.get("form_as_answered"))]
	if not doc.get("milestone_form"):
		return []
	form = frappe.get_cached_doc("Milestone Form", doc.get("milestone_form"))
	return [Question.of(row) for row in form.questions]


def values_of(questions: Iterable[Question], rows: Iterable[Document]) -> dict[str, object]:
	"""Stored answers as Python values by field name; a Check without an answer is False."""
	values: dict[str, object] = {
		question.fieldname: False for question in questions if question.fieldtype == "Check"
	}
	values.update({row.fieldname: forms.read_back(row.fieldtype, row.value) for row in rows})
	return values


def earlier_values(project: str, before_step: int) -> dict[str, object]:
	"""The answers of a project's milestones in steps before ``before_step`` as Python values by field name, as
	conditions compare them. Where several milestones ask the same, the last one counts.

	Call it with the project and its milestones locked. They are read as they are now, not as they were when the
	transaction began: whoever finishes a step while somebody else does waited for what they answered.
	"""
	milestones = _asked_before(project, before_step)
	rows = _rows_as_they_are([milestone.name for milestone in milestones])
	values: dict[str, object] = {}
	for milestone in milestones:
		values.update(values_of(questions_of(milestone), rows.get(milestone.name, ())))
	return values


def known_so_far(project: str, before_position: int) -> list[Known]:
	"""Everything that a project's milestones before a position brought, in their order: answers, remark, evidence.
	Who may see the project's milestones isn't asked. Two queries."""
	milestones = frappe.get_all(
		"Sales Milestone",
		filters={"sales_project": project, "position": ["<", before_position]},
		fields=["name", "milestone", "company", "remark", "evidence", "achieved_user", "achieved_on"],
		order_by="position",
		limit=0,
	)
	rows = _rows_of([milestone.name for milestone in milestones])
	known = []
	for milestone in milestones:
		known += [_known(milestone, row) for row in rows.get(milestone.name, ())]
		known += [_known(milestone, row) for row in _passed_on_rows(milestone)]
	return known


def shown(fieldtype: str, value: str, company: str | None = None) -> str:
	"""A canonical text as people write it, in the user's notation; amounts in the company's currency. Plain text."""
	if not value:
		return ""
	plain = forms.read_back(fieldtype, value)
	if fieldtype == "Check":
		return _("Yes") if plain else _("No")
	if fieldtype == "Date":
		return formatdate(plain)
	if fieldtype == "Datetime":
		return format_datetime(plain)
	if fieldtype == "Duration":
		return format_duration(plain) or "0s"
	if fieldtype in forms.NUMBERS:
		return _shown_number(fieldtype, value, plain, company)
	return value


def for_form(doc: Document) -> dict:
	"""What the desk needs to show and ask: ``introduction``, ``questions``, ``answers`` (field name > canonical text),
	``currency`` of amounts, ``is_open`` (they may be changed now), ``known_so_far``."""
	form = doc.milestone_form
	return {
		"introduction": (frappe.get_cached_value("Milestone Form", form, "description") if form else "")
		or "",
		"questions": [question.as_dict() for question in questions_of(doc)],
		"answers": {row.fieldname: row.value for row in doc.answers},
		"currency": frappe.get_cached_value("Company", doc.company, "default_currency"),
		"is_open": locks.is_open(doc),
		"known_so_far": [known._asdict() for known in known_so_far(doc.sales_project, doc.position)],
	}


# --- steps of take -------------------------------------------------------------------------------------------


def _take_passed_on(doc: Document, changed: Iterable[str]) -> None:
	"""Remark and evidence travel as far as the answers do, so they are held to the same."""
	for field in changed:
		question = PASSED_ON[field]
		question = replace(question, label=_(question.label))
		typed, problems = forms.check_answers([question], [(field, doc.get(field))], complete=False)
		_refuse(problems)
		doc.set(field, typed[0].value if typed else None)
	if "evidence" in changed and doc.evidence:
		doc.evidence = files.keep(doc.evidence, doc, _("Evidence"), "evidence")


def _changes(
	doc: Document,
	stored: Mapping[str, Document],
	questions: list[Question],
	sent: list[tuple[str, object]],
	changed: set[str],
) -> dict[str, dict | None]:
	"""What the rows of the changed answers hold now, by field name; None for an answer that is taken back."""
	if not questions:
		frappe.throw(
			_("{0} has no form, so it takes no answers. Write what matters into the remark.").format(
				frappe.bold(frappe.utils.escape_html(doc.milestone or ""))
			),
			BadAnswersError,
		)
	typed, problems = forms.check_answers(
		questions, [(name, value) for name, value in sent if name in changed], complete=False
	)
	problems += [problem for answer in typed for problem in _record_problems(answer)]
	_refuse(problems)
	rows: dict[str, dict | None] = dict.fromkeys(changed)
	for answer in typed:
		fieldname = answer.question.fieldname
		new = {} if fieldname in stored else {"creation": now(), "owner": frappe.session.user}
		rows[fieldname] = {**new, **_row(_as_stored(doc, answer))}
	return rows


def _record_problems(answer: TypedAnswer) -> list[Problem]:
	"""A linked record must exist and be readable by the user; what can't be read is as good as absent."""
	if answer.question.fieldtype != "Link":
		return []
	doctype = answer.question.options
	name = _name_of_record(answer)
	if name and frappe.has_permission(doctype, "read", doc=name):
		return []
	return [Problem("no_record", answer.question.label, (_(doctype), answer.value))]


def _name_of_record(answer: TypedAnswer) -> str | None:
	"""Its name as it is written there: MariaDB finds it in capitals too."""
	return frappe.db.get_value(answer.question.options, {"name": answer.value}, "name")


def _as_stored(doc: Document, answer: TypedAnswer) -> TypedAnswer:
	"""The record's own name, the address of the file that is kept."""
	value = answer.value
	if answer.question.fieldtype == "Link":
		value = cstr(_name_of_record(answer))
	elif answer.question.fieldtype == "Attach":
		value = files.keep(value, doc, answer.question.label)
	return replace(answer, value=value)


def _row(answer: TypedAnswer) -> dict:
	return {
		"label": answer.question.label,
		"fieldname": answer.question.fieldname,
		"fieldtype": answer.question.fieldtype,
		"options": answer.question.options,
		"value": answer.value,
		"number": answer.number,
		"moment": answer.moment,
		"modified": now(),
		"modified_by": frappe.session.user,
	}


def _frozen(questions: Iterable[Question]) -> str:
	return json.dumps([question.as_dict() for question in questions], indent=1)


def _refuse(problems: list[Problem]) -> None:
	if problems:
		frappe.throw(
			_list(_("These answers can't be taken. Nothing was saved."), texts_of(problems)),
			BadAnswersError,
			title=_("Please correct"),
		)


def _list(head: str, sentences: Iterable[str]) -> str:
	return head + "<ul>" + "".join(f"<li>{sentence}</li>" for sentence in sentences) + "</ul>"


# --- steps of reading ----------------------------------------------------------------------------------------


def _rows_of(milestones: list[str]) -> dict[str, list[frappe._dict]]:
	"""The answers of several milestones, in their order, by name of the milestone."""
	found: dict[str, list[frappe._dict]] = {}
	if not milestones:
		return found
	for row in frappe.get_all(
		"Milestone Answer",
		filters={"parenttype": "Sales Milestone", "parent": ["in", milestones]},
		fields=["parent", "label", "fieldname", "fieldtype", "value", "modified_by", "modified"],
		order_by="parent, idx",
		limit=0,
	):
		found.setdefault(row.parent, []).append(row)
	return found


def _asked_before(project: str, step: int) -> list[frappe._dict]:
	"""Milestones of earlier steps that asked something: those answered, or achieved with nothing to say. (A Check
	that nobody ticked is an answer too.)"""
	milestone = frappe.qb.DocType("Sales Milestone")
	rows = (
		frappe.qb.from_(milestone)
		.force_index("milestone_course")
		.select(milestone.name, milestone.status, milestone.form_as_answered, milestone.milestone_form)
		.where((milestone.sales_project == project) & (milestone.step < step))
		.orderby(milestone.step)
		.orderby(milestone.position)
		.for_update()
	).run(as_dict=True)
	return [row for row in rows if row.form_as_answered or (row.milestone_form and row.status == "Achieved")]


def _rows_as_they_are(milestones: list[str]) -> dict[str, list[frappe._dict]]:
	"""Their answers read under lock, by name of the milestone. By the index of parents: without it a small table is
	locked as a whole."""
	found: dict[str, list[frappe._dict]] = {}
	if not milestones:
		return found
	answer = frappe.qb.DocType("Milestone Answer")
	rows = (
		frappe.qb.from_(answer)
		.force_index("parent")
		.select(answer.parent, answer.fieldname, answer.fieldtype, answer.value)
		.where(answer.parent.isin(milestones) & (answer.parenttype == "Sales Milestone"))
		.for_update()
	).run(as_dict=True)
	for row in rows:
		found.setdefault(row.parent, []).append(row)
	return found


def _passed_on_rows(milestone: frappe._dict) -> list[frappe._dict]:
	"""Remark and evidence as if they were answers."""
	types = {"remark": (_("Remark"), "Text"), "evidence": (_("Evidence"), "Attach")}
	return [
		frappe._dict(fieldname=field, label=label, fieldtype=fieldtype, value=milestone.get(field))
		for field, (label, fieldtype) in types.items()
		if milestone.get(field)
	]


def _known(milestone: frappe._dict, row: frappe._dict) -> Known:
	return Known(
		name=milestone.name,
		milestone=milestone.milestone,
		fieldname=row.fieldname,
		label=row.label,
		fieldtype=row.fieldtype,
		value=shown(row.fieldtype, row.value, milestone.company),
		raw=row.value,
		by=milestone.achieved_user or row.modified_by,
		on=milestone.achieved_on or row.modified,
	)


def _shown_number(fieldtype: str, value: str, plain: float, company: str | None) -> str:
	if fieldtype == "Currency":
		currency = frappe.get_cached_value("Company", company, "default_currency") if company else None
		return frappe.utils.fmt_money(plain, precision=_places(value, least=2), currency=currency)
	number = frappe.utils.fmt_money(plain, precision=_places(value))
	return f"{number} %" if fieldtype == "Percent" else number


def _places(value: str, least: int = 0) -> int:
	"""How many digits behind the point it takes to show a number whole."""
	return max(least, len(notation.text_of(value).partition(".")[2]))
