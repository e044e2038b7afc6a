"""What a Universal Lead Definition may consist of, and how well a lead fits it. Plain functions, no site.

A criterion is a rule on a field of the Lead, or a question that is asked at a call. Each gives points; together they
are the lead's fit. Points are decimals with two digits, so sums are exact. Problems are codes with details as in
``milestones.forms``; ``fit_texts`` makes sentences of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from sales_activity.sales_activity.milestones import conditions, forms, notation
from sales_activity.sales_activity.milestones.conditions import Condition
from sales_activity.sales_activity.milestones.forms import Problem, Question

RULE, QUESTION = "Rule on a Lead Field", "Question"
KINDS = (RULE, QUESTION)
FIELDTYPES = ("Select", "Check", "Int", "Float", "Currency", "Percent", "Date", "Data", "Text")
MOST_CRITERIA = 50
MOST_POINTS = Decimal(1000)
NO_POINTS = Decimal("0.00")
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Criterion:
	"""A row of a definition. ``scored_answers`` are lines ``answer = points`` of a Select question; everything else
	gives ``points`` when its condition holds."""

	fieldname: str
	label: str
	kind: str = QUESTION
	lead_field: str = ""
	fieldtype: str = "Data"
	scored_answers: str = ""
	operator: str = ""
	value: str = ""
	points: Decimal = NO_POINTS
	mandatory: bool = False
	help: str = ""

	@property
	def is_choice(self) -> bool:
		"""Whether each answer has points of its own."""
		return self.kind == QUESTION and self.fieldtype == "Select"

	@property
	def condition(self) -> Condition:
		"""When it gives its points; a Check without a condition of its own gives them when it is ticked."""
		if self.kind == QUESTION and not self.operator:
			return Condition(self.fieldname, "=" if self.fieldtype == "Check" else "is set", "1")
		return Condition(self.fieldname, self.operator, self.value)

	@property
	def question(self) -> Question:
		"""The question, as the forms of milestones ask and check it."""
		options = (
			"\n".join(answer for answer, _points in scored(self.scored_answers)) if self.is_choice else ""
		)
		return Question(self.fieldname, self.label, self.fieldtype, options, self.mandatory, help=self.help)


class Line(NamedTuple):
	"""What one criterion gives a lead. ``value``: the field's value or the answer, None if there is none.
	``met``: it gives its points, or for a choice: it is answered. ``open``: it is mandatory and stands in the way."""

	criterion: Criterion
	value: object
	points: Decimal
	met: bool
	open: bool


class Fit(NamedTuple):
	"""How well a lead fits: a line for each criterion in their order, and the sum."""

	lines: tuple[Line, ...]
	points: Decimal

	@property
	def missing(self) -> list[Line]:
		"""The mandatory criteria that stand in the way: unanswered questions and rules that don't hold."""
		return [line for line in self.lines if line.open]

	def reaches(self, threshold: Decimal) -> bool:
		"""Whether the lead is worth a salesperson's time: nothing mandatory is missing, and points enough."""
		return not self.missing and self.points >= threshold


def fit(criteria: Iterable[Criterion], lead: Mapping[str, object], answers: Mapping[str, object]) -> Fit:
	"""What a lead gets. ``lead``: its values by field name; ``answers``: typed answers by the question's field name
	(``milestones.forms.read_back``). Answers to questions that the definition doesn't ask count nothing."""
	lines = tuple(_line(criterion, lead, answers) for criterion in criteria)
	return Fit(lines, sum((line.points for line in lines), NO_POINTS))


def _line(criterion: Criterion, lead: Mapping[str, object], answers: Mapping[str, object]) -> Line:
	asked = criterion.kind == QUESTION
	value = answers.get(criterion.fieldname) if asked else lead.get(criterion.lead_field)
	answered = conditions.is_set(value) or value is False
	if criterion.is_choice:
		points = dict(scored(criterion.scored_answers)).get(str(value), NO_POINTS) if answered else NO_POINTS
		return Line(criterion, value, points, answered, criterion.mandatory and not answered)
	condition = criterion.condition
	# an unanswered question meets no condition, not even "is not Germany"
	met = (answered or not asked) and conditions.holds(condition.operator, value, condition.value)
	stands_in_the_way = criterion.mandatory and not (answered if asked else met)
	return Line(criterion, value, criterion.points if met else NO_POINTS, met, stands_in_the_way)


def most_points(criteria: Iterable[Criterion]) -> Decimal:
	"""The points of a lead that meets everything that gives points."""
	best = NO_POINTS
	for criterion in criteria:
		offered = [points for _answer, points in scored(criterion.scored_answers)]
		best += max([NO_POINTS, *offered] if criterion.is_choice else [NO_POINTS, criterion.points])
	return best


def scored(lines: str) -> list[tuple[str, Decimal]]:
	"""The answers of a Select and their points: lines ``answer = points``. Raises ValueError with the bad line."""
	found = []
	for line in lines.splitlines():
		if not line.strip():
			continue
		answer, equals, points = line.rpartition("=")
		number = points_of(points)
		if not equals or not answer.strip() or number is None:
			raise ValueError(line.strip())
		found.append((answer.strip(), number))
	return found


def points_of(raw: object) -> Decimal | None:
	"""A number of points, two digits behind the point; None where it is none, or beyond MOST_POINTS."""
	number = notation.decimal_of(raw)
	if number is None or abs(number) > MOST_POINTS:
		return None
	rounded = Decimal(number).quantize(_CENT)
	return rounded if rounded == number else None


# --- definitions ---------------------------------------------------------------------------------------------


def definition_errors(
	criteria: Sequence[Criterion], threshold: Decimal | None, lead_fields: Mapping[str, Question]
) -> list[Problem]:
	"""Everything wrong with a definition. ``lead_fields``: what a rule may look at, described as questions are."""
	if not criteria:
		return [Problem("no_criteria", "")]
	if len(criteria) > MOST_CRITERIA:
		return [Problem("too_many_criteria", "", (str(MOST_CRITERIA),))]
	found = [*_repeated(criteria)]
	for criterion in criteria:
		found += _errors_of_one(criterion, lead_fields)
	if threshold is None or threshold <= 0:
		found.append(Problem("bad_threshold", ""))
	elif not found and threshold > (best := most_points(criteria)):
		found.append(Problem("threshold_out_of_reach", "", (str(threshold), str(best))))
	return list(dict.fromkeys(found))


def _repeated(criteria: Sequence[Criterion]) -> list[Problem]:
	counts = Counter(criterion.fieldname for criterion in criteria)
	return [
		Problem("repeated_criterion", criterion.label)
		for criterion in criteria
		if counts[criterion.fieldname] > 1
	]


def _errors_of_one(criterion: Criterion, lead_fields: Mapping[str, Question]) -> list[Problem]:
	label = criterion.label
	if not label.strip():
		return [Problem("no_label", "")]
	if criterion.kind not in KINDS:
		return [Problem("bad_kind", label, (criterion.kind, ", ".join(KINDS)))]
	if criterion.kind == RULE:
		asked = lead_fields.get(criterion.lead_field)
		if asked is None:
			return [Problem("unknown_lead_field", label, (criterion.lead_field,))]
		return [*_condition_errors(criterion, asked), *_points_errors(criterion)]
	return _question_errors(criterion)


def _question_errors(criterion: Criterion) -> list[Problem]:
	if criterion.fieldtype not in FIELDTYPES:
		return [Problem("unknown_type", criterion.label, (criterion.fieldtype, ", ".join(FIELDTYPES)))]
	if criterion.is_choice:
		return _choice_errors(criterion)
	found = forms.definition_errors([criterion.question])
	if criterion.operator:
		found += _condition_errors(criterion, criterion.question)
	return [*found, *_points_errors(criterion)]


def _choice_errors(criterion: Criterion) -> list[Problem]:
	try:
		answers = scored(criterion.scored_answers)
	except ValueError as error:
		return [Problem("bad_scored_answer", criterion.label, (str(error),))]
	if not answers:
		return [Problem("no_scored_answers", criterion.label)]
	return forms.definition_errors([criterion.question])


def _condition_errors(criterion: Criterion, asked: Question) -> list[Problem]:
	return forms.condition_errors(criterion.condition, asked, criterion.label)


def _points_errors(criterion: Criterion) -> list[Problem]:
	if points_of(criterion.points) is None:
		return [Problem("bad_points", criterion.label, (str(criterion.points), str(MOST_POINTS)))]
	return []
