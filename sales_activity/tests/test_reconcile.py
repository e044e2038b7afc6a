"""Credit Reconciliation finds every kind of difference between ledger and orders, and nothing else."""

from __future__ import annotations

import frappe

from sales_activity.sales_activity.credit import ledger, reconcile
from sales_activity.tests import factories
from sales_activity.tests.base import TestCase

ASHA = "Reconcile Asha"
COMPANY = "Ledger Reconcile"


class TestReconcile(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		factories.company(COMPANY, "LREC", "INR")
		cls.customer = factories.customer("Reconcile Customer")
		factories.sales_person(ASHA)
		factories.item("RECONCILE-ITEM", factories.item_group("Reconcile Group"))

	def setUp(self) -> None:
		super().setUp()
		project = factories.sales_project(self.customer, [(ASHA, "Sales Person")], company=COMPANY)
		self.order = factories.sales_order(
			self.customer,
			[("RECONCILE-ITEM", 2, 50), ("RECONCILE-ITEM", 1, 10)],
			company=COMPANY,
			sales_project=project.name,
		)
		self.entries = frappe.get_all(
			"Sales Credit Entry", {"voucher_no": self.order.name}, pluck="name", order_by="name"
		)

	def differing(self, **filters: object) -> set[str]:
		return {row.voucher_no for row in reconcile.differences(COMPANY, **filters)}

	def test_all_is_well(self) -> None:
		self.assertEqual(reconcile.differences(COMPANY), [])

	def test_a_lost_entry(self) -> None:
		frappe.db.delete("Sales Credit Entry", {"name": self.entries[0]})
		(row,) = reconcile.differences(COMPANY)
		self.assertEqual((row.voucher_no, row.sales_person), (self.order.name, ASHA))
		self.assertEqual((row.due_amount, row.posted_amount), (100, 0))

	def test_every_column_that_a_figure_depends_on(self) -> None:
		other = factories.sales_person("Reconcile Other")
		for column, value in (
			("amount", 99.9),
			("qty", 7),
			("sales_person", other),
			("sales_role", "Tele-sales"),
			("item_group", None),
			("company", factories.COMPANY),
			("posting_date", "2026-01-01"),
			("sales_project", None),
			("customer", None),
			("territory", None),
			("voucher_detail_no", "nothing"),
			("voucher_no", "NO-ORDER"),
		):
			with self.subTest(column):
				frappe.db.savepoint("one_column")
				table = frappe.qb.DocType("Sales Credit Entry")
				frappe.qb.update(table).set(table[column], value).where(table.name == self.entries[0]).run()
				self.assertIn(self.order.name, self.differing())
				frappe.db.rollback(save_point="one_column")

	def test_errors_that_add_up_to_nothing(self) -> None:
		"""A sum by order would hide them: one line too high, the other too low."""
		table = frappe.qb.DocType("Sales Credit Entry")
		for name, change in zip(self.entries, (5, -5), strict=True):
			frappe.qb.update(table).set(table.amount, table.amount + change).where(table.name == name).run()
		self.assertEqual(self.differing(), {self.order.name})

	def test_entries_of_an_order_that_is_gone(self) -> None:
		for doctype, key in (("Sales Order", "name"), ("Sales Order Item", "parent")):
			frappe.db.delete(doctype, {key: self.order.name})
		self.assertEqual(self.differing(), {self.order.name})

	def test_filters(self) -> None:
		frappe.db.delete("Sales Credit Entry", {"name": self.entries[0]})
		day = str(self.order.transaction_date)
		self.assertEqual(self.differing(from_date=day, to_date=day), {self.order.name})
		self.assertEqual(self.differing(to_date="2020-01-01"), set())
		self.assertEqual(self.differing(from_date="2040-01-01"), set())
		self.assertEqual(self.differing(sales_order=self.order.name), {self.order.name})
		self.assertEqual(self.differing(sales_order="another"), set())
		self.assertEqual(reconcile.differences(factories.COMPANY), [])

	def test_posting_again_heals(self) -> None:
		frappe.db.delete("Sales Credit Entry", {"name": self.entries[0]})
		self.assertEqual(ledger.post_orders([self.order.name], "Rebuild"), [self.order.name])
		self.assertEqual(reconcile.differences(COMPANY), [])
		self.assertEqual(frappe.db.count("Sales Credit Entry", {"reason": "Rebuild", "company": COMPANY}), 1)

	def test_the_nightly_check_counts_orders_and_tells(self) -> None:
		before = reconcile.check_and_notify()
		frappe.db.delete("Sales Credit Entry", {"name": self.entries[0]})
		frappe.db.delete("Sales Credit Entry", {"name": self.entries[1]})
		self.assertEqual(reconcile.check_and_notify(), before + 1)
