"""What the qualification screen shows: everything about one lead that a phone call needs, in one piece."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe
from frappe.model.document import Document

from sales_activity.sales_activity.milestones import forms
from sales_activity.sales_activity.milestones.answers import shown
from sales_activity.sales_activity.nurture import definition, fit, moves, qualifying, rules
from sales_activity.sales_activity.nurture.fit import Criterion, Line
from sales_activity.workflow_guard import active_workflow

_OF_LEAD = (
	*(
		"lead_name",
		"company_name",
		"job_title",
		"email_id",
		"mobile_no",
		"phone",
		"website",
		"city",
		"country",
	),
	*("territory", "industry", "annual_revenue", "no_of_employees", "lead_owner", "status", "request_type"),
)
_OF_NURTURE = (
	*(
		"name",
		"lead",
		"company",
		"status",
		"modified",
		"qualifier",
		"product_interest",
		"sales_person",
		"reason",
	),
	*("fit_score", "fit_threshold", "engagement_score", "score", "qualifies", "qualified_by", "qualified_on"),
	*(
		"definition",
		"handed_over_on",
		"accept_by",
		"accepted_on",
		"rejections",
		"opportunity",
		"sales_project",
	),
	*("override_score", "override_reason", "override_until", "overridden_by", "state_since"),
)


def of(doc: Document) -> dict[str, Any]:
	"""``nurture`` and ``lead`` (fields), ``introduction``, ``lines`` (a criterion each, in the order of the definition:
	what is asked or looked at, the answer, its points), ``missing`` (labels), ``most_points``, ``currency``,
	``actions`` that the user may do, ``may_answer``, ``newer`` (a definition that it could be scored by again),
	``may_score`` (set the score by hand), ``may_write``."""
	lead = frappe.db.get_value("Lead", doc.lead, "*", as_dict=True) or frappe._dict()
	criteria = qualifying.criteria_of(doc.definition)
	answers = {row.fieldname: row for row in qualifying.answers_of(doc.name)}
	found = fit.fit(
		criteria, definition.lead_values(criteria, lead), qualifying.values_of(criteria, answers.values())
	)
	rights = moves.rights_of(doc)
	return {
		"nurture": {field: doc.get(field) for field in _OF_NURTURE},
		"lead": {field: lead.get(field) for field in _OF_LEAD},
		"introduction": doc.introduction or "",
		"lines": [_line(line, answers, doc.company) for line in found.lines],
		"missing": [line.criterion.label for line in found.missing],
		"most_points": float(fit.most_points(criteria)),
		"currency": frappe.get_cached_value("Company", doc.company, "default_currency"),
		"actions": offered(doc, rights),
		"may_answer": rights.team and doc.status == rules.QUALIFYING,
		"newer": newer(doc) if rights.team else None,
		"may_score": rights.team,
		"may_write": bool(doc.has_permission("write")),
	}


def preview(doc: Document, answers: Mapping[str, object]) -> dict[str, Any]:
	"""What answers that are being typed would give, before they are saved; those left out count as they stand, what a
	question doesn't take counts as no answer. ``fit_score``, ``reaches`` (the definition), ``missing`` (labels), and
	``points`` of each criterion by its name."""
	lead = frappe.db.get_value("Lead", doc.lead, "*", as_dict=True) or frappe._dict()
	criteria = qualifying.criteria_of(doc.definition)
	values = {row.fieldname: row.value for row in qualifying.answers_of(doc.name)}
	values.update(answers)
	rows = [{"fieldname": fieldname, "value": value} for fieldname, value in values.items()]
	found = fit.fit(criteria, definition.lead_values(criteria, lead), qualifying.values_of(criteria, rows))
	return {
		"fit_score": float(found.points),
		"reaches": bool(doc.definition) and found.reaches(qualifying.threshold_of(doc.definition)),
		"missing": [line.criterion.label for line in found.missing],
		"points": {line.criterion.fieldname: float(line.points) for line in found.lines},
	}


def offered(doc: Mapping, rights: moves.Rights) -> list[dict[str, Any]]:
	"""The actions of the Workflow that lead on from the lead's state and are for this user, each once: ``action``,
	``to``, and the field ``needs`` that has to be said with it."""
	workflow = active_workflow("Lead Nurture")
	roles, state = set(frappe.get_roles()), doc.get("status")
	found: dict[str, dict[str, Any]] = {}
	for row in workflow.transitions if workflow else ():
		move = rules.move_between(state, row.next_state) if row.state == state else None
		if move and row.allowed in roles and rights.may(move):
			found.setdefault(row.action, {"action": row.action, "to": row.next_state, "needs": move.needs})
	return list(found.values())


def newer(doc: Mapping) -> str | None:
	"""The active definition, where the lead is measured by another and may be scored by it."""
	if doc.get("status") not in rules.SCORED_AGAIN:
		return None
	active = definition.active(doc.get("company"))
	return active if active and active != doc.get("definition") else None


def _line(line: Line, answers: Mapping[str, frappe._dict], company: str) -> dict[str, Any]:
	criterion = line.criterion
	answer = answers.get(criterion.fieldname) if criterion.kind == fit.QUESTION else None
	return {
		"fieldname": criterion.fieldname,
		"label": criterion.label,
		"kind": criterion.kind,
		"question": criterion.question.as_dict() if criterion.kind == fit.QUESTION else None,
		"lead_field": criterion.lead_field,
		"scored_answers": _scored(criterion),
		"mandatory": criterion.mandatory,
		"help": criterion.help,
		"value": answer.value if answer else None,
		"shown": shown(answer.fieldtype, answer.value, company) if answer else _plain(line, company),
		"answered_by": answer.answered_by if answer else None,
		"answered_on": answer.answered_on if answer else None,
		"points": float(line.points),
		"most": float(fit.most_points([criterion])),
		"met": line.met,
		"open": line.open,
	}


def _scored(criterion: Criterion) -> list[dict[str, Any]]:
	"""The answers of a choice with their points."""
	if not criterion.is_choice:
		return []
	return [
		{"answer": answer, "points": float(points)} for answer, points in fit.scored(criterion.scored_answers)
	]


def _plain(line: Line, company: str) -> str:
	"""A field of the Lead; numbers and dates in the user's notation, amounts in the company's currency."""
	if line.value is None or line.criterion.kind == fit.QUESTION:
		return ""
	text = frappe.utils.cstr(line.value)
	field = frappe.get_meta("Lead").get_field(line.criterion.lead_field)
	kind = field.fieldtype if field else "Data"
	return shown(kind, text, company) if kind in (*forms.NUMBERS, "Date") else text
