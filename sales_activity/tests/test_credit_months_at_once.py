"""Folding on several real connections at once, and killed in the middle: nothing is lost, nothing counts twice.

Works in the company of ``test_credit_concurrency`` and removes everything afterwards, as it does.
"""

from __future__ import annotations

import os
import time

import frappe
from frappe.model.rename_doc import rename_doc

from sales_activity.sales_activity.credit import ledger, months, reconcile
from sales_activity.sales_activity.credit.months import ENTRY, MONTH
from sales_activity.tests import factories
from sales_activity.tests import test_credit_concurrency as crowd
from sales_activity.tests.base import TestCase
from sales_activity.tests.parallel import Outcome, run_together, run_until_killed
from sales_activity.tests.test_credit_concurrency import COMPANY, CUSTOMER, ITEM, PEOPLE, SELLER

HERE = __name__
RENAMED, NEW_NAME = "Parallel Meera", "Parallel Meera Renamed"
DEAD = 7  # how a process that goes out ends


# --- what the workers do -------------------------------------------------------------------------------------


def fold(limit: str, size: int) -> None:
	while months.fold_batch(COMPANY, limit, size):
		frappe.db.commit()


def die_while_folding(limit: str) -> None:
	"""The process goes out between the two statements that write."""
	original = frappe.db.sql

	def sql(query: str, *args: object, **kwargs: object) -> object:
		if str(query).strip().startswith("delete"):
			os._exit(DEAD)
		return original(query, *args, **kwargs)

	frappe.db.sql = sql
	fold(limit, 5)


def rename(old: str, new: str) -> None:
	rename_doc("Sales Person", old, new, force=True)


# --- the tests -----------------------------------------------------------------------------------------------


class TestAtOnce(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		factories.company(COMPANY, "LP", "INR")
		factories.customer(CUSTOMER)
		factories.item(ITEM, factories.item_group("Parallel Group"))
		for name in (*PEOPLE, RENAMED):
			factories.sales_person(name)
		frappe.db.commit()
		cls.addClassCleanup(remove_everything)

	def setUp(self) -> None:
		super().setUp()
		self.addCleanup(remove_everything)
		team = [(RENAMED, SELLER, 50), (PEOPLE[0], SELLER, 50)]
		self.project = factories.sales_project(CUSTOMER, team, company=COMPANY).name

	def tearDown(self) -> None:
		"""Everything was committed: there is no savepoint to go back to."""
		frappe.db.rollback()

	def order(self) -> str:
		lines = [(ITEM, 2, 50), (ITEM, 4, 25)]
		return factories.sales_order(CUSTOMER, lines, company=COMPANY, sales_project=self.project).name

	def together(self, *calls: tuple) -> list[Outcome]:
		return run_together([(f"{call[0].__module__}.{call[0].__name__}", list(call[1:])) for call in calls])

	def sums(self) -> tuple:
		return frappe.db.sql(f"select * from `tab{MONTH}` where company = %s order by name", COMPANY)

	def check(self, limit: str) -> None:
		"""Sums and ledger are the same, and so much of it is folded as was to be; no key is there twice."""
		self.assertNotIn(COMPANY, months.differing())
		keys = frappe.get_all(
			MONTH, {"company": COMPANY}, ["month", "sales_person", "sales_role", "item_group"]
		)
		self.assertEqual(len(keys), len({tuple(row.values()) for row in keys}))
		folded = f"select sum(amount), sum(qty) from `tab{MONTH}` where company = %s"
		entries = f"select sum(amount), sum(qty) from `tab{ENTRY}` where company = %s and name <= %s"
		self.assertEqual(frappe.db.sql(folded, COMPANY), frappe.db.sql(entries, (COMPANY, limit)))

	def test_twice_at_once(self) -> None:
		for _ in range(6):
			self.order()
		limit = entries_until_now()
		outcomes = self.together(*[(fold, limit, 5)] * 4)
		self.assertEqual([outcome for outcome in outcomes if outcome.error], [])
		self.check(limit)

	def test_killed_in_the_middle(self) -> None:
		self.order()
		fold(entries_until_now(), 3)
		self.order()
		limit = entries_until_now()
		before = self.sums()
		self.assertEqual(run_until_killed(f"{HERE}.die_while_folding", [limit]), DEAD)
		self.assertEqual(self.sums(), before)
		fold(limit, 1000)
		self.check(limit)

	def test_while_others_work(self) -> None:
		"""Orders are closed and cancelled, a person is renamed: entries of now stay outside, those of before get
		in, under the name that the person ends up with."""
		orders = [self.order() for _ in range(4)]
		limit = entries_until_now()
		outcomes = self.together(
			(fold, limit, 3),
			(crowd.close, orders[0]),
			(rename, RENAMED, NEW_NAME),
			(crowd.cancel, orders[1]),
			(fold, limit, 2),
			(crowd.cancel, orders[2]),
		)
		unexpected = {outcome.error for outcome in outcomes if outcome.error} - crowd.DEADLOCKS
		self.assertLessEqual(unexpected, crowd.ORDINARY, outcomes)
		fold(limit, 1000)
		self.check(limit)
		self.assertEqual(reconcile.differences(COMPANY), [])


def entries_until_now() -> str:
	"""A name behind those of all entries so far, and before those that follow."""
	frappe.db.commit()
	time.sleep(0.002)
	return ledger.name_at(time.time())


def remove_everything() -> None:
	"""Delete what the tests committed; the company and other masters stay, under their own names."""
	crowd.remove_everything()
	months.forget(COMPANY)
	if frappe.db.exists("Sales Person", NEW_NAME):
		rename(NEW_NAME, RENAMED)
	frappe.db.commit()
