"""People at work at the same time, on real connections that commit: the ledger must come out right.

Everything made here is removed afterwards.
"""

from __future__ import annotations

import random
from collections import Counter

import frappe

from sales_activity.sales_activity.credit import reconcile, repost
from sales_activity.tests import factories, oracle
from sales_activity.tests.base import TestCase
from sales_activity.tests.parallel import Outcome, run_together

HERE = __name__
COMPANY = "Ledger Parallel"
CUSTOMER = "Parallel Customer"
ITEM = "PARALLEL-ITEM"
PEOPLE = ("Parallel Asha", "Parallel Ravi")
SELLER, DESIGNER = "Sales Person", "Design Consultant"
# what a user may be told when somebody else was faster; anything else is a defect
ORDINARY = {
	"TimestampMismatchError",
	"ValidationError",
	"DocstatusTransitionError",
	"UpdateAfterSubmitError",
	"LinkExistsError",
	"InvalidStatusError",
	"TargetOverlapError",
}
DEADLOCKS = {"QueryDeadlockError", "QueryTimeoutError"}


# --- what the workers do -------------------------------------------------------------------------------------


def submit(name: str) -> None:
	doc = frappe.get_doc("Sales Order", name)
	doc.submit()


def cancel(name: str) -> None:
	frappe.get_doc("Sales Order", name).cancel()


def close(name: str) -> None:
	frappe.get_doc("Sales Order", name).update_status("Closed")


def reopen(name: str) -> None:
	frappe.get_doc("Sales Order", name).update_status("Draft")


def add_line(name: str) -> None:
	factories.update_items(frappe.get_doc("Sales Order", name), add=[(ITEM, 1, 10)])


def deliver(name: str) -> None:
	factories.deliver(frappe.get_doc("Sales Order", name))


def post_again(name: str) -> None:
	repost.run(name, lambda done, total: None)


def change_team(project: str) -> None:
	doc = frappe.get_doc("Sales Project", project)
	doc.set("team", factories.member_rows([(PEOPLE[1], SELLER), (PEOPLE[0], DESIGNER, 50)]))
	doc.save()


def approve_target(name: str) -> None:
	from frappe.model.workflow import apply_workflow

	apply_workflow(frappe.get_doc("Sales Target", name), "Approve")


# --- the tests -----------------------------------------------------------------------------------------------


class TestParallel(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		factories.company(COMPANY, "LP", "INR")
		factories.customer(CUSTOMER)
		factories.item(ITEM, factories.item_group("Parallel Group"))
		for name in PEOPLE:
			factories.sales_person(name)
		frappe.db.commit()
		cls.addClassCleanup(remove_everything)

	def setUp(self) -> None:
		super().setUp()
		self.project = factories.sales_project(CUSTOMER, [(PEOPLE[0], SELLER)], company=COMPANY).name

	def tearDown(self) -> None:
		"""Everything was committed: there is no savepoint to go back to."""
		frappe.db.rollback()

	def order(self, submit: bool = True) -> str:
		return factories.sales_order(
			CUSTOMER,
			[(ITEM, 2, 50), (ITEM, 4, 25)],
			company=COMPANY,
			sales_project=self.project,
			submit=submit,
		).name

	def repost(self, order: str | None = None, team_source: str = repost.OWN_TEAM, **values: object) -> str:
		fields = {"company": COMPANY, "sales_order": order, "team_source": team_source, **values}
		doc = factories.make("Sales Credit Repost", reason="parallel", **fields)
		doc.submit()
		return doc.name

	def together(self, *calls: tuple, may_deadlock: bool = False) -> list[Outcome]:
		"""Run (function, argument...) at once; ordinary refusals are fine, other errors and deadlocks not.

		``may_deadlock``: whatever saves, closes or cancels an order locks its row and then its lines, Frappe itself
		(``Document.load_doc_before_save``) as well as the ledger. Two actions of ERPNext lock a line first and
		then its order: Update Items (``update_child_qty_rate``), and a Delivery Note or Invoice
		(``StatusUpdater.update_qty``). One of these against something else on the same order may end in a
		deadlock. That undoes it as a whole; the user tries again. The lines must be locked: a closed order is
		credited with what is delivered, and a note that is being submitted would otherwise be missed.
		"""
		outcomes = run_together([(f"{HERE}.{call[0].__name__}", list(call[1:])) for call in calls])
		errors = Counter(outcome.error for outcome in outcomes if outcome.error)
		accepted = ORDINARY | (DEADLOCKS if may_deadlock else set())
		unexpected = {name: n for name, n in errors.items() if name not in accepted}
		self.assertEqual(unexpected, {}, [outcome for outcome in outcomes if outcome.error])
		self.check()
		return outcomes

	def check(self) -> None:
		"""The ledger equals the orders, by the app's reconciliation and by the oracle."""
		self.assertEqual(reconcile.differences(COMPANY), [])
		names = frappe.get_all("Sales Order", {"company": COMPANY}, pluck="name", order_by="name")
		teams = {}
		for name in names:
			teams[name] = oracle.merged(factories.kept_team(name))
		found, expected = oracle.ledger_by_month([COMPANY]), oracle.by_month(oracle.credits(teams))
		self.assertEqual(
			{key: tuple(map(float, pair)) for key, pair in found.items()},
			{key: tuple(map(float, pair)) for key, pair in expected.items()},
		)

	def entries(self, order: str) -> int:
		return frappe.db.count("Sales Credit Entry", {"voucher_no": order})

	def test_submitted_twice_is_credited_once(self) -> None:
		order = self.order(submit=False)
		outcomes = self.together(*[(submit, order)] * 4)
		self.assertEqual(sum(outcome.error is None for outcome in outcomes), 1)
		self.assertEqual(self.entries(order), 2)

	def test_cancelled_twice(self) -> None:
		order = self.order()
		outcomes = self.together(*[(cancel, order)] * 3)
		self.assertEqual(sum(outcome.error is None for outcome in outcomes), 1)
		self.assertEqual(self.entries(order), 4)

	def test_closed_twice_and_reposted(self) -> None:
		order = self.order()
		self.together((close, order), (close, order), (post_again, self.repost(order)))
		self.assertEqual(self.entries(order), 4)

	def test_closing_against_cancelling_against_updating(self) -> None:
		"""Update Items locks a line before its order (ERPNext)."""
		order = self.order()
		self.together((close, order), (cancel, order), (add_line, order), may_deadlock=True)

	def test_updating_items_twice(self) -> None:
		"""Update Items locks a line before its order (ERPNext)."""
		order = self.order()
		self.together(
			(add_line, order), (add_line, order), (post_again, self.repost(order)), may_deadlock=True
		)

	def test_delivering_while_closing(self) -> None:
		"""A Delivery Note locks a line before its order (ERPNext)."""
		order = self.order()
		self.together((deliver, order), (close, order), may_deadlock=True)

	def test_reposts_of_the_same_orders(self) -> None:
		orders = [self.order() for _ in range(3)]
		damage(orders)
		runs = [(post_again, self.repost()) for _ in range(3)]
		self.together(*runs, (close, orders[1]), (cancel, orders[2]))

	def test_the_same_repost_by_two_workers(self) -> None:
		orders = [self.order() for _ in range(3)]
		damage(orders)
		name = self.repost()
		self.together((post_again, name), (post_again, name))
		doc = frappe.get_doc("Sales Credit Repost", name)
		self.assertEqual((doc.status, doc.done), ("Completed", doc.total))

	def test_team_changed_submitted_and_reposted(self) -> None:
		order, other = self.order(submit=False), self.order()
		name = self.repost(None, repost.CURRENT_TEAM, sales_project=self.project)
		self.together(
			(change_team, self.project),
			(submit, order),
			(post_again, name),
			(close, other),
		)

	def test_different_orders_do_not_disturb_each_other(self) -> None:
		drafts = [self.order(submit=False) for _ in range(5)]
		outcomes = self.together(*[(submit, name) for name in drafts])
		self.assertEqual([outcome for outcome in outcomes if outcome.error], [])

	def test_neighbours_closed_and_cancelled_at_once(self) -> None:
		"""Their entries stand side by side in the ledger's index."""
		for action in (close, cancel):
			orders = [self.order() for _ in range(4)]
			outcomes = self.together(*[(action, name) for name in orders])
			self.assertEqual([outcome for outcome in outcomes if outcome.error], [])

	def test_neighbours_closed_while_new_ones_are_submitted(self) -> None:
		"""What is read under lock ends at the gap that the next order's team and entries go into."""
		old, new = [self.order() for _ in range(2)], [self.order(submit=False) for _ in range(3)]
		outcomes = self.together(*[(close, name) for name in old], *[(submit, name) for name in new])
		self.assertEqual([outcome for outcome in outcomes if outcome.error], [])

	def test_a_random_crowd(self) -> None:
		"""Update Items and Delivery Notes lock a line before its order (ERPNext)."""
		chance = random.Random(7)
		orders = [self.order() for _ in range(3)]
		for _ in range(3):
			calls: list[tuple] = [(post_again, self.repost())]
			for _ in range(4):
				calls.append(
					(chance.choice([close, reopen, cancel, add_line, deliver]), chance.choice(orders))
				)
			self.together(*calls, may_deadlock=True)

	def test_two_targets_that_overlap(self) -> None:
		rows = [(PEOPLE[0], SELLER, "Parallel Group", 100)]
		from frappe.model.workflow import apply_workflow

		names = []
		for _ in range(3):
			doc = factories.sales_target(rows, approve=False, company=COMPANY)
			names.append(apply_workflow(doc, "Submit for Approval").name)
		outcomes = self.together(*[(approve_target, name) for name in names])
		self.assertEqual(sum(outcome.error is None for outcome in outcomes), 1, outcomes)
		self.assertEqual(
			{outcome.error for outcome in outcomes if outcome.error} & DEADLOCKS, set(), outcomes
		)
		self.assertEqual(frappe.db.count("Sales Target", {"company": COMPANY, "docstatus": 1}), 1)


def damage(orders: list[str]) -> None:
	"""Lose one entry of each order, as no user can."""
	for order in orders:
		name = frappe.db.get_value("Sales Credit Entry", {"voucher_no": order})
		frappe.db.delete("Sales Credit Entry", {"name": name})


def remove_everything() -> None:
	"""Delete what the tests committed; the company and other masters stay."""
	frappe.set_user("Administrator")
	frappe.db.rollback()
	orders = frappe.get_all("Sales Order", {"company": COMPANY}, pluck="name", order_by="name")
	for doctype in ("Delivery Note", "Sales Order", "Sales Target", "Sales Project", "Sales Credit Repost"):
		names = frappe.get_all(doctype, {"company": COMPANY}, pluck="name", order_by="name")
		if not names:
			continue
		for df in frappe.get_meta(doctype).get_table_fields():
			frappe.db.delete(df.options, {"parenttype": doctype, "parent": ("in", names)})
		frappe.db.delete("Comment", {"reference_doctype": doctype, "reference_name": ("in", names)})
		frappe.db.delete(doctype, {"name": ("in", names)})
	for doctype in ("GL Entry", "Stock Ledger Entry"):
		if frappe.db.exists("DocType", doctype):
			frappe.db.delete(doctype, {"company": COMPANY})
	frappe.db.delete("Sales Credit Entry", {"company": COMPANY})
	frappe.db.delete("Sales Order Credit", {"sales_order": ("in", orders or [""])})
	frappe.db.commit()
