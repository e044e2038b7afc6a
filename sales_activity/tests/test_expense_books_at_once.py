"""Booking, paying and forwarding at the same time, on real connections that commit, and workers that die in the middle.

Everything made here is removed afterwards.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable
from unittest.mock import patch

import frappe
from frappe.model.document import Document
from frappe.model.workflow import apply_workflow

from sales_activity.sales_activity.expenses import forwarding, payments, posting, records
from sales_activity.tests import expense_books as books
from sales_activity.tests import expense_house as house
from sales_activity.tests import factories
from sales_activity.tests.base import TestCase
from sales_activity.tests.expense_books import ADVANCES, PAYABLE, ledger
from sales_activity.tests.expense_house import ANIL, ANITA, ESHA, RAVI
from sales_activity.tests.lead_house import as_user
from sales_activity.tests.parallel import run_together, run_until_killed

HERE = __name__
COMPANY = "Claims At Once"


# --- what the workers do -------------------------------------------------------------------------------------


def lock(user: str, claim: str) -> None:
	as_user(user)
	apply_workflow(frappe.get_doc(records.CLAIM, claim), "Lock")


def forward(user: str) -> str:
	as_user(user)
	return forwarding.forward(COMPANY).name


def forward_weekly() -> None:
	forwarding.forward_weekly()


def book(claim: str) -> str | None:
	return posting.book([claim])


def pay(employee: str, journal: str, amount: float) -> None:
	books.pay(employee, amount, journal, company=COMPANY)


def die_while_forwarding() -> None:
	"""After the first claim was moved."""
	_die_in_the_middle(lambda: forward(ANIL))


def die_while_forwarding_weekly() -> None:
	_die_in_the_middle(forward_weekly)


def _die_in_the_middle(work: Callable[[], object]) -> None:
	move = records.move_by_app

	def move_and_die(*args: object, **kwargs: object) -> None:
		move(*args, **kwargs)
		os.kill(os.getpid(), signal.SIGKILL)

	with patch.object(records, "move_by_app", move_and_die):
		work()


def die_while_booking(claim: str) -> None:
	"""After the Journal Entry was submitted, before the claim says so."""
	with patch.object(posting, "_keep", lambda *args: os.kill(os.getpid(), signal.SIGKILL)):
		lock(ANIL, claim)


# --- the tests -----------------------------------------------------------------------------------------------


class TestBooksAtOnce(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		factories.company(COMPANY, "CAO")
		cls.addClassCleanup(remove_everything)
		house.build(COMPANY)
		books.settings(journal_per="Claim", journal_as="Submitted", forward_on="")
		frappe.db.commit()

	def tearDown(self) -> None:
		"""Everything was committed: there is no savepoint to go back to."""
		frappe.db.rollback()

	def with_accounts(self, *amounts: float, user: str = ESHA) -> str:
		name = house.with_accounts(*amounts, user=user).name
		frappe.db.commit()
		return name

	def journals(self, claim: str) -> list[str]:
		return frappe.get_all("Journal Entry", {"cheque_no": claim, "docstatus": ["<", 2]}, pluck="name")

	def claim(self, name: str) -> Document:
		return frappe.get_doc(records.CLAIM, name)

	def test_two_who_lock_one_claim(self) -> None:
		name = self.with_accounts(100)
		outcomes = run_together([(f"{HERE}.lock", [user, name]) for user in (ANIL, ANITA)])
		self.assertEqual(sum(not outcome.error for outcome in outcomes), 1, outcomes)
		self.assertEqual(len(self.journals(name)), 1)
		self.assertEqual(ledger(self.claim(name).journal_entry), {"House Travel": 100.0, PAYABLE: -100.0})

	def test_two_who_post_again(self) -> None:
		name = self.with_accounts(100)
		lock(ANIL, name)
		frappe.set_user("Administrator")
		frappe.get_doc("Journal Entry", self.claim(name).journal_entry).cancel()
		outcomes = run_together([(f"{HERE}.book", [name])] * 2)
		self.assertEqual([outcome.error for outcome in outcomes], [None] * 2, outcomes)
		self.assertEqual(sum(bool(outcome.result) for outcome in outcomes), 1)
		self.assertEqual(self.journals(name), [self.claim(name).journal_entry])

	def test_one_advance_for_two_claims(self) -> None:
		employee = house.employee(RAVI)
		names = [self.with_accounts(80, user=RAVI) for _number in range(2)]
		books.advance(employee, 100, company=COMPANY)
		outcomes = run_together([(f"{HERE}.lock", [ANIL, name]) for name in names])
		self.assertEqual([outcome.error for outcome in outcomes], [None, None], outcomes)
		self.assertEqual(books.balance(ADVANCES, employee, COMPANY), 0)
		self.assertEqual(sorted(self.claim(name).payable_amount for name in names), [0, 60])

	def test_two_payments_of_one_claim(self) -> None:
		name = self.with_accounts(100)
		lock(ANIL, name)
		frappe.set_user("Administrator")
		journal = self.claim(name).journal_entry
		employee = house.employee(ESHA)
		outcomes = run_together([(f"{HERE}.pay", [employee, journal, amount]) for amount in (30, 40)])
		self.assertEqual([outcome.error for outcome in outcomes], [None, None], outcomes)
		self.assertEqual((self.claim(name).paid_amount, self.claim(name).payment_status), (70, "Partly Paid"))
		self.assertEqual(payments._differing([journal]), [])

	def test_a_worker_that_dies_while_booking(self) -> None:
		name = self.with_accounts(100)
		self.assertEqual(run_until_killed(f"{HERE}.die_while_booking", [name]), -signal.SIGKILL)
		doc = self.claim(name)
		self.assertEqual((doc.status, doc.docstatus, doc.journal_entry), ("With Accounts", 0, None))
		self.assertEqual(self.journals(name), [])
		lock(ANIL, name)
		self.assertEqual(len(self.journals(name)), 1)

	def test_forwarded_once(self) -> None:
		names = [house.approved(10, user=user).name for user in (ESHA, RAVI)]
		outcomes = run_together([(f"{HERE}.forward", [user]) for user in (ANIL, ANITA)])
		errors = {outcome.error for outcome in outcomes} - {None}
		self.assertLessEqual(errors, {"NothingToForwardError"}, outcomes)
		self.forwarded_once(names)

	def test_a_worker_that_dies_while_forwarding(self) -> None:
		names = [house.approved(10).name for _claim in range(2)]
		self.assertEqual(run_until_killed(f"{HERE}.die_while_forwarding", []), -signal.SIGKILL)
		self.assertEqual({self.claim(name).status for name in names}, {"Approved"})
		self.assertFalse(frappe.db.exists("Expense Forwarding Claim", {"claim": ["in", names]}))
		forward(ANIL)
		self.forwarded_once(names)

	def test_the_weekly_job_twice(self) -> None:
		names = [house.approved(10).name for _claim in range(2)]
		books.settings(forward_on=forwarding.WEEKDAYS[frappe.utils.getdate().weekday()])
		outcomes = run_together([(f"{HERE}.forward_weekly", [])] * 2)
		books.settings(forward_on="")
		frappe.db.commit()
		self.assertEqual([outcome.error for outcome in outcomes], [None, None], outcomes)
		self.forwarded_once(names)
		scheduled = {"company": COMPANY, "by_schedule": 1, "docstatus": 1}
		self.assertEqual(frappe.db.count("Expense Forwarding", scheduled), 1)
		self.forget_scheduled()
		self.assertFalse(frappe.db.exists("Error Log", {"method": ["like", f"%not forwarded: {COMPANY}%"]}))

	def test_a_missed_week_is_made_up_for_by_one_of_two_after_one_that_died(self) -> None:
		names = [house.approved(10).name for _claim in range(2)]
		for name in names:
			house.wait(name, 3)
		yesterday = frappe.utils.getdate(frappe.utils.add_days(None, -1))
		books.settings(forward_on=forwarding.WEEKDAYS[yesterday.weekday()])
		books.settings(forward_since=frappe.utils.add_days(None, -30))
		self.forget_scheduled()
		self.assertEqual(run_until_killed(f"{HERE}.die_while_forwarding_weekly", []), -signal.SIGKILL)
		self.assertEqual({self.claim(name).status for name in names}, {"Approved"})
		outcomes = run_together([(f"{HERE}.forward_weekly", [])] * 2)
		books.settings(forward_on="")
		frappe.db.commit()
		self.assertEqual([outcome.error for outcome in outcomes], [None, None], outcomes)
		self.forwarded_once(names)
		scheduled = {"company": COMPANY, "by_schedule": 1, "docstatus": 1}
		monday, _sunday = forwarding.week_of(yesterday)
		weeks = frappe.get_all("Expense Forwarding", scheduled, pluck="week_from")
		self.assertEqual(weeks, [monday])
		self.forget_scheduled()

	def forget_scheduled(self) -> None:
		"""The next test forwards in the same week."""
		frappe.db.set_value("Expense Forwarding", {"company": COMPANY}, "by_schedule", 0)
		frappe.db.commit()

	def forwarded_once(self, names: list[str]) -> None:
		rows = frappe.get_all(
			"Expense Forwarding Claim", {"claim": ["in", names]}, ["claim", "parent"], limit=0
		)
		self.assertEqual(Counter(row.claim for row in rows), Counter(names))
		self.assertEqual(
			{row.claim: row.parent for row in rows}, {n: self.claim(n).forwarding for n in names}
		)
		moves = frappe.get_all(
			"Expense Move", {"claim": ["in", names], "to_state": "With Accounts"}, pluck="claim", limit=0
		)
		self.assertEqual(Counter(moves), Counter(names))


def remove_everything() -> None:
	"""What was committed for these tests."""
	frappe.db.rollback()
	frappe.set_user("Administrator")
	of_company = {"company": COMPANY}
	for parent, child in (
		(records.CLAIM, records.LINE),
		(records.CLAIM, records.ADVANCE),
		("Expense Forwarding", "Expense Forwarding Claim"),
		("Journal Entry", "Journal Entry Account"),
		("Payment Entry", "Payment Entry Reference"),
	):
		names = frappe.get_all(parent, of_company, pluck="name", limit=0) or [""]
		frappe.db.delete(child, {"parent": ["in", names], "parenttype": parent})
		for doctype in ("ToDo", "Comment"):
			frappe.db.delete(doctype, {"reference_name": ["in", names]})
		frappe.db.delete("Version", {"docname": ["in", names]})
	for doctype in (
		*(records.CLAIM, "Expense Move", "Expense Forwarding", "Journal Entry", "Payment Entry"),
		*("GL Entry", "Payment Ledger Entry"),
	):
		frappe.db.delete(doctype, of_company)
	for doctype in ("Sales Expense Account", "Expense Company Account"):
		frappe.db.delete(doctype, of_company)
	for user in reversed(list(house.REPORTS_TO)):
		_remove_employee(user)
	for user in (ANIL, ANITA):
		_remove_employee(user)
	for name in (house.TAXI, house.HOTEL, house.CAR, house.MEALS):
		frappe.delete_doc("Sales Expense Type", name, force=True)
	frappe.db.commit()
	frappe.clear_cache()


def _remove_employee(user: str) -> None:
	name = frappe.db.get_value("Employee", {"user_id": user, "company": COMPANY})
	if name:
		frappe.db.set_value("Employee", {"reports_to": name}, "reports_to", None)
		frappe.delete_doc("Employee", name, force=True)
