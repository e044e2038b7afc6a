"""The score of responses: whatever their order and repetition, to the digit what an obvious computation gives."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from unittest.mock import patch

import frappe
from frappe.utils import add_days, getdate
from hypothesis import given, settings
from hypothesis import strategies as st

from sales_activity.sales_activity.nurture import rescoring, responses, scoring
from sales_activity.sales_activity.nurture.response_rules import Response
from sales_activity.sales_activity.nurture.scoring import NURTURE, TYPE
from sales_activity.tests import response_house as house
from sales_activity.tests.base import TestCase
from sales_activity.tests.response_house import CLICK, COMPLAINT, FAIR, PLAIN, TYPES, VISIT, Kind
from sales_activity.tests.test_reports import counted_queries

cents = st.decimals(min_value=-50, max_value=50, places=2)
half_lives = st.one_of(
	st.sampled_from([Decimal(number) for number in ("0", "0.01", "1", "7", "30", "90", "365")]),
	st.decimals(min_value=Decimal("0.01"), max_value=400, places=2),
)
kinds = st.builds(
	Kind, cents, half_lives, st.one_of(st.just(Decimal(0)), st.decimals(min_value=0, max_value=100, places=2))
)
events = st.tuples(
	st.integers(0, 2),
	st.sampled_from(TYPES),
	st.integers(-5, 500),
	st.booleans() | st.just(False),
	st.integers(0, 2),
)


class ScoreCase(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		house.types()
		cls.leads = [house.lead(f"Score Lead {number}") for number in range(3)]

	def setUp(self) -> None:
		super().setUp()
		# rescore() commits after every batch; here nothing may outlive the test
		commit = patch.object(frappe.db, "commit")
		commit.start()
		self.addCleanup(commit.stop)

	@property
	def lead(self) -> str:
		return self.leads[0]


class TestProperties(ScoreCase):
	@settings(max_examples=40, deadline=None)
	@given(
		st.fixed_dictionaries(dict.fromkeys(TYPES, kinds)),
		st.lists(events, max_size=30),
		st.randoms(use_true_random=False),
		st.integers(-3, 400),
	)
	def test_order_and_repetition(self, numbers: dict, drawn: list, dice: object, later: int) -> None:
		frappe.db.savepoint("example")
		try:
			self._check(numbers, drawn, dice, getdate() + timedelta(days=later))
		finally:
			frappe.db.rollback(save_point="example")

	def _check(self, numbers: dict[str, Kind], drawn: list[tuple], dice: object, on: date) -> None:
		house.types(numbers)
		history = [
			house.response(self.leads[lead], kind, ago, robot=robot, key=f"event-{number}")
			for number, (lead, kind, ago, robot, _times) in enumerate(drawn)
		]
		repeated = [sent for sent, (*_, times) in zip(history, drawn, strict=True) for _ in range(times + 1)]
		for _ in range(2):
			dice.shuffle(repeated)
			middle = dice.randint(0, len(repeated))
			for part in (repeated[:middle], repeated[middle:]):
				responses.record_many(part)
		running = {lead: self.expect(lead, history, numbers, getdate()) for lead in self.leads}
		self.spoil()
		rescoring.rescore()
		self.assertEqual({lead: house.engagement(lead) for lead in self.leads}, running)
		rescoring.rescore(on)
		for lead in self.leads:
			self.expect(lead, history, numbers, on)

	def expect(self, lead: str, history: list[Response], numbers: dict[str, Kind], on: date) -> Decimal:
		"""The stored score is the oracle's on the day, and the explanation adds up to it."""
		own = [sent for sent in history if sent.lead == lead]
		wanted = house.oracle(own, numbers, on)
		self.assertEqual({line.response_type: line.points for line in scoring.by_type(lead, on)}, wanted)
		if not own:
			return house.engagement(lead)
		self.assertEqual(house.engagement(lead), sum(wanted.values()))
		return house.engagement(lead)

	def spoil(self) -> None:
		nurture = frappe.qb.DocType(NURTURE)
		frappe.qb.update(nurture).set(nurture.engagement_score, 77).set(nurture.score, 77).set(
			nurture.scored_on, None
		).where(nurture.lead.isin(self.leads)).run()

	@settings(max_examples=60, deadline=None)
	@given(cents, cents, st.none() | cents, st.none() | st.integers(-2, 2))
	def test_total_is_the_same_in_sql(
		self, fit: Decimal, reason: Decimal, override: object, until: object
	) -> None:
		"""``total`` in Python, for one document, and in the statement that writes many."""
		frappe.db.savepoint("example")
		try:
			house.types({VISIT: Kind(reason, Decimal(0))})
			house.record(self.lead, VISIT)
			last = None if until is None else add_days(getdate(), until)
			fields = {"fit_score": fit, "override_score": override or 0, "override_until": last}
			frappe.db.set_value(NURTURE, {"lead": self.lead}, fields)
			scoring.refresh([self.lead])
			self.assertEqual(house.value(self.lead, "score"), scoring.total(fit, reason, override or 0, last))
		finally:
			frappe.db.rollback(save_point="example")


class TestByHand(ScoreCase):
	"""Figures that anybody can check."""

	def assert_scores(self, *expected: tuple[str, int, str]) -> None:
		lines = scoring.by_type(self.lead)
		found = [(line.response_type, line.count, str(line.points)) for line in lines]
		self.assertEqual(found, list(expected))
		self.assertEqual(house.engagement(self.lead), sum(Decimal(points) for *_, points in expected))

	def test_halves(self) -> None:
		house.record(self.lead, FAIR, ago=90)
		self.assert_scores((FAIR, 1, "12.50"))
		house.record(self.lead, FAIR, ago=180)
		self.assert_scores((FAIR, 2, "18.75"))
		house.record(self.lead, FAIR, ago=1)  # 0.5 ^ (1/90) = 0.992328; 43.5582
		self.assert_scores((FAIR, 3, "43.56"))

	def test_never_fades(self) -> None:
		house.record(self.lead, VISIT, ago=20_000)
		self.assert_scores((VISIT, 1, "3.00"))

	def test_capped_both_ways(self) -> None:
		for _ in range(3):
			house.record(self.lead, CLICK)
			house.record(self.lead, COMPLAINT)
		self.assert_scores((CLICK, 3, "12.00"), (COMPLAINT, 3, "-10.00"))

	def test_robots_and_the_future_count_nothing(self) -> None:
		house.record(self.lead, VISIT, robot=True)
		house.record(self.lead, VISIT, ago=-1)
		self.assert_scores()
		tomorrow = add_days(getdate(), 1)
		scoring.refresh([self.lead], tomorrow)
		self.assertEqual(house.engagement(self.lead), 3)
		self.assertEqual(frappe.db.get_value(NURTURE, {"lead": self.lead}, "scored_on"), tomorrow)

	def test_later_today_counts(self) -> None:
		day = house.midday().replace(hour=23, minute=59)
		house.record(self.lead, VISIT, responded_on=day)
		self.assert_scores((VISIT, 1, "3.00"))

	def test_ties_are_rounded_up(self) -> None:
		"""0.5 ^ 7 = 0.0078125: the sixth digit is a tie; 1000 * 0.007813 = 7.81."""
		house.types({VISIT: Kind(Decimal(1000), Decimal(1))})
		house.record(self.lead, VISIT, ago=7)
		self.assertEqual(scoring.by_type(self.lead)[0].faded, Decimal("7.813"))
		self.assert_scores((VISIT, 1, "7.81"))

	def test_the_score_is_fit_and_engagement(self) -> None:
		frappe.db.set_value(NURTURE, {"lead": self.lead}, "fit_score", 40.5)
		house.record(self.lead, FAIR)
		self.assertEqual(house.value(self.lead, "score"), Decimal("65.5"))
		self.assertEqual(scoring.total(40.5, 25.0), Decimal("65.50"))
		self.assertEqual(scoring.total(0.1, 0.2), Decimal("0.30"))

	def test_nobody_is_disturbed(self) -> None:
		before = frappe.db.get_value(NURTURE, {"lead": self.lead}, "modified")
		house.record(self.lead)
		self.assertEqual(frappe.db.get_value(NURTURE, {"lead": self.lead}, "modified"), before)


class TestRescoring(ScoreCase):
	def test_only_what_is_out_of_date(self) -> None:
		rescoring.rescore()
		self.assertEqual(rescoring.rescore(), 0)
		house.record(self.lead, FAIR)
		self.assertEqual(rescoring.rescore(), 0)
		frappe.db.set_value(NURTURE, {"lead": self.lead}, "scored_on", add_days(getdate(), -1))
		self.assertEqual(rescoring.rescore(), 1)

	def test_a_changed_type(self) -> None:
		house.record(self.lead, FAIR)
		rescoring.rescore()
		with patch.object(frappe, "enqueue") as enqueue:
			doc = frappe.get_doc(TYPE, FAIR)
			doc.description = "Only words"
			doc.save()
			enqueue.assert_not_called()
			doc.points = 30
			doc.save()
			enqueue.assert_called_once()
		self.assertEqual(enqueue.call_args.args[0], rescoring.JOB)
		self.assertIs(frappe.get_attr(rescoring.JOB), rescoring.rescore)
		self.assertEqual(rescoring.rescore(), frappe.db.count(NURTURE))
		self.assertEqual(house.engagement(self.lead), 30)

	def test_types_made_one(self) -> None:
		"""Clicks 5 under a cap of 12, visits 3: together 8 and 5 are more than the cap."""
		for kind in (CLICK, CLICK, VISIT):
			house.record(self.lead, kind)
		with patch.object(frappe, "enqueue") as enqueue:
			frappe.rename_doc(TYPE, VISIT, CLICK, merge=True, force=True)
		enqueue.assert_called()
		rescoring.rescore()
		self.assertEqual(scoring.by_type(self.lead)[0][:2], (CLICK, 3))
		self.assertEqual(house.engagement(self.lead), 12)
		house.types(PLAIN)

	def test_in_batches(self) -> None:
		for lead in self.leads:
			house.record(lead, VISIT)
		frappe.db.set_value(NURTURE, {"lead": ("in", self.leads)}, {"scored_on": None, "engagement_score": 1})
		rescoring.rescore(batch=1)
		self.assertEqual([house.engagement(lead) for lead in self.leads], [3, 3, 3])

	def test_one_statement_however_many(self) -> None:
		for leads in (self.leads[:1], self.leads):
			with counted_queries() as queries:
				scoring.refresh(leads)
			self.assertEqual(len(queries), 3)
