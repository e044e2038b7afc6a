"""What a Sales Process may consist of. Plain functions, no site.

Problems are codes as in ``forms``; the controller of Sales Process makes sentences of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sales_activity.sales_activity.milestones import forms
from sales_activity.sales_activity.milestones.conditions import Condition
from sales_activity.sales_activity.milestones.forms import Problem, Question

ON_PROJECT = "Field of the Project"
ON_ANSWER = "Earlier Answer"
MOST_MILESTONES = 99  # two digits number the milestones of a project


class Planned(NamedTuple):
	"""A row of a process, as far as it can be wrong."""

	milestone: str
	step: int
	milestone_form: str | None = None
	condition_on: str | None = None
	condition: Condition = Condition("", "", "")
	expected_days: float = 0.0
	probability: float = 0.0


def process_errors(
	rows: Sequence[Planned],
	forms_of: Mapping[str, Sequence[Question]],
	project_fields: Mapping[str, Question],
) -> list[Problem]:
	"""Everything wrong with the rows of a process.

	``forms_of``: the questions of each form; ``project_fields``: fields of a project by name, as if they were
	questions.
	"""
	found = _list_errors(rows)
	for row in rows:
		found += _row_errors(row)
		found += _condition_errors(row, rows, forms_of, project_fields)
	return list(dict.fromkeys(found))


def _list_errors(rows: Sequence[Planned]) -> list[Problem]:
	if not rows:
		return [Problem("no_milestone", "")]
	if len(rows) > MOST_MILESTONES:
		return [Problem("too_many_milestones", "", (str(MOST_MILESTONES),))]
	names = Counter(row.milestone.strip().casefold() for row in rows)
	return [
		Problem("repeated_milestone", row.milestone)
		for row in rows
		if names[row.milestone.strip().casefold()] > 1
	]


def _row_errors(row: Planned) -> Iterable[Problem]:
	if row.step < 1:
		yield Problem("bad_step", row.milestone, (str(row.step),))
	if row.expected_days < 0:
		yield Problem("negative_days", row.milestone)
	if not 0 <= row.probability <= 100:
		yield Problem("bad_probability", row.milestone)


def _condition_errors(
	row: Planned,
	rows: Iterable[Planned],
	forms_of: Mapping[str, Sequence[Question]],
	project_fields: Mapping[str, Question],
) -> list[Problem]:
	if not row.condition_on:
		incomplete = any(part.strip() for part in row.condition)
		return [Problem("condition_without_subject", row.milestone)] if incomplete else []
	if not row.condition.field.strip() or not row.condition.operator:
		return [Problem("incomplete_condition", row.milestone)]
	if row.condition_on == ON_PROJECT:
		known = project_fields
		code = "no_such_field"
	else:
		known = _asked_before(row.step, rows, forms_of)
		code = "not_asked_before"
	if row.condition.field not in known:
		return [Problem(code, row.milestone, (row.condition.field,))]
	return forms.condition_errors(row.condition, known[row.condition.field], row.milestone)


def _asked_before(
	step: int, rows: Iterable[Planned], forms_of: Mapping[str, Sequence[Question]]
) -> dict[str, Question]:
	"""The questions of forms of earlier steps by field name: only those can be answered when the step opens."""
	return {
		question.fieldname: question
		for row in rows
		if row.step < step and row.milestone_form
		for question in forms_of.get(row.milestone_form, ())
	}
