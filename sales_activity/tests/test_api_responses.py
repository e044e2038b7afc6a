"""Responses from other programs: what is stored, what is refused and how it is said, and whose leads they are."""

from __future__ import annotations

import json
from datetime import timedelta
from unittest.mock import patch

import frappe
from frappe.permissions import add_user_permission
from frappe.utils import add_to_date, now_datetime
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from sales_activity.api import responses as api
from sales_activity.sales_activity.nurture import responses
from sales_activity.sales_activity.nurture.responses import (
	KeyUsedError,
	ResponseRefusedError,
	UnknownLeadError,
)
from sales_activity.sales_activity.nurture.scoring import NURTURE, RESPONSE
from sales_activity.tests import factories, lead_house
from sales_activity.tests import response_house as house
from sales_activity.tests.base import TestCase, of_a_request
from sales_activity.tests.lead_house import OPERATIONS, QUALIFIER, SAM, SAM_USER, SARA_USER
from sales_activity.tests.response_house import CLICK, FAIR, VISIT
from sales_activity.tests.test_reports import counted_queries


class ApiCase(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		lead_house.build()
		house.types()
		factories.user("lead.buyer@example.com", "Purchase User")
		lead_house.definition()
		cls.lead = lead_house.lead("Api Asha", email_id="asha@example.com")
		cls.other = lead_house.lead("Api Omar", email_id="omar@example.com")

	def setUp(self) -> None:
		super().setUp()
		lead_house.as_user(QUALIFIER)

	def tearDown(self) -> None:
		lead_house.as_user("Administrator")
		super().tearDown()

	def row(self, key: str = "", **values: object) -> dict:
		return {"lead": self.lead, "response_type": CLICK, "key": key, **values}

	def kept(self, **filters: object) -> list[dict]:
		return frappe.get_all(RESPONSE, {"lead": ("in", (self.lead, self.other)), **filters}, ["*"], limit=0)


class TestOne(ApiCase):
	def test_stored_and_scored(self) -> None:
		answer = api.take(
			self.row("zoom-1", title="Prices", responded_on="2026-01-31T10:00:00Z", robot=""), "API"
		)
		(row,) = self.kept()
		self.assertEqual(answer, {"name": row.name, "is_new": True})
		self.assertEqual((row.source, row.owner, row.idempotency_key), ("API", QUALIFIER, "zoom-1"))
		self.assertEqual(
			api.take(self.row("zoom-1", title="Prices"), "API"), {"name": row.name, "is_new": False}
		)
		with self.assertRaises(KeyUsedError) as refused:
			api.take(self.row("zoom-1", title="Dates"), "API")
		self.assertEqual(refused.exception.http_status_code, 409)

	def test_by_email(self) -> None:
		api.take({"email": "ASHA@example.com", "response_type": FAIR}, "API")
		self.assertEqual([row.lead for row in self.kept()], [self.lead])
		api.take({"email": "nobody@example.com", "lead": self.other, "response_type": FAIR}, "API")
		self.assertEqual(len(self.kept(lead=self.other)), 1)

	def test_several_leads_with_one_address(self) -> None:
		frappe.db.set_value("Lead", self.other, "email_id", "asha@example.com")
		with self.assertRaisesRegex(ResponseRefusedError, self.other):
			api.take({"email": "asha@example.com", "response_type": FAIR}, "API")
		self.assertEqual(self.kept(), [])

	def test_what_is_refused_says_why(self) -> None:
		nurtureless = lead_house.lead("Api Nobody Yet")
		frappe.db.delete(NURTURE, {"lead": nurtureless})
		for values, error, text in (
			({}, ResponseRefusedError, "whose response"),
			(self.row(response_type=None), ResponseRefusedError, "Response Type"),
			(self.row(lead="CRM-NONE"), UnknownLeadError, "CRM-NONE"),
			({"email": "no@example.com", "response_type": CLICK}, UnknownLeadError, "no@example.com"),
			(self.row(lead=nurtureless), UnknownLeadError, "no Lead Nurture yet"),
			(self.row(response_type="Dance"), ResponseRefusedError, "no Response Type Dance"),
			(self.row(url="javascript:alert(1)"), ResponseRefusedError, "in full"),
			(self.row(responded_on="soon"), ResponseRefusedError, "no moment"),
			(self.row(points=5), ResponseRefusedError, "no fields points"),
		):
			with self.subTest(values=values), self.assertRaisesRegex(error, text):
				api.take(values, "API")
		self.assertEqual(self.kept(), [])

	def test_by_hand(self) -> None:
		answer = api.record_by_hand(self.lead, FAIR, title="Stopped at our stand", key="dialog-1")
		self.assertEqual(frappe.db.get_value(RESPONSE, answer["name"], "source"), "Desk")
		again = api.record_by_hand(self.lead, FAIR, title="Stopped at our stand", key="dialog-1")
		self.assertEqual(again, {"name": answer["name"], "is_new": False})
		self.assertEqual(house.engagement(self.lead), 25)


class TestPermissions(ApiCase):
	def assert_unknown(self, user: str, **values: object) -> None:
		lead_house.as_user(user)
		with self.assertRaises(UnknownLeadError):
			api.take({"response_type": CLICK, **values}, "API")
		answer = api.take_many([{"response_type": CLICK, "key": "hidden", **values}])
		self.assertEqual((answer["stored"], answer["refused"]), (0, 1))

	def test_without_rights(self) -> None:
		for user in ("Guest", "lead.buyer@example.com"):
			lead_house.as_user(user)
			for call in (
				lambda: api.take(self.row(), "API"),
				lambda: api.take_many([self.row("k")]),
				lambda: api.take_many("nonsense"),
				lambda: api.record_by_hand(self.lead, CLICK),
			):
				self.assertRaises(frappe.PermissionError, call)
		self.assertEqual(self.kept(), [])

	def test_salespeople_have_their_leads_only(self) -> None:
		"""A lead that somebody may not see doesn't exist for them, by whatever name."""
		house.hand_to(self.lead, SAM)
		lead_house.as_user(SAM_USER)
		api.record_by_hand(self.lead, FAIR)
		self.assert_unknown(SAM_USER, lead=self.other)
		self.assert_unknown(SARA_USER, lead=self.lead)
		self.assert_unknown(SARA_USER, email="asha@example.com")
		lead_house.as_user(SARA_USER)
		self.assertEqual(frappe.get_list(RESPONSE, pluck="name"), [])
		self.assertFalse(frappe.has_permission(RESPONSE, doc=self.kept()[0].name))
		lead_house.as_user(SAM_USER)
		self.assertEqual(frappe.get_list(RESPONSE, {"lead": self.lead}, pluck="response_type"), [FAIR])

	def test_user_permissions_hold(self) -> None:
		factories.company("Api Second Company", "ASC")
		add_user_permission("Company", "Api Second Company", OPERATIONS, ignore_permissions=True)
		self.assert_unknown(OPERATIONS, lead=self.lead)
		lead_house.as_user(OPERATIONS)
		self.assertEqual(frappe.get_list(RESPONSE, {"lead": self.lead}), [])


class TestMany(ApiCase):
	def test_what_became_of_each(self) -> None:
		api.take(self.row("old", title="Old"), "API")
		rows = [
			self.row("new"),
			self.row("old", title="Old"),
			self.row("old", title="Other"),
			self.row("bad type", response_type="Dance"),
			self.row(""),
			["no object"],
			{
				"email": "omar@example.com",
				"response_type": FAIR,
				"key": "by mail",
				"responded_on": "2026-01-01",
			},
			{"email": "none@example.com", "response_type": FAIR, "key": "unknown"},
			self.row("new"),
		]
		answer = api.take_many(json.dumps(rows))
		statuses = [row["status"] for row in answer["rows"]]
		expected = ["stored", "already there", *["refused"] * 4, "stored", "refused", "already there"]
		self.assertEqual(statuses, expected)
		self.assertEqual([row["row"] for row in answer["rows"]], list(range(1, 10)))
		self.assertEqual((answer["stored"], answer["already_there"], answer["refused"]), (2, 2, 5))
		texts = [row["problem"] for row in answer["rows"] if row["status"] == "refused"]
		for text, part in zip(
			texts, ("another response", "Dance", "Give it a key", "object", "none@example.com"), strict=True
		):
			self.assertIn(part, text)
		self.assertEqual(len(self.kept()), 3)

	def test_sent_again_nothing_is_stored_twice_and_nothing_lost(self) -> None:
		rows = [self.row(f"again-{number}", title=str(number)) for number in range(30)]
		bad = [
			{**row, "response_type": "Dance"} if number % 3 == 0 else row for number, row in enumerate(rows)
		]
		first, second, third = (api.take_many(sent) for sent in (bad, rows, rows))
		self.assertEqual((first["stored"], first["refused"]), (20, 10))
		self.assertEqual((second["stored"], second["already_there"]), (10, 20))
		self.assertEqual((third["stored"], third["already_there"]), (0, 30))
		self.assertEqual(len(self.kept()), 30)

	def test_shapes_that_are_no_list(self) -> None:
		for rows in ("", "{", "5", "null", '{"rows": []}', '"text"'):
			with self.subTest(rows=rows), self.assertRaisesRegex(frappe.ValidationError, "JSON list"):
				api.take_many(rows)
		self.assertEqual(api.take_many([]), {"stored": 0, "already_there": 0, "refused": 0, "rows": []})

	def test_too_many_rows(self) -> None:
		for rows in (api.MOST_ROWS + 1, 100_000):
			with self.assertRaisesRegex(api.TooManyRowsError, f"{rows}.*at most 1000") as refused:
				api.take_many([self.row(f"much-{number}") for number in range(rows)])
			self.assertEqual(refused.exception.http_status_code, 413)
		self.assertEqual(self.kept(), [])

	def test_few_statements_however_many(self) -> None:
		for count in (1, 200):
			rows = [self.row(f"few-{count}-{number}") for number in range(count)]
			api.take_many(rows[:1])
			with counted_queries() as queries:
				api.take_many(rows)
			self.assertLessEqual(len(queries), 12)

	def test_a_hundred_thousand(self) -> None:
		"""In calls of a thousand, as documented; then half of them again. Each is there once, and the score is theirs."""
		house.types({VISIT: house.Kind(points=house.Decimal("0.01"), half_life=house.Decimal(0))})
		leads = [lead_house.lead(f"Api Crowd {number}") for number in range(20)]
		calls = [
			[
				self.row(f"{call}-{number}", response_type=VISIT, lead=leads[call // 5])
				for number in range(1000)
			]
			for call in range(100)
		]
		self.assertEqual(sum(api.take_many(rows)["stored"] for rows in calls), 100_000)
		self.assertEqual(sum(api.take_many(rows)["already_there"] for rows in calls[::20]), 5000)
		for lead in leads:
			self.assertEqual(house.count(lead), 5000)
			self.assertEqual(house.engagement(lead), 50)


class TestUnderway(ApiCase):
	def test_ended_by_a_deadlock_it_is_done_again(self) -> None:
		original, calls = responses.record_many, []

		def record_many(sent: list) -> list:
			calls.append(sent)
			if len(calls) < 3:
				raise frappe.QueryDeadlockError
			return original(sent)

		with (
			patch.object(responses, "record_many", record_many),
			patch.object(frappe.db, "rollback") as rollback,
		):
			self.assertEqual(api.take_many([self.row("stubborn")])["stored"], 1)
		self.assertEqual((len(calls), rollback.call_count), (3, 2))

	def test_always_busy(self) -> None:
		def record_many(_sent: list) -> list:
			raise frappe.QueryTimeoutError

		with (
			patch.object(responses, "record_many", record_many),
			patch.object(frappe.db, "rollback"),
			self.assertRaisesRegex(api.BusyError, "Send it again"),
		):
			api.take_many([self.row("stubborn")])

	def test_limit_of_requests(self) -> None:
		self.assertEqual(api.requests_a_minute(), 120)
		with patch.dict(frappe.conf, {"lead_responses_per_minute": 7}):
			self.assertEqual(api.requests_a_minute(), 7)

	def test_beyond_the_limit(self) -> None:
		"""By Frappe's own limiter, which counts the calls of an address in Redis; early 15 raises a ValidationError."""
		address, method = (
			f"10.0.0.{frappe.generate_hash(length=8)}",
			"sales_activity.api.responses.record_many",
		)
		request = Request(EnvironBuilder(method="POST").get_environ())
		values = frappe._dict(rows="[]", cmd=method)
		with (
			of_a_request(request=request, request_ip=address, form_dict=values),
			patch.dict(frappe.conf, {"lead_responses_per_minute": 3}),
		):
			for _ in range(3):
				self.assertEqual(api.record_many(rows="[]")["rows"], [])
			with self.assertRaisesRegex(frappe.ValidationError, "rate limit"):
				api.record_many(rows="[]")

	def test_moments_of_now(self) -> None:
		before = now_datetime()
		api.take(self.row(), "API")
		(row,) = self.kept()
		self.assertTrue(
			before - timedelta(seconds=1) <= row.responded_on <= add_to_date(now_datetime(), seconds=1)
		)
