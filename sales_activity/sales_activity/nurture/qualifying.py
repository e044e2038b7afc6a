"""What is found out about a lead: answers, how well it fits the definition, what is missing.

What a client sends of an answer is (fieldname, value); everything else comes from the definition. An answer that isn't
sent stays, an empty one takes it back. Answers given under an earlier version of the definition stay on the record;
they count if the present one asks the same and takes such an answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, escape_html, now

from sales_activity.sales_activity.milestones import answer_rows, forms
from sales_activity.sales_activity.milestones.form_texts import texts_of
from sales_activity.sales_activity.milestones.forms import BadAnswerError, Question, TypedAnswer
from sales_activity.sales_activity.nurture import definition, fit, rules
from sales_activity.sales_activity.nurture.fit import Criterion, Fit
from sales_activity.sales_activity.nurture.records import ANSWER, NURTURE


class BadLeadAnswersError(frappe.ValidationError):
	"""Answers that the definition doesn't ask for, or that don't fit its questions."""


class LeadAnswersLockedError(frappe.PermissionError):
	"""Answers are changed while nobody qualifies the lead."""


class NotQualifiedError(frappe.ValidationError):
	"""A lead is to be qualified that does not reach the definition."""


# --- measuring -----------------------------------------------------------------------------------------------


def criteria_of(name: str | None) -> list[Criterion]:
	"""The criteria of a definition by its name; none for none. A submitted one never changes, so the cache is right."""
	return definition.criteria_of(frappe.get_cached_doc(definition.DOCTYPE, name)) if name else []


def fit_of(name: str | None, lead: Mapping, answers: Iterable[Mapping]) -> Fit:
	"""How well a lead fits a definition. ``lead``: the row of the Lead; ``answers``: rows of the nurture."""
	criteria = criteria_of(name)
	return fit.fit(criteria, definition.lead_values(criteria, lead), values_of(criteria, answers))


def measured(name: str | None, lead: Mapping, answers: Iterable[Mapping]) -> dict[str, object]:
	"""What a nurture keeps of its fit: score, threshold, whether it reaches the definition, what is missing."""
	if not name:
		return {"fit_score": 0.0, "fit_threshold": 0.0, "qualifies": 0, "missing": None}
	found = fit_of(name, lead, answers)
	threshold = threshold_of(name)
	return {
		"fit_score": float(found.points),
		"fit_threshold": float(threshold),
		"qualifies": int(found.reaches(threshold)),
		"missing": "\n".join(line.criterion.label for line in found.missing) or None,
	}


def threshold_of(name: str) -> fit.Decimal:
	"""The points from which the definition calls a lead ripe."""
	return fit.Decimal(cstr(frappe.get_cached_doc(definition.DOCTYPE, name).threshold))


def values_of(criteria: Iterable[Criterion], answers: Iterable[Mapping]) -> dict[str, object]:
	"""The answers as Python values by field name, as far as the questions take them."""
	given = {row.get("fieldname"): row.get("value") for row in answers}
	values = {}
	for question in definition.questions_of(criteria):
		answer = _typed(question, given.get(question.fieldname))
		if answer:
			values[question.fieldname] = answer.plain
	return values


def answers_of(nurture: str) -> list[frappe._dict]:
	"""The stored answers of a nurture, in their order."""
	return frappe.get_all(
		ANSWER,
		filters={"parenttype": NURTURE, "parent": nurture},
		fields=["fieldname", "label", "fieldtype", "value", "answered_by", "answered_on"],
		order_by="idx",
		limit=0,
	)


def _typed(question: Question, value: str | None) -> TypedAnswer | None:
	"""A stored answer as the question takes it now; None if it doesn't."""
	try:
		return forms.typed(question, value)
	except BadAnswerError:
		return None


# --- on saving -----------------------------------------------------------------------------------------------


def take(doc: Document, before: Document) -> bool:
	"""Put the answers that were sent in order, or refuse them all; returns whether any is new. Call it in
	``validate``. Raises BadLeadAnswersError, LeadAnswersLockedError."""
	stored = {row.fieldname: row for row in before.answers}
	sent = answer_rows.sent_of(doc, stored)
	changed = answer_rows.changed_in(sent, stored)
	if changed and rules.QUALIFYING not in (before.status, doc.workflow_state):
		frappe.throw(
			_(
				"{0} is {1}: answers are given while it is being qualified. Start that first. Nothing was saved."
			).format(frappe.bold(escape_html(before.lead_name or before.name)), _(before.status)),
			LeadAnswersLockedError,
			title=_("Locked"),
		)
	criteria = criteria_of(doc.definition) if changed else []
	answer_rows.set_rows(
		doc,
		stored,
		[criterion.fieldname for criterion in criteria],
		_changes(doc, criteria, [pair for pair in sent if pair[0] in changed]),
	)
	return bool(changed)


def measure(doc: Document, lead: Mapping) -> None:
	"""Set what the answers, and the Lead, give. Call it in ``validate``, after ``take``."""
	found = fit_of(doc.definition, lead, doc.answers)
	given = {line.criterion.fieldname: float(line.points) for line in found.lines}
	for row in doc.answers:
		row.points = given.get(row.fieldname, 0.0)
	doc.update(measured(doc.definition, lead, doc.answers))


def require_ready(doc: Document, is_overridden: bool) -> None:
	"""Refuse to qualify a lead that does not reach the definition, unless a score set by hand stands for it. Raises
	NotQualifiedError, which says what is missing."""
	if doc.qualifies or is_overridden:
		return
	if not doc.definition:
		lacking = [
			_("{0} has no active Universal Lead Definition. Make one, then Score Again.").format(
				frappe.bold(escape_html(doc.company))
			)
		]
	else:
		lacking = [
			_("{0} is missing.").format(frappe.bold(escape_html(label)))
			for label in cstr(doc.missing).splitlines()
		]
		if doc.fit_score < doc.fit_threshold:
			lacking.append(
				_("It has {0} of the {1} points that a lead needs.").format(
					frappe.bold(doc.get_formatted("fit_score")),
					frappe.bold(doc.get_formatted("fit_threshold")),
				)
			)
	lines = "".join(f"<li>{sentence}</li>" for sentence in lacking)
	frappe.throw(
		_("{0} is not qualified yet:").format(frappe.bold(escape_html(doc.lead_name or doc.name)))
		+ f"<ul>{lines}</ul>",
		NotQualifiedError,
		title=_("Not qualified yet"),
	)


# --- steps of take -------------------------------------------------------------------------------------------


def _changes(
	doc: Document, criteria: Sequence[Criterion], sent: Sequence[tuple[str, object]]
) -> dict[str, dict | None]:
	"""What the rows of the changed answers hold now, by field name; None for an answer that is taken back."""
	if not sent:
		return {}
	if not criteria:
		frappe.throw(
			_(
				"{0} has no active Universal Lead Definition, so there is nothing to answer. Nothing was saved."
			).format(frappe.bold(escape_html(doc.company))),
			BadLeadAnswersError,
		)
	typed, problems = forms.check_answers(definition.questions_of(criteria), sent, complete=False)
	if problems:
		lines = "".join(f"<li>{sentence}</li>" for sentence in texts_of(problems))
		frappe.throw(
			_("These answers can't be taken. Nothing was saved.") + f"<ul>{lines}</ul>",
			BadLeadAnswersError,
			title=_("Please correct"),
		)
	rows: dict[str, dict | None] = {fieldname: None for fieldname, _value in sent}
	return {**rows, **{answer.question.fieldname: _row(answer) for answer in typed}}


def _row(answer: TypedAnswer) -> dict[str, object]:
	return {
		"label": answer.question.label,
		"fieldname": answer.question.fieldname,
		"fieldtype": answer.question.fieldtype,
		"value": answer.value,
		"answered_by": frappe.session.user,
		"answered_on": now(),
	}
