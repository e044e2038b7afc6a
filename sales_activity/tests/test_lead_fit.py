"""How well a lead fits a definition, against a slow, obvious oracle. No site is needed."""

from __future__ import annotations

import unittest
from decimal import Decimal
from fractions import Fraction
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from sales_activity.sales_activity.milestones.forms import Question
from sales_activity.sales_activity.nurture import fit
from sales_activity.sales_activity.nurture.fit import QUESTION, RULE, Criterion

CASES = settings(max_examples=500, deadline=None)
FIELDS = {
	"industry": Question("industry", "Industry", "Data"),
	"annual_revenue": Question("annual_revenue", "Annual Revenue", "Currency"),
	"no_of_employees": Question("no_of_employees", "Employees", "Select", "1-10\n11-50"),
}
points = st.integers(0, 5000).map(lambda cents: Decimal(cents) / 100)


def rule(name: str = "big", operator: str = ">=", value: str = "1000", **more: object) -> Criterion:
	values = {"kind": RULE, "lead_field": "annual_revenue", "points": Decimal(10), **more}
	return Criterion(name, name.title(), operator=operator, value=value, **values)


def question(name: str = "budget", fieldtype: str = "Check", **more: object) -> Criterion:
	values = {"points": Decimal(10) if fieldtype != "Select" else Decimal(0), **more}
	return Criterion(name, name.title(), QUESTION, fieldtype=fieldtype, **values)


def choice(lines: str = "Yes = 20\nNo = -5", **more: object) -> Criterion:
	return question("decider", "Select", scored_answers=lines, **more)


class Oracle:
	"""Each kind of criterion worked out from what it says, with fractions and without the rules' help."""

	def __init__(self, criteria: list, revenue: object, answers: dict) -> None:
		self.total = Fraction(0)
		self.missing: list[str] = []
		for number, (kind, limit, worth, mandatory) in enumerate(criteria):
			given_answer = answers.get(f"c{number}")
			if kind == "rule":
				met, open_ = (
					revenue is not None and revenue >= limit,
					not (revenue is not None and revenue >= limit),
				)
			elif kind == "tick":
				met, open_ = given_answer is True, given_answer is None
			elif kind == "number":
				met, open_ = given_answer is not None and given_answer >= limit, given_answer is None
			else:
				met, open_ = given_answer == "Yes", given_answer is None
			if met:
				self.total += Fraction(worth)
			if kind == "choice" and given_answer == "No":
				self.total -= Fraction(1, 4)
			if mandatory and open_:
				self.missing.append(f"c{number}")


def criterion_of(number: int, kind: str, limit: int, worth: Decimal, mandatory: bool) -> Criterion:
	name, more = f"c{number}", {"points": worth, "mandatory": mandatory}
	if kind == "rule":
		return rule(name, ">=", str(limit), **more)
	if kind == "tick":
		return question(name, "Check", **more)
	if kind == "number":
		return question(name, "Int", operator=">=", value=str(limit), **more)
	lines = f"Yes = {worth}\nNo = -0.25\nPerhaps = 0"
	return question(name, "Select", scored_answers=lines, mandatory=mandatory)


ANSWERS = {
	"rule": st.none(),
	"tick": st.sampled_from([None, True, False]),
	"number": st.none() | st.integers(0, 20),
	"choice": st.sampled_from([None, "Yes", "No", "Perhaps"]),
}


@st.composite
def cases(draw: st.DrawFn) -> tuple:
	kinds = st.tuples(st.sampled_from(sorted(ANSWERS)), st.integers(0, 20), points, st.booleans())
	criteria = draw(st.lists(kinds, min_size=1, max_size=8))
	answers = {f"c{number}": draw(ANSWERS[kind]) for number, (kind, *_rest) in enumerate(criteria)}
	answered = {name: value for name, value in answers.items() if value is not None}
	return criteria, draw(st.none() | st.integers(0, 20)), answered


class TestFit(unittest.TestCase):
	@CASES
	@given(cases())
	def test_against_the_oracle(self, case: tuple):
		rows, revenue, answers = case
		criteria = [criterion_of(number, *row) for number, row in enumerate(rows)]
		found, oracle = (
			fit.fit(criteria, {"annual_revenue": revenue}, answers),
			Oracle(rows, revenue, answers),
		)
		self.assertEqual(Fraction(found.points), oracle.total)
		self.assertEqual([line.criterion.fieldname for line in found.missing], oracle.missing)
		self.assertEqual(sum((line.points for line in found.lines), Decimal(0)), found.points)
		self.assertEqual(found.reaches(Decimal(10)), not oracle.missing and oracle.total >= 10)
		self.assertLessEqual(found.points, fit.most_points(criteria))

	@CASES
	@given(cases(), st.randoms())
	def test_the_order_of_criteria_does_not_matter(self, case: tuple, random: Random):
		rows, revenue, answers = case
		criteria = [criterion_of(number, *row) for number, row in enumerate(rows)]
		shuffled = random.sample(criteria, len(criteria))
		lead = {"annual_revenue": revenue}
		self.assertEqual(fit.fit(criteria, lead, answers).points, fit.fit(shuffled, lead, answers).points)

	def test_an_unanswered_question_meets_nothing(self):
		elsewhere = question("country", "Data", operator="!=", value="Germany")
		self.assertEqual(fit.fit([elsewhere], {}, {}).points, 0)
		self.assertEqual(fit.fit([elsewhere], {}, {"country": "India"}).points, 10)

	def test_a_rule_on_an_empty_field_holds_where_it_says_so(self):
		self.assertTrue(fit.fit([rule(operator="is not set", value="")], {}, {}).lines[0].met)
		self.assertTrue(fit.fit([rule(operator="!=", value="5")], {}, {}).lines[0].met)

	def test_an_unticked_check_is_an_answer_without_points(self):
		found = fit.fit([question(mandatory=True)], {}, {"budget": False})
		self.assertEqual((found.points, found.missing), (0, []))

	def test_a_mandatory_rule_must_hold(self):
		found = fit.fit([rule(mandatory=True)], {"annual_revenue": 999}, {})
		self.assertEqual([line.criterion.fieldname for line in found.missing], ["big"])
		self.assertFalse(found.reaches(Decimal(0)))

	def test_an_answer_that_is_no_longer_offered_gives_nothing(self):
		self.assertEqual(fit.fit([choice()], {}, {"decider": "Once"}).points, 0)

	def test_answers_to_nothing_count_nothing(self):
		self.assertEqual(fit.fit([choice()], {}, {"gone": "Yes"}).points, 0)

	def test_sums_are_exact(self):
		criteria = [question(f"c{number}", points=Decimal("0.10")) for number in range(3)]
		answers = {f"c{number}": True for number in range(3)}
		self.assertEqual(fit.fit(criteria, {}, answers).points, Decimal("0.30"))
		self.assertTrue(fit.fit(criteria, {}, answers).reaches(Decimal("0.3")))


class TestDefinitions(unittest.TestCase):
	def codes(self, *criteria: Criterion, threshold: Decimal | None = Decimal(5)) -> list[str]:
		return [problem.code for problem in fit.definition_errors(criteria, threshold, FIELDS)]

	def test_good_ones(self):
		self.assertEqual(self.codes(rule(), question(), choice()), [])
		self.assertEqual(self.codes(question("size", "Int", operator=">", value="3")), [])
		self.assertEqual(self.codes(rule(operator="is set", value="", lead_field="industry")), [])

	def test_bad_ones(self):
		bad = {
			"no_criteria": [],
			"too_many_criteria": [question(f"c{number}") for number in range(51)],
			"repeated_criterion": [question(), question()],
			"no_label": [Criterion("x", "  ")],
			"bad_kind": [Criterion("x", "X", kind="Guess")],
			"unknown_lead_field": [rule(lead_field="shoe_size")],
			"unknown_type": [question(fieldtype="Link")],
			"bad_operator": [rule(operator="like")],
			"condition_without_value": [rule(value="")],
			"bad_condition_value": [rule(value="soon")],
			"no_scored_answers": [choice("")],
			"bad_scored_answer": [choice("Yes")],
			"repeated_choice": [choice("Yes = 1\nYes = 2")],
			"bad_choice": [choice("<b>Yes</b> = 10")],
			"bad_points": [question(points=Decimal("1.005"))],
			"threshold_out_of_reach": [question(points=Decimal("4.99"))],
		}
		for code, criteria in bad.items():
			with self.subTest(code):
				self.assertIn(code, self.codes(*criteria))
		for threshold in (None, Decimal(0), Decimal(-1)):
			self.assertEqual(self.codes(question(), threshold=threshold), ["bad_threshold"])

	def test_scored_answers(self):
		self.assertEqual(
			fit.scored(" Yes, approved = 20 \n\n1 = 2 = 3.5"),
			[("Yes, approved", 20), ("1 = 2", Decimal("3.5"))],
		)
		for line in ("= 5", "Yes = many", "Yes = 1.234", "Yes = 1001", "Yes"):
			with self.assertRaises(ValueError):
				fit.scored(line)
