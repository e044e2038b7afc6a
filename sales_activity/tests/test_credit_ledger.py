"""The credit ledger: what each event of an order writes, who can't write it, how many queries it takes."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import frappe
from frappe import client
from frappe.core.doctype.data_import.importer import Importer
from frappe.model.docstatus import DocStatus
from frappe.model.document import Document

from sales_activity.overrides import sales_order as events
from sales_activity.sales_activity.credit import ledger, reconcile
from sales_activity.sales_activity.credit.locked import LedgerLockedError
from sales_activity.tests import factories
from sales_activity.tests.base import TestCase

ASHA, RAVI = "Entry Asha", "Entry Ravi"
SELLER, DESIGNER = "Sales Person", "Design Consultant"
ITEM, GROUP = "ENTRY-ITEM", "Entry Group"
COMPANY = factories.COMPANY


class LedgerCase(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.customer = factories.customer("Entry Customer")
		for name in (ASHA, RAVI):
			factories.sales_person(name)
		factories.item(ITEM, factories.item_group(GROUP), boxes_of=12)
		factories.item("ENTRY-OTHER", GROUP)

	def setUp(self) -> None:
		super().setUp()
		self.project = factories.sales_project(self.customer, [(ASHA, SELLER), (RAVI, DESIGNER, 50)])

	def order(self, lines: list | None = None, **values: object) -> Document:
		values = {"sales_project": self.project.name, **values}
		return factories.sales_order(self.customer, lines or [(ITEM, 4, 25)], **values)

	def earned(self, order: Document | str) -> dict[tuple, tuple]:
		"""Sums by person and role."""
		name = order if isinstance(order, str) else order.name
		rows = frappe.db.sql(
			"""
				select sales_person, sales_role, round(sum(amount), 6), round(sum(qty), 6)
				from `tabSales Credit Entry` where voucher_no = %s group by 1, 2
			""",
			name,
		)
		return {row[:2]: row[2:] for row in rows if any(row[2:])}

	def reasons(self, order: Document) -> list[str]:
		return frappe.get_all(
			"Sales Credit Entry", {"voucher_no": order.name}, pluck="reason", order_by="name", distinct=True
		)


class TestEvents(LedgerCase):
	def test_order_of_a_project(self) -> None:
		order = self.order()
		self.assertEqual(self.earned(order), {(ASHA, SELLER): (100, 4), (RAVI, DESIGNER): (50, 2)})
		entry = frappe.get_doc("Sales Credit Entry", {"voucher_no": order.name, "sales_person": RAVI})
		for field, value in {
			"company": COMPANY,
			"sales_project": self.project.name,
			"customer": self.customer,
			"territory": order.territory,
			"item_group": GROUP,
			"credit_percent": 50,
			"voucher_type": "Sales Order",
			"voucher_detail_no": order.items[0].name,
			"reason": "Order",
			"posting_date": order.transaction_date,
		}.items():
			self.assertEqual(entry.get(field), value, field)

	def test_order_without_a_project_takes_its_sales_team(self) -> None:
		order = self.order(sales_project=None, sales_team={ASHA: 75, RAVI: 25})
		self.assertEqual(self.earned(order), {(ASHA, SELLER): (75, 3), (RAVI, SELLER): (25, 1)})

	def test_order_without_anybody(self) -> None:
		self.assertEqual(self.earned(self.order(sales_project=None)), {})

	def test_draft_earns_nothing(self) -> None:
		self.assertEqual(self.earned(self.order(submit=False)), {})

	def test_boxes_count_in_stock_units_foreign_money_in_the_companys(self) -> None:
		prices = factories.price_list("USD")
		abroad = factories.customer("Entry Customer Abroad")
		order = factories.sales_order(
			abroad,
			[factories.line(ITEM, 2, 10, uom=factories.BOX, conversion_factor=12)],
			sales_project=self.project.name,
			currency="USD",
			conversion_rate=80,
			selling_price_list=prices,
		)
		self.assertEqual(self.earned(order)[ASHA, SELLER], (1600, 24))

	def test_document_discount_lowers_the_credit(self) -> None:
		order = self.order(additional_discount_percentage=10, apply_discount_on="Net Total")
		self.assertEqual(self.earned(order)[ASHA, SELLER], (90, 4))

	def test_cancel(self) -> None:
		order = factories.cancel(self.order())
		self.assertEqual(self.earned(order), {})
		self.assertEqual(frappe.db.count("Sales Credit Entry", {"voucher_no": order.name}), 4)

	def test_closed_short_and_reopened(self) -> None:
		order = self.order()
		factories.deliver(order, {order.items[0].name: 1})
		factories.close(order)
		self.assertEqual(self.earned(order)[ASHA, SELLER], (25, 1))
		factories.reopen(order)
		self.assertEqual(self.earned(order)[ASHA, SELLER], (100, 4))
		self.assertEqual(set(self.reasons(order)), {"Order", "Closing", "Reopening"})

	def test_returned_after_closing(self) -> None:
		order = self.order()
		note = factories.deliver(order, {order.items[0].name: 2})
		factories.close(order)
		factories.take_back(note, {note.items[0].name: 1})
		self.assertEqual(self.earned(order)[ASHA, SELLER], (25, 1))

	def test_on_hold_keeps_its_credit(self) -> None:
		order = factories.hold(self.order())
		self.assertEqual(self.earned(order)[ASHA, SELLER], (100, 4))

	def test_changed_lines(self) -> None:
		order = self.order([(ITEM, 4, 25), ("ENTRY-OTHER", 1, 10)])
		first, second = order.items
		order = factories.update_items(
			order, {first.name: {"qty": 6}}, remove=[second.name], add=[(ITEM, 1, 7)]
		)
		self.assertEqual(self.earned(order)[ASHA, SELLER], (157, 7))
		self.assertEqual(reconcile.differences(COMPANY, sales_order=order.name), [])

	def test_the_team_it_was_won_with_stays(self) -> None:
		order = self.order()
		self.project.reload()
		self.project.set("team", factories.member_rows([(RAVI, SELLER)]))
		self.project.save()
		factories.close(order)
		factories.reopen(order)
		self.assertEqual(set(self.earned(order)), {(ASHA, SELLER), (RAVI, DESIGNER)})
		successor = factories.amend(factories.cancel(order))
		self.assertEqual(set(self.earned(successor)), {(ASHA, SELLER), (RAVI, DESIGNER)})

	def test_a_draft_keeps_no_team(self) -> None:
		order = self.order(submit=False)
		order.save()
		self.assertEqual(factories.kept_team(order.name), [])

	def test_a_submission_that_is_refused_keeps_no_team(self) -> None:
		order = self.order(submit=False)
		order.customer = None
		self.assertRaises(frappe.ValidationError, order.submit)
		self.assertEqual(factories.kept_team(order.name), [])

	def test_submitted_past_its_validation(self) -> None:
		"""Frappe then skips ``validate`` and ``before_submit``, as some imports ask for."""
		order = self.order(submit=False)
		order.flags.ignore_validate = True
		order.submit()
		self.assertEqual(set(self.earned(order)), {(ASHA, SELLER), (RAVI, DESIGNER)})

	def test_status_set_while_it_is_submitted(self) -> None:
		"""What ERPNext's own ``on_submit`` may do: the credit is there by then, and follows."""
		order = self.order(submit=False)
		original = type(order).on_submit

		def on_submit(doc: Document) -> None:
			original(doc)
			doc.db_set("status", "Closed")
			doc.db_set("status", "To Deliver and Bill")

		with patch.object(type(order), "on_submit", on_submit):
			order.submit()
		self.assertEqual(self.earned(order), {(ASHA, SELLER): (100, 4), (RAVI, DESIGNER): (50, 2)})

	def test_merged_people_share_what_both_had(self) -> None:
		order = self.order(sales_project=None, sales_team={ASHA: 75, RAVI: 25})
		frappe.rename_doc("Sales Person", RAVI, ASHA, merge=True)
		self.assertEqual(factories.kept_team(order.name), [(ASHA, SELLER, 75), (ASHA, SELLER, 25)])
		self.assertEqual(reconcile.differences(COMPANY, sales_order=order.name), [])
		ledger.post_orders([order.name], "Rebuild")
		self.assertEqual(self.earned(order), {(ASHA, SELLER): (100, 4)})

	def test_renaming_masters_keeps_the_ledger_whole(self) -> None:
		order = self.order()
		frappe.rename_doc("Item Group", GROUP, "Entry Group Renamed")
		frappe.rename_doc("Sales Person", ASHA, "Entry Asha Renamed")
		self.assertEqual(reconcile.differences(COMPANY, sales_order=order.name), [])
		self.assertIn(("Entry Asha Renamed", SELLER), self.earned(order))

	def test_a_cancelled_order_can_be_deleted(self) -> None:
		order = factories.cancel(self.order())
		frappe.delete_doc("Sales Order", order.name)
		self.assertEqual(self.earned(order.name), {})
		self.assertEqual(factories.kept_team(order.name), [])

	def test_a_person_on_a_kept_team_cannot_be_deleted(self) -> None:
		self.order()
		self.project.reload()
		self.project.set("team", [])
		self.project.save()
		self.assertRaises(frappe.LinkExistsError, frappe.delete_doc, "Sales Person", RAVI)


class TestLocked(LedgerCase):
	"""Nobody writes the ledger by hand, not even Administrator."""

	def setUp(self) -> None:
		super().setUp()
		self.order_name = self.order().name
		self.entry = frappe.db.get_value("Sales Credit Entry", {"voucher_no": self.order_name})
		self.before = self.snapshot()

	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		self.assertEqual(self.snapshot(), self.before)
		super().tearDown()

	def snapshot(self) -> tuple:
		return frappe.db.sql(
			"select * from `tabSales Credit Entry` where voucher_no = %s order by name", self.order_name
		)

	def values(self) -> dict:
		return {
			"doctype": "Sales Credit Entry",
			"voucher_type": "Sales Order",
			"voucher_no": self.order_name,
			"sales_person": ASHA,
			"sales_role": SELLER,
			"amount": 1_000_000,
		}

	def refused(self, action: object, *args: object, **kwargs: object) -> None:
		frappe.db.savepoint("locked")
		with self.assertRaises(frappe.PermissionError):
			action(*args, **kwargs)
		frappe.db.rollback(save_point="locked")
		frappe.flags.currently_saving = []

	def test_documents(self) -> None:
		for rights in ({}, {"ignore_permissions": True}):
			doc = frappe.get_doc("Sales Credit Entry", self.entry)
			doc.amount = 1
			self.refused(doc.save, **rights)
		self.refused(frappe.get_doc(self.values()).insert)
		self.refused(frappe.get_doc(self.values()).insert, ignore_permissions=True)
		self.refused(doc.delete)
		self.refused(frappe.delete_doc, "Sales Credit Entry", self.entry, force=True, ignore_permissions=True)
		self.refused(frappe.rename_doc, "Sales Credit Entry", self.entry, "another", force=True)

	def test_message_says_what_to_do(self) -> None:
		with self.assertRaises(LedgerLockedError) as caught:
			frappe.get_doc("Sales Credit Entry", self.entry).delete()
		self.assertIn("Sales Credit Repost", str(caught.exception))

	def test_whitelisted_methods(self) -> None:
		roles = ("System Manager", "Sales Operations", "Sales Master Manager", "Sales Manager", "Sales User")
		users = [factories.user(f"entry.{role.split()[-1].lower()}@example.com", role) for role in roles]
		for user in ("Administrator", *users):
			with self.subTest(user):
				frappe.set_user(user)
				name = self.entry
				self.refused(client.insert, self.values())
				self.refused(client.insert_many, frappe.as_json([self.values()]))
				modified = frappe.db.get_value("Sales Credit Entry", name, "modified")
				self.refused(client.save, {**self.values(), "name": name, "modified": str(modified)})
				self.refused(client.set_value, "Sales Credit Entry", name, "amount", 5)
				self.refused(client.delete, "Sales Credit Entry", name)
				rows = [{"doctype": "Sales Credit Entry", "docname": name, "amount": 5}]
				self.assertEqual(len(client.bulk_update(frappe.as_json(rows))["failed_docs"]), 1)

	def test_data_import(self) -> None:
		"""What Data Import does with each row of a file, without its commits. The DocType offers no imports, but
		that is a setting; the refusal must hold without it."""
		self.assertFalse(frappe.get_meta("Sales Credit Entry").allow_import)
		row = self.values()
		labels = [
			frappe.get_meta("Sales Credit Entry").get_label(field) for field in row if field != "doctype"
		]
		values = [str(value) for field, value in row.items() if field != "doctype"]
		content = f"{','.join(labels)}\n{','.join(values)}\n"
		file = factories.make("File", file_name="entries.csv", content=content, is_private=1)
		self.addCleanup(Path(file.get_full_path()).unlink)
		importer = Importer("Sales Credit Entry", file_path=file.file_url, import_type="Insert New Records")
		payloads = importer.import_file.get_payloads_for_import()
		self.assertEqual([payload.doc.sales_person for payload in payloads], [ASHA])
		with self.assertRaises(LedgerLockedError):
			importer.process_doc(payloads[0].doc)


class TestLockedTeam(LedgerCase):
	"""Nor the team that an order was won with."""

	def test_documents(self) -> None:
		order = self.order().name
		before = factories.kept_team(order)
		name = frappe.db.get_value("Sales Order Credit", {"sales_order": order, "sales_person": RAVI})
		doc = frappe.get_doc("Sales Order Credit", name)
		doc.credit_percent = 100
		values = {"sales_order": order, "sales_person": RAVI, "sales_role": SELLER, "credit_percent": 9}
		another = frappe.get_doc({"doctype": "Sales Order Credit", **values})
		for action in (doc.save, doc.delete, another.insert, lambda: doc.rename("another", force=True)):
			frappe.db.savepoint("locked")
			with self.assertRaises(LedgerLockedError) as caught:
				action()
			self.assertIn("Sales Credit Repost", str(caught.exception))
			frappe.db.rollback(save_point="locked")
		self.assertEqual(factories.kept_team(order), before)


class TestQueries(LedgerCase):
	def count(self, action: object, *args: object) -> int:
		"""How many statements the action sends to the database."""
		sent = []
		original = frappe.db.sql

		def counting(query: object, *args: object, **kwargs: object) -> object:
			sent.append(str(query))
			return original(query, *args, **kwargs)

		frappe.db.sql = counting
		try:
			action(*args)
		finally:
			frappe.db.sql = original
		return len(sent)

	def test_submitting_adds_few_queries(self) -> None:
		"""The team of the project, the rows that keep it, the entries."""
		frappe.get_cached_value("Sales Activity Settings", "Sales Activity Settings", "default_sales_role")
		order = self.order(submit=False)
		order.docstatus = DocStatus.submitted()
		order._action = "submit"
		order.load_doc_before_save()
		for event, most in ((events.validate, 0), (events.on_update, 3)):
			with self.subTest(event.__name__):
				self.assertLessEqual(self.count(event, order), most)

	def test_posting_takes_the_same_queries_for_one_order_and_for_many(self) -> None:
		one = [self.order().name]
		many = [self.order([(ITEM, 1, 5), (ITEM, 2, 7)]).name for _ in range(8)]
		for names in (one, many):
			frappe.db.delete("Sales Credit Entry", {"voucher_no": ("in", names)})
		needed = self.count(ledger.post_orders, one, "Rebuild")
		self.assertLessEqual(needed, 6)
		self.assertEqual(self.count(ledger.post_orders, many, "Rebuild"), needed)
		self.assertEqual(reconcile.differences(COMPANY), [])

	def test_nothing_to_post_writes_nothing(self) -> None:
		name = self.order().name
		before = frappe.db.count("Sales Credit Entry")
		self.assertEqual(ledger.post_orders([name], "Rebuild"), [])
		self.assertEqual(ledger.post_orders([], "Rebuild"), [])
		self.assertEqual(frappe.db.count("Sales Credit Entry"), before)
