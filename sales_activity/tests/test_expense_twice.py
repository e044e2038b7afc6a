"""Duplicate Expenses: random lines against plain Python, what each user sees, what is at risk."""

from __future__ import annotations

from datetime import date
from typing import Any

import frappe

from sales_activity.sales_activity.reports.filters import ReportFilterError
from sales_activity.tests import expense_course_house as course
from sales_activity.tests import expense_house, expense_report_house
from sales_activity.tests.base import TestCase
from sales_activity.tests.expense_house import ANIL, ANITA, ESHA, MAX, OLGA, RAVI, TARA, TAXI, VERA, employee
from sales_activity.tests.expense_report_house import COMPANY, EMPTY, PERSONS, SPAN, YEAR, Line
from sales_activity.tests.report_checks import ReportChecks
from sales_activity.tests.test_reports import execute, forget_requests

TWICE = "Duplicate Expenses"
RECEIPT, ALIKE = "Same Receipt", "Same Day, Type and Amount"
USERS = ("Administrator", OLGA, ESHA, MAX, VERA, ANIL)
DENIED = {"Denied", "Denied and Locked"}


class TwiceTests(ReportChecks):
	reports = (TWICE,)
	filters = {TWICE: ("employee", "sales_person", "expense_type")}
	span = SPAN
	empty = EMPTY
	narrow = {"sales_person": PERSONS[MAX]}
	sees = USERS[1:]
	idle = TARA
	strangers = (expense_report_house.STRANGER,)
	restricted = OLGA

	# --- the oracle ------------------------------------------------------------------------------------------

	def is_same(self, one: Line, other: Line, reason: str) -> bool:
		if reason == RECEIPT:
			return bool(one["receipt_digest"]) and one["receipt_digest"] == other["receipt_digest"]
		fields = ("employee", "expense_date", "expense_type", "base_amount")
		return all(one[field] == other[field] for field in fields)

	def is_asked_for(self, line: Line, asked: dict) -> bool:
		persons = {PERSONS[MAX], PERSONS[ESHA], PERSONS[RAVI]}
		return (
			date.fromisoformat(asked["from_date"])
			<= line["expense_date"]
			<= date.fromisoformat(asked["to_date"])
			and all(line[name] == asked[name] for name in ("employee", "expense_type") if asked.get(name))
			and (not asked.get("sales_person") or line["sales_person"] in persons)
			and not (asked.get("only_open") and "Locked" in line["status"])
		)

	def expected(self, asked: dict, user: str) -> set[tuple]:
		"""Each group as its lines, its reasons and what is at risk: what is alike joins, as long as anything does."""
		lines = [
			line
			for line in expense_report_house.seen_by(user, self.house.lines)
			if line["status"] != "Cancelled"
		]
		groups: list[tuple[set, set]] = []
		for reason in [asked["reason"]] if asked.get("reason") else (RECEIPT, ALIKE):
			for line in lines:
				same = [other for other in lines if self.is_same(line, other, reason)]
				if len(same) > 1 and any(self.is_asked_for(one, asked) for one in same):
					groups.append(({one["name"] for one in same}, {reason}))
		named = {line["name"]: line for line in lines}
		return {
			(frozenset(names), frozenset(reasons), self.at_risk([named[name] for name in names]))
			for names, reasons in self.joined(groups)
		}

	def joined(self, groups: list[tuple[set, set]]) -> list[tuple[set, set]]:
		done: list[tuple[set, set]] = []
		for names, reasons in groups:
			touching = [one for one in done if one[0] & names]
			done = [one for one in done if not one[0] & names]
			done.append(
				(
					names.union(*(one[0] for one in touching)),
					reasons.union(*(one[1] for one in touching)),
				)
			)
		return done

	def at_risk(self, lines: list[Line]) -> float:
		"""All but the first, as far as nobody denied them."""
		lines = [line for line in lines if line["status"] not in DENIED]
		claims = self.house.claims
		lines.sort(key=lambda line: (claims[line["claim"]]["creation"], line["claim"], line["idx"]))
		return sum(self.worth(line) for line in lines[1:])

	def worth(self, line: Line) -> float:
		if line["status"] == "Approved and Locked":
			return line["accounts_amount"]
		approved = line["status"] in ("Approved", "With Accounts", "Returned to Area Manager")
		return line["manager_amount"] if approved else line["base_amount"]

	def shown(self, asked: dict) -> set[tuple]:
		by_place = {(line["claim"], line["idx"]): line["name"] for line in self.house.lines}
		found, names = [], set()
		for row in execute(TWICE, asked)[1]:
			if row["indent"]:
				name = by_place[row["claim"], int(row["label"].removeprefix("Line "))]
				self.assertNotIn(name, names)
				names.add(name)
				found[-1][0].append((name, row["at_risk"]))
			else:
				found.append(([], row))
		for lines, row in found:
			self.assertEqual(row["lines"], len(lines))
			self.assertAlmostEqual(row["at_risk"], sum(at_risk for _name, at_risk in lines))
		return {
			(
				frozenset(name for name, _at_risk in lines),
				frozenset(row["label"].split(" + ")),
				row["at_risk"],
			)
			for lines, row in found
		}

	# --- tests -----------------------------------------------------------------------------------------------

	def test_against_the_oracle(self) -> None:
		filters: tuple[dict[str, Any], ...] = (
			*({}, {"reason": RECEIPT}, {"reason": ALIKE}, {"only_open": 1}, {"expense_type": TAXI}),
			*({"employee": employee(ESHA)}, {"sales_person": PERSONS[MAX]}),
			{"from_date": f"{YEAR}-01-01", "to_date": f"{YEAR}-01-31"},
		)
		for user in USERS:
			self.as_user(user)
			for more in filters:
				asked = {**SPAN, **more}
				with self.subTest(user, asked=asked):
					self.assertEqual(self.shown(asked), self.expected(asked, user))

	def test_there_is_enough_of_everything(self) -> None:
		found = self.expected(SPAN, "Administrator")
		self.assertEqual(
			{reasons for _names, reasons, _at_risk in found} - {frozenset({RECEIPT, ALIKE})},
			{frozenset({RECEIPT}), frozenset({ALIKE})},
		)
		self.assertGreater(len(found), 10)
		self.assertNotEqual(found, self.expected(SPAN, MAX))

	def test_a_receipt_of_two_people(self) -> None:
		cards = {card["label"]: card["value"] for card in execute(TWICE, SPAN)[4]}
		users = {line["name"]: line["user"] for line in self.house.lines}
		found = self.expected(SPAN, "Administrator")
		across = [names for names, *_rest in found if len({users[name] for name in names}) > 1]
		self.assertEqual((cards["Of Several Employees"], cards["Groups"]), (len(across), len(found)))
		self.assertAlmostEqual(cards["At Risk"], sum(at_risk for *_rest, at_risk in found))

	def test_a_reason_is_one_of_two(self) -> None:
		with self.assertRaises(ReportFilterError):
			execute(TWICE, {**SPAN, "reason": "x"})

	def test_user_permissions(self) -> None:
		"""On employees, and on what lines are tagged with."""
		self.restrict(OLGA, "Territory", expense_report_house.EAST)
		self.as_user(OLGA)
		names = {line["name"] for line in self.house.lines if line["territory"] in (None, "Expenses East")}
		found = self.shown(SPAN)
		self.assertTrue(found)
		for group, *_rest in found:
			self.assertLessEqual(group, names)


class TestDuplicateExpenses(TwiceTests, TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.house = course.CourseHouse()
		cls.addClassCleanup(frappe.clear_document_cache, "Company", COMPANY)

	def setUp(self) -> None:
		super().setUp()
		forget_requests()


class TestOfRealDocuments(TestCase):
	def setUp(self) -> None:
		super().setUp()
		expense_house.build()
		forget_requests()

	def rows(self) -> list[tuple]:
		today = frappe.utils.today()
		asked = {"company": expense_house.COMPANY, "to_date": today}
		rows = execute(TWICE, {**asked, "from_date": frappe.utils.add_days(today, -30)})[1]
		return [(row.get("claim"), row["at_risk"]) for row in rows]

	def test_what_is_flagged_is_reported(self) -> None:
		"""The warnings of a line and the report follow the same rule."""
		line, receipt = expense_house.line, expense_house.receipt
		first = expense_house.sent(line(100), line(30, receipt=receipt("a bill")))
		copy = receipt("a bill", RAVI, "copy.txt")
		second = expense_house.claim(line(70, days_ago=5, receipt=copy), user=RAVI)
		third = expense_house.claim(line(100), line(101))
		self.assertTrue(all(doc.expenses[0].warnings for doc in (second, third)))
		self.assertFalse(third.expenses[1].warnings)
		self.assertEqual(
			self.rows(),
			[(None, 100), (first.name, 0), (third.name, 100), (None, 70), (first.name, 0), (second.name, 70)],
		)

	def test_what_is_denied_costs_nothing_and_what_is_cancelled_is_gone(self) -> None:
		first = expense_house.with_accounts(100)
		second = expense_house.claim(100)
		expense_house.act(first.name, "Deny and Lock", ANITA, reason="No")
		self.assertEqual(self.rows(), [(None, 0), (first.name, 0), (second.name, 0)])
		expense_house.act(first.name, "Cancel", ANITA)
		self.assertEqual(self.rows(), [])
