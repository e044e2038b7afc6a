"""Booking locked claims: accounts, taxes, advances, drafts, weeks, and taking it back."""

from __future__ import annotations

import random
import unittest
from collections import Counter
from datetime import date
from decimal import Decimal

import frappe
from frappe.model.document import Document
from frappe.utils import add_days, now_datetime, today

from sales_activity import compat
from sales_activity.api import expense_forwarding as api
from sales_activity.sales_activity.expenses import accounts, entries, posting, records
from sales_activity.sales_activity.expenses.accounts import AccountMissingError
from sales_activity.sales_activity.expenses.moves import NotYourClaimError
from sales_activity.tests import expense_books as books
from sales_activity.tests import expense_house as house
from sales_activity.tests import factories
from sales_activity.tests.base import TestCase
from sales_activity.tests.expense_books import ADVANCES, INPUT_TAX, LODGING, PAYABLE, TRAVEL, ledger, named
from sales_activity.tests.expense_house import (
	ANIL,
	ANITA,
	COMPANY,
	ESHA,
	RAVI,
	TAXI,
	act,
	acting,
	fresh,
	line,
)

INN, UNBOOKED = "House Inn", "House Unbooked"
DAY = date(2026, 5, 4)


class TestEntries(unittest.TestCase):
	"""The arithmetic, without a site."""

	def test_tax_is_what_the_amount_includes(self) -> None:
		for amount, rate, digits, tax in (
			(118, 18, 2, 18),
			(100, 18, 2, 15.25),
			(0.01, 18, 2, 0),
			(0.05, 18, 2, 0.01),
			(1000, 5.5, 0, 52),
			(33.333, 10, 3, 3.030),
		):
			with self.subTest(amount=amount, rate=rate):
				self.assertEqual(entries.tax_within(amount, rate, digits), tax)

	def test_the_oldest_advance_is_used_up_first(self) -> None:
		movements = [("JE", "A", DAY, 100.0), ("JE", "B", DAY, 50.0), ("JE", "C", DAY, -120.0)]
		self.assertEqual(entries.still_open(movements, 2), [entries.Advance("JE", "B", DAY, 30.0)])
		self.assertEqual(entries.still_open([*movements, ("JE", "D", DAY, -40.0)], 2), [])

	def test_everything_adds_up(self) -> None:
		"""Random lines, taxes and advances, in currencies of all precisions, against plain sums of decimals."""
		chance = random.Random(5)
		for _case in range(600):
			digits = chance.choice([0, 2, 3])
			expenses = [_any_expense(chance, digits) for _line in range(chance.randint(1, 12))]
			advances = [
				entries.Advance("JE", f"A{number}", DAY, _any_amount(chance, digits))
				for number in range(chance.randint(0, 4))
			]
			account = chance.choice([None, "Advances"])
			found = entries.booking(expenses, advances, "Payable", account, "Main", digits)
			self.check(expenses, advances if account else [], found, digits)

	def check(
		self,
		expenses: list[entries.Expense],
		advances: list[entries.Advance],
		found: entries.Booking,
		digits: int,
	) -> None:
		locked = sum(_exact(expense.amount) for expense in expenses)
		debits = sum(_exact(entry.debit) for entry in found.entries)
		credits = sum(_exact(entry.credit) for entry in found.entries)
		self.assertEqual((debits, credits), (locked, locked))
		self.assertTrue(all((entry.debit > 0) != (entry.credit > 0) for entry in found.entries))
		smallest = Decimal(1).scaleb(-digits)
		self.assertTrue(all(_exact(entry.debit) % smallest == 0 for entry in found.entries))
		set_off = sum(_exact(one.amount) for one in found.set_offs)
		self.assertEqual(set_off, min(locked, sum(_exact(advance.amount) for advance in advances)))
		self.assertEqual(sum(map(_exact, found.payable.values())), locked - set_off)
		for claim, payable in found.payable.items():
			own = sum(_exact(expense.amount) for expense in expenses if expense.claim == claim)
			off = sum(_exact(one.amount) for one in found.set_offs if one.claim == claim)
			self.assertEqual(_exact(payable), own - off)
		for advance in advances:
			off = sum(_exact(one.amount) for one in found.set_offs if one.advance == advance)
			self.assertLessEqual(off, _exact(advance.amount))
		self.check_by_account(expenses, found, digits)

	def check_by_account(self, expenses: list[entries.Expense], found: entries.Booking, digits: int) -> None:
		wanted: Counter = Counter()
		for expense in expenses:
			tax = Decimal(0)
			if expense.tax_account:
				tax = _exact(entries.tax_within(expense.amount, expense.tax_rate, digits))
				wanted[expense.tax_account, expense.cost_center] += tax
			wanted[expense.account, expense.cost_center] += _exact(expense.amount) - tax
		got: Counter = Counter()
		for entry in found.entries:
			if entry.debit:
				got[entry.account, entry.cost_center] += _exact(entry.debit)
		self.assertEqual(+got, +wanted)


class BookCase(TestCase):
	"""A company that books. Its people take seconds to make: few classes, many tests."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		house.build()
		for name in (INN, UNBOOKED):
			factories.make_once("Sales Expense Type", name, expense_type_name=name)
		books.build([INN], taxed=[INN])
		books.settings(journal_per="Claim", journal_as="Submitted")

	def locked(self, *rows: float | dict, user: str = ESHA) -> Document:
		"""A claim that Accounts locked as it was claimed."""
		return act(house.with_accounts(*rows, user=user).name, "Lock", ANIL)

	def journal(self, claim: Document | str) -> Document:
		name = claim if isinstance(claim, str) else claim.name
		return frappe.get_doc("Journal Entry", frappe.db.get_value(records.CLAIM, name, "journal_entry"))

	def says(self, claim: Document | str) -> tuple:
		"""Journal status, what is payable, what is paid, payment status."""
		name = claim if isinstance(claim, str) else claim.name
		fields = ["journal_status", "payable_amount", "paid_amount", "payment_status"]
		return tuple(frappe.db.get_value(records.CLAIM, name, fields))

	def journals_of(self, claim: str) -> list[str]:
		return frappe.get_all("Journal Entry", {"cheque_no": claim, "docstatus": ["<", 2]}, pluck="name")


class TestPosting(BookCase):
	def test_what_was_locked_is_booked(self) -> None:
		doc = self.locked(100, line(236, INN), line(0.5))
		journal = self.journal(doc)
		self.assertEqual((int(journal.docstatus), str(journal.posting_date)), (1, today()))
		self.assertEqual(
			ledger(journal.name), {TRAVEL: 100.5, LODGING: 200.0, INPUT_TAX: 36.0, PAYABLE: -336.5}
		)
		self.assertEqual(self.says(doc), ("Posted", 336.5, 0, "Unpaid"))
		self.assertEqual((doc.journal_entry, doc.payable_amount), (journal.name, 336.5))
		self.assertEqual({row.party for row in journal.accounts if row.party}, {house.employee(ESHA)})
		self.assertIn(doc.name, journal.user_remark)
		self.assertEqual(journal.pay_to_recd_from, doc.employee_name)

	def test_as_a_draft_by_the_setting(self) -> None:
		books.settings(journal_as="Draft")
		doc = self.locked(100)
		journal = self.journal(doc)
		self.assertEqual((int(journal.docstatus), ledger(journal.name)), (0, {}))
		self.assertEqual(self.says(doc), ("Draft", 100, 0, "Unpaid"))
		journal.submit()
		self.assertEqual(self.says(doc), ("Posted", 100, 0, "Unpaid"))

	def test_what_is_granted_counts_not_what_was_claimed(self) -> None:
		doc = house.with_accounts(100, 50, 30)
		house.decide(doc.name, ANIL, ("Approved", 60), ("Denied", None, "No taxi at noon"), "Approved")
		self.assertEqual(ledger(self.journal(doc).name), {TRAVEL: 90.0, PAYABLE: -90.0})
		denied = next(name for name in house.parts(doc.name) if name != doc.name)
		self.assertEqual(self.says(denied), ("", 0, 0, ""))

	def test_cost_center_of_the_line_of_the_type_of_the_company(self) -> None:
		centers = {name: books.cost_center(name) for name in ("House Line", "House Type")}
		inn = frappe.get_doc("Sales Expense Type", INN)
		next(row for row in inn.accounts if row.company == COMPANY).cost_center = centers["House Type"]
		inn.save()
		doc = self.locked(line(10, INN, cost_center=centers["House Line"]), line(20, INN), 40)
		found: Counter = Counter()
		for row in self.journal(doc).accounts:
			found[row.cost_center] += row.debit
		company = frappe.get_cached_value("Company", COMPANY, "cost_center")
		self.assertEqual(found, Counter({centers["House Line"]: 10, centers["House Type"]: 20, company: 40}))

	def test_more_rows_than_erpnext_books_at_once(self) -> None:
		doc = self.locked(*[line(1, description=f"Trip {number}") for number in range(101)])
		self.assertEqual(int(self.journal(doc).docstatus), 1)
		self.assertEqual(ledger(self.journal(doc).name), {TRAVEL: 101.0, PAYABLE: -101.0})
		act(doc.name, "Cancel", ANITA)
		self.assertEqual(int(frappe.db.get_value("Journal Entry", doc.journal_entry, "docstatus")), 2)

	def test_booked_once(self) -> None:
		doc = self.locked(100)
		self.assertIsNone(posting.book([doc.name]))
		with acting(ANIL):
			self.assertEqual(api.post(doc.name)["journal_entry"], doc.journal_entry)
		self.assertEqual(self.journals_of(doc.name), [doc.journal_entry])

	# --- what is missing -------------------------------------------------------------------------------------

	def refused(self, *rows: float | dict, error: type = AccountMissingError) -> str:
		doc = house.with_accounts(*rows)
		frappe.db.savepoint("refused")
		with self.assertRaises(error) as caught:
			act(doc.name, "Lock", ANIL)
		frappe.db.rollback(save_point="refused")
		frappe.clear_messages()
		self.assertEqual(fresh(doc.name).status, "With Accounts")
		self.assertEqual(self.journals_of(doc.name), [])
		return str(caught.exception)

	def test_no_account_for_a_type(self) -> None:
		text = self.refused(100, line(20, UNBOOKED))
		for word in (UNBOOKED, COMPANY, "table Accounts"):
			self.assertIn(word, text)
		self.assertNotIn(TAXI, text)

	def test_no_accounts_of_the_company(self) -> None:
		books.settings(expense_accounts=[])
		self.assertIn("Sales Activity Settings", self.refused(100))

	def test_an_account_that_is_no_more(self) -> None:
		frappe.db.set_value("Account", named(TRAVEL), "disabled", 1)
		frappe.clear_document_cache("Account", named(TRAVEL))
		try:
			self.assertIn(named(TRAVEL), self.refused(100))
		finally:
			frappe.db.set_value("Account", named(TRAVEL), "disabled", 0)
			frappe.clear_document_cache("Account", named(TRAVEL))

	def test_a_day_in_no_fiscal_year(self) -> None:
		text = "is in no Fiscal Year"
		with self.assertRaises(AccountMissingError) as caught:
			accounts.check_day(COMPANY, date(1850, 1, 1))
		self.assertIn(text, str(caught.exception))

	# --- advances --------------------------------------------------------------------------------------------

	def test_set_off_the_oldest_first(self) -> None:
		employee = house.employee(ESHA)
		new = books.advance(employee, 80)
		old = books.advance(employee, 50, add_days(today(), -3))
		books.advance(house.employee(RAVI), 1000)
		doc = self.locked(100)
		rows = [(row.voucher_no, row.open_amount, row.set_off_amount) for row in fresh(doc.name).advances]
		self.assertEqual(rows, [(old.name, 50, 50), (new.name, 80, 50)])
		self.assertEqual(ledger(doc.journal_entry), {TRAVEL: 100.0, ADVANCES: -100.0})
		self.assertEqual(self.says(doc), ("Posted", 0, 0, "Paid"))
		second = self.locked(100)
		self.assertEqual(ledger(second.journal_entry), {TRAVEL: 100.0, ADVANCES: -30.0, PAYABLE: -70.0})
		self.assertEqual(books.balance(ADVANCES, employee), 0)

	def test_a_draft_reserves_what_it_sets_off(self) -> None:
		books.settings(journal_as="Draft")
		books.advance(house.employee(ESHA), 100)
		first, second = self.locked(60), self.locked(60)
		self.assertEqual((self.says(first)[1], self.says(second)[1]), (0, 20))
		self.journal(first).submit()
		self.journal(second).submit()
		self.assertEqual(books.balance(ADVANCES, house.employee(ESHA)), 0)

	def test_what_is_not_open_is_not_set_off(self) -> None:
		employee = house.employee(ESHA)
		books.advance(employee, 100, add_days(today(), -2)).cancel()
		books.journal(
			[(named(ADVANCES), 0, 30, employee), (named(books.PURSE), 30, 0, None)], add_days(today(), -1)
		)
		self.assertEqual(self.says(self.locked(50)), ("Posted", 50, 0, "Unpaid"))

	def test_what_is_taken_off_later_is_not_set_off(self) -> None:
		employee = house.employee(ESHA)
		books.advance(employee, 100, add_days(today(), -2))
		books.advance(employee, 40, add_days(today(), 1))  # which they don't have yet
		books.journal(
			[(named(ADVANCES), 0, 70, employee), (named(books.PURSE), 70, 0, None)], add_days(today(), 2)
		)
		self.assertEqual(self.says(self.locked(50)), ("Posted", 20, 0, "Unpaid"))

	def test_what_another_document_keeps_count_of_is_not_set_off(self) -> None:
		"""Such as an advance that was asked for in HRMS, and what was returned of it; see also test_beside_hrms."""
		employee, days = house.employee(ESHA), iter((-4, -3, -2))
		for field in filter(None, ("against_voucher_type", compat.advance_reference())):
			theirs = books.advance(employee, 80, add_days(today(), next(days)))
			returned = [(named(ADVANCES), 0, 30, employee), (named(books.PURSE), 30, 0, None)]
			for voucher in (theirs, books.journal(returned)):
				filters = {"voucher_no": voucher.name, "account": named(ADVANCES)}
				frappe.db.set_value("GL Entry", filters, field, "Employee Advance")
		own = books.advance(employee, 50)
		doc = self.locked(100)
		rows = [(row.voucher_no, row.set_off_amount) for row in fresh(doc.name).advances]
		self.assertEqual(rows, [(own.name, 50)])

	def test_cancelling_opens_them_again(self) -> None:
		books.advance(house.employee(ESHA), 100)
		doc = self.locked(60)
		act(doc.name, "Cancel", ANITA)
		self.assertEqual(books.balance(ADVANCES, house.employee(ESHA)), 100)
		self.assertEqual(fresh(doc.name).advances, [])

	# --- taken back ------------------------------------------------------------------------------------------

	def test_cancelling_the_claim_cancels_its_journal_entry(self) -> None:
		doc = self.locked(100)
		act(doc.name, "Cancel", ANITA)
		self.assertEqual(ledger(doc.journal_entry), {})
		self.assertEqual(frappe.db.get_value("Journal Entry", doc.journal_entry, "docstatus"), 2)
		self.assertEqual(self.says(doc), ("Cancelled", 0, 0, ""))
		self.assertEqual(books.balance(PAYABLE, house.employee(ESHA)), 0)

	def test_cancelling_the_claim_deletes_a_draft(self) -> None:
		books.settings(journal_as="Draft")
		doc = self.locked(100)
		act(doc.name, "Cancel", ANITA)
		self.assertFalse(frappe.db.exists("Journal Entry", doc.journal_entry))
		self.assertEqual(self.says(doc), ("", 0, 0, ""))

	def test_cancelled_by_hand_and_posted_again(self) -> None:
		doc = self.locked(100)
		self.journal(doc).cancel()
		self.assertEqual(self.says(doc), ("Cancelled", 100, 0, "Unpaid"))
		self.assertEqual(frappe.db.get_value(records.CLAIM, doc.name, "journal_entry"), doc.journal_entry)
		said = frappe.get_all(
			"Comment", {"reference_name": doc.name, "comment_type": "Info"}, pluck="content"
		)
		self.assertTrue(any(doc.journal_entry in text for text in said), said)
		with acting(ANIL):
			again = api.post(doc.name)
		self.assertNotEqual(again["journal_entry"], doc.journal_entry)
		self.assertEqual(ledger(again["journal_entry"]), {TRAVEL: 100.0, PAYABLE: -100.0})
		self.assertEqual(self.says(doc), ("Posted", 100, 0, "Unpaid"))

	def test_a_draft_deleted_by_hand(self) -> None:
		books.settings(journal_as="Draft")
		doc = self.locked(100)
		frappe.delete_doc("Journal Entry", doc.journal_entry)
		self.assertEqual(self.says(doc), ("Deleted", 100, 0, "Unpaid"))
		self.assertFalse(frappe.db.get_value(records.CLAIM, doc.name, "journal_entry"))
		with acting(ANIL):
			self.assertEqual(api.post(doc.name)["journal_status"], "Draft")

	def test_an_amended_journal_entry_stands_for_the_first(self) -> None:
		doc = self.locked(100)
		amended = self.amended(self.journal(doc))
		self.assertEqual((self.journal(doc).name, self.says(doc)[0]), (amended.name, "Draft"))
		with acting(ANIL):
			self.assertEqual(api.post(doc.name)["journal_entry"], amended.name)
		amended.submit()
		self.assertEqual(self.says(doc), ("Posted", 100, 0, "Unpaid"))

	def test_an_amended_journal_entry_sets_off_the_same_advances(self) -> None:
		books.advance(house.employee(ESHA), 30)
		doc = self.locked(100)
		amended = self.amended(self.journal(doc))
		self.assertEqual(self.says(doc), ("Draft", 70, 0, "Unpaid"))
		self.assertEqual(self.says(self.locked(50))[1], 50)  # the advance isn't open any more
		amended.submit()
		self.assertEqual(self.says(doc), ("Posted", 70, 0, "Unpaid"))
		self.assertEqual(books.balance(ADVANCES, house.employee(ESHA)), 0)
		books.pay(house.employee(ESHA), 70, amended.name)
		self.assertEqual(self.says(doc), ("Posted", 70, 70, "Paid"))

	def test_what_was_cancelled_by_hand_and_is_posted_again_sets_off_once(self) -> None:
		books.advance(house.employee(ESHA), 30)
		doc = self.locked(100)
		self.journal(doc).cancel()
		with acting(ANIL):
			api.post(doc.name)
		self.assertEqual([row.set_off_amount for row in fresh(doc.name).advances], [30])
		act(doc.name, "Cancel", ANITA)
		self.assertEqual(fresh(doc.name).advances, [])

	def test_a_draft_that_was_changed_is_not_submitted(self) -> None:
		books.settings(journal_as="Draft")
		doc = self.locked(100)
		for amount in (1000, 100):
			journal = self.journal(doc)
			for row in journal.accounts:
				for field in ("debit", "credit"):
					if row.get(field):
						row.update({field: amount, f"{field}_in_account_currency": amount})
			journal.save()
			if amount == 100:
				journal.submit()
				continue
			with self.assertRaises(posting.PostingError) as caught:
				journal.submit()
			self.assertIn(doc.name, str(caught.exception))
		self.assertEqual(self.says(doc), ("Posted", 100, 0, "Unpaid"))

	def amended(self, journal: Document) -> Document:
		"""Cancelled by hand, and amended."""
		journal.cancel()
		amended = frappe.copy_doc(journal)
		amended.update({"amended_from": journal.name, "docstatus": 0, "posting_date": today()})
		return amended.insert()

	def test_who_may_post_again(self) -> None:
		doc = self.locked(100)
		self.journal(doc).cancel()
		for user in (ESHA, house.MAX, house.OLGA):
			with self.subTest(user=user), acting(user):
				self.assertRaises(frappe.PermissionError, api.post, doc.name)
		own = act(house.with_accounts(100, user=ANIL, manager=house.VERA).name, "Lock", ANITA)
		with acting(ANIL):
			self.assertRaises((frappe.PermissionError, NotYourClaimError), api.post, own.name)
			self.assertRaises(frappe.PermissionError, api.post, house.approved(10).name)

	# --- by week ---------------------------------------------------------------------------------------------

	def forwarded(self, *users: str) -> list[str]:
		"""A claim of each user, in one forwarding that is booked by employee and week."""
		books.settings(journal_per="Employee and Week")
		names = [house.approved(100 * (number + 1), user=user).name for number, user in enumerate(users)]
		with acting(ANIL):
			api.forward(COMPANY)
		return names

	def test_one_for_an_employee_when_everything_is_decided(self) -> None:
		first, second, denied, other = self.forwarded(ESHA, ESHA, ESHA, RAVI)
		for name in (first, second):
			act(name, "Lock", ANIL)
			self.assertEqual(self.says(name)[0], "To Post")
		doc = fresh(denied)
		house.decide(denied, ANIL, ("Denied", None, "Private"))
		one, two = self.journal(first), self.journal(second)
		self.assertEqual(one.name, two.name)
		self.assertEqual(ledger(one.name), {TRAVEL: 300.0, PAYABLE: -300.0})
		self.assertEqual(one.cheque_no, doc.forwarding)
		self.assertEqual(self.says(second), ("Posted", 200, 0, "Unpaid"))
		act(other, "Lock", ANIL)
		self.assertEqual(ledger(self.journal(other).name), {TRAVEL: 400.0, PAYABLE: -400.0})

	def test_cancelling_one_books_the_others_anew(self) -> None:
		first, second = self.forwarded(ESHA, ESHA)
		for name in (first, second):
			act(name, "Lock", ANIL)
		together = self.journal(first).name
		act(first, "Cancel", ANITA)
		self.assertEqual((ledger(together), self.says(first)[0]), ({}, "Cancelled"))
		self.assertNotEqual(self.journal(second).name, together)
		self.assertEqual(ledger(self.journal(second).name), {TRAVEL: 200.0, PAYABLE: -200.0})
		self.assertEqual(books.balance(PAYABLE, house.employee(ESHA)), -200)

	def test_nobody_waits_for_ever(self) -> None:
		first, second = self.forwarded(ESHA, ESHA)
		act(first, "Lock", ANIL)
		self.assertEqual([names for names in posting._due() if first in names], [])
		forwarding = fresh(first).forwarding
		frappe.db.set_value(
			"Expense Forwarding", forwarding, "forwarded_on", now_datetime() - posting.PATIENCE
		)
		self.assertIn([first], posting._due())
		posting.book([first])
		act(second, "Lock", ANIL)
		self.assertEqual(ledger(self.journal(second).name), {TRAVEL: 200.0, PAYABLE: -200.0})

	def test_a_setting_that_changed(self) -> None:
		first, _second = self.forwarded(ESHA, ESHA)
		act(first, "Lock", ANIL)
		books.settings(journal_per="Claim")
		self.assertIn([first], posting._due())

	def test_not_of_several_employees(self) -> None:
		first, other = self.forwarded(ESHA, RAVI)
		books.settings(journal_per="Claim")
		for name in (first, other):
			act(name, "Lock", ANIL)
			self.journal(name).cancel()
		self.assertRaises(ValueError, posting.book, [first, other])


def _any_amount(chance: random.Random, digits: int) -> float:
	return round(chance.choice([0.01, 1, 33.333, 99.99, 1e6]) * chance.randint(1, 999) or 1, digits) or 1.0


def _any_expense(chance: random.Random, digits: int) -> entries.Expense:
	taxed = chance.random() < 0.5
	return entries.Expense(
		claim=f"C{chance.randint(1, 3)}",
		amount=_any_amount(chance, digits),
		account=chance.choice(["Travel", "Lodging"]),
		cost_center=chance.choice(["Main", "North"]),
		tax_account="Tax" if taxed else None,
		tax_rate=chance.choice([5, 7.7, 18, 100]) if taxed else 0,
	)


def _exact(value: float) -> Decimal:
	return Decimal(repr(float(value)))
