"""What the user reads about a bad question or answer: what is wrong, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from frappe import _
from frappe.utils import escape_html

from sales_activity.sales_activity.milestones.forms import Problem


def text_of(problem: Problem, own: Mapping[str, str] | None = None) -> str:
	"""The sentence for a problem, in the user's language, with everything that was sent escaped. ``own``: the sentences
	of whoever has problems besides, by their codes; they come first."""
	details = (escape_html(detail) for detail in problem.details)
	text = (own or {}).get(problem.code) or _texts()[problem.code]
	return text.format(f"<b>{escape_html(problem.label)}</b>", *details)


def texts_of(problems: Iterable[Problem]) -> list[str]:
	"""A sentence for each problem."""
	return [text_of(problem) for problem in problems]


def _texts() -> dict[str, str]:
	return {**_definition_texts(), **_answer_texts()}


def _definition_texts() -> dict[str, str]:
	return {
		"too_many_questions": _("A form has at most {1} questions. Make a second form for the rest."),
		"no_label": _("A question has no label. Write what is asked."),
		"bad_fieldname": _(
			"{0}: the name '{1}' can't be used. Take small letters, digits and _, beginning with a letter."
		),
		"repeated_fieldname": _("{0}: the name '{1}' is used by several questions. Give each its own."),
		"unknown_type": _("{0}: there is no type '{1}'. Choose one of {2}."),
		"link_without_doctype": _("{0}: a Link needs the DocType that it links to in Options."),
		"unknown_doctype": _("{0}: there is no DocType '{1}' with records to choose from."),
		"select_without_choices": _("{0}: a Select needs its choices in Options, one a line."),
		"repeated_choice": _("{0}: the choice '{1}' stands there twice. Keep one."),
		"bad_choice": _("{0}: the choice '{1}' is too long or holds HTML. Write short plain text."),
		"limits_without_sense": _(
			"{0}: minimum and maximum mean nothing for the type {1}. Leave them empty."
		),
		"bad_limit": _("{0}: the limit '{1}' is no {2}. Write it as 12.5, 2026-01-31 or 2h 30m."),
		"bad_length_limit": _(
			"{0}: the limit '{1}' is no possible number of characters (Data 0 to 140, Text 0 to 20000)."
		),
		"minimum_above_maximum": _("{0}: the minimum {1} is above the maximum {2}. Nothing would fit."),
		"pattern_without_sense": _(
			"{0}: a pattern is for Data and Text, not for the type {1}. Leave it empty."
		),
		"bad_pattern": _("{0}: the pattern '{1}' can't be used: {2}."),
		"when_without_question": _("{0}: Mandatory When needs the question that it depends on."),
		"when_unknown": _("{0}: there is no question named '{1}' to depend on. Name one that stands above."),
		"when_below": _("{0} depends on '{1}', which stands below it. Move that question up."),
		"bad_operator": _("{0}: there is no operator '{1}'. Choose one of {2}."),
		"condition_without_value": _("{0}: the operator '{1}' needs a value to compare with."),
		"bad_condition_value": _(
			"{0}: the value '{1}' of the condition can never be the answer to {2} ({3})."
		),
	}


def _answer_texts() -> dict[str, str]:
	return {
		"unknown_question": _("The form has no question named {0}. It asks: {1}."),
		"answered_twice": _("{0} is answered twice. Send one answer."),
		"missing": _("{0} is not answered."),
		"missing_check": _("{0} is not ticked."),
		"not_text": _("{0} must be text."),
		"too_long": _("{0} can have at most {1} characters; these are {2}."),
		"one_line": _("{0} must be one line."),
		"control_characters": _("{0} holds control characters. Remove them."),
		"html": _("{0} holds HTML. Write plain text, with a space after each &lt; sign."),
		"pattern": _("{0} has not the right form: {1}"),
		"choice": _("{0} can't be '{1}'. Choose one of {2}."),
		"file": _("{0} must be an uploaded file, not '{1}'."),
		"check": _("{0} must be 1 or 0, not '{1}'."),
		"int": _("{0} must be a whole number like 12, not '{1}'."),
		"number": _("{0} must be a number like 12.5, not '{1}'."),
		"duration": _("{0} must be a duration in seconds, or like 2h 30m, not '{1}'."),
		"date": _("{0} must be a date like 2026-01-31, not '{1}'."),
		"datetime": _("{0} must be a date and time like 2026-01-31 14:30:00, not '{1}'."),
		"minimum": _("{0} must be at least {1}."),
		"maximum": _("{0} must be at most {1}."),
		"minimum_length": _("{0} must have at least {1} characters."),
		"maximum_length": _("{0} can have at most {1} characters."),
		"no_record": _("{0}: there is no {1} {2} that you may read. Choose one from the list."),
		"no_file": _("{0}: there is no file {1} that you may read. Upload it here."),
	}
