"""Approval Times: random histories against plain Python, what each user sees, the way to the log."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

import frappe
from frappe.utils import add_days, getdate, today

from sales_activity.sales_activity.expenses.records import MOVE
from sales_activity.sales_activity.reports.filters import ReportFilterError
from sales_activity.tests import expense_course_house as course
from sales_activity.tests import expense_report_house
from sales_activity.tests.base import TestCase
from sales_activity.tests.expense_course_house import DAYS, percentiles
from sales_activity.tests.expense_house import ANIL, ESHA, MAX, OLGA, RAVI, TARA, VERA, employee
from sales_activity.tests.expense_report_house import COMPANY, PERSONS
from sales_activity.tests.report_checks import ReportChecks
from sales_activity.tests.test_reports import drill_downs, execute, forget_requests
from sales_activity.tests.test_velocity_reports import listed

TIMES = "Approval Times"
GROUPS = ("State", "Person", "Month")
USERS = ("Administrator", OLGA, ESHA, MAX, VERA, ANIL)
WAITING = ("Pending Area Manager", "Clarification", "Approved", "With Accounts", "Returned to Area Manager")
SPAN = {
	"company": COMPANY,
	"from_date": add_days(today(), -course.LONGEST - 30),
	"to_date": add_days(today(), 1),
}
LOCKED = ("Approved and Locked", "Denied and Locked")


class TimesTests(ReportChecks):
	reports = (TIMES,)
	filters = {TIMES: ("employee", "sales_person", "area_manager", "person")}
	groups = {TIMES: GROUPS}
	span = SPAN
	empty = expense_report_house.EMPTY
	narrow = {"sales_person": PERSONS[MAX]}
	sees = USERS[1:]
	idle = TARA
	strangers = (expense_report_house.STRANGER,)
	restricted = OLGA

	# --- the oracle ------------------------------------------------------------------------------------------

	def claims(self, asked: dict, user: str) -> dict[str, dict]:
		persons = {PERSONS[MAX], PERSONS[ESHA], PERSONS[RAVI]}
		return {
			claim["claim"]: claim
			for claim in course.seen(self.house, user)
			if all(claim[name] == asked[name] for name in ("employee", "area_manager") if asked.get(name))
			and (not asked.get("sales_person") or claim["sales_person"] in persons)
		}

	def in_span(self, move: dict, asked: dict) -> bool:
		return date.fromisoformat(asked["from_date"]) <= move["at"].date() <= getdate(asked["to_date"])

	def who(self, move: dict, claim: dict) -> str | None:
		"""Who acted, or who is waited for."""
		if move["from_state"] != move["to_state"]:
			return move["user"]
		if move["from_state"] in ("Pending Area Manager", "Returned to Area Manager"):
			return claim["area_manager"]
		return claim["user"] if move["from_state"] == "Clarification" else None

	def expected(self, asked: dict, user: str) -> dict:
		"""Group > decisions, median, 90th percentile, late, with a limit, asked, denied, escalated."""
		claims = self.claims(asked, user)
		rows: dict = defaultdict(list)
		for move in self.house.moves:
			claim = claims.get(move["claim"])
			if not claim or not self.in_span(move, asked):
				continue
			if move["from_state"] not in WAITING or move["to_state"] == "Draft":
				continue
			who = self.who(move, claim)
			if (
				asked.get("status", move["from_state"]) != move["from_state"]
				or asked.get("person", who) != who
			):
				continue
			key = {"State": move["from_state"], "Person": who, "Month": move["at"].date().replace(day=1)}
			rows[key[asked["group_by"]]].append(move)
		return {key: self.figures(moves) for key, moves in rows.items()}

	def figures(self, moves: list[dict]) -> tuple:
		stays = [move for move in moves if move["from_state"] != move["to_state"]]
		late = [self.late(move) for move in stays]
		went = [move["to_state"] for move in stays]
		return (
			len(stays),
			*rounded(*percentiles([move["seconds"] / 86400 for move in stays])),
			sum(bool(one) for one in late),
			sum(one is not None for one in late),
			sum(state in ("Clarification", "Returned to Area Manager") for state in went),
			sum(state in ("Denied", "Denied and Locked") for state in went),
			len(moves) - len(stays),
		)

	def late(self, move: dict) -> bool | None:
		since = frappe.utils.add_to_date(move["at"], seconds=-move["seconds"])
		return self.house.took_too_long(move["from_state"], since, move["at"].date())

	def locked(self, asked: dict, user: str) -> dict[date, list[float | None]]:
		"""Month > the days from Send to lock of each claim that was locked in it."""
		claims, found = self.claims(asked, user), defaultdict(list)
		for move in self.house.moves:
			if move["claim"] in claims and move["to_state"] in LOCKED and self.in_span(move, asked):
				sent = self.house.sent(claims[move["claim"]])
				days = (move["at"] - sent).total_seconds() / 86400 if sent else None
				found[move["at"].date().replace(day=1)].append(days)
		return found

	def shown(self, asked: dict) -> dict:
		found = {}
		for row in execute(TIMES, asked)[1]:
			key = self.key_of(row, asked["group_by"])
			self.assertNotIn(key, found)
			late, share = row["late"], row["in_time"]
			due = 0 if share is None else "some"
			found[key] = (
				*(row["moves"], *rounded(row["median"], row["p90"]), late, due, share),
				*(row[name] for name in ("asked", "denied", "escalated")),
			)
		return found

	def key_of(self, row: dict, group_by: str) -> Any:
		if group_by == "Person":
			return row["key"]
		if group_by == "State":
			return row["name"]
		return next(day for day in self.months() if frappe.utils.formatdate(day, "MMM yyyy") == row["name"])

	def months(self) -> set[date]:
		return {move["at"].date().replace(day=1) for move in self.house.moves}

	def compared(self, figures: tuple) -> tuple:
		moves, median, p90, late, due, *rest = figures
		share = round((due - late) / due * 100, 2) if due else None
		return (moves, median, p90, late, "some" if due else 0, share, *rest)

	# --- tests -----------------------------------------------------------------------------------------------

	def test_against_the_oracle(self) -> None:
		short = {"from_date": add_days(today(), -90), "to_date": add_days(today(), -30)}
		filters: tuple[dict[str, Any], ...] = (
			*({}, short, {"status": "With Accounts"}, {"person": MAX}, {"area_manager": VERA}),
			*({"sales_person": PERSONS[MAX]}, {"employee": employee(ESHA)}),
		)
		for user in USERS:
			self.as_user(user)
			for more in filters:
				for group_by in GROUPS:
					asked = {**SPAN, "group_by": group_by, **more}
					with self.subTest(user, asked=asked):
						wanted = self.expected(asked, user)
						found = {key: row for key, row in self.shown(asked).items() if row[0] or row[-1]}
						self.assertEqual(found, {key: self.compared(row) for key, row in wanted.items()})

	def test_from_send_to_lock(self) -> None:
		for user in USERS:
			self.as_user(user)
			for more in ({}, {"sales_person": PERSONS[MAX]}):
				asked = {**SPAN, "group_by": "Month", **more}
				wanted = {
					day: (len(days), *rounded(*percentiles([one for one in days if one is not None])))
					for day, days in self.locked(asked, user).items()
				}
				with self.subTest(user, more=more):
					rows = {self.key_of(row, "Month"): row for row in execute(TIMES, asked)[1]}
					found = {
						day: (row["locked"], *rounded(row["locked_median"], row["locked_p90"]))
						for day, row in rows.items()
						if row["locked"]
					}
					self.assertEqual(found, wanted)

	def test_everything_together(self) -> None:
		"""Whatever the group, each decision once; the medians of the cards are those of all."""
		everything = self.figures([move for move in self.house.moves if self.counts(move)])
		days = [
			day for month in self.locked(SPAN, "Administrator").values() for day in month if day is not None
		]
		for group_by in GROUPS:
			cards = {
				card["label"]: card["value"] for card in execute(TIMES, {**SPAN, "group_by": group_by})[4]
			}
			self.assertEqual(cards["Decisions"], everything[0])
			self.assertEqual(cards["Waiting (median days)"], round(everything[1], 1))
			self.assertEqual(cards["Escalated"], everything[-1])
			self.assertEqual(cards["Sent to Locked (median days)"], round(percentiles(days)[0], 1))
		self.assertGreater(everything[-1], 10)
		self.assertGreater(len(days), 5)

	def counts(self, move: dict) -> bool:
		return move["from_state"] in WAITING and move["to_state"] != "Draft"

	def test_without_holidays(self) -> None:
		"""The same rule where everybody works every day."""
		frappe.db.set_value("Company", COMPANY, "default_holiday_list", None)
		frappe.clear_document_cache("Company", COMPANY)
		self.addCleanup(frappe.clear_document_cache, "Company", COMPANY)
		holidays, self.house.holidays = self.house.holidays, set()
		try:
			asked = {**SPAN, "group_by": "State"}
			wanted = self.expected(asked, "Administrator")
			self.assertEqual(self.shown(asked), {key: self.compared(row) for key, row in wanted.items()})
		finally:
			self.house.holidays = holidays

	def test_a_state_is_one_of_those_that_wait(self) -> None:
		for wrong in ("Draft", "Denied", "Cancelled", "x"):
			with self.subTest(wrong), self.assertRaises(ReportFilterError):
				execute(TIMES, {**SPAN, "status": wrong})
		self.assertEqual({row["name"] for row in self.rows(TIMES)}, set(WAITING))
		self.assertTrue(set(DAYS) < set(WAITING))

	def test_figures_lead_to_the_log(self) -> None:
		followed = 0
		for user in USERS:
			self.as_user(user)
			for group_by in GROUPS:
				for more in ({}, {"status": "With Accounts"}, {"person": MAX}, {"employee": employee(ESHA)}):
					followed += self.follow({**SPAN, "group_by": group_by, **more})
		self.assertGreater(followed, 60)

	def follow(self, asked: dict) -> int:
		followed = 0
		for name, _way, filters, figure in drill_downs(*execute(TIMES, asked)[:2]):
			followed += 1
			with self.subTest(name, asked=asked, filters=filters):
				self.assertEqual(len(listed(MOVE, filters)), figure)
		return followed

	def test_user_permissions(self) -> None:
		self.restrict(OLGA, "Employee", employee(ESHA))
		self.as_user(OLGA)
		wanted = self.expected({**SPAN, "group_by": "State", "employee": employee(ESHA)}, "Administrator")
		self.assertEqual(
			self.shown({**SPAN, "group_by": "State"}),
			{key: self.compared(row) for key, row in wanted.items()},
		)


def rounded(*values: float | None) -> tuple:
	return tuple(None if value is None else round(float(value), 4) for value in values)


class TestApprovalTimes(TimesTests, TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.house = course.CourseHouse()
		cls.addClassCleanup(frappe.clear_document_cache, "Company", COMPANY)

	def setUp(self) -> None:
		super().setUp()
		forget_requests()
