"""Recording what leads do: once for each key, never changed afterwards, refused with a reason."""

from __future__ import annotations

from datetime import datetime, timedelta

import frappe
from frappe import client
from frappe.utils import now_datetime

from sales_activity.sales_activity.doctype.nurture_response.nurture_response import ResponseIsHistoryError
from sales_activity.sales_activity.doctype.response_type.response_type import ResponseTypeError
from sales_activity.sales_activity.milestones.forms import Problem
from sales_activity.sales_activity.nurture import response_rules, responses
from sales_activity.sales_activity.nurture.response_rules import Response, response_of
from sales_activity.sales_activity.nurture.response_texts import text_of
from sales_activity.sales_activity.nurture.responses import (
	KeyUsedError,
	ResponseRefusedError,
	UnknownLeadError,
)
from sales_activity.sales_activity.nurture.scoring import RESPONSE, TYPE
from sales_activity.setup.seed import seeded_names
from sales_activity.tests import factories
from sales_activity.tests import response_house as house
from sales_activity.tests.base import TestCase
from sales_activity.tests.response_house import CLICK, COMPLAINT, FAIR
from sales_activity.tests.test_reports import counted_queries

NOW = datetime(2026, 11, 22, 12)
KOLKATA = "Asia/Kolkata"


class ResponseCase(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		house.types()
		cls.lead = house.lead("Response Rita")
		cls.other = house.lead("Response Omar")


class TestResponseType(TestCase):
	def test_seeded_and_in_order(self) -> None:
		names = seeded_names(TYPE)
		self.assertIn("Webinar Attended", names)
		for name in names:
			with self.subTest(name=name):
				frappe.get_doc(TYPE, name).save()

	def test_numbers_that_no_score_can_be_made_of(self) -> None:
		for field, bad in (
			*(("points", value) for value in (1001, -1001, 0.123, "many", "nan")),
			*(("half_life_days", value) for value in (-1, 0.001, 99_999)),
			*(("cap", value) for value in (-1, 1.005, 10**7)),
		):
			with self.subTest(field=field, bad=bad):
				doc = frappe.new_doc(TYPE, response_type_name="Bad")
				doc.set(field, bad)
				self.assertRaises((ResponseTypeError, frappe.ValidationError), doc.insert)
		factories.make(TYPE, response_type_name="Good", points=-0.25, half_life_days=0.5, cap=0)

	def test_one_type_for_an_event(self) -> None:
		values = {"recorded_when": "Reply", "points": 1}
		with self.assertRaises(ResponseTypeError):
			factories.make(TYPE, response_type_name="Second Reply", **values)
		factories.make(TYPE, response_type_name="Second Reply", disabled=1, **values)
		self.assertEqual(responses.type_for("Reply"), "Reply")
		frappe.get_doc(TYPE, "Reply").update({"disabled": 1}).save()
		self.assertIsNone(responses.type_for("Reply"))

	def test_one_that_is_used_is_not_deleted(self) -> None:
		house.types()
		house.record(house.lead("Response Rita"))
		with self.assertRaises(frappe.LinkExistsError):
			frappe.delete_doc(TYPE, CLICK)


class TestHistory(ResponseCase):
	"""Nobody writes responses by hand, Administrator neither."""

	def test_insert(self) -> None:
		values = {"lead": self.lead, "lead_nurture": self.lead, "response_type": CLICK, "source": "Desk"}
		doc = frappe.get_doc({"doctype": RESPONSE, "responded_on": now_datetime(), **values})
		self.assertRaises(ResponseIsHistoryError, doc.insert)

	def test_edit_delete_rename(self) -> None:
		name = house.record(self.lead).name
		doc = frappe.get_doc(RESPONSE, name)
		doc.response_type = FAIR
		self.assertRaises(ResponseIsHistoryError, doc.save)
		self.assertRaises(ResponseIsHistoryError, frappe.delete_doc, RESPONSE, name)
		self.assertRaises(ResponseIsHistoryError, frappe.rename_doc, RESPONSE, name, "mine", force=True)
		with self.assertRaises(ResponseIsHistoryError):
			client.set_value(RESPONSE, name, "response_type", FAIR)
		self.assertEqual(frappe.db.get_value(RESPONSE, name, "response_type"), CLICK)


class TestRecord(ResponseCase):
	def test_what_is_kept(self) -> None:
		moment = house.midday() - timedelta(hours=3)
		name = house.record(
			self.lead,
			FAIR,
			responded_on=moment,
			title="Hall 7",
			details="Asked for\nprices",
			url="https://example.com/fair",
			key="fair-1",
		).name
		kept = frappe.get_doc(RESPONSE, name)
		self.assertEqual((kept.lead, kept.lead_nurture, kept.company), (self.lead, self.lead, house.COMPANY))
		self.assertEqual((kept.response_type, kept.responded_on, kept.source), (FAIR, moment, "API"))
		self.assertEqual((kept.title, kept.details), ("Hall 7", "Asked for\nprices"))
		self.assertEqual(
			(kept.url, kept.idempotency_key, kept.robot), ("https://example.com/fair", "fair-1", 0)
		)
		self.assertEqual(kept.owner, "Administrator")

	def test_without_a_moment_it_is_now(self) -> None:
		before = now_datetime()
		name = house.record(self.lead, responded_on=None).name
		kept = frappe.db.get_value(RESPONSE, name, "responded_on")
		self.assertTrue(before <= kept <= now_datetime())

	def test_names_in_any_case(self) -> None:
		name = house.record(self.lead.lower(), CLICK.upper()).name
		kept = frappe.db.get_value(RESPONSE, name, ("lead", "response_type"))
		self.assertEqual(kept, (self.lead, CLICK))

	def test_what_is_refused(self) -> None:
		nurtureless = factories.lead("Response Nobody Yet")
		frappe.db.delete("Lead Nurture", {"lead": nurtureless})
		frappe.db.set_value(TYPE, COMPLAINT, "disabled", 1)
		for sent, error, text in (
			(house.response("LEAD-NONE"), UnknownLeadError, "LEAD-NONE"),
			(house.response(nurtureless), UnknownLeadError, "no Lead Nurture"),
			(house.response(self.lead, "Dance"), ResponseRefusedError, "no Response Type Dance"),
			(house.response(self.lead, COMPLAINT), ResponseRefusedError, "disabled"),
			(house.response(self.lead, "<b>Dance</b>"), ResponseRefusedError, "&lt;b&gt;Dance"),
		):
			with self.subTest(sent=sent), self.assertRaisesRegex(error, text):
				responses.record(sent)
		self.assertEqual(house.count(self.lead), 0)

	def test_few_statements_however_many(self) -> None:
		for number in (1, 50):
			sent = [house.response(self.lead, key=f"statements-{number}-{index}") for index in range(number)]
			with counted_queries() as queries:
				responses.record_many(sent)
			self.assertLessEqual(len(queries), 8)
			self.assertEqual(house.count(self.lead), 1 if number == 1 else 51)


class TestKeys(ResponseCase):
	def test_the_same_again_answers_what_stands(self) -> None:
		first = house.record(self.lead, key="k1", title="Prices")
		again = house.record(self.lead, key="k1", title="Prices")
		self.assertEqual((first.is_new, again.is_new, first.name), (True, False, again.name))
		self.assertEqual(house.count(self.lead), 1)
		unsaid = house.record(self.lead, key="k1", title="Prices", responded_on=None)
		self.assertEqual(unsaid, again)

	def test_other_content_is_refused(self) -> None:
		first = house.record(self.lead, key="k1", title="Prices")
		before = frappe.get_doc(RESPONSE, first.name).as_dict()
		for other in (
			house.response(self.other, key="k1", title="Prices"),
			house.response(self.lead, FAIR, key="k1", title="Prices"),
			house.response(self.lead, key="k1", title="Price list"),
			house.response(self.lead, key="k1", title="Prices", details="More"),
			house.response(self.lead, key="k1", title="Prices", url="https://example.com"),
			house.response(self.lead, key="k1", title="Prices", robot=True),
			house.response(self.lead, ago=1, key="k1", title="Prices"),
		):
			with self.subTest(other=other), self.assertRaisesRegex(KeyUsedError, first.name):
				responses.record(other)
		self.assertEqual(frappe.get_doc(RESPONSE, first.name).as_dict(), before)
		self.assertEqual((house.count(self.lead), house.count(self.other)), (1, 0))

	def test_keys_are_exact_and_of_one_source(self) -> None:
		sent = [
			*(house.response(self.lead, key=key) for key in ("ab", "AB", "ab ", "äb", "a" * 140)),
			house.response(self.lead, FAIR, key="ab", source="Web Form"),
			house.response(self.lead),
			house.response(self.lead),
		]
		outcomes = responses.record_many(sent)
		self.assertTrue(all(outcome.is_new for outcome in outcomes), outcomes)
		self.assertEqual(house.count(self.lead), len(sent))

	def test_many_with_bad_ones_among_them(self) -> None:
		house.record(self.lead, key="old", title="Old")
		sent = [
			house.response(self.lead, key="new"),
			house.response("LEAD-NONE", key="unknown lead"),
			house.response(self.lead, key="old", title="Old"),
			house.response(self.lead, key="old", title="Another"),
			house.response(self.other, "Dance", key="unknown type"),
			house.response(self.lead, key="new"),
			house.response(self.other, key="new"),
			house.response(self.other, FAIR, key="last"),
		]
		outcomes = responses.record_many(sent)
		codes = [outcome.code if isinstance(outcome, Problem) else outcome.is_new for outcome in outcomes]
		expected = [True, "unknown_lead", False, "key_used", "unknown_type", False, "key_used", True]
		self.assertEqual(codes, expected)
		self.assertEqual((house.count(self.lead), house.count(self.other)), (2, 1))
		self.assertEqual(outcomes[0].name, outcomes[5].name)

	def test_none(self) -> None:
		self.assertEqual(responses.record_many([]), [])


def sent(**values: object) -> object:
	return response_of({"lead": "L", "response_type": "T", **values}, "API", KOLKATA, NOW)


class TestRules(TestCase):
	"""What may be sent; needs no site."""

	def test_moments(self) -> None:
		for raw, expected in (
			("2026-11-20", datetime(2026, 11, 20)),
			("2026-11-20 10:30", datetime(2026, 11, 20, 10, 30)),
			("2026-11-20T10:30:05.25", datetime(2026, 11, 20, 10, 30, 5, 250_000)),
			("2026-11-20T10:30:00Z", datetime(2026, 11, 20, 16, 0)),
			("2026-11-20T10:30:00+0530", datetime(2026, 11, 20, 10, 30)),
			("2026-11-20T23:30:00-02:00", datetime(2026, 11, 21, 7, 0)),
			(datetime(2026, 11, 20, 1), datetime(2026, 11, 20, 1)),
		):
			with self.subTest(raw=raw):
				self.assertEqual(sent(responded_on=raw).response.responded_on, expected)

	def test_what_is_wrong(self) -> None:
		for values, code in (
			({"lead": ""}, "no_lead"),
			({"lead": None, "email": " "}, "no_lead"),
			({"response_type": ""}, "no_type"),
			({"lead": ["a"]}, "not_a_text"),
			({"title": {"a": 1}}, "not_a_text"),
			({"title": "x" * 141}, "too_long"),
			({"details": "x" * 2001}, "too_long"),
			({"key": "x" * 141}, "too_long"),
			({"points": 1000}, "unknown_fields"),
			({"reference_name": "X"}, "unknown_fields"),
			({"robot": "perhaps"}, "bad_robot"),
			({"robot": [1]}, "bad_robot"),
			*(
				({"url": url}, "bad_url")
				for url in ("javascript:alert(1)", "example.com", "http://", "https://a b")
			),
			*(
				({"url": url}, "bad_url")
				for url in ("data:text/html,x", 'https://a/"><script>', "//evil.com/x")
			),
			*(
				({"responded_on": raw}, "bad_moment")
				for raw in ("yesterday", 5, "2026-13-01", "2026-11-20T25:00")
			),
			*(({"responded_on": raw}, "bad_moment") for raw in ("20.11.2026", "2026-11-20T10:30+99:99", [])),
			*(
				({"responded_on": raw}, "moment_out_of_reach")
				for raw in ("1969-12-31", "2027-12-31", "9999-12-31Z")
			),
		):
			with self.subTest(values=values):
				problem = sent(**values)
				self.assertIsInstance(problem, Problem)
				expected = {code, "bad_moment"} if "9999-12-31Z" in values.values() else {code}
				self.assertIn(problem.code, expected)
				self.assertTrue(text_of(problem))

	def test_texts_hold_no_markup(self) -> None:
		found = sent(title="<img src=x onerror=alert(1)>\nA\x00B", details="1 < 2\nand 3 > 2").response
		self.assertEqual(found.title, "\u2039img src=x onerror=alert(1)\u203a AB")
		self.assertEqual(found.details, "1 \u2039 2\nand 3 \u203a 2")
		self.assertEqual(response_rules.one_line("a" * 200), "a" * 139 + "…")

	def test_truth(self) -> None:
		for raw, expected in (
			(True, True),
			("true", True),
			("1", True),
			(1, True),
			(0, False),
			(False, False),
		):
			self.assertIs(sent(robot=raw).response.robot, expected)
		self.assertIs(sent(robot="").response.robot, False)

	def test_a_key_is_needed_in_bulk(self) -> None:
		values = {"lead": "L", "response_type": "T"}
		self.assertEqual(response_of(values, "API", KOLKATA, NOW, needs_key=True).code, "no_key")
		self.assertEqual(Response("L", "T", "API").digest, None)
