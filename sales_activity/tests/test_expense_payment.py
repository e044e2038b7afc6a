"""What of a claim is paid: read from ERPNext's Payment Ledger, whatever wrote it."""

from __future__ import annotations

import unittest
from unittest.mock import patch

import frappe
from frappe.utils import add_days, today

from sales_activity.sales_activity.expenses import entries, payments
from sales_activity.sales_activity.expenses.posting import PostingError
from sales_activity.tests import expense_books as books
from sales_activity.tests import expense_house as house
from sales_activity.tests.expense_books import ADVANCES, PAYABLE, PURSE, TRAVEL, named
from sales_activity.tests.expense_house import ANIL, ANITA, COMPANY, ESHA, act, acting
from sales_activity.tests.test_expense_posting import BookCase


class TestStatus(unittest.TestCase):
	"""The arithmetic, without a site."""

	def test_status(self) -> None:
		for payable, paid, status in (
			(100, 0, "Unpaid"),
			(100, 0.01, "Partly Paid"),
			(100, 99.99, "Partly Paid"),
			(100, 100, "Paid"),
			(100, 120, "Paid"),
			(0, 0, "Paid"),
			(0.3, 0.1 + 0.2, "Paid"),
		):
			with self.subTest(payable=payable, paid=paid):
				self.assertEqual(payments.status_of(payable, paid), status)

	def test_a_payment_goes_to_the_first_claims(self) -> None:
		owed = [("A", 10.1), ("B", 20.2), ("C", 30.3)]
		for paid, shares in (
			(0, (0, 0, 0)),
			(-5, (0, 0, 0)),
			(10.1, (10.1, 0, 0)),
			(25, (10.1, 14.9, 0)),
			(60.6, (10.1, 20.2, 30.3)),
			(99, (10.1, 20.2, 30.3)),
		):
			with self.subTest(paid=paid):
				self.assertEqual(tuple(entries.share_out(paid, owed, 2).values()), shares)


class TestPayments(BookCase):
	def setUp(self) -> None:
		super().setUp()
		self.claim = self.locked(100)
		self.of = self.claim.journal_entry
		self.employee = house.employee(ESHA)

	def paid(self) -> tuple[float, str]:
		return self.says(self.claim)[2:]

	def test_by_payment_entries(self) -> None:
		first = books.pay(self.employee, 30, self.of)
		self.assertEqual(self.paid(), (30, "Partly Paid"))
		second = books.pay(self.employee, 70, self.of)
		self.assertEqual(self.paid(), (100, "Paid"))
		frappe.get_doc("Payment Entry", first.name).cancel()
		self.assertEqual(self.paid(), (70, "Partly Paid"))
		frappe.get_doc("Payment Entry", second.name).cancel()
		self.assertEqual(self.paid(), (0, "Unpaid"))

	def test_a_draft_pays_nothing(self) -> None:
		books.pay(self.employee, 100, self.of, submit=False)
		self.assertEqual(self.paid(), (0, "Unpaid"))

	def test_by_a_journal_entry(self) -> None:
		rows = [(named(PAYABLE), 40, 0, self.employee), (named(PURSE), 0, 40, None)]
		paying = books.journal(rows, against=self.of)
		self.assertEqual(self.paid(), (40, "Partly Paid"))
		frappe.get_doc("Journal Entry", paying.name).cancel()
		self.assertEqual(self.paid(), (0, "Unpaid"))

	def test_reconciled_and_unreconciled(self) -> None:
		payment = books.pay(self.employee, 60)
		self.assertEqual(self.paid(), (0, "Unpaid"))
		books.reconcile(payment, self.of, 60)
		self.assertEqual(self.paid(), (60, "Partly Paid"))
		books.unreconcile(payment, self.of)
		self.assertEqual(self.paid(), (0, "Unpaid"))

	def test_repetition_is_harmless(self) -> None:
		books.pay(self.employee, 30, self.of)
		for _time in range(3):
			self.assertEqual(payments.refresh([self.of]), 0)
		self.assertEqual(self.paid(), (30, "Partly Paid"))

	def test_the_nightly_job_heals(self) -> None:
		books.pay(self.employee, 30, self.of)
		frappe.db.set_value(
			"Sales Expense Claim", self.claim.name, {"paid_amount": 0, "payment_status": "Paid"}
		)
		with patch.object(frappe.db, "commit"):
			payments.refresh_all()
		self.assertEqual(self.paid(), (30, "Partly Paid"))
		self.assertEqual(payments._differing([self.of]), [])

	def test_a_paid_claim_is_not_cancelled(self) -> None:
		payment = books.pay(self.employee, 30, self.of)
		frappe.db.savepoint("refused")
		with self.assertRaises(PostingError) as caught:
			act(self.claim.name, "Cancel", ANITA)
		frappe.db.rollback(save_point="refused")
		frappe.clear_messages()
		self.assertIn("30", str(caught.exception))
		self.assertEqual(self.says(self.claim), ("Posted", 100, 30, "Partly Paid"))
		frappe.get_doc("Payment Entry", payment.name).cancel()
		act(self.claim.name, "Cancel", ANITA)
		self.assertEqual(books.balance(PAYABLE, self.employee), 0)

	def test_what_others_get_is_not_ours(self) -> None:
		other = self.locked(50, user=house.RAVI)
		books.pay(house.employee(house.RAVI), 50, other.journal_entry)
		self.assertEqual((self.paid(), self.says(other)[2:]), ((0, "Unpaid"), (50, "Paid")))

	def test_the_advance_is_no_payment(self) -> None:
		books.advance(self.employee, 60, add_days(today(), -1))
		claim = self.locked(100)
		self.assertEqual(self.says(claim), ("Posted", 40, 0, "Unpaid"))
		books.pay(self.employee, 40, claim.journal_entry)
		self.assertEqual(self.says(claim), ("Posted", 40, 40, "Paid"))

	def test_advances_on_a_payable_account(self) -> None:
		"""As in the standard chart of accounts of ERPNext 16: they stand in the Payment Ledger too."""
		frappe.db.set_value("Account", named(ADVANCES), "account_type", "Payable")
		frappe.clear_document_cache("Account", named(ADVANCES))
		self.addCleanup(frappe.clear_document_cache, "Account", named(ADVANCES))
		books.advance(self.employee, 60, add_days(today(), -1))
		claim = self.locked(100)
		self.assertEqual(books.ledger(claim.journal_entry), {TRAVEL: 100.0, ADVANCES: -60.0, PAYABLE: -40.0})
		self.assertEqual(self.says(claim), ("Posted", 40, 0, "Unpaid"))
		payment = books.pay(self.employee, 40, claim.journal_entry)
		self.assertEqual(self.says(claim), ("Posted", 40, 40, "Paid"))
		frappe.get_doc("Payment Entry", payment.name).cancel()
		act(claim.name, "Cancel", ANITA)
		self.assertEqual(books.balance(ADVANCES, self.employee), 60)

	def test_claims_of_one_week(self) -> None:
		books.settings(journal_per="Employee and Week")
		names = [house.approved(amount).name for amount in (10, 20)]
		with acting(ANIL):
			frappe.call("sales_activity.api.expense_forwarding.forward", company=COMPANY)
		for name in names:
			act(name, "Lock", ANIL)
		books.pay(self.employee, 15, self.journal(names[0]).name)
		self.assertEqual([self.says(name)[2:] for name in names], [(10, "Paid"), (5, "Partly Paid")])
