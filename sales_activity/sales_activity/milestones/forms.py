"""What a milestone's form may ask, and what may be answered. Plain functions, no site.

A form is a list of questions. Everything that is wrong is returned as a list of Problems, of which
``form_texts`` makes sentences. Whether a linked record or a file exists only the site knows: ``answers``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, time
from typing import NamedTuple

from sales_activity.sales_activity.milestones import conditions, notation, patterns
from sales_activity.sales_activity.milestones.conditions import Condition

NUMBERS = frozenset({"Int", "Float", "Currency", "Percent", "Duration"})
DATES = frozenset({"Date", "Datetime"})
TEXTS = frozenset({"Data", "Text"})
FIELDTYPES = (*("Data", "Text", "Int", "Float", "Currency", "Percent"), *("Date", "Datetime", "Check"))
FIELDTYPES = (*FIELDTYPES, "Select", "Link", "Duration", "Attach")

# the most characters of an answer
LENGTHS = {"Data": 140, "Text": 20_000, "Select": 140, "Link": 140, "Attach": 500}
MOST_QUESTIONS = 100

_FIELDNAME = re.compile(r"[a-z][a-z0-9_]{0,60}", re.ASCII)
# what an HTML parser takes for the beginning of a tag
_TAG = re.compile(r"<[A-Za-z/!?]", re.ASCII)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Problem(NamedTuple):
	"""Something wrong with a question or an answer: a code of ``form_texts``, the question's label, details."""

	code: str
	label: str
	details: tuple[str, ...] = ()


class BadAnswerError(ValueError):
	"""An answer that doesn't fit its question."""

	def __init__(self, problem: Problem) -> None:
		super().__init__(problem)
		self.problem = problem


@dataclass(frozen=True)
class Question:
	"""A row of a Milestone Form. ``when_*`` say when it becomes mandatory; limits are text in Frappe's notation."""

	fieldname: str
	label: str
	fieldtype: str = "Data"
	options: str = ""
	mandatory: bool = False
	minimum: str = ""
	maximum: str = ""
	pattern: str = ""
	help: str = ""
	when_field: str = ""
	when_operator: str = ""
	when_value: str = ""

	@classmethod
	def of(cls, row: Mapping | object) -> Question:
		"""The question that a mapping, or a document's row, describes; other fields are left out."""
		get = row.get
		values = {field.name: _text(get(field.name)) for field in fields(cls)}
		return cls(**{**values, "mandatory": bool(notation.check_of(get("mandatory")))})

	def as_dict(self) -> dict:
		"""Its fields, as ``of`` takes them."""
		return asdict(self)

	@property
	def choices(self) -> list[str]:
		"""What a Select offers."""
		return [line.strip() for line in self.options.splitlines() if line.strip()]

	@property
	def condition(self) -> Condition | None:
		"""When it becomes mandatory, if that depends on another question."""
		if not self.when_field:
			return None
		return Condition(self.when_field, self.when_operator, self.when_value)


@dataclass(frozen=True)
class TypedAnswer:
	"""An answer in canonical text, and as number (seconds for durations) or moment where it is one."""

	question: Question
	value: str
	number: float | None = None
	moment: datetime | None = None
	plain: object = None  # as Python value: what conditions compare


# --- definitions ---------------------------------------------------------------------------------------------


def definition_errors(questions: Sequence[Question]) -> list[Problem]:
	"""Everything wrong with a form; nothing, if it can be used. Whether a linked DocType exists isn't asked."""
	if len(questions) > MOST_QUESTIONS:
		return [Problem("too_many_questions", "", (str(MOST_QUESTIONS),))]
	found = []
	counts = Counter(question.fieldname for question in questions)
	above: dict[str, Question] = {}
	for question in questions:
		if counts[question.fieldname] > 1:
			found.append(Problem("repeated_fieldname", question.label, (question.fieldname,)))
		found += _errors_of_one(question)
		found += _when_errors(question, above, counts)
		above[question.fieldname] = question
	return list(dict.fromkeys(found))


def _errors_of_one(question: Question) -> list[Problem]:
	label = question.label or question.fieldname
	if not question.label.strip():
		return [Problem("no_label", label)]
	if not _FIELDNAME.fullmatch(question.fieldname):
		return [Problem("bad_fieldname", label, (question.fieldname,))]
	if question.fieldtype not in FIELDTYPES:
		return [Problem("unknown_type", label, (question.fieldtype, ", ".join(FIELDTYPES)))]
	return [*_option_errors(question), *_limit_errors(question), *_pattern_errors(question)]


def _option_errors(question: Question) -> list[Problem]:
	if question.fieldtype == "Link" and not question.options:
		return [Problem("link_without_doctype", question.label)]
	if question.fieldtype != "Select":
		return []
	choices = question.choices
	if not choices:
		return [Problem("select_without_choices", question.label)]
	twice = [choice for choice, count in Counter(choices).items() if count > 1]
	bad = [choice for choice in choices if len(choice) > LENGTHS["Select"] or _TAG.search(choice)]
	return [
		*(Problem("repeated_choice", question.label, (choice,)) for choice in twice),
		*(Problem("bad_choice", question.label, (choice[:50],)) for choice in bad),
	]


def _limit_errors(question: Question) -> list[Problem]:
	if not question.minimum and not question.maximum:
		return []
	if question.fieldtype not in NUMBERS | DATES | TEXTS:
		return [Problem("limits_without_sense", question.label, (question.fieldtype,))]
	found = []
	for text in (question.minimum, question.maximum):
		if text and _limit(question, text) is None:
			code = "bad_length_limit" if question.fieldtype in TEXTS else "bad_limit"
			found.append(Problem(code, question.label, (text, question.fieldtype)))
	if not found and question.minimum and question.maximum:
		if _limit(question, question.minimum) > _limit(question, question.maximum):
			found.append(
				Problem("minimum_above_maximum", question.label, (question.minimum, question.maximum))
			)
	return found


def _pattern_errors(question: Question) -> list[Problem]:
	if not question.pattern:
		return []
	if question.fieldtype not in TEXTS:
		return [Problem("pattern_without_sense", question.label, (question.fieldtype,))]
	try:
		patterns.compiled(question.pattern)
	except patterns.PatternError as error:
		return [Problem("bad_pattern", question.label, (question.pattern, str(error)))]
	return []


def _when_errors(
	question: Question, above: Mapping[str, Question], counts: Mapping[str, int]
) -> list[Problem]:
	if not question.when_field:
		return (
			[Problem("when_without_question", question.label)]
			if question.when_operator or question.when_value
			else []
		)
	if question.when_field not in above:
		code = "when_below" if counts.get(question.when_field) else "when_unknown"
		return [Problem(code, question.label, (question.when_field,))]
	return condition_errors(question.condition, above[question.when_field], question.label)


def condition_errors(condition: Condition, asked: Question, label: str) -> list[Problem]:
	"""What is wrong with a condition on the answer to ``asked``; ``label`` names what it belongs to."""
	if condition.operator not in conditions.OPERATORS:
		return [Problem("bad_operator", label, (condition.operator, ", ".join(conditions.OPERATORS)))]
	if condition.operator in conditions.WITHOUT_VALUE or condition.operator == "contains":
		missing = condition.operator == "contains" and not condition.value.strip()
		return [Problem("condition_without_value", label, (condition.operator,))] if missing else []
	listing = condition.operator in conditions.LISTS
	values = conditions.listed(condition.value) if listing else [condition.value]
	if not any(value.strip() for value in values):
		return [Problem("condition_without_value", label, (condition.operator,))]
	found = []
	for value in values:
		if not _comparable(asked, value):
			found.append(Problem("bad_condition_value", label, (value, asked.label, asked.fieldtype)))
	return found


def _comparable(asked: Question, value: str) -> bool:
	"""Whether a condition's value can be an answer at all."""
	if asked.fieldtype == "Select":
		return value.strip().casefold() in (choice.casefold() for choice in asked.choices)
	if asked.fieldtype in NUMBERS | {"Check"}:
		reading = {"Duration": notation.duration_of, "Check": notation.check_of}.get(asked.fieldtype)
		return (reading or notation.number_of)(value) is not None
	return notation.datetime_of(value) is not None if asked.fieldtype in DATES else True


# --- answers -------------------------------------------------------------------------------------------------


def check_answers(
	questions: Sequence[Question], answers: Iterable[tuple[str, object]], complete: bool
) -> tuple[list[TypedAnswer], list[Problem]]:
	"""The answers, typed and in the order of the questions, and everything wrong with them.

	``answers``: (fieldname, what was sent). Empty ones are no answers and left out. With ``complete`` a
	mandatory question without an answer is a problem too.
	"""
	by_name = {question.fieldname: question for question in questions}
	typed_ones: dict[str, TypedAnswer] = {}
	problems: list[Problem] = []
	seen: set[str] = set()
	for fieldname, raw in answers:
		question = by_name.get(fieldname)
		if question is None:
			problems.append(Problem("unknown_question", _shown(fieldname), (_names(questions),)))
			continue
		if fieldname in seen:
			problems.append(Problem("answered_twice", question.label))
			continue
		seen.add(fieldname)
		try:
			answer = typed(question, raw)
		except BadAnswerError as error:
			problems.append(error.problem)
			continue
		if answer:
			typed_ones[fieldname] = answer
	if complete and not problems:
		problems += missing(questions, plain_values(questions, typed_ones.values()))
	return [typed_ones[name] for name in by_name if name in typed_ones], problems


def missing(questions: Iterable[Question], values: Mapping[str, object]) -> list[Problem]:
	"""Mandatory questions that are not answered by ``values``. A mandatory Check has to be ticked."""
	return [
		Problem("missing_check" if question.fieldtype == "Check" else "missing", question.label)
		for question in questions
		if is_mandatory(question, values) and not conditions.is_set(values.get(question.fieldname))
	]


def is_mandatory(question: Question, values: Mapping[str, object]) -> bool:
	"""Whether the question needs an answer, given the other answers as Python values."""
	condition = question.condition
	if condition is None:
		return question.mandatory
	return question.mandatory or condition.met_by(values)


def plain_values(questions: Iterable[Question], answers: Iterable[TypedAnswer]) -> dict[str, object]:
	"""Python values by field name, as conditions compare them; a Check without an answer is False."""
	values: dict[str, object] = {
		question.fieldname: False for question in questions if question.fieldtype == "Check"
	}
	values.update({answer.question.fieldname: answer.plain for answer in answers})
	return values


def typed(question: Question, raw: object) -> TypedAnswer | None:
	"""What was sent, as an answer to the question; None where nothing was. Raises BadAnswerError."""
	if raw is None or (isinstance(raw, str) and len(raw) <= 100_000 and not raw.strip()):
		return None
	answer = _READERS[question.fieldtype](question, raw)
	_check_limits(question, answer)
	return answer


def read_back(fieldtype: str, value: str | None) -> object:
	"""The Python value of a stored canonical text, without checks; None where it is empty."""
	if not value:
		return None
	if fieldtype == "Check":
		return value == "1"
	if fieldtype in NUMBERS:
		return notation.number_of(value)
	if fieldtype == "Date":
		return notation.date_of(value)
	return notation.datetime_of(value) if fieldtype == "Datetime" else value


def _text_answer(question: Question, raw: object) -> TypedAnswer:
	text = _readable(question, raw)
	if question.fieldtype == "Data":
		text = text.strip()
		if "\n" in text or "\r" in text:
			raise _bad("one_line", question)
	if question.pattern and not patterns.compiled(question.pattern).covers(text):
		if len(text) > patterns.LONGEST_TEXT:
			raise _bad("too_long", question, str(patterns.LONGEST_TEXT), str(len(text)))
		raise _bad("pattern", question, question.help or question.pattern)
	return TypedAnswer(question, text, plain=text)


def _readable(question: Question, raw: object) -> str:
	"""Text of a bearable length without HTML or control characters."""
	if isinstance(raw, bool) or not isinstance(raw, str | int | float):
		raise _bad("not_text", question)
	text = raw if isinstance(raw, str) else notation.text_of(raw)
	if len(text) > LENGTHS[question.fieldtype]:
		raise _bad("too_long", question, str(LENGTHS[question.fieldtype]), str(len(text)))
	if _CONTROLS.search(text):
		raise _bad("control_characters", question)
	if _TAG.search(text):
		raise _bad("html", question)
	return text


def _choice_answer(question: Question, raw: object) -> TypedAnswer:
	text = _readable(question, raw).strip()
	if text not in question.choices:
		raise _bad("choice", question, text, ", ".join(question.choices))
	return TypedAnswer(question, text, plain=text)


def _name_answer(question: Question, raw: object) -> TypedAnswer:
	"""The name of a record. Names may hold anything, so only their length is looked at."""
	if isinstance(raw, bool) or not isinstance(raw, str | int):
		raise _bad("not_text", question)
	text = str(raw)
	if len(text) > LENGTHS[question.fieldtype]:
		raise _bad("too_long", question, str(LENGTHS[question.fieldtype]), str(len(text)))
	return TypedAnswer(question, text, plain=text)


def _file_answer(question: Question, raw: object) -> TypedAnswer:
	text = _readable(question, raw).strip()
	if not text.startswith(("/files/", "/private/files/")):
		raise _bad("file", question, text)
	return TypedAnswer(question, text, plain=text)


def _check_answer(question: Question, raw: object) -> TypedAnswer:
	value = notation.check_of(raw)
	if value is None:
		raise _bad("check", question, _shown(raw))
	return TypedAnswer(question, str(value), number=float(value), plain=bool(value))


def _number_answer(question: Question, raw: object) -> TypedAnswer:
	reading = {"Int": notation.whole_number_of, "Duration": notation.duration_of}.get(question.fieldtype)
	value = (reading or notation.number_of)(raw)
	if value is None:
		raise _bad(
			{"Int": "int", "Duration": "duration"}.get(question.fieldtype, "number"), question, _shown(raw)
		)
	return TypedAnswer(question, notation.text_of(value), number=float(value), plain=value)


def _date_answer(question: Question, raw: object) -> TypedAnswer:
	day = notation.date_of(raw)
	if day is None:
		raise _bad("date", question, _shown(raw))
	return TypedAnswer(question, notation.text_of(day), moment=datetime.combine(day, time.min), plain=day)


def _datetime_answer(question: Question, raw: object) -> TypedAnswer:
	moment = notation.datetime_of(raw)
	if moment is None:
		raise _bad("datetime", question, _shown(raw))
	return TypedAnswer(question, notation.text_of(moment), moment=moment, plain=moment)


_READERS = {
	**dict.fromkeys(TEXTS, _text_answer),
	**dict.fromkeys(NUMBERS, _number_answer),
	"Date": _date_answer,
	"Datetime": _datetime_answer,
	"Check": _check_answer,
	"Select": _choice_answer,
	"Link": _name_answer,
	"Attach": _file_answer,
}


def _check_limits(question: Question, answer: TypedAnswer) -> None:
	is_text = question.fieldtype in TEXTS
	value = len(answer.value) if is_text else answer.plain
	for code, text in (("minimum", question.minimum), ("maximum", question.maximum)):
		limit = _limit(question, text) if text else None
		if limit is None:
			continue
		if value < limit if code == "minimum" else value > limit:
			raise _bad(f"{code}_length" if is_text else code, question, text)


def _limit(question: Question, text: str) -> int | float | date | None:
	"""A minimum or maximum as Python value; None where the text is none."""
	if question.fieldtype in TEXTS:
		length = notation.whole_number_of(text)
		return length if length is not None and 0 <= length <= LENGTHS[question.fieldtype] else None
	reading = {
		"Int": notation.whole_number_of,
		"Duration": notation.duration_of,
		"Date": notation.date_of,
		"Datetime": notation.datetime_of,
	}.get(question.fieldtype, notation.number_of)
	return reading(text)


def _bad(code: str, question: Question, *details: str) -> BadAnswerError:
	return BadAnswerError(Problem(code, question.label, tuple(details)))


def _shown(raw: object) -> str:
	"""What was sent, short enough for a message."""
	text = str(raw) if isinstance(raw, str | int | float | date) else type(raw).__name__
	return text if len(text) <= 50 else text[:50] + "..."


def _names(questions: Iterable[Question]) -> str:
	return ", ".join(question.fieldname for question in questions)


def _text(value: object) -> str:
	return "" if value is None else str(value).strip()
