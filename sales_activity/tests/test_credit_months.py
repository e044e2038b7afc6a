"""Monthly sums of the ledger: always the ledger's own figures, whatever happened, and nobody's to see who may not
see the entries in them."""

from __future__ import annotations

import time
from unittest.mock import patch

import frappe
from frappe import client
from frappe.model.rename_doc import rename_doc
from frappe.permissions import add_user_permission
from hypothesis import given
from hypothesis import strategies as st

from sales_activity.permissions import queries as permissions
from sales_activity.sales_activity.attainment.queries import on_monthly_sums
from sales_activity.sales_activity.credit import ledger, months, reconcile
from sales_activity.sales_activity.credit.locked import LedgerLockedError
from sales_activity.sales_activity.credit.months import ENTRY, MONTH
from sales_activity.sales_activity.report.role_target_attainment.role_target_attainment import execute
from sales_activity.tests import desk_house as house
from sales_activity.tests import factories
from sales_activity.tests.base import TestCase
from sales_activity.tests.desk_house import ASHA, MANAGER, OUTSIDER, RAVI, SELLER, day
from sales_activity.tests.test_reports import counted_queries, forget_requests

YEAR = {"from_date": day(1, 1), "to_date": day(12, 31)}
USERS = ("Administrator", house.OPERATIONS_USER, house.MANAGER_USER, house.ASHA_USER, house.NOBODY_USER)


class Months(TestCase):
	"""The house of the report tests, with its ledger."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		house.build()
		forget_requests()

	def setUp(self) -> None:
		super().setUp()
		# fold() commits after every batch; here nothing may outlive the test
		commit = patch.object(frappe.db, "commit")
		commit.start()
		self.addCleanup(commit.stop)

	def tearDown(self) -> None:
		super().tearDown()
		forget_requests()

	def fold(self, size: int = months.BATCH) -> int:
		"""One batch of what is written by now."""
		time.sleep(0.002)  # names count milliseconds; those of the present one are not folded
		return months.fold_batch(house.COMPANY, ledger.name_at(time.time()), size)

	def rows(self, user: str = "Administrator", **filters: object) -> list[dict]:
		"""The report as the user sees it; amounts without the last bit."""
		frappe.set_user(user)
		forget_requests()
		rows = execute({"company": house.COMPANY, **YEAR, **filters})[1]
		frappe.set_user("Administrator")
		return [
			{key: round(value, 6) if isinstance(value, float) else value for key, value in row.items()}
			for row in rows
		]

	def rows_of_ledger(self, user: str = "Administrator", **filters: object) -> list[dict]:
		"""The same from the ledger alone."""
		with patch("sales_activity.sales_activity.attainment.queries.on_monthly_sums", return_value=None):
			return self.rows(user, **filters)

	def assert_right(self) -> None:
		"""The sums equal the ledger, and so does the report."""
		self.assertNotIn(house.COMPANY, months.differing())
		for basis in ("Value", "Volume"):
			self.assertEqual(self.rows(basis=basis), self.rows_of_ledger(basis=basis))

	def order(self, on: str, team: list[tuple] | None = None) -> object:
		project = house.project("Desk Folded", team or [(ASHA, SELLER, 60), (RAVI, SELLER, 40)])
		return house.order(project, [(f"{house.SWITCHES} 1", 3, 70), (f"{house.ROUTERS} 1", 1, 11)], on)


class TestFolding(Months):
	def test_batches_of_any_size(self) -> None:
		entries = frappe.db.count(ENTRY, {"company": house.COMPANY})
		for size in (1, 3, 7, 1000):
			with self.subTest(size):
				months.forget(house.COMPANY)
				folded = []
				while count := self.fold(size):
					self.assertLessEqual(count, size)
					folded.append(count)
					if size > 1 or len(folded) % 9 == 0:
						self.assert_right()
				self.assertEqual(sum(folded), entries)
				self.assert_right()
				keys = frappe.get_all(
					MONTH,
					{"company": house.COMPANY},
					["month", "sales_person", "sales_role", "item_group"],
					as_list=True,
				)
				self.assertEqual(len(keys), len(set(keys)), "one row for each key")

	def test_rows_by_hand(self) -> None:
		"""Two orders in one month and one in another; the second fold adds to what the first one wrote."""
		company = factories.company("Desk Fold Co", "DFC")
		for on in (day(3, 1), day(3, 31), day(4, 1)):
			project = factories.sales_project(house.CUSTOMER, [(ASHA, SELLER)], company=company)
			factories.sales_order(
				house.CUSTOMER,
				[(f"{house.SWITCHES} 1", 2, 10)],
				company=company,
				on=on,
				sales_project=project.name,
			)
		time.sleep(0.002)
		while months.fold_batch(company, ledger.name_at(time.time()), 1):
			pass
		rows = frappe.get_all(MONTH, {"company": company}, ["*"], order_by="month")
		self.assertEqual(
			[(str(row.month), row.sales_person, row.item_group, row.amount, row.qty) for row in rows],
			[(day(3, 1), ASHA, house.SWITCHES, 40, 4), (day(4, 1), ASHA, house.SWITCHES, 20, 2)],
		)
		self.assertEqual(rows[-1].folded_up_to, frappe.db.get_value(ENTRY, {"company": company}, "max(name)"))

	def test_young_entries_stay_outside(self) -> None:
		self.assertEqual(months.fold(), 0)
		self.assertEqual(frappe.db.count(MONTH, {"company": house.COMPANY}), 0)
		self.assert_right()

	def test_what_happens_later(self) -> None:
		"""Cancelled, closed short, reposted to somebody else, after the entries were folded; and folded again."""
		orders = [self.order(day(month, 28)) for month in (1, 2, 2, 9)]
		self.fold()
		factories.cancel(orders[0])
		self.assert_right()
		factories.close(orders[1])
		self.assert_right()
		self.fold(1)
		self.assert_right()
		factories.reopen(orders[1])
		self.order(day(1, 31))
		self.assert_right()
		while self.fold(2):
			self.assert_right()

	def test_what_adds_up_to_nothing_makes_no_line(self) -> None:
		"""Folded before it was cancelled: sum and rest cancel out to the last bit."""
		order = self.order(day(5, 5), [(OUTSIDER, "Tele-sales", 33.333)])
		self.fold()
		self.assertIn("Tele-sales", {row["sales_role"] for row in self.rows()})
		factories.cancel(order)
		self.assertNotIn("Tele-sales", {row["sales_role"] for row in self.rows()})
		self.assert_right()

	def test_renamed_people_and_groups(self) -> None:
		self.fold(5)
		rename_doc("Sales Person", ASHA, "Desk Asha Renamed", force=True)
		rename_doc("Item Group", house.SWITCHES, "Desk Switches Renamed", force=True)
		self.assert_right()
		self.assertIn("Desk Asha Renamed", {row["sales_person"] for row in self.rows()})
		self.fold()
		self.assert_right()

	def test_merged_people(self) -> None:
		"""Two rows with equal keys add up, and the next fold makes one of them."""
		self.fold(20)
		rename_doc("Sales Person", RAVI, OUTSIDER, merge=True, force=True)
		self.assert_right()
		self.fold()
		self.assert_right()

	def test_a_name_that_comes_back(self) -> None:
		"""After a rename the old name belongs to somebody else."""
		self.fold()
		rename_doc("Sales Person", ASHA, "Desk Asha Renamed", force=True)
		factories.sales_person(ASHA, MANAGER)
		self.order(day(2, 2))
		self.assert_right()
		self.fold()
		self.assert_right()

	def test_forgotten(self) -> None:
		self.fold()
		expected = self.rows()
		months.forget(house.COMPANY)
		self.assertEqual(frappe.db.count(MONTH, {"company": house.COMPANY}), 0)
		self.assertEqual(self.rows(), expected)
		self.fold()
		self.assertEqual(self.rows(), expected)

	def test_companies_are_apart(self) -> None:
		other = factories.company("Desk Other Fold", "DOF")
		before = self.rows()
		self.fold()
		months.forget(other)
		self.assertEqual(self.rows(), before)
		self.assertEqual(months.fold_batch(other, ledger.name_at(time.time())), 0)


class TestReport(Months):
	def test_every_filter(self) -> None:
		"""Folded in part, so that sums and rest both count; spans and targets that are not whole months too."""
		self.fold(30)
		spans = (
			{},
			{"from_date": day(2, 1), "to_date": day(4, 30)},
			{"from_date": day(1, 15), "to_date": day(10, 20)},
			{"from_date": day(2, 28), "to_date": day(3, 1)},
		)
		choices = (
			{},
			{"sales_person": MANAGER},
			{"sales_person": ASHA, "sales_role": SELLER},
			{"item_group": house.NETWORK},
			{"item_group": house.SERVICES, "flat": 1},
			{"sales_role": "Nobody's Role"},
		)
		for span in spans:
			for periodicity in ("Yearly", "Quarterly", "Monthly"):
				for basis in ("Value", "Volume"):
					for choice in choices:
						asked = {**span, **choice, "periodicity": periodicity, "basis": basis}
						with self.subTest(**asked):
							self.assertEqual(self.rows(**asked), self.rows_of_ledger(**asked))

	def test_targets_of_half_months(self) -> None:
		self.fold()
		house._target(
			"Half Month",
			(2, 10),
			(5, 14),
			[(OUTSIDER, SELLER, house.ROUTERS, 50)],
			("Submit for Approval", "Approve"),
		)
		self.assertFalse(self.reads_sums())
		self.assertEqual(self.rows(), self.rows_of_ledger())
		self.assertTrue(self.reads_sums(basis="Volume"))

	def test_every_user(self) -> None:
		self.fold(30)
		for user in USERS:
			for periodicity in ("Yearly", "Monthly"):
				with self.subTest(user, periodicity=periodicity):
					self.assertEqual(
						self.rows(user, periodicity=periodicity),
						self.rows_of_ledger(user, periodicity=periodicity),
					)

	def test_user_permissions(self) -> None:
		"""Those on what the sums hold are put to the sums; with any other the report reads the ledger."""
		territory = factories.territory("Desk Fold North")
		for user in (house.OPERATIONS_USER, house.MANAGER_USER):
			for allow, value, by_sums in (
				("Company", house.COMPANY, True),
				("Sales Person", ASHA, True),
				("Item Group", house.SWITCHES, True),
				("Customer", house.CUSTOMER, False),
				("Customer", factories.customer("Desk Fold Customer"), False),
				("Territory", territory, False),
			):
				with self.subTest(user, allow=allow):
					frappe.db.savepoint("one_permission")
					add_user_permission(allow, value, user, ignore_permissions=True)
					frappe.clear_cache(user=user)
					self.fold(30)
					self.assertEqual(self.reads_sums(user), by_sums)
					self.assertEqual(self.rows(user), self.rows_of_ledger(user))
					frappe.db.rollback(save_point="one_permission")
					frappe.clear_cache(user=user)

	def test_queries(self) -> None:
		self.fold(30)
		for user in USERS:
			self.rows(user, periodicity="Monthly")
			with self.subTest(user), counted_queries() as statements:
				self.rows(user, periodicity="Monthly")
			self.assertLessEqual(len(statements), 12, "\n".join(statements))

	def reads_sums(self, user: str = "Administrator", **filters: object) -> bool:
		with counted_queries() as statements:
			self.rows(user, **filters)
		return any(f"`tab{MONTH}`" in statement for statement in statements)


class TestConditionOnSums(TestCase):
	"""What may be asked of the sums, and what only of the entries."""

	def test_none(self) -> None:
		self.assertEqual(on_monthly_sums(""), "")

	def test_understood(self) -> None:
		entry, month = f"`tab{ENTRY}`", f"`tab{MONTH}`"
		for condition in (
			"{0}.`sales_person` in ('A', 'B')",
			"1=0",
			"((((ifnull({0}.`company`, '')='' or {0}.`company` in ('X, Y'))) and {0}.`sales_person` in ('A')))",
			"{0}.`item_group` in ('It\\'s 100%% and `tabSales Credit Entry`.`customer`')",
		):
			with self.subTest(condition):
				kept = "It\\'s 100%% and `tabSales Credit Entry`.`customer`"
				asked = condition.format(entry)
				found = on_monthly_sums(asked)
				self.assertEqual(found.replace(kept, ""), condition.format(month).replace(kept, ""))
				self.assertEqual(kept in found, kept in asked)

	def test_not_understood(self) -> None:
		entry = f"`tab{ENTRY}`"
		for condition in (
			f"{entry}.`customer` in ('A')",
			f"{entry}.`owner` = 'a@example.com'",
			f"({entry}.`sales_person` in ('A')) or ({entry}.name in ('x'))",
			"customer = 'A'",
			"sales_person = 'A'",
			"exists (select 1 from tabUser)",
			f"{entry}.`sales_person` like 'A'",
			f"{entry}.`amount` in ('1')",
			f'{entry}.`sales_person` in ("A")',
			f"{entry}.`sales_person` in ('A') -- and",
			f"{entry}.`sales_person` in ('A",
			"`tabSales Person`.`company` in ('A')",
			"not 1=0",
		):
			with self.subTest(condition):
				self.assertIsNone(on_monthly_sums(condition))

	@given(st.lists(st.text(), min_size=1, max_size=4))
	def test_names_are_data(self, names: list[str]) -> None:
		condition = permissions.one_of(f"`tab{ENTRY}`.`sales_person`", names)
		expected = permissions.one_of(f"`tab{MONTH}`.`sales_person`", names)
		self.assertEqual(on_monthly_sums(condition), expected)


class TestSeen(Months):
	"""Lists, documents and counts of the sums show what those of the ledger show."""

	def people(self, doctype: str, user: str) -> set[str]:
		frappe.set_user(user)
		forget_requests()
		asked = {"company": house.COMPANY}
		found = set(frappe.get_list(doctype, filters=asked, pluck="sales_person", limit_page_length=0))
		frappe.set_user("Administrator")
		return found

	def test_people(self) -> None:
		self.fold()
		for user, expected in (
			("Administrator", {ASHA, RAVI, MANAGER, OUTSIDER}),
			(house.OPERATIONS_USER, {ASHA, RAVI, MANAGER, OUTSIDER}),
			(house.MANAGER_USER, {ASHA, RAVI, MANAGER}),
			(house.ASHA_USER, {ASHA}),
			(house.NOBODY_USER, set()),
		):
			with self.subTest(user):
				self.assertEqual(self.people(MONTH, user), expected)
				self.assertEqual(self.people(ENTRY, user), expected)

	def test_documents_and_counts_follow_the_list(self) -> None:
		self.fold()
		names = frappe.get_all(MONTH, {"company": house.COMPANY}, pluck="name")
		for user in USERS:
			for allow, value in (
				(None, None),
				("Customer", house.CUSTOMER),
				("Sales Person", ASHA),
				("Item Group", house.SWITCHES),
				("Company", factories.COMPANY),
			):
				if allow and user == "Administrator":
					continue
				with self.subTest(user, allow=allow):
					frappe.db.savepoint("seen")
					if allow:
						add_user_permission(allow, value, user, ignore_permissions=True)
					frappe.clear_cache(user=user)
					forget_requests()
					frappe.set_user(user)
					asked = {"company": house.COMPANY}
					listed = set(frappe.get_list(MONTH, asked, pluck="name", limit_page_length=0))
					docs = [frappe.get_doc(MONTH, name) for name in names]
					readable = {
						doc.name for doc in docs if frappe.has_permission(MONTH, "read", doc, user=user)
					}
					self.assertEqual(listed, readable)
					self.assertEqual(
						frappe.get_attr("sales_activity.api.frappe_methods.get_count")(MONTH, asked),
						len(listed),
					)
					if allow == "Customer":
						self.assertEqual(listed, set(), "the sums hold other customers' orders too")
					frappe.set_user("Administrator")
					frappe.db.rollback(save_point="seen")
					frappe.clear_cache(user=user)

	def test_permissions_for_the_ledger_alone(self) -> None:
		"""A User Permission that is meant for the ledger hides the sums that it would not narrow by itself."""
		self.fold()
		user = house.OPERATIONS_USER
		add_user_permission("Company", factories.COMPANY, user, ignore_permissions=True, applicable_for=ENTRY)
		frappe.clear_cache(user=user)
		self.assertEqual(self.people(MONTH, user), set())
		self.assertEqual(self.people(ENTRY, user), set())
		frappe.db.rollback(save_point="sales_activity_test")
		frappe.clear_cache(user=user)


class TestLocked(Months):
	"""Nobody writes the sums by hand, not even Administrator."""

	def refused(self, action: object, *args: object, **kwargs: object) -> None:
		frappe.db.savepoint("locked")
		with self.assertRaises(frappe.PermissionError):
			action(*args, **kwargs)
		frappe.db.rollback(save_point="locked")
		frappe.flags.currently_saving = []

	def test_every_way(self) -> None:
		self.fold()
		before = frappe.db.sql(f"select * from `tab{MONTH}` order by name")
		name = frappe.db.get_value(MONTH, {"company": house.COMPANY})
		values = {"doctype": MONTH, "company": house.COMPANY, "sales_person": ASHA, "amount": 1}
		for user in USERS:
			with self.subTest(user):
				frappe.set_user(user)
				self.refused(client.insert, values)
				self.refused(client.set_value, MONTH, name, "amount", 5)
				self.refused(client.delete, MONTH, name)
		frappe.set_user("Administrator")
		doc = frappe.get_doc(MONTH, name)
		self.refused(doc.save, ignore_permissions=True)
		self.refused(frappe.get_doc(values).insert, ignore_permissions=True)
		self.refused(frappe.delete_doc, MONTH, name, force=True, ignore_permissions=True)
		self.refused(frappe.rename_doc, MONTH, name, "another", force=True)
		self.assertEqual(frappe.db.sql(f"select * from `tab{MONTH}` order by name"), before)
		with self.assertRaises(LedgerLockedError):
			frappe.get_doc(MONTH, name).save()

	def test_no_role_may_write(self) -> None:
		meta = frappe.get_meta(MONTH)
		self.assertFalse(meta.allow_import)
		for row in meta.permissions:
			self.assertFalse(row.write or row.create or row.delete or row.get("import"), row.role)
		entry = {(row.role, row.permlevel) for row in frappe.get_meta(ENTRY).permissions}
		self.assertEqual({(row.role, row.permlevel) for row in meta.permissions}, entry)


class TestNightlyCheck(Months):
	def setUp(self) -> None:
		super().setUp()
		self.fold()
		entries = {"company": house.COMPANY, "amount": ("not in", (0, 777))}
		(self.entry,) = frappe.get_all(ENTRY, entries, pluck="name", limit=1)

	def damage(self, kind: str) -> None:
		# any row of another month than June that sums to something: losing or moving it must show
		sums = {"company": house.COMPANY, "amount": ("!=", 0), "month": ("!=", day(6, 1))}
		if kind == "a lost entry":
			frappe.db.delete(ENTRY, {"name": self.entry})
		elif kind == "a changed entry":
			frappe.db.set_value(ENTRY, self.entry, "amount", 777, update_modified=False)
		elif kind == "a lost sum":
			frappe.db.delete(MONTH, {"name": frappe.db.get_value(MONTH, sums)})
		elif kind == "a changed quantity":
			frappe.db.set_value(MONTH, frappe.db.get_value(MONTH, sums), "qty", 77.5)
		elif kind == "another month":
			frappe.db.set_value(MONTH, frappe.db.get_value(MONTH, sums), "month", day(6, 1))
		elif kind == "an entry with an old name":
			frappe.db.sql(f"update `tab{ENTRY}` set name = '00000000001' where name = %s", self.order_entry())
		else:
			raise ValueError(kind)

	def order_entry(self) -> str:
		order = self.order(day(7, 7))
		return frappe.db.get_value(ENTRY, {"voucher_no": order.name})

	def test_every_kind_of_damage(self) -> None:
		for kind in (
			"a lost entry",
			"a changed entry",
			"a lost sum",
			"a changed quantity",
			"another month",
			"an entry with an old name",
		):
			with self.subTest(kind):
				frappe.db.savepoint("damage")
				self.damage(kind)
				self.assertIn(house.COMPANY, months.differing())
				with patch.object(reconcile, "_notify") as notify:
					self.assertEqual(reconcile.check_monthly_sums(), [house.COMPANY])
				self.assertIn(house.COMPANY, notify.call_args.args[0])
				self.assert_right()
				with patch.object(reconcile, "_notify") as notify:
					self.assertEqual(reconcile.check_monthly_sums(), [])
				notify.assert_not_called()
				frappe.db.rollback(save_point="damage")

	def test_it_runs_whatever_the_settings(self) -> None:
		from sales_activity import tasks

		settings = frappe.get_single("Sales Activity Settings")
		for switch in (0, 1):
			settings.db_set("check_ledger_nightly", switch)
			with (
				patch.object(reconcile, "check_monthly_sums") as sums,
				patch.object(reconcile, "check_and_notify") as orders,
			):
				tasks.check_ledger()
			sums.assert_called_once_with()
			self.assertEqual(orders.call_count, switch)
		tasks.fold_ledger()
		self.assert_right()
