"""Reposting credit: heals, corrects on the record, resumes after a kill, says what is wrong with its input."""

from __future__ import annotations

from unittest.mock import patch

import frappe
from frappe.model.document import Document

from sales_activity.sales_activity.credit import reconcile, repost
from sales_activity.tests import factories
from sales_activity.tests.base import TestCase

ASHA, RAVI = "Repost Asha", "Repost Ravi"
SELLER = "Sales Person"
COMPANY, OTHER = "Ledger Repost", factories.COMPANY


def back_to(*, save_point: str | None = None) -> None:
	"""A rollback that stays within the test: to a savepoint, else nowhere."""
	if save_point:
		frappe.db.sql(f"rollback to savepoint {save_point}")


class Killed(BaseException):
	"""The worker dies."""


class TestRepost(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		factories.company(COMPANY, "LRP", "INR")
		cls.customer = factories.customer("Repost Customer")
		for name in (ASHA, RAVI):
			factories.sales_person(name)
		factories.item("REPOST-ITEM", factories.item_group("Repost Group"))

	def setUp(self) -> None:
		super().setUp()
		# a repost commits after each batch and gives up with a rollback; here nothing may outlive the test
		for patched in (patch.object(frappe.db, "commit"), patch.object(frappe.db, "rollback", back_to)):
			patched.start()
			self.addCleanup(patched.stop)
		self.project = factories.sales_project(self.customer, [(ASHA, SELLER)], company=COMPANY)

	def order(self, **values: object) -> Document:
		values = {"company": COMPANY, "sales_project": self.project.name, **values}
		return factories.sales_order(self.customer, [("REPOST-ITEM", 2, 50)], **values)

	def repost(self, submit: bool = True, **values: object) -> Document:
		fields = {"company": COMPANY, "team_source": repost.OWN_TEAM, "reason": "because", **values}
		doc = factories.make("Sales Credit Repost", **fields)
		if submit:
			doc.submit()
		return doc

	def run_repost(self, **values: object) -> Document:
		doc = self.repost(**values)
		repost.run(doc.name, lambda done, total: None)
		return factories.fresh(doc)

	def lose_entries(self, *orders: Document) -> None:
		frappe.db.delete("Sales Credit Entry", {"voucher_no": ("in", [doc.name for doc in orders])})

	def people(self, order: Document) -> set[str]:
		rows = frappe.db.sql(
			"""
				select sales_person from `tabSales Credit Entry` where voucher_no = %s
				group by sales_person having sum(amount) != 0
			""",
			order.name,
		)
		return {row[0] for row in rows}

	def change_team(self) -> None:
		self.project.reload()
		self.project.set("team", factories.member_rows([(RAVI, SELLER)]))
		self.project.save()

	def test_heals_and_counts(self) -> None:
		orders = [self.order() for _ in range(3)]
		self.lose_entries(*orders[:2])
		doc = self.run_repost()
		self.assertEqual((doc.status, doc.total, doc.done, doc.changed), ("Completed", 3, 3, 2))
		self.assertEqual(reconcile.differences(COMPANY), [])

	def test_moves_no_credit_unless_asked(self) -> None:
		order = self.order()
		self.change_team()
		self.run_repost()
		self.assertEqual(self.people(order), {ASHA})

	def test_corrects_the_team_on_the_record(self) -> None:
		order = self.order()
		self.change_team()
		doc = self.run_repost(sales_project=self.project.name, team_source=repost.CURRENT_TEAM)
		self.assertEqual(self.people(order), {RAVI})
		self.assertEqual([person for person, _role, _percent in factories.kept_team(order.name)], [RAVI])
		comment = frappe.get_all("Comment", {"reference_name": order.name, "content": ("like", "%because%")})
		self.assertEqual((len(comment), doc.changed), (1, 1))
		self.assertEqual(reconcile.differences(COMPANY), [])

	def test_empties_the_ledger_of_cancelled_orders(self) -> None:
		order = factories.cancel(self.order())
		frappe.db.delete("Sales Credit Entry", {"voucher_no": order.name, "reason": "Cancellation"})
		self.run_repost()
		self.assertEqual(self.people(order), set())

	def test_filters(self) -> None:
		wanted, early, elsewhere = self.order(), self.order(on="2026-01-05"), self.order(sales_project=None)
		self.assertEqual(self.repost(sales_order=wanted.name).total, 1)
		self.assertEqual(self.repost(sales_project=self.project.name).total, 2)
		self.assertEqual(self.repost(from_date="2026-01-01", to_date="2026-01-31").total, 1)
		self.assertEqual(self.repost().total, len([wanted, early, elsewhere]))

	def test_resumes_after_a_kill_and_does_nothing_twice(self) -> None:
		orders = [self.order() for _ in range(5)]
		self.lose_entries(*orders)
		doc = self.repost()

		def die(done: int, total: int) -> None:
			if done >= 2:
				raise Killed

		with patch.object(repost, "BATCH", 1):
			with self.assertRaises(Killed):
				repost.run(doc.name, die)
			stopped = factories.fresh(doc)
			self.assertEqual((stopped.status, stopped.done), ("In Progress", 2))
			repost.run(doc.name, die)  # somebody seems to be at it: it is left alone
			self.assertEqual(factories.fresh(doc).done, 2)
			frappe.db.set_value("Sales Credit Repost", doc.name, "heartbeat", "2026-01-01 00:00:00")
			repost.run(doc.name, lambda done, total: None)
		doc = factories.fresh(doc)
		self.assertEqual((doc.status, doc.done, doc.changed), ("Completed", 5, 5))
		self.assertEqual(frappe.db.count("Sales Credit Entry", {"company": COMPANY}), 5)

	def test_tries_again_after_a_deadlock(self) -> None:
		order = self.order()
		self.lose_entries(order)
		doc = self.repost()
		original, calls = repost._post_batch, []

		def unlucky(*args: object) -> None:
			calls.append(1)
			if len(calls) < 3:
				raise frappe.QueryDeadlockError
			original(*args)

		with patch.object(repost, "_post_batch", unlucky):
			repost.run(doc.name, lambda done, total: None)
		self.assertEqual(factories.fresh(doc).status, "Completed")
		self.assertEqual(reconcile.differences(COMPANY), [])

	def test_an_error_is_kept_and_raised(self) -> None:
		doc = self.repost(sales_order=self.order().name)

		def fail(*args: object) -> None:
			raise ValueError("disk on fire")

		with patch.object(repost, "_post_batch", fail):
			with self.assertRaises(ValueError):
				repost.run(doc.name, lambda done, total: None)
		doc = factories.fresh(doc)
		self.assertEqual(doc.status, "Failed")
		self.assertIn("disk on fire", doc.error)

	def test_progress_is_shown(self) -> None:
		for _ in range(3):
			self.order()
		shown = []
		with patch.object(repost, "BATCH", 2):
			repost.run(self.repost().name, lambda done, total: shown.append((done, total)))
		self.assertEqual(shown, [(2, 3), (3, 3)])

	def test_completed_is_not_run_again_nor_cancelled(self) -> None:
		self.order()
		doc = self.run_repost()
		repost.run(doc.name, lambda done, total: self.fail("ran again"))
		with self.assertRaises(frappe.ValidationError):
			doc.cancel()

	def test_queued_can_be_cancelled(self) -> None:
		doc = self.repost()
		doc.cancel()
		self.assertEqual(factories.fresh(doc).status, "Cancelled")
		repost.run(doc.name, lambda done, total: self.fail("ran though cancelled"))

	def test_bad_input(self) -> None:
		elsewhere = factories.sales_order(self.customer, [("REPOST-ITEM", 1, 1)])
		foreign = factories.sales_project(self.customer, [(ASHA, SELLER)], company=OTHER)
		for values, words in (
			({"team_source": repost.CURRENT_TEAM}, "Sales Project"),
			({"from_date": "2026-02-01", "to_date": "2026-01-01"}, "To Date"),
			({"sales_order": elsewhere.name}, OTHER),
			({"sales_project": foreign.name}, OTHER),
			({"reason": ""}, "reason"),
		):
			with self.subTest(values), self.assertRaises(frappe.ValidationError) as caught:
				self.repost(submit=False, **values)
			self.assertIn(words, str(caught.exception))

	def test_what_the_client_sends_as_progress_does_not_count(self) -> None:
		self.order()
		doc = self.repost(submit=False)
		doc.update({"status": "Completed", "last_order": "zzz", "done": 7})
		doc.submit()
		repost.run(doc.name, lambda done, total: None)
		self.assertEqual((factories.fresh(doc).status, factories.fresh(doc).done), ("Completed", 1))

	def test_only_sales_operations_repost(self) -> None:
		frappe.set_user(factories.user("repost.seller@example.com", "Sales User", "Sales Manager"))
		with self.assertRaises(frappe.PermissionError):
			frappe.get_doc({"doctype": "Sales Credit Repost", "company": COMPANY, "reason": "x"}).insert()
