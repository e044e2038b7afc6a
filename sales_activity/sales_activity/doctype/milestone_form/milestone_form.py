"""What has to be known before a milestone is achieved; used by any number of processes.

A form in use may be edited: milestones that are answered keep the questions as they were asked.
"""

from __future__ import annotations

import re

import frappe
from frappe import _
from frappe.model.document import Document

from sales_activity.sales_activity.milestones import forms
from sales_activity.sales_activity.milestones.form_texts import texts_of
from sales_activity.sales_activity.milestones.forms import Problem, Question

TEXT_FIELDS = ("label", "fieldname", "options", "minimum", "maximum", "pattern", "help")
TEXT_FIELDS = (*TEXT_FIELDS, "when_field", "when_operator", "when_value")


class FormDefinitionError(frappe.ValidationError):
	"""The questions of a form can't be asked."""


class FormInUseError(frappe.LinkExistsError):
	"""A form is deleted that a process or a milestone refers to."""


class MilestoneForm(Document):
	def validate(self) -> None:
		"""Complete the questions, then check them."""
		self.tidy_questions()
		self.name_questions()
		self.check_questions()

	def on_trash(self) -> None:
		self.check_unused()

	def tidy_questions(self) -> None:
		"""Spaces around texts mean nothing."""
		for row in self.questions:
			row.update({field: (row.get(field) or "").strip() for field in TEXT_FIELDS})

	def name_questions(self) -> None:
		"""A question without a name gets one from its label, with a number where the name is taken."""
		taken = {row.fieldname for row in self.questions if row.fieldname}
		for row in self.questions:
			if not row.fieldname:
				row.fieldname = _free_name(row.label, row.idx, taken)
				taken.add(row.fieldname)

	def check_questions(self) -> None:
		"""Refuse questions that can't be asked, naming everything that is wrong."""
		questions = [Question.of(row) for row in self.questions]
		problems = [*forms.definition_errors(questions), *_unknown_doctypes(questions)]
		if problems:
			frappe.throw(
				"<ul>" + "".join(f"<li>{text}</li>" for text in texts_of(problems)) + "</ul>",
				FormDefinitionError,
				title=_("Please correct the questions"),
			)

	def check_unused(self) -> None:
		"""Refuse the deletion of a form in use, saying where."""
		for doctype, found in self.users().items():
			if found:
				frappe.throw(
					_("{0} is used by {1}: {2}. Take it out there, or tick Disabled here instead.").format(
						frappe.bold(frappe.utils.escape_html(self.name)),
						_(doctype),
						frappe.utils.escape_html(", ".join(found)),
					),
					FormInUseError,
					title=_("Form in use"),
				)

	def users(self) -> dict[str, list[str]]:
		"""Names of the first few processes and milestones that refer to the form."""
		of_form = {"milestone_form": self.name}
		rows = frappe.get_all("Sales Process Milestone", filters=of_form, pluck="parent", limit=20)
		milestones = frappe.get_all("Sales Milestone", filters=of_form, pluck="name", limit=3)
		return {"Sales Process": sorted(set(rows))[:3], "Sales Milestone": milestones}


def _free_name(label: str, idx: int, taken: set[str]) -> str:
	"""A name made from a label: small letters, digits and _, beginning with a letter, not taken."""
	stem = re.sub(r"[^a-z0-9]+", "_", frappe.scrub(label)).strip("_")[:50]
	if not stem or not stem[0].isalpha():
		stem = f"question_{stem or idx}"
	name, number = stem, 1
	while name in taken:
		number += 1
		name = f"{stem}_{number}"
	return name


def _unknown_doctypes(questions: list[Question]) -> list[Problem]:
	"""A Link needs a DocType with records of its own."""
	linked = {question.options for question in questions if question.fieldtype == "Link" and question.options}
	known = frappe.get_all(
		"DocType", filters={"name": ["in", list(linked)], "istable": 0, "issingle": 0}, pluck="name"
	)
	return [
		Problem("unknown_doctype", question.label, (question.options,))
		for question in questions
		if question.fieldtype == "Link" and question.options and question.options not in known
	]
