"""Who sees what: own figures, those of the people below, as far as User Permissions leave; on every way."""

from __future__ import annotations

import random

import frappe
from frappe import client
from frappe.permissions import add_user_permission

from sales_activity.api.frappe_methods import CONFIRMATION, get_count, get_value
from sales_activity.tests import factories
from sales_activity.tests.base import TestCase

OTHER = "Solution House Permits"
SELLER = "Sales Person"
# Sales Person > (parent, user)
TREE = {
	"Permit Head": (None, "permit.head@example.com"),
	"Permit North": ("Permit Head", "permit.north@example.com"),
	"Permit Asha": ("Permit North", "permit.asha@example.com"),
	"Permit Ravi": ("Permit North", "permit.ravi@example.com"),
	"Permit South": ("Permit Head", "permit.south@example.com"),
}
BELOW = {
	"Permit Head": set(TREE),
	"Permit North": {"Permit North", "Permit Asha", "Permit Ravi"},
	"Permit Asha": {"Permit Asha"},
	"Permit Ravi": {"Permit Ravi"},
	"Permit South": {"Permit South"},
}
STRANGER = "permit.stranger@example.com"
OPERATOR = "permit.operator@example.com"


class PermissionCase(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		for name, (parent, user) in TREE.items():
			factories.user(user, "Sales User")
			group = any(above == name for above, _user in TREE.values())
			factories.sales_person(name, parent, of_user=user, is_group=group)
		factories.user(STRANGER, "Sales User")
		factories.user(OPERATOR, "Sales Operations")
		factories.company(OTHER, "SHP", "INR")
		cls.territories = [factories.territory("Permit East"), factories.territory("Permit West")]
		cls.customers = [factories.customer(f"Permit Customer {number}") for number in range(2)]
		factories.item("PERMIT-ITEM", factories.item_group("Permit Group"))
		cls.random = random.Random(5)
		cls.projects = [cls.random_project() for _ in range(14)]
		cls.names = [doc.name for doc in cls.projects]
		for project in cls.projects[:4]:
			factories.sales_order(
				project.customer,
				[("PERMIT-ITEM", 1, 100)],
				company=project.company,
				sales_project=project.name,
			)
		cls.targets = [factories.sales_target([(name, SELLER, "Permit Group", 10)]).name for name in TREE] + [
			factories.sales_target(
				[(name, "Design Consultant", "Permit Group", 10) for name in ("Permit Asha", "Permit South")]
			).name
		]

	@classmethod
	def random_project(cls) -> object:
		chance = cls.random
		team = chance.sample(list(TREE), chance.randint(0, 3))
		return factories.sales_project(
			chance.choice(cls.customers),
			[
				(name, role)
				for name, role in zip(team, (SELLER, "Tele-sales", "Design Consultant"), strict=False)
			],
			company=chance.choice([factories.COMPANY, OTHER]),
			territory=chance.choice(cls.territories),
		)

	def listed(self, doctype: str, user: str, **kwargs: object) -> set[str]:
		"""The names that the user's list shows."""
		frappe.set_user(user)
		return set(frappe.get_list(doctype, pluck="name", limit_page_length=0, order_by="name", **kwargs))

	def readable(self, doctype: str, names: list[str], user: str) -> set[str]:
		"""The documents that the user may open, asked one by one."""
		frappe.set_user(user)
		return {
			name
			for name in names
			if frappe.has_permission(doctype, "read", frappe.get_doc(doctype, name), user=user)
		}


class TestTree(PermissionCase):
	def expected_projects(self, person: str) -> set[str]:
		return {doc.name for doc in self.projects if BELOW[person] & {row.sales_person for row in doc.team}}

	def test_own_and_those_below(self) -> None:
		for person, (_parent, user) in TREE.items():
			with self.subTest(person):
				mine = self.listed("Sales Project", user) & set(self.names)
				self.assertEqual(mine, self.expected_projects(person))

	def test_entries(self) -> None:
		for person, (_parent, user) in TREE.items():
			with self.subTest(person):
				frappe.set_user(user)
				people = set(frappe.get_list("Sales Credit Entry", pluck="sales_person", limit_page_length=0))
				self.assertLessEqual(people, BELOW[person])

	def test_targets_that_name_anybody_else_are_hidden(self) -> None:
		expected = {
			"Permit Head": len(TREE) + 1,
			"Permit North": 3,
			"Permit Asha": 1,
			"Permit Ravi": 1,
			"Permit South": 1,
		}
		for person, (_parent, user) in TREE.items():
			with self.subTest(person):
				self.assertEqual(len(self.listed("Sales Target", user) & set(self.targets)), expected[person])

	def test_somebody_without_a_sales_person_sees_nothing(self) -> None:
		for doctype in ("Sales Project", "Sales Target", "Sales Credit Entry"):
			with self.subTest(doctype):
				self.assertEqual(self.listed(doctype, STRANGER), set())

	def test_operations_see_everything(self) -> None:
		self.assertLessEqual(set(self.names), self.listed("Sales Project", OPERATOR))
		self.assertLessEqual(set(self.targets), self.listed("Sales Target", OPERATOR))

	def test_adding_oneself_to_the_team_in_memory_opens_nothing(self) -> None:
		hidden = next(doc for doc in self.projects if "Permit Asha" not in str(doc.as_dict()))
		frappe.set_user("permit.asha@example.com")
		doc = frappe.get_doc("Sales Project", hidden.name)
		doc.append("team", {"sales_person": "Permit Asha", "sales_role": "Account Manager"})
		self.assertFalse(doc.has_permission("read"))
		with self.assertRaises(frappe.PermissionError):
			doc.save()

	def test_whoever_makes_a_project_keeps_it(self) -> None:
		frappe.set_user(STRANGER)
		doc = frappe.get_doc(
			{
				"doctype": "Sales Project",
				"title": "Mine",
				"company": factories.COMPANY,
				"party_type": "Customer",
				"party": self.customers[0],
			}
		).insert()
		self.assertEqual(self.listed("Sales Project", STRANGER), {doc.name})


class TestListEqualsDocument(PermissionCase):
	"""One condition feeds both: what the list shows is what can be opened, for whatever User Permissions."""

	def permissions(self) -> list[tuple[str, str]]:
		every = [
			("Company", OTHER),
			("Company", factories.COMPANY),
			("Territory", self.territories[0]),
			("Customer", self.customers[0]),
			("Sales Person", "Permit Asha"),
			("Sales Person", "Permit North"),
		]
		return self.random.sample(every, self.random.randint(0, 3))

	def test_random_users(self) -> None:
		users = [*(user for _parent, user in TREE.values()), STRANGER, OPERATOR]
		entries = frappe.get_all("Sales Credit Entry", pluck="name", order_by="name", limit=40)
		for round_ in range(12):
			user = self.random.choice(users)
			granted = self.permissions()
			frappe.set_user("Administrator")
			frappe.db.savepoint("granted")
			for allow, value in granted:
				add_user_permission(allow, value, user, ignore_permissions=True)
			frappe.clear_cache(user=user)
			for doctype, names in (
				("Sales Project", self.names),
				("Sales Target", self.targets),
				("Sales Credit Entry", entries),
			):
				with self.subTest(round=round_, user=user, granted=granted, doctype=doctype):
					shown = self.listed(doctype, user) & set(names)
					self.assertEqual(shown, self.readable(doctype, names, user))
			frappe.set_user("Administrator")
			frappe.db.rollback(save_point="granted")
			frappe.clear_cache(user=user)

	def test_user_permissions_narrow(self) -> None:
		user = "permit.head@example.com"
		before = self.listed("Sales Project", user) & set(self.names)
		by_name = {doc.name: doc for doc in self.projects}
		for allow, value, keeps in (
			("Company", OTHER, lambda doc: doc.company == OTHER),
			("Territory", self.territories[0], lambda doc: doc.territory == self.territories[0]),
			("Customer", self.customers[0], lambda doc: doc.customer == self.customers[0]),
			(
				"Sales Person",
				"Permit Asha",
				lambda doc: "Permit Asha" in {row.sales_person for row in doc.team},
			),
		):
			with self.subTest(allow):
				frappe.set_user("Administrator")
				frappe.db.savepoint("granted")
				add_user_permission(allow, value, user, ignore_permissions=True)
				frappe.clear_cache(user=user)
				shown = self.listed("Sales Project", user) & set(self.names)
				self.assertEqual(shown, {name for name in before if keeps(by_name[name])})
				frappe.set_user("Administrator")
				frappe.db.rollback(save_point="granted")
				frappe.clear_cache(user=user)


class TestRows(PermissionCase):
	"""Frappe lists child rows without asking their parents' conditions: ours do."""

	def test_rows_of_projects_and_targets(self) -> None:
		for child, parent in (
			("Sales Project Member", "Sales Project"),
			("Sales Target Detail", "Sales Target"),
		):
			for user in (*(user for _parent, user in TREE.values()), STRANGER):
				with self.subTest(child=child, user=user):
					visible = self.listed(parent, user)
					rows = client.get_list(child, fields=["parent"], parent=parent, limit_page_length=0)
					self.assertLessEqual({row.parent for row in rows}, visible)

	def test_teams_of_orders(self) -> None:
		"""As visible as their orders, which Sales Users read by ERPNext's own rules; counts tell no more."""
		user = TREE["Permit Asha"][1]
		kept = frappe.get_all("Sales Order Credit", ["name", "sales_order"], order_by="name")
		add_user_permission("Company", OTHER, user, ignore_permissions=True)
		frappe.clear_cache(user=user)
		orders = self.listed("Sales Order", user)
		visible = {row.name for row in kept if row.sales_order in orders}
		self.assertTrue(0 < len(visible) < len(kept))
		self.assertEqual(self.listed("Sales Order Credit", user), visible)
		self.assertEqual(get_count("Sales Order Credit"), len(visible))
		self.assertEqual(self.readable("Sales Order Credit", [row.name for row in kept], user), visible)

	def test_teams_of_orders_that_nobody_may_see(self) -> None:
		frappe.set_user(factories.user("permit.nobody@example.com", "Purchase User"))
		with self.assertRaises(frappe.PermissionError):
			frappe.get_list("Sales Order Credit")

	def test_a_join_to_the_rows(self) -> None:
		"""Filters and fields on the child table must not show or find hidden projects."""
		frappe.set_user("permit.asha@example.com")
		rows = frappe.get_list(
			"Sales Project",
			filters=[["Sales Project Member", "sales_person", "=", "Permit South"]],
			fields=["name", "team.sales_person"],
			limit_page_length=0,
		)
		visible = self.listed("Sales Project", "permit.asha@example.com")
		self.assertLessEqual({row.name for row in rows}, visible)

	def test_single_values(self) -> None:
		hidden = next(doc for doc in self.projects if "Permit Asha" not in str(doc.as_dict()))
		frappe.set_user("permit.asha@example.com")
		self.assertFalse(client.get_value("Sales Project", "title", {"name": hidden.name}))
		with self.assertRaises(frappe.PermissionError):
			client.get("Sales Project", hidden.name)


class TestWorkflowQuestion(TestCase):
	"""What a form asks before an action of a workflow, from Frappe 16 on."""

	def test_everybody_with_the_documents_is_answered(self) -> None:
		if not frappe.get_meta("Workflow").has_field(CONFIRMATION):
			self.skipTest("this Frappe doesn't ask")
		frappe.set_user(factories.user("permit.asker@example.com", "Sales User"))
		for doctype in ("Sales Project", "Sales Milestone"):
			answer = get_value("Workflow", CONFIRMATION, {"document_type": doctype})
			self.assertEqual(answer, {CONFIRMATION: 0})

	def test_nothing_else_is_told(self) -> None:
		frappe.set_user(factories.user("permit.asker@example.com", "Sales User"))
		ours = {"document_type": "Sales Project"}
		for fieldname, filters in (
			("name", ours),
			(CONFIRMATION, {"document_type": "Quotation"}),
			(CONFIRMATION, {**ours, "is_active": 0}),
			(CONFIRMATION, {"document_type": ["like", "%"]}),
		):
			with self.subTest(fieldname, filters=filters), self.assertRaises(frappe.PermissionError):
				get_value("Workflow", fieldname, filters)

	def test_not_for_those_without_the_documents(self) -> None:
		frappe.set_user(factories.user("permit.outsider@example.com", "Purchase User"))
		with self.assertRaises(frappe.PermissionError):
			get_value("Workflow", CONFIRMATION, {"document_type": "Sales Project"})
