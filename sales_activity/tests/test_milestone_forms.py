"""Questions and answers against slow, obvious oracles. No site is needed.

The strategies make a question together with answers that fit it, written in several ways, and with answers
that don't; the oracle for what is mandatory walks the questions one by one.
"""

from __future__ import annotations

import unittest
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from sales_activity.sales_activity.milestones import forms
from sales_activity.sales_activity.milestones.forms import (
	FIELDTYPES,
	BadAnswerError,
	Problem,
	Question,
	check_answers,
	definition_errors,
	typed,
)

CASES = settings(max_examples=800, deadline=None)
CHOICES = ("Yes", "No", "Not yet")
HTML = (
	"<script>alert(1)</script>",
	"a <b>bold</b> claim",
	"<img src=x onerror=alert(1)",
	"<!-- x -->",
	"</p>",
)
PLAIN = st.text(
	alphabet=st.characters(blacklist_categories=("Cc", "Cs"), blacklist_characters="<"),
	min_size=1,
	max_size=60,
).filter(lambda text: text.strip() == text and text)

# for each type: (Python value, ways to send it, canonical text)
Sent = tuple[object, list[object], str]


def whole(values: st.SearchStrategy) -> st.SearchStrategy:
	"""Whole numbers, sent as number or text."""
	return values.map(
		lambda number: (number, [number, str(number), f" {number} ", float(number)], str(number))
	)


def canonical(thousandths: int) -> str:
	"""A number of thousandths, written by hand."""
	sign, digits = ("-" if thousandths < 0 else ""), f"{abs(thousandths):04d}"
	return (sign + digits[:-3] + "." + digits[-3:]).rstrip("0").rstrip(".")


def broken(values: st.SearchStrategy) -> st.SearchStrategy:
	"""Numbers with three digits behind the point."""
	return values.map(
		lambda number: (
			Fraction(number, 1000),
			[canonical(number), number / 1000, f"{canonical(number)}{'0' if number % 1000 else ''}"],
			canonical(number),
		)
	)


def day_as_sent(day: date) -> Sent:
	"""A date as date, text, or moment at midnight."""
	return day, [day, day.isoformat(), f"{day} 00:00:00", datetime.combine(day, time.min)], day.isoformat()


def moment_as_sent(moment: datetime) -> Sent:
	"""A moment as datetime or text."""
	return moment, [moment, str(moment), moment.isoformat()], str(moment)


DAYS = st.dates(min_value=date(1970, 1, 1), max_value=date(2100, 1, 1))
MOMENTS = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2100, 1, 1)).map(
	lambda moment: moment.replace(microsecond=0)
)
LARGE = st.integers(min_value=-(10**11), max_value=10**11)
GOOD: dict[str, st.SearchStrategy[Sent]] = {
	"Data": PLAIN.map(lambda text: (text, [text, f" {text} "], text)),
	"Text": st.lists(PLAIN, min_size=1, max_size=4).map("\n".join).map(lambda text: (text, [text], text)),
	"Int": whole(LARGE),
	"Float": broken(LARGE),
	"Currency": broken(LARGE),
	"Percent": broken(LARGE),
	"Duration": whole(st.integers(min_value=0, max_value=10**9)),
	"Date": DAYS.map(day_as_sent),
	"Datetime": MOMENTS.map(moment_as_sent),
	"Check": st.booleans().map(
		lambda on: (on, [on, int(on), str(int(on)), "Yes" if on else "No"], str(int(on)))
	),
	"Select": st.sampled_from(CHOICES).map(lambda choice: (choice, [choice, f"{choice} "], choice)),
	"Link": PLAIN.map(lambda name: (name, [name], name)),
	"Attach": st.sampled_from(["/files/a.pdf", "/private/files/b c.png"]).map(lambda url: (url, [url], url)),
}
ANYTHING_BUT_TEXT = ([], {}, ["a"], {"a": 1}, b"a")
BAD: dict[str, tuple] = {
	"Data": (*HTML, "a" * 141, "two\nlines", "bell\x07", "nul\x00", True, "x" * 2**20),
	"Text": (*HTML, "a" * 20_001, "nul\x00", False, "x" * 2**20),
	"Int": ("12.5", 12.5, "1,000", "twelve", True, float("nan"), 10**12, "1" * 2**20, "<b>1</b>"),
	"Float": ("1,5", "12.5.1", "nan", "inf", float("inf"), True, 10**12, "9" * 2**20),
	"Currency": ("$5", "5 EUR", "1'000", True),
	"Percent": ("50%", "half", True),
	"Duration": (-1, "1.5", "soon", "-5m", True),
	"Date": (
		"31.01.2026",
		"2026-02-30",
		"2026-13-01",
		"today",
		"0001-01-01",
		20260131,
		0,
		True,
		"2026-01-31 10:00",
	),
	"Datetime": ("2026-01-31 25:00:00", "10:00", "now", "2026-01-31T10:00:00Z", 1, True),
	"Check": (2, -1, "on", "maybe", "ja", 0.5),
	"Select": ("Maybe", "yes", "Yes\nNo", "Yes, No", 1, True, *HTML),
	"Link": ("n" * 141, True, 1.5),
	"Attach": (
		"http://example.com/a.pdf",
		"a.pdf",
		"javascript:alert(1)",
		"/etc/passwd",
		"/files/" + "a" * 500,
		1,
	),
}


def question(fieldtype: str, **values: object) -> Question:
	"""A question of a type, as an admin would have made it."""
	options = {"Select": "\n".join(CHOICES), "Link": "Contact"}.get(fieldtype, "")
	fieldname = values.pop("fieldname", f"the_{fieldtype.lower()}")
	return Question(fieldname, fieldname.title(), fieldtype, options=options, **values)


@st.composite
def asked_and_sent(draw: st.DrawFn) -> tuple[Question, object, Sent]:
	"""A question, one way to send an answer that fits, and what it means."""
	fieldtype = draw(st.sampled_from(FIELDTYPES))
	sent = draw(GOOD[fieldtype])
	return question(fieldtype), draw(st.sampled_from(sent[1])), sent


class TestTypes(unittest.TestCase):
	@settings(max_examples=3000, deadline=None)
	@given(asked_and_sent())
	def test_what_fits_is_stored_in_one_notation(self, case: tuple):
		asked, raw, (value, _ways, text) = case
		answer = typed(asked, raw)
		self.assertEqual(answer.value, text)
		if asked.fieldtype in forms.NUMBERS:
			self.assertEqual(Fraction(answer.value), Fraction(value))
			self.assertAlmostEqual(answer.number, float(value), places=6)
		if asked.fieldtype == "Check":
			self.assertEqual((answer.number, answer.plain), (float(value), value))
		if asked.fieldtype == "Date":
			self.assertEqual((answer.plain, answer.moment), (value, datetime.combine(value, time.min)))
		if asked.fieldtype == "Datetime":
			self.assertEqual((answer.plain, answer.moment), (value, value))

	@CASES
	@given(asked_and_sent())
	def test_what_is_stored_is_read_back_and_taken_again(self, case: tuple):
		asked, raw, _sent = case
		answer = typed(asked, raw)
		self.assertEqual(forms.read_back(asked.fieldtype, answer.value), answer.plain)
		self.assertEqual(typed(asked, answer.value), answer)

	def test_what_does_not_fit_is_refused(self):
		for fieldtype in FIELDTYPES:
			for raw in (*BAD[fieldtype], *ANYTHING_BUT_TEXT):
				with self.subTest(fieldtype=fieldtype, raw=str(raw)[:40]), self.assertRaises(BadAnswerError):
					typed(question(fieldtype), raw)

	@CASES
	@given(
		st.sampled_from(FIELDTYPES),
		st.recursive(
			st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.text()),
			lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
		),
	)
	def test_whatever_is_sent_fits_or_is_refused(self, fieldtype: str, raw: object):
		try:
			answer = typed(question(fieldtype), raw)
		except BadAnswerError as error:
			self.assertLess(len(str(error.problem)), 500)
			return
		if answer:
			self.assertNotRegex(answer.value if fieldtype != "Link" else "", "<[A-Za-z/!?]")
			self.assertEqual(typed(question(fieldtype), answer.value), answer)

	def test_nothing_is_no_answer(self):
		for fieldtype in FIELDTYPES:
			for raw in (None, "", "  ", "\n"):
				self.assertIsNone(typed(question(fieldtype), raw))

	def test_text_with_signs_is_plain_text(self):
		for text in (
			"a < b & c > d",
			"<3",
			"5<6",
			"x > y",
			"R&D",
			'"quoted"',
			"{{ 7*7 }}",
			"'; drop table x",
		):
			self.assertEqual(typed(question("Data"), text).value, text)
			self.assertEqual(typed(question("Text"), text).value, text)


class TestLimits(unittest.TestCase):
	@CASES
	@given(LARGE, LARGE, LARGE)
	def test_numbers(self, low: object, high: object, value: object):
		asked = question("Float", minimum=canonical(low), maximum=canonical(high))
		self._fits(asked, canonical(value), low <= value <= high)

	@CASES
	@given(DAYS, DAYS, DAYS)
	def test_dates(self, low: object, high: object, value: object):
		asked = question("Date", minimum=str(low), maximum=str(high))
		self._fits(asked, str(value), low <= value <= high)
		moments = question("Datetime", minimum=str(low), maximum=str(high))
		midnight = datetime.combine(high, time.min)
		self._fits(moments, str(midnight + timedelta(seconds=1)), False)
		self._fits(moments, str(midnight), low <= high)

	@CASES
	@given(st.integers(0, 20), st.integers(0, 20), st.text(alphabet="abcé ", min_size=1, max_size=25))
	def test_length(self, low: object, high: object, text: str):
		if text.strip():
			asked = question("Data", minimum=str(low), maximum=str(high))
			self._fits(asked, text, low <= len(text.strip()) <= high)

	def test_durations(self):
		asked = question("Duration", minimum="15m", maximum="2h")
		for raw, fits in (("14m 59s", False), ("900", True), ("2h", True), (7201, False)):
			self._fits(asked, raw, fits)

	def test_pattern_covers_the_whole_text(self):
		asked = question("Data", pattern=r"[A-Z]{2}\d+")
		for raw, fits in (("AB1", True), ("xAB1", False), ("AB1x", False), ("ab1", False), (" AB1 ", True)):
			self._fits(asked, raw, fits)

	def _fits(self, asked: Question, raw: object, fits: bool) -> None:
		try:
			typed(asked, raw)
		except BadAnswerError:
			self.assertFalse(fits, raw)
		else:
			self.assertTrue(fits, raw)


# --- whole forms ---------------------------------------------------------------------------------------------


@st.composite
def whole_forms(draw: st.DrawFn) -> list[Question]:
	"""Up to six questions of any types; some mandatory, some when an earlier one has a certain answer."""
	questions: list[Question] = []
	for number in range(draw(st.integers(1, 6))):
		asked = question(
			draw(st.sampled_from(FIELDTYPES)), fieldname=f"q{number}", mandatory=draw(st.booleans())
		)
		if questions and draw(st.booleans()):
			asked = replace(asked, **draw(conditions_on(draw(st.sampled_from(questions)))))
		questions.append(asked)
	return questions


def conditions_on(earlier: Question) -> st.SearchStrategy[dict]:
	"""A condition that the oracle below understands: set, not set, or equal to a value that fits."""
	equal = GOOD[earlier.fieldtype].map(
		lambda sent: {"when_field": earlier.fieldname, "when_operator": "=", "when_value": sent[2]}
	)
	if earlier.fieldtype in ("Data", "Text", "Link"):
		equal = st.just({"when_field": earlier.fieldname, "when_operator": "=", "when_value": "a word"})
	about = st.sampled_from(["is set", "is not set"]).map(
		lambda operator: {"when_field": earlier.fieldname, "when_operator": operator}
	)
	return equal | about


@st.composite
def forms_and_answers(
	draw: st.DrawFn,
) -> tuple[list[Question], list[tuple[str, object]], dict[str, str], set[str]]:
	"""A form, what is sent, the canonical text of what fits, and the names of what must be complained about."""
	questions = draw(whole_forms())
	sent: list[tuple[str, object]] = []
	good: dict[str, str] = {}
	bad: set[str] = set()
	for asked in draw(st.permutations(questions)):
		kind = draw(st.sampled_from(["good", "good", "good", "nothing", "empty", "bad", "twice"]))
		_value, ways, text = draw(GOOD[asked.fieldtype])
		if kind == "empty":
			sent.append((asked.fieldname, draw(st.sampled_from([None, "", " "]))))
		if kind in ("good", "twice"):
			sent.append((asked.fieldname, draw(st.sampled_from(ways))))
			good[asked.fieldname] = text
		if kind == "twice":
			sent.append((asked.fieldname, draw(st.sampled_from(ways))))
			bad.add(asked.label)
		if kind == "bad":
			sent.append((asked.fieldname, draw(st.sampled_from(BAD[asked.fieldtype]))))
			bad.add(asked.label)
	if draw(st.integers(0, 5)) == 0:
		sent.append(("no_such_question", "1"))
		bad.add("no_such_question")
	return questions, sent, good, bad


def lacking(questions: list[Question], good: dict[str, str]) -> set[str]:
	"""The oracle for what is missing: question by question, in words."""
	found = set()
	types = {asked.fieldname: asked.fieldtype for asked in questions}

	def is_there(name: str) -> bool:
		return name in good and not (types[name] == "Check" and good[name] == "0")

	for asked in questions:
		needed = asked.mandatory
		if asked.when_operator == "is set":
			needed = needed or is_there(asked.when_field)
		elif asked.when_operator == "is not set":
			needed = needed or not is_there(asked.when_field)
		elif asked.when_operator == "=":
			unticked = "0" if types[asked.when_field] == "Check" else None
			given_text = good.get(asked.when_field, unticked)
			needed = needed or (given_text is not None and given_text.lower() == asked.when_value.lower())
		if needed and not is_there(asked.fieldname):
			found.add(asked.label)
	return found


class TestForms(unittest.TestCase):
	@settings(max_examples=2000, deadline=None)
	@given(forms_and_answers())
	def test_good_answers_are_kept_and_bad_ones_named(self, case: tuple):
		questions, sent, good, bad = case
		answers, problems = check_answers(questions, sent, complete=False)
		self.assertEqual({answer.question.fieldname: answer.value for answer in answers}, good)
		self.assertEqual({problem.label for problem in problems}, bad)
		order = [asked.fieldname for asked in questions]
		self.assertEqual(
			[answer.question.fieldname for answer in answers], [name for name in order if name in good]
		)

	@settings(max_examples=2000, deadline=None)
	@given(forms_and_answers())
	def test_complete_names_all_that_is_missing(self, case: tuple):
		questions, sent, good, bad = case
		_answers, problems = check_answers(questions, sent, complete=True)
		self.assertEqual({problem.label for problem in problems}, bad or lacking(questions, good))

	@CASES
	@given(whole_forms())
	def test_such_forms_are_in_order(self, questions: list[Question]):
		self.assertEqual(definition_errors(questions), [])
		self.assertEqual([Question.of(asked.as_dict()) for asked in questions], questions)


class TestDefinitions(unittest.TestCase):
	def codes(self, *questions: Question) -> set[str]:
		return {problem.code for problem in definition_errors(questions)}

	def test_names(self):
		for name in ("", "Budget", "2nd", "a b", "a-b", "é", "x" * 62, "a.b", "drop`"):
			self.assertEqual(self.codes(replace(question("Data"), fieldname=name)), {"bad_fieldname"}, name)
		self.assertEqual(self.codes(question("Data"), question("Data")), {"repeated_fieldname"})
		self.assertEqual(self.codes(replace(question("Data"), label=" ")), {"no_label"})

	def test_types_and_options(self):
		self.assertEqual(self.codes(question("Table")), {"unknown_type"})
		self.assertEqual(self.codes(replace(question("Select"), options="\n \n")), {"select_without_choices"})
		self.assertEqual(self.codes(replace(question("Select"), options="a\nb\na")), {"repeated_choice"})
		self.assertEqual(self.codes(replace(question("Select"), options="a\n<b>")), {"bad_choice"})
		self.assertEqual(self.codes(replace(question("Link"), options="")), {"link_without_doctype"})

	def test_limits(self):
		for fieldtype in ("Check", "Select", "Link", "Attach"):
			self.assertEqual(self.codes(question(fieldtype, minimum="1")), {"limits_without_sense"})
		for fieldtype, low, high in (
			("Int", "5", "4"),
			("Float", "0.51", "0.5"),
			("Date", "2026-02-01", "2026-01-31"),
			("Data", "10", "9"),
			("Duration", "2h", "30m"),
		):
			self.assertEqual(
				self.codes(question(fieldtype, minimum=low, maximum=high)), {"minimum_above_maximum"}
			)
			self.assertEqual(self.codes(question(fieldtype, minimum=high, maximum=low)), set())
		for fieldtype, limit in (
			("Int", "1.5"),
			("Float", "few"),
			("Date", "1.1.2026"),
			("Duration", "long"),
		):
			self.assertEqual(self.codes(question(fieldtype, maximum=limit)), {"bad_limit"})
		for limit in ("141", "-1", "few"):
			self.assertEqual(self.codes(question("Data", maximum=limit)), {"bad_length_limit"})

	def test_patterns(self):
		self.assertEqual(self.codes(question("Data", pattern=r"\d+")), set())
		for pattern in ("(", "[a", "a**", r"(a)\1"):
			self.assertEqual(self.codes(question("Data", pattern=pattern)), {"bad_pattern"})
		self.assertEqual(self.codes(question("Int", pattern=r"\d+")), {"pattern_without_sense"})

	def test_conditions(self):
		first = question("Int", fieldname="size")
		for values, code in (
			({"when_field": "sise", "when_operator": "is set"}, "when_unknown"),
			({"when_field": "later", "when_operator": "is set"}, "when_below"),
			({"when_field": "the_data", "when_operator": "is set"}, "when_below"),
			({"when_field": "size"}, "bad_operator"),
			({"when_field": "size", "when_operator": "like", "when_value": "1"}, "bad_operator"),
			({"when_field": "size", "when_operator": ">"}, "condition_without_value"),
			({"when_field": "size", "when_operator": "in", "when_value": ","}, "condition_without_value"),
			({"when_field": "size", "when_operator": ">", "when_value": "large"}, "bad_condition_value"),
			({"when_operator": "=", "when_value": "1"}, "when_without_question"),
		):
			asked = replace(question("Data"), **values)
			self.assertEqual(self.codes(first, asked, question("Check", fieldname="later")), {code}, values)

	def test_a_condition_on_a_choice_that_is_not_offered(self):
		asked = replace(
			question("Data"), when_field="the_select", when_operator="in", when_value="Yes, Perhaps"
		)
		self.assertEqual(self.codes(question("Select"), asked), {"bad_condition_value"})
		self.assertEqual(self.codes(question("Select"), replace(asked, when_value='yes, "Not yet"')), set())

	def test_too_many_questions(self):
		many = [question("Data", fieldname=f"q{number}") for number in range(forms.MOST_QUESTIONS + 1)]
		self.assertEqual(self.codes(*many), {"too_many_questions"})

	@CASES
	@given(
		st.lists(
			st.builds(
				Question,
				*[st.text(max_size=8)] * 2,
				st.sampled_from([*FIELDTYPES, "Table", ""]),
				options=st.text(max_size=8),
				minimum=st.text(max_size=8),
				maximum=st.text(max_size=8),
				pattern=st.text(max_size=8),
				when_field=st.text(max_size=3),
				when_operator=st.text(max_size=3),
				when_value=st.text(max_size=3),
			),
			max_size=4,
		)
	)
	def test_any_definition_is_in_order_or_refused(self, questions: list[Question]):
		for problem in definition_errors(questions):
			self.assertIsInstance(problem, Problem)
