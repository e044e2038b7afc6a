"""The template of a sale: an ordered list of milestones."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, escape_html, flt

from sales_activity.sales_activity.masters import check_enabled
from sales_activity.sales_activity.milestones import definition, form_texts, forms
from sales_activity.sales_activity.milestones.conditions import Condition
from sales_activity.sales_activity.milestones.definition import Planned
from sales_activity.sales_activity.milestones.forms import Problem, Question

TEXT_FIELDS = ("milestone", "outcome", "condition_field", "condition_value")
# kept by the app: a condition on what the milestones write themselves goes round in circles
_OWN_FIELDS = {"current_milestone", "milestone_probability", "process_started_on", "clock_stopped_on"}


class ProcessDefinitionError(frappe.ValidationError):
	"""A process that can't be run."""


class SalesProcess(Document):
	def validate(self) -> None:
		"""Put the rows in order, then check them. Running projects keep the process as it was."""
		self.tidy_rows()
		check_enabled(self, "milestones")
		self.check_forms()
		self.check_rows()

	def tidy_rows(self) -> None:
		"""Spaces around texts mean nothing; a row that depends on nothing has no condition."""
		for row in self.milestones:
			row.update({field: (row.get(field) or "").strip() for field in TEXT_FIELDS})

	def check_forms(self) -> None:
		"""Refuse a disabled form in a row that is new or names another one."""
		before = self.get_doc_before_save()
		known = {row.milestone_form for row in before.milestones} if before else set()
		for row in self.milestones:
			new = row.milestone_form and row.milestone_form not in known
			if new and frappe.get_cached_value("Milestone Form", row.milestone_form, "disabled"):
				frappe.throw(
					_("Row {0}: the form {1} is disabled. Enable it or choose another.").format(
						row.idx, frappe.bold(escape_html(row.milestone_form))
					),
					ProcessDefinitionError,
				)

	def check_rows(self) -> None:
		"""Refuse milestones that can't be run, naming everything that is wrong."""
		rows = [_planned(row) for row in self.milestones]
		used = {row.milestone_form for row in rows if row.milestone_form}
		problems = definition.process_errors(
			rows, {form: _questions(form) for form in used}, _project_fields()
		)
		if problems:
			frappe.throw(
				"<ul>" + "".join(f"<li>{_text(problem)}</li>" for problem in problems) + "</ul>",
				ProcessDefinitionError,
				title=_("Please correct the milestones"),
			)


def _planned(row: Document) -> Planned:
	return Planned(
		milestone=row.milestone or "",
		step=cint(row.step),
		milestone_form=row.milestone_form or None,
		condition_on=row.condition_on or None,
		condition=Condition(
			row.condition_field or "", row.condition_operator or "", row.condition_value or ""
		),
		expected_days=flt(row.expected_days),
		probability=flt(row.probability),
	)


def _questions(form: str) -> list[Question]:
	return [Question.of(row) for row in frappe.get_cached_doc("Milestone Form", form).questions]


def _project_fields() -> dict[str, Question]:
	"""The fields of a project that a condition may look at, described as questions are."""
	comparable = {*forms.FIELDTYPES} - {"Link", "Attach"}
	return {
		field.fieldname: Question(
			field.fieldname,
			field.label or field.fieldname,
			field.fieldtype if field.fieldtype in comparable else "Data",
			field.options or "",
		)
		for field in frappe.get_meta("Sales Project").get("fields")
		if field.fieldname in frappe.get_meta("Sales Project").get_valid_columns()
		and field.fieldname not in _OWN_FIELDS
	}


def _text(problem: Problem) -> str:
	"""The sentence for a problem, with everything that was typed escaped."""
	return form_texts.text_of(problem, _texts())


def _texts() -> dict[str, str]:
	return {
		"no_milestone": _("A process needs at least one milestone."),
		"too_many_milestones": _("A process has at most {1} milestones."),
		"repeated_milestone": _("{0} stands there twice. Give each milestone a name of its own."),
		"bad_step": _("{0}: the step must be 1 or more, not {1}."),
		"negative_days": _("{0}: the expected days can't be negative."),
		"bad_probability": _("{0}: the probability must be between 0 and 100."),
		"condition_without_subject": _(
			"{0}: choose in Depends On what its condition looks at, or leave the condition empty."
		),
		"incomplete_condition": _("{0}: its condition needs a field and an operator."),
		"no_such_field": _("{0}: a Sales Project has no field '{1}' to depend on."),
		"not_asked_before": _(
			"{0}: no form of an earlier step asks '{1}'. Only what was answered before can decide."
		),
	}
