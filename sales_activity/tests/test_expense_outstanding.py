"""Claims Outstanding: random claims against plain Python, what each user sees, time limits, the way to the claims."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import frappe
from frappe.utils import getdate

from sales_activity.api import cards
from sales_activity.sales_activity.expenses.records import CLAIM
from sales_activity.sales_activity.reports.filters import ReportFilterError
from sales_activity.tests import expense_course_house as course
from sales_activity.tests import expense_report_house
from sales_activity.tests.base import TestCase
from sales_activity.tests.expense_house import ANIL, ESHA, MAX, NORA, OLGA, RAVI, TARA, VERA, employee
from sales_activity.tests.expense_report_house import COMPANY, PERSONS
from sales_activity.tests.report_checks import ReportChecks
from sales_activity.tests.test_reports import drill_downs, execute, forget_requests
from sales_activity.tests.test_velocity_reports import listed

OUTSTANDING = "Claims Outstanding"
GROUPS = ("Holder", "State", "Employee", "Area Manager")
USERS = ("Administrator", OLGA, ESHA, MAX, VERA, ANIL)
OPEN = {
	*("Pending Area Manager", "Clarification", "Approved", "With Accounts", "Returned to Area Manager"),
}
FIELDS = {"State": "status", "Employee": "employee", "Area Manager": "area_manager"}


class OutstandingTests(ReportChecks):
	reports = (OUTSTANDING,)
	filters = {OUTSTANDING: ("holder", "employee", "area_manager", "sales_person")}
	groups = {OUTSTANDING: GROUPS}
	span = {"company": COMPANY}
	empty = expense_report_house.EMPTY
	narrow = {"sales_person": PERSONS[MAX]}
	sees = USERS[1:]
	idle = TARA
	strangers = (expense_report_house.STRANGER,)
	restricted = OLGA

	# --- the oracle ------------------------------------------------------------------------------------------

	def wanted(self, asked: dict, user: str) -> list[dict]:
		"""The claims that the report speaks of."""
		states = set(OPEN)
		states |= {"Draft", "Denied"} if asked.get("include_drafts") else set()
		states |= {"Approved and Locked"} if asked.get("include_unpaid") else set()
		states = {asked["status"]} if asked.get("status") else states
		persons = {PERSONS[MAX], PERSONS[ESHA], PERSONS[RAVI]}
		return [
			claim
			for claim in course.seen(self.house, user)
			if claim["status"] in states
			and (claim["status"] != "Approved and Locked" or claim["payment_status"] != "Paid")
			and all(
				claim[name] == asked[name]
				for name in ("holder", "employee", "area_manager")
				if asked.get(name)
			)
			and (not asked.get("sales_person") or claim["sales_person"] in persons)
			and (not asked.get("only_overdue") or self.is_late(claim))
		]

	def is_late(self, claim: dict) -> bool:
		today = getdate()
		return bool(self.house.took_too_long(claim["status"], claim["state_since"], today))

	def expected(self, asked: dict, user: str) -> dict:
		"""Group > claims, amount, overdue, their amount, days of the oldest, claims and amounts by bracket."""
		edges = [int(edge) for edge in asked.get("ranges", "7,14,30").split(",")]
		found: dict = defaultdict(
			lambda: [0, 0.0, 0, 0.0, 0, [0] * (len(edges) + 1), [0.0] * (len(edges) + 1)]
		)
		for claim in self.wanted(asked, user):
			since = claim["state_since"]
			if asked.get("age_by") == "Since Sent" and claim["status"] != "Draft":
				since = self.house.sent(claim) or since
			days, amount = (getdate() - since.date()).days, course.amount_of(claim)
			bracket = sum(days > edge for edge in edges)
			row = found[self.key(claim, asked["group_by"])]
			late = self.is_late(claim)
			for place, value in enumerate((1, amount, int(late), amount * late)):
				row[place] += value
			row[4] = max(row[4], days)
			row[5][bracket] += 1
			row[6][bracket] += amount
		return dict(found)

	def key(self, claim: dict, group_by: str) -> str | None:
		if group_by != "Holder":
			return claim[FIELDS[group_by]]
		return claim["holder"] or claim["status"]

	def shown(self, asked: dict) -> dict:
		found = {}
		for row in execute(OUTSTANDING, asked)[1]:
			own = row["documents"]["claims"]
			field = FIELDS.get(asked["group_by"]) or ("status" if "status" in own else "holder")
			key = None if isinstance(own[field], list) else own[field]
			self.assertNotIn(key, found)
			numbers = range(sum(name.startswith("claims_") for name in row))
			found[key] = [
				*(row[name] for name in ("claims", "amount", "overdue", "overdue_amount", "oldest")),
				[row[f"claims_{number}"] for number in numbers],
				[row[f"amount_{number}"] for number in numbers],
			]
		return found

	# --- tests -----------------------------------------------------------------------------------------------

	def test_against_the_oracle(self) -> None:
		filters: tuple[dict[str, Any], ...] = (
			{},
			{"age_by": "Since Sent", "ranges": "3, 40,90"},
			{"include_drafts": 1, "include_unpaid": 1},
			{"include_drafts": 1, "include_unpaid": 1, "age_by": "Since Sent"},
			{"only_overdue": 1},
			{"status": "Approved and Locked"},
			{"status": "Denied"},
			{"sales_person": PERSONS[MAX]},
			{"holder": MAX},
			{"area_manager": VERA, "ranges": "0"},
			{"employee": employee(ESHA), "include_drafts": 1},
		)
		for user in USERS:
			self.as_user(user)
			for more in filters:
				for group_by in GROUPS:
					asked = {"company": COMPANY, "group_by": group_by, **more}
					with self.subTest(user, asked=asked):
						self.assertEqual(self.shown(asked), self.expected(asked, user))

	def test_there_is_enough_of_everything(self) -> None:
		asked = {"company": COMPANY, "group_by": "State", "include_drafts": 1, "include_unpaid": 1}
		found = self.expected(asked, "Administrator")
		self.assertEqual(set(found), OPEN | {"Draft", "Denied", "Approved and Locked"})
		self.assertGreater(sum(row[2] for row in found.values()), 10)
		parts = [claim for claim in self.house.claims.values() if claim["first_claim"]]
		self.assertGreater(len(parts), 10)

	def test_who_waits_is_called_by_name(self) -> None:
		names = {row["name"] for row in self.rows(OUTSTANDING)}
		self.assertIn(frappe.db.get_value("User", MAX, "full_name"), names)
		self.assertTrue({"Accounts", "Next Forwarding"} <= names)
		names = {row["name"] for row in self.rows(OUTSTANDING, group_by="State")}
		self.assertEqual(names, OPEN)

	def test_what_is_missing_or_makes_no_sense(self) -> None:
		for wrong in (
			{"company": None},
			{"company": "No Such House"},
			{"from_date": "2024-01-01"},
			{"group_by": "owner"},
			{"age_by": "creation"},
			{"status": "Cancelled"},
			*(
				{"ranges": text}
				for text in ("7, 7", "14, 7", "x", "1,,2", "-1", "1.5", "1,2,3,4,5,6,7", "99999")
			),
		):
			with self.subTest(wrong=wrong), self.assertRaises(ReportFilterError):
				execute(OUTSTANDING, {"company": COMPANY, **wrong})

	def test_figures_lead_to_their_claims(self) -> None:
		followed = 0
		for user in USERS:
			self.as_user(user)
			for group_by in GROUPS:
				for more in ({}, {"only_overdue": 1}, {"sales_person": PERSONS[MAX], "include_unpaid": 1}):
					followed += self.follow({"company": COMPANY, "group_by": group_by, **more})
		self.assertGreater(followed, 200)

	def follow(self, asked: dict) -> int:
		followed = 0
		for name, way, filters, figure in drill_downs(*execute(OUTSTANDING, asked)[:2]):
			followed += 1
			with self.subTest(name, asked=asked, filters=filters):
				self.assertEqual(self.count(way, filters), figure)
		return followed

	def count(self, way: dict, filters: dict) -> int:
		if "report" in way:
			return sum(row["claims"] for row in execute(way["report"], filters)[1])
		return len(listed(CLAIM, filters))

	def test_the_card_counts_what_is_overdue(self) -> None:
		for user in USERS:
			self.as_user(user)
			card = cards.claims_overdue({"company": COMPANY})
			with self.subTest(user):
				late = [claim for claim in self.wanted({}, user) if self.is_late(claim)]
				self.assertEqual(card["value"], len(late))
				self.assertEqual(card["route_options"]["only_overdue"], 1)
		self.as_user(expense_report_house.STRANGER)
		with self.assertRaises(frappe.PermissionError):
			cards.claims_overdue({"company": COMPANY})

	def test_user_permissions(self) -> None:
		esha = employee(ESHA)
		self.restrict(OLGA, "Employee", esha)
		self.as_user(OLGA)
		found = self.shown({"company": COMPANY, "group_by": "Employee"})
		self.assertEqual(set(found), {esha})

	def test_a_manager_of_others_sees_nothing_of_these(self) -> None:
		self.as_user(NORA)
		asked = {"company": COMPANY, "group_by": "Employee"}
		self.assertEqual(self.shown(asked), self.expected(asked, NORA))

	def test_without_limits_nothing_is_late(self) -> None:
		settings = frappe.get_single(course.SETTINGS)
		settings.update(course.NO_LIMITS).save()
		forget_requests()
		self.assertEqual({row["overdue"] for row in self.rows(OUTSTANDING)}, {0})
		self.assertEqual(self.rows(OUTSTANDING, only_overdue=1), [])


class TestClaimsOutstanding(OutstandingTests, TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.house = course.CourseHouse()
		cls.addClassCleanup(frappe.clear_document_cache, "Company", COMPANY)

	def setUp(self) -> None:
		super().setUp()
		forget_requests()
