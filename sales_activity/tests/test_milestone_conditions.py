"""Conditions and patterns against slow, obvious oracles. No site is needed."""

from __future__ import annotations

import re
import unittest
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from sales_activity.sales_activity.milestones import notation
from sales_activity.sales_activity.milestones.conditions import OPERATORS, Condition, holds, is_set, listed
from sales_activity.sales_activity.milestones.patterns import LONGEST_TEXT, PatternError, compiled

CASES = settings(max_examples=600, deadline=None)
NUMBERS = st.one_of(
	st.integers(min_value=-(10**6), max_value=10**6),
	st.decimals(min_value=-1000, max_value=1000, places=3).map(float),
	st.sampled_from([0, 9, 10, 100, 0.5]),
)
DAYS = st.dates(min_value=date(2025, 12, 28), max_value=date(2026, 1, 4))
MOMENTS = st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2026, 1, 2)).map(
	lambda moment: moment.replace(microsecond=0)
)
WORDS = st.sampled_from(["High", "high", "Low", "in between", "ha", "a,b", "é"])
COMPARING = ("=", "!=", ">", ">=", "<", "<=")


def compared(operator: str, left: object, right: object) -> bool:
	"""What the sign means between two values of one kind."""
	return {
		"=": left == right,
		"!=": left != right,
		">": left > right,
		">=": left >= right,
		"<": left < right,
		"<=": left <= right,
	}[operator]


class TestConditions(unittest.TestCase):
	@CASES
	@given(st.sampled_from(COMPARING), NUMBERS, NUMBERS)
	def test_numbers_compare_as_numbers(self, operator: str, left: object, right: object):
		exact = compared(operator, Fraction(str(left)), Fraction(str(right)))
		self.assertEqual(holds(operator, left, str(right)), exact)
		self.assertEqual(holds(operator, left, f" {right:.3f} "), exact)

	@CASES
	@given(st.sampled_from(COMPARING), DAYS, DAYS)
	def test_dates_compare_as_dates(self, operator: str, left: object, right: object):
		self.assertEqual(holds(operator, left, str(right)), compared(operator, left, right))
		unpadded = f"{right.year}-{right.month}-{right.day}"
		self.assertEqual(holds(operator, left, unpadded), compared(operator, left, right))

	@CASES
	@given(st.sampled_from(COMPARING), MOMENTS, MOMENTS)
	def test_moments_compare_to_the_second_or_by_day(self, operator: str, left: object, right: object):
		self.assertEqual(holds(operator, left, str(right)), compared(operator, left, right))
		self.assertEqual(
			holds(operator, left, str(right.date())), compared(operator, left.date(), right.date())
		)
		self.assertEqual(
			holds(operator, left.date(), str(right)), compared(operator, left.date(), right.date())
		)

	@CASES
	@given(st.sampled_from(COMPARING), WORDS, WORDS)
	def test_texts_compare_without_capitals(self, operator: str, left: object, right: object):
		self.assertEqual(holds(operator, left, right), compared(operator, left.lower(), right.lower()))

	def test_choices_that_are_numbers_are_ordered_as_numbers(self):
		self.assertTrue(holds("<", "9", "10"))
		self.assertFalse(holds("=", "007", "7"))

	def test_checks_and_durations(self):
		for wanted in ("1", "Yes", "true"):
			self.assertTrue(holds("=", True, wanted))
			self.assertFalse(holds("=", False, wanted))
			self.assertTrue(holds("!=", False, wanted))
		self.assertTrue(holds("=", False, "0"))
		self.assertTrue(holds(">", 5401, "1h 30m"))
		self.assertFalse(holds(">", 5400, "1h 30m"))

	@CASES
	@given(
		st.one_of(NUMBERS, DAYS, WORDS.filter(lambda word: "," not in word)),
		st.lists(st.one_of(NUMBERS, DAYS)),
	)
	def test_lists(self, actual: object, others: list):
		wanted = ", ".join(str(other) for other in others)
		among = any(holds("=", actual, str(other)) for other in others)
		self.assertEqual(holds("in", actual, wanted), among)
		self.assertEqual(holds("not in", actual, wanted), not among)
		self.assertTrue(holds("in", actual, f"{wanted},{actual}"))

	def test_a_value_with_a_comma_stands_in_quotes(self):
		self.assertEqual(listed('Yes, "No, later" ,, 7'), ["Yes", "No, later", "7"])
		self.assertTrue(holds("in", "no, later", 'Yes, "No, later"'))

	def test_contains(self):
		self.assertTrue(holds("contains", "Heat pump, two stages", "PUMP"))
		self.assertTrue(holds("contains", date(2026, 1, 31), "2026-01"))
		self.assertTrue(holds("contains", 12.5, ".5"))
		self.assertFalse(holds("contains", "abc", ""))
		self.assertFalse(holds("contains", None, "a"))

	@CASES
	@given(st.sampled_from(OPERATORS), st.sampled_from([None, "", "  "]), st.one_of(WORDS, NUMBERS.map(str)))
	def test_what_is_not_set_is_neither_above_nor_below(self, operator: str, actual: object, wanted: object):
		expected = operator in ("!=", "not in", "is not set")
		self.assertEqual(holds(operator, actual, wanted), expected)

	def test_set(self):
		for value in (0, 0.0, True, "x", date(2026, 1, 1)):
			self.assertTrue(
				is_set(value) and holds("is set", value, None) and not holds("is not set", value, "")
			)
		for value in (None, "", " \n", False):
			self.assertFalse(is_set(value) or holds("is set", value, ""))
			self.assertTrue(holds("=", None, "") and holds("is not set", value, "x"))

	@CASES
	@given(
		st.sampled_from(COMPARING),
		st.one_of(NUMBERS, DAYS, MOMENTS),
		st.sampled_from(["soon", "1,5", "٣", "--1"]),
	)
	def test_a_value_that_does_not_fit_equals_nothing(self, operator: str, actual: object, wanted: object):
		self.assertEqual(holds(operator, actual, wanted), operator == "!=")

	@CASES
	@given(st.sampled_from(OPERATORS), st.one_of(NUMBERS, DAYS, MOMENTS, st.text(), st.none()), st.text())
	def test_nothing_breaks_a_condition(self, operator: str, actual: object, wanted: object):
		self.assertIn(holds(operator, actual, wanted), (True, False))

	def test_an_unknown_operator_is_an_error(self):
		with self.assertRaises(ValueError):
			holds("like", "a", "a")

	def test_a_condition_is_met_by_values(self):
		self.assertTrue(Condition("budget", ">=", "1000").met_by({"budget": Decimal("1000")}))
		self.assertFalse(Condition("budget", ">=", "1000").met_by({}))


ATOMS = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\d", r"\.", "1", r"[a-c\d]", "[]a]", r"\w", "é"])


def repeated(parts: st.SearchStrategy) -> st.SearchStrategy:
	"""Sequences, choices and repetitions of parts."""
	counts = st.sampled_from(["*", "+", "?", "{2}", "{0,2}", "{1,}", "*?", "{,2}"])
	grouped = parts.map(lambda part: f"({part})") | parts.map(lambda part: f"(?:{part})")
	return st.one_of(
		st.lists(parts, max_size=3).map("".join),
		st.lists(parts, min_size=2, max_size=3).map(lambda some: "(" + "|".join(some) + ")"),
		st.tuples(grouped, counts).map("".join),
		st.tuples(ATOMS, counts).map("".join),
	)


REGEXES = st.recursive(ATOMS, repeated, max_leaves=6)


class TestPatterns(unittest.TestCase):
	@settings(max_examples=3000, deadline=None)
	@given(REGEXES, st.text(alphabet="ab1.cé\n", max_size=6), st.booleans())
	def test_matches_what_python_matches(self, source: str, text: str, anchored: bool):
		if re.search(r"[*+?}][*+?{]", source.replace("*?", "").replace("+?", "").replace("??", "")):
			return  # a repetition of a repetition means something else in Python, and is refused here
		pattern = compiled(f"^{source}$" if anchored and "|" not in source else source)
		# without braces that Python of some versions takes literally
		python = source.replace("{,2}", "{0,2}")
		self.assertEqual(pattern.covers(text), bool(re.fullmatch(python, text)), source)

	def test_everyday_patterns(self):
		for source, good, bad in (
			(r"^[A-Z]{2}\d{6}$", "AB123456", "AB12345"),
			(r"[^@ ]+@[^@ ]+\.[a-z]{2,}", "x@y.com", "x@y"),
			(r"\+?\d[\d \-]{5,18}", "+49 89 1234-5", "call me"),
			(r"(GS|PO)-\d{4}(-[A-Z])?", "PO-2026-B", "PO-26"),
			(r"[^\n]*", "", "a\nb"),
		):
			self.assertTrue(compiled(source).covers(good), source)
			self.assertFalse(compiled(source).covers(bad), source)

	def test_patterns_that_explode_elsewhere(self):
		"""Any of these would keep Python's re busy for longer than anybody lives."""
		text = "a" * (LONGEST_TEXT - 1) + "!"
		for source in (
			"(a+)+",
			"(a|a)*",
			"(a|aa)+",
			"(.*a){20}",
			"a*a*a*a*a*a*a*b",
			"([a-z]+)*=",
			"(((a*)*)*)*",
		):
			self.assertFalse(compiled(source).covers(text), source)
		self.assertFalse(compiled("a*").covers("a" * (LONGEST_TEXT + 1)))

	def test_what_is_not_possible_is_refused(self):
		impossible = (
			"(",
			")",
			"a)",
			"[",
			"[z-a]",
			"a{3,2}",
			"a{9999}",
			"*",
			"a**",
			"a+*",
			"(?=a)",
			"(?!a)",
			"(?<=a)",
		)
		more = (
			r"\1",
			r"(a)\1",
			r"\b",
			r"\Z",
			"(?i)a",
			"(?P<x>a)",
			"a^b",
			"a$b",
			"a{",
			"a{x}",
			"(a{500}){500}",
			"\\",
		)
		for source in (*impossible, *more, "(" * 50 + ")" * 50):
			with self.assertRaises(PatternError, msg=source):
				compiled(source)

	@CASES
	@given(st.text(alphabet=r"ab()[]{}*+?|^$\.,0-9:=!d", max_size=12))
	def test_any_text_is_a_pattern_or_refused(self, source: str):
		try:
			compiled(source).covers("abab")
		except PatternError as error:
			self.assertTrue(str(error))


class TestNotation(unittest.TestCase):
	@CASES
	@given(st.one_of(st.text(max_size=20), NUMBERS, DAYS, MOMENTS, st.booleans(), st.none(), st.floats()))
	def test_reading_is_stable(self, raw: object):
		"""What is read, written down and read again is the same; nothing is an exception."""
		for reading in (
			notation.number_of,
			notation.whole_number_of,
			notation.duration_of,
			notation.check_of,
			notation.date_of,
			notation.datetime_of,
		):
			value = reading(raw)
			if value is not None:
				self.assertEqual(reading(notation.text_of(value)), value)

	def test_what_is_no_number(self):
		for raw in (
			"1_000",
			"1,5",
			"٣",
			"nan",
			"inf",
			"0x10",
			"1e",
			"--1",
			"",
			" ",
			True,
			[],
			{},
			b"1",
			10**12,
			"1e12",
		):
			self.assertIsNone(notation.number_of(raw), raw)
		for raw in (float("nan"), float("inf"), -float("inf"), 10**5000, "9" * 1000):
			self.assertIsNone(notation.number_of(raw))

	def test_what_is_no_date(self):
		for raw in (
			"2026-02-30",
			"31-01-2026",
			"2026/01/31",
			"0999-01-01",
			"2026-1",
			"today",
			20260131,
			"2026-01-31 25:00",
		):
			self.assertIsNone(notation.date_of(raw), raw)
			self.assertIsNone(notation.datetime_of(raw), raw)
		self.assertIsNone(notation.datetime_of("2026-01-31T10:00:00+02:00"))
		self.assertIsNone(notation.date_of("2026-01-31 10:00"))

	def test_durations(self):
		for raw, seconds in (("90", 90), ("2h 30m", 9000), ("1d", 86_400), ("1d2h3m4s", 93_784), (60, 60)):
			self.assertEqual(notation.duration_of(raw), seconds)
		for raw in (-1, "1.5", "h", "2x", "", "30m 2h"):
			self.assertIsNone(notation.duration_of(raw), raw)
