"""Approved claims go to Accounts: by hand, every week, once; and the collective report."""

from __future__ import annotations

import re
import unittest
from datetime import date
from html import unescape
from unittest.mock import patch

import frappe
from frappe.utils import add_days, fmt_money, getdate
from frappe.www.printview import get_html_and_style

from sales_activity.api import expense_forwarding as api
from sales_activity.sales_activity.expenses import collective, forwarding
from sales_activity.sales_activity.expenses.forwarding import ForwardedError, NothingToForwardError
from sales_activity.tests import expense_books as books
from sales_activity.tests import expense_house as house
from sales_activity.tests import factories
from sales_activity.tests.base import TestCase
from sales_activity.tests.expense_house import (
	ANIL,
	ANITA,
	CAR,
	COMPANY,
	ESHA,
	HOTEL,
	MAX,
	OLGA,
	RAVI,
	TAXI,
	acting,
	fresh,
	line,
)

FORMAT = "Expense Forwarding Report"


class TestWeeks(unittest.TestCase):
	"""Days, without a site."""

	def test_week_of(self) -> None:
		for day in (date(2026, 11, 16), date(2026, 11, 19), date(2026, 11, 22)):
			self.assertEqual(forwarding.week_of(day), (date(2026, 11, 16), date(2026, 11, 22)))

	def test_due_day(self) -> None:
		friday = date(2026, 11, 20)
		for weekday, day, due in (
			("Friday", friday, friday),
			("Thursday", friday, date(2026, 11, 19)),
			("Saturday", friday, date(2026, 11, 14)),
			("Friday", date(2026, 11, 23), friday),
			("", friday, None),
			(None, friday, None),
			("Sunday", date(2026, 11, 22), date(2026, 11, 22)),
		):
			with self.subTest(weekday=weekday):
				self.assertEqual(forwarding.due_day(weekday, day), due)


class ForwardingCase(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		house.build()

	def forward(self, user: str = ANIL) -> dict:
		with acting(user):
			return api.forward(COMPANY)

	def states(self, *names: str) -> list[str]:
		return [fresh(name).status for name in names]


class TestForwarding(ForwardingCase):
	def test_every_approved_claim_and_no_other(self) -> None:
		mine, his = house.approved(100, 50), house.approved(30, user=RAVI)
		others = [house.claim(10).name, house.sent(10).name]
		found = self.forward()
		self.assertEqual((found["claims"], found["total"]), (2, 180))
		doc = frappe.get_doc("Expense Forwarding", found["name"])
		self.assertEqual(int(doc.docstatus), 1)
		self.assertEqual({row.claim: row.total_manager for row in doc.claims}, {mine.name: 150, his.name: 30})
		self.assertEqual(self.states(mine.name, his.name), ["With Accounts"] * 2)
		self.assertEqual(self.states(*others), ["Draft", "Pending Area Manager"])
		self.assertEqual({fresh(name).forwarding for name in (mine.name, his.name)}, {doc.name})
		last = frappe.get_all(
			"Expense Move", {"claim": mine.name, "to_state": "With Accounts"}, ["via", "user", "from_state"]
		)
		self.assertEqual(last, [{"via": doc.name, "user": ANIL, "from_state": "Approved"}])
		self.assertTrue(all(row.docstatus == 1 for row in doc.claims))

	def test_a_second_one_finds_nothing(self) -> None:
		name = house.approved(100).name
		self.forward()
		frappe.db.savepoint("refused")
		with acting(ANIL), self.assertRaises(NothingToForwardError):
			api.forward(COMPANY)
		frappe.db.rollback(save_point="refused")
		frappe.clear_messages()
		self.assertEqual(frappe.db.count("Expense Forwarding Claim", {"claim": name}), 1)

	def test_a_draft_shows_what_would_go_and_takes_what_is_there_then(self) -> None:
		first, second = house.approved(100).name, house.approved(40).name
		with acting(ANIL):
			doc = frappe.get_doc({"doctype": "Expense Forwarding", "company": COMPANY}).insert()
		self.assertEqual((doc.total, {row.claim for row in doc.claims}), (140, {first, second}))
		self.assertEqual(self.states(first), ["Approved"])
		house.forward(second)
		third = house.approved(7).name
		with acting(ANIL):
			doc.claims[0].total_manager = 99999
			doc.submit()
		self.assertEqual((doc.total, {row.claim for row in doc.claims}), (107, {first, third}))
		self.assertEqual(fresh(second).forwarding, None)

	def test_only_what_was_approved_in_time(self) -> None:
		house.approved(100)
		with acting(ANIL):
			doc = frappe.get_doc({"doctype": "Expense Forwarding", "company": COMPANY})
			doc.update({"week_from": add_days(None, -14), "week_to": add_days(None, -1)})
			doc.insert()
		self.assertEqual(doc.claims, [])

	def test_it_is_not_cancelled(self) -> None:
		house.approved(100)
		doc = frappe.get_doc("Expense Forwarding", self.forward()["name"])
		with acting(ANITA):
			self.assertRaises(ForwardedError, frappe.get_doc(doc.doctype, doc.name).cancel)

	def test_who_forwards(self) -> None:
		house.approved(100)
		for user in (ESHA, MAX):
			with self.subTest(user=user), acting(user):
				self.assertRaises(frappe.PermissionError, api.forward, COMPANY)
				self.assertRaises(frappe.PermissionError, api.waiting)
		with acting(OLGA):
			(waiting,) = (row for row in api.waiting() if row["company"] == COMPANY)
			self.assertEqual((waiting["claims"], waiting["total"]), (1, 100))
			self.assertEqual(api.forward(COMPANY)["claims"], 1)

	def test_no_such_company(self) -> None:
		with acting(ANIL):
			self.assertRaises(frappe.ValidationError, api.forward, "No <b>such</b> house")

	# --- every week ----------------------------------------------------------------------------------------

	def weekly(self, day: date | None = None) -> None:
		with patch.object(frappe.db, "commit"), patch.object(frappe.db, "rollback"):
			forwarding.forward_weekly(day)

	def test_on_its_day_once(self) -> None:
		today = getdate()
		first = house.approved(100).name
		books.settings(forward_on=forwarding.WEEKDAYS[(today.weekday() + 1) % 7])
		self.weekly()
		self.assertEqual(self.states(first), ["Approved"])
		books.settings(forward_on=forwarding.WEEKDAYS[today.weekday()])
		self.weekly()
		self.assertEqual(self.states(first), ["With Accounts"])
		self.assertEqual(frappe.db.get_value("Expense Forwarding", fresh(first).forwarding, "by_schedule"), 1)
		second = house.approved(50).name
		self.weekly()
		self.assertEqual(self.states(second), ["Approved"])

	def missed(self, weekday_days_ago: int = 1, since_days_ago: int = 30) -> None:
		"""Claims were to be forwarded so many days ago, on a weekday chosen long before."""
		due = getdate(add_days(None, -weekday_days_ago))
		books.settings(forward_on=forwarding.WEEKDAYS[due.weekday()])
		books.settings(forward_since=add_days(None, -since_days_ago))

	def test_a_missed_day_is_made_up_for_once(self) -> None:
		old, of_today = house.approved(100).name, house.approved(20).name
		house.wait(old, 2)
		self.missed()
		self.weekly()
		self.assertEqual(self.states(old), ["With Accounts"])
		doc = frappe.get_doc("Expense Forwarding", fresh(old).forwarding)
		due = getdate(add_days(None, -1))
		self.assertEqual((doc.by_schedule, doc.week_from), (1, forwarding.week_of(due)[0]))
		# what was approved after the week that was missed waits for its own day
		later = getdate() > doc.week_to
		self.assertEqual(self.states(of_today), ["Approved" if later else "With Accounts"])
		left = house.approved(50).name
		house.wait(left, 2)
		self.weekly()
		self.assertEqual(self.states(left), ["Approved"])

	def test_what_was_approved_since_the_day_waits_for_the_next(self) -> None:
		since, on_the_day = house.approved(100).name, house.approved(10).name
		house.wait(on_the_day, 1)
		self.missed()
		self.weekly()
		self.assertEqual(self.states(since, on_the_day), ["Approved"] * 2)

	def test_a_day_that_was_chosen_afterwards_was_not_missed(self) -> None:
		name = house.approved(100).name
		house.wait(name, 3)
		self.missed(since_days_ago=1)
		self.weekly()
		self.assertEqual(self.states(name), ["Approved"])
		self.missed(since_days_ago=2)
		self.weekly()
		self.assertEqual(self.states(name), ["With Accounts"])

	def test_when_the_day_was_chosen_is_kept(self) -> None:
		books.settings(forward_on="Monday")
		books.settings(forward_since="2026-01-01")
		books.settings(journal_per="Claim")
		settings = frappe.get_doc("Sales Activity Settings")
		self.assertEqual(getdate(settings.forward_since), date(2026, 1, 1))
		books.settings(forward_on="Tuesday")
		self.assertEqual(getdate(frappe.get_doc("Sales Activity Settings").forward_since), getdate())

	def test_a_forwarding_that_failed_is_made_on_the_next_day(self) -> None:
		name = house.approved(100).name
		house.wait(name, 2)
		self.missed(weekday_days_ago=0)
		with patch.object(forwarding, "forward", side_effect=frappe.ValidationError("no")):
			self.weekly()
		self.assertEqual(self.states(name), ["Approved"])
		self.weekly(getdate(add_days(None, 1)))
		self.assertEqual(self.states(name), ["With Accounts"])

	def test_by_hand_before_is_no_reason_to_leave_out_the_rest(self) -> None:
		house.approved(100)
		self.forward()
		second = house.approved(50).name
		books.settings(forward_on=forwarding.WEEKDAYS[getdate().weekday()])
		self.weekly()
		self.assertEqual(self.states(second), ["With Accounts"])

	def test_not_without_a_weekday(self) -> None:
		first = house.approved(100).name
		books.settings(forward_on="")
		self.weekly()
		self.assertEqual(self.states(first), ["Approved"])

	# --- the report ----------------------------------------------------------------------------------------

	def forwarded(self) -> None:
		"""Claims of two people, with everything that the report shows."""
		self.project = factories.sales_project(factories.customer("House Report & Co"))
		receipt = house.receipt("a room", name="room.txt")
		self.claims = [
			house.approved(
				line(100.4, description="To the station", sales_project=self.project.name),
				line(50.25, HOTEL, receipt=receipt),
			).name,
			house.approved(line(0.1, CAR, vehicle="Car", distance=7)).name,
			house.approved(30.05, user=RAVI).name,
		]
		self.doc = frappe.get_doc("Expense Forwarding", self.forward()["name"])
		self.total = sum(fresh(name).total_manager for name in self.claims)

	def html(self) -> str:
		with acting(ANIL):
			return get_html_and_style(doc="Expense Forwarding", name=self.doc.name, print_format=FORMAT)[
				"html"
			]

	def money(self, amount: float) -> str:
		return _plain(fmt_money(amount, precision=2, currency=factories.CURRENCY))

	def test_totals_are_the_claims(self) -> None:
		self.forwarded()
		text = self.html()
		self.assertAlmostEqual(self.total, 250.7)
		self.assertEqual(self.doc.total, 250.7)
		self.assertAlmostEqual(float(re.search(r'data-total="([\d.]+)"', text).group(1)), self.total)
		for table, _column in collective.TOTALS:
			rows = _table(text, f"By {table}")
			self.assertEqual(rows[-1], ["Total", self.money(self.total)], table)
			self.assertAlmostEqual(sum(map(_number, (row[1] for row in rows[:-1]))), self.total)
		self.assertEqual([row[0] for row in _table(text, "By Expense Type")], [TAXI, CAR, HOTEL, "Total"])
		projects = _table(text, "By Sales Project")
		self.assertIn([f"{self.project.name} {self.project.title}", self.money(100.4)], projects)
		lines = [_number(amount) for amount in _amounts_of_lines(text)]
		self.assertAlmostEqual(sum(lines), self.total)

	def test_an_employee_a_page(self) -> None:
		self.forwarded()
		text = self.html()
		pages = re.findall(r'<section class="employee new-page">\s*<h2>(.*?)</h2>', text)
		self.assertEqual(pages, ["Esha", "Ravi"])
		self.assertRegex(text, r"\.new-page\s*{[^}]*page-break-before:\s*always")
		self.assertIn(f'Total of Esha</td><td class="amount">{""}', text)

	def test_index_of_receipts(self) -> None:
		self.forwarded()
		rows = _table(self.html(), "Index of receipts")
		(row,) = rows[1:]
		self.assertEqual((row[0], row[1], row[2], row[4]), ("1", "Esha", self.claims[0], HOTEL))
		self.assertEqual(row[6], self.money(50.25))
		self.assertIn("room", row[5])

	def test_nothing_of_a_user_is_markup(self) -> None:
		"""Whatever came into the database, past Frappe's own cleaning too."""
		self.forwarded()
		row = fresh(self.claims[0]).expenses[0].name
		frappe.db.set_value("Sales Expense Line", row, "description", "<img src=x onerror=alert(1)>")
		text = self.html()
		self.assertNotIn("<img", text)
		self.assertIn("&lt;img src=x", text)

	def test_what_was_split_and_lowered_since(self) -> None:
		self.forwarded()
		house.decide(self.claims[0], ANIL, "Approved", ("Ask Manager", None, "Which room?"))
		asked = next(name for name in house.parts(self.claims[0]) if name != self.claims[0])
		self.assertEqual(collective.report(self.doc)["total"], 250.7)
		with acting(MAX):
			doc = fresh(asked)
			doc.expenses[0].update({"manager_amount": 40, "reply": "Half a night"})
			doc.save()
			frappe.get_doc("Expense Forwarding", self.doc.name)
		report = collective.report(self.doc)
		self.assertEqual((report["total"], report["count"]), (240.45, 4))
		self.assertIn("amounts were lowered since", self.html())

	def test_a_draft_and_an_empty_one(self) -> None:
		with acting(ANIL):
			draft = frappe.get_doc({"doctype": "Expense Forwarding", "company": COMPANY}).insert()
		text = frappe.get_print("Expense Forwarding", draft.name, print_format=FORMAT)
		self.assertIn("nothing is forwarded yet", text)
		self.assertIn("No receipts are attached", text)

	def test_who_prints(self) -> None:
		self.forwarded()
		with acting(ESHA):
			self.assertRaises(
				frappe.PermissionError,
				get_html_and_style,
				doc="Expense Forwarding",
				name=self.doc.name,
				print_format=FORMAT,
			)

	def test_few_queries(self) -> None:
		"""As many for two employees as for many."""
		self.forwarded()
		before = _queries(lambda: collective.report(self.doc))
		for _claim in range(5):
			house.approved(10, 20)
		more = frappe.get_doc("Expense Forwarding", self.forward()["name"])
		more.claims = [*self.doc.claims, *more.claims]
		self.assertLessEqual(_queries(lambda: collective.report(more)), before)
		self.assertLessEqual(before, 12)


def _queries(work: object) -> int:
	seen = []
	original = frappe.db.sql

	def sql(*args: object, **kwargs: object) -> object:
		seen.append(args)
		return original(*args, **kwargs)

	with patch.object(frappe.db, "sql", sql):
		work()
	return len(seen)


def _table(text: str, heading: str) -> list[list[str]]:
	"""The rows of the table that follows a heading."""
	after = text[text.index(f">{heading}<") :]
	return _rows(after[: after.index("</table>")])


def _rows(text: str) -> list[list[str]]:
	return [
		[_plain(cell) for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.S)]
		for row in re.findall(r"<tr>(.*?)</tr>", text, re.S)
	]


def _amounts_of_lines(text: str) -> list[str]:
	"""The approved amounts of all lines of all claims."""
	found = []
	for table in re.findall(r'<table class="lines">(.*?)</table>', text, re.S):
		body = table[table.index("<tbody>") : table.index("</tbody>")]
		found.extend(row[-1] for row in _rows(body))
	return found


def _plain(text: str) -> str:
	return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def _number(text: str) -> float:
	return float(re.sub(r"[^\d.]", "", text))
