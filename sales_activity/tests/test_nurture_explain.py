"""Why a lead has its score, and scores that somebody sets by hand."""

from __future__ import annotations

from decimal import Decimal

import frappe
from frappe.utils import add_days, getdate
from hypothesis import given, settings
from hypothesis import strategies as st

from sales_activity.api import scores
from sales_activity.sales_activity.nurture import explain, responses, scoring
from sales_activity.sales_activity.nurture.explain import ENGAGEMENT, FIT
from sales_activity.sales_activity.nurture.moves import NotYourLeadError
from sales_activity.sales_activity.nurture.override import OverrideError
from sales_activity.sales_activity.nurture.scoring import NURTURE
from sales_activity.tests import lead_house
from sales_activity.tests import response_house as house
from sales_activity.tests.base import TestCase
from sales_activity.tests.lead_house import OPERATIONS, QUALIFIER, SAM, SAM_USER, SARA_USER
from sales_activity.tests.response_house import CLICK, COMPLAINT, FAIR, TYPES, VISIT


class ExplainCase(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		lead_house.build()
		house.types()
		cls.definition = lead_house.definition()
		cls.lead = lead_house.lead("Explained Esha", email_id="esha@example.com")

	def tearDown(self) -> None:
		lead_house.as_user("Administrator")
		super().tearDown()

	def nurture(self) -> frappe.model.document.Document:
		return lead_house.nurture(self.lead)

	def lines(self) -> dict[str, str]:
		return {line.label: str(line.points) for line in explain.explain(self.nurture()).lines}

	def assert_adds_up(self) -> explain.Explanation:
		"""To the digit, on the day, and it is what is stored."""
		found = explain.explain(self.nurture())
		for kind, total in ((FIT, found.fit), (ENGAGEMENT, found.engagement)):
			self.assertEqual(sum(line.points for line in found.lines if line.kind == kind), total)
		self.assertEqual(found.fit + found.engagement, found.total)
		for field, number in (("fit_score", found.fit), ("engagement_score", found.engagement)):
			self.assertEqual(house.value(self.lead, field), number)
		self.assertEqual(house.value(self.lead, "score"), found.score)
		return found


class TestExplain(ExplainCase):
	def test_lines(self) -> None:
		lead_house.act(self.lead, "Qualifying", answers={"decides": "Has a say"})
		for kind, ago in ((CLICK, 0), (CLICK, 30), (CLICK, 60), (FAIR, 90), (COMPLAINT, 5), (VISIT, 400)):
			house.record(self.lead, kind, ago)
		expected = {
			"Revenue": "10.00",
			"Decides": "10.00",
			"Budget": "0.00",
			"Seats": "0.00",
			"Wanted By": "0.00",
		}
		expected |= {FAIR: "12.50", CLICK: "8.75", VISIT: "3.00", COMPLAINT: "-5.66"}
		self.assertEqual(self.lines(), expected)
		found = self.assert_adds_up()
		self.assertEqual((found.score, found.override), (Decimal("38.59"), None))
		line = next(line for line in found.lines if line.label == CLICK)
		self.assertEqual((line.count, line.faded), (3, Decimal("8.75")))

	def test_a_cap_shows(self) -> None:
		for _ in range(4):
			house.record(self.lead, CLICK)
		line = next(line for line in explain.explain(self.nurture()).lines if line.label == CLICK)
		self.assertEqual((line.count, line.faded, line.points), (4, 20, 12))

	def test_decided_upon_and_changed_since(self) -> None:
		"""Once qualified, the fit stays, whatever becomes of the Lead; the explanation says so and adds up."""
		lead_house.qualified(self.lead)
		self.assertEqual(self.lines()["Revenue"], "10.00")
		frappe.db.set_value("Lead", self.lead, "annual_revenue", 0)
		self.assertEqual(self.lines(), {"When it was qualified": "50.00"})
		self.assert_adds_up()

	@settings(max_examples=15, deadline=None)
	@given(st.lists(st.tuples(st.sampled_from(TYPES), st.integers(-2, 200), st.booleans()), max_size=20))
	def test_always_adds_up(self, drawn: list) -> None:
		frappe.db.savepoint("example")
		try:
			sent = [house.response(self.lead, kind, ago, robot=robot) for kind, ago, robot in drawn]
			responses.record_many(sent)
			scoring.refresh([self.lead])
			self.assert_adds_up()
			worth = sum((done.worth for done in explain.responses_of(self.lead)), Decimal(0))
			faded = sum((line.faded for line in explain.explain(self.nurture()).lines), Decimal(0))
			self.assertEqual(worth, faded)
		finally:
			frappe.db.rollback(save_point="example")

	def test_what_they_did(self) -> None:
		house.record(self.lead, FAIR, ago=90, title="Hall 7", url="https://example.com")
		house.record(self.lead, CLICK, robot=True)
		house.record(self.lead, VISIT, ago=-2)
		rows = explain.responses_of(self.lead)
		self.assertEqual([row.response_type for row in rows], [VISIT, CLICK, FAIR])
		self.assertEqual([row.worth for row in rows], [0, 0, Decimal("12.5")])
		self.assertEqual((rows[2].title, rows[2].url, rows[1].robot), ("Hall 7", "https://example.com", True))
		self.assertEqual(len(explain.responses_of(self.lead, limit=2)), 2)


class TestOverride(ExplainCase):
	def setUp(self) -> None:
		super().setUp()
		house.record(self.lead, FAIR)
		lead_house.as_user(QUALIFIER)

	def test_set_and_ended(self) -> None:
		until = add_days(getdate(), 7)
		shown = scores.override(self.lead, 80, "Met the CEO", str(until))
		self.assertEqual((shown["score"], shown["total"]), (80, 35))
		expected = {"score": 80, "reason": "Met the CEO", "until": until, "by": QUALIFIER}
		self.assertEqual(shown["override"], expected)
		self.assert_adds_up()
		house.record(self.lead, FAIR)
		self.assertEqual(house.value(self.lead, "score"), 80)
		shown = scores.end_override(self.lead)
		self.assertEqual((shown["score"], shown["override"]), (60, None))
		self.assertIsNone(self.nurture().overridden_by)
		self.assert_adds_up()

	def test_it_ends_by_itself(self) -> None:
		scores.override(self.lead, -5, "Competitor", str(getdate()))
		self.assertEqual(house.value(self.lead, "score"), -5)
		scoring.refresh([self.lead], add_days(getdate(), 1))
		self.assertEqual(house.value(self.lead, "score"), Decimal("34.81"))

	def test_zero_is_a_score(self) -> None:
		scores.override(self.lead, 0, "A student", str(getdate()))
		self.assertEqual(house.value(self.lead, "score"), 0)

	def test_one_that_has_ended_stands_in_no_way(self) -> None:
		scores.override(self.lead, 5, "For now", str(getdate()))
		frappe.db.set_value(NURTURE, self.lead, "override_until", add_days(getdate(), -1))
		lead_house.act(self.lead, "Qualifying")
		self.assertEqual(house.value(self.lead, "score"), 35)

	def test_what_is_refused(self) -> None:
		today, yesterday = getdate(), add_days(getdate(), -1)
		for values, text in (
			({"override_score": 5, "override_until": today}, "reason"),
			({"override_score": 5, "override_until": today, "override_reason": "  "}, "reason"),
			({"override_score": 5, "override_until": today, "override_reason": "x" * 2001}, "2000"),
			({"override_score": 5, "override_reason": "Why not"}, "until when"),
			({"override_reason": "Why not"}, "until when"),
			({"override_score": 5, "override_until": yesterday, "override_reason": "Late"}, "passed"),
			({"override_score": 0.005, "override_until": today, "override_reason": "Bits"}, "two digits"),
			({"override_score": 10**7, "override_until": today, "override_reason": "Best"}, "number"),
		):
			with self.subTest(values=values), self.assertRaisesRegex(OverrideError, text):
				doc = self.nurture()
				doc.update(values)
				doc.save()
		self.assertEqual(house.value(self.lead, "score"), 35)

	def test_who(self) -> None:
		until = str(getdate())
		house.hand_to(self.lead, SAM)
		lead_house.as_user(SAM_USER)
		self.assertEqual(scores.explain(self.lead)["engagement"], 25)
		self.assertRaises(NotYourLeadError, scores.override, self.lead, 5, "Mine", until)
		lead_house.as_user(SARA_USER)
		for call in (lambda: scores.explain(self.lead), lambda: scores.responses(self.lead)):
			self.assertRaises(frappe.PermissionError, call)
		self.assertRaises(frappe.PermissionError, scores.override, self.lead, 5, "Mine", until)
		lead_house.as_user(OPERATIONS)
		self.assertEqual(scores.override(self.lead, 5, "Checked", until)["score"], 5)

	def test_a_form_opened_before_a_response_came(self) -> None:
		"""What the form holds of the score is older than the response; saving it takes nothing back."""
		doc = self.nurture()
		house.record(self.lead, FAIR)
		doc.override_reason = None
		doc.product_interest = frappe.db.get_value("Item Group", {})
		doc.save()
		self.assertEqual(house.value(self.lead, "score"), 60)
		self.assert_adds_up()
