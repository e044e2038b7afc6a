"""What the desk calls: projects from deals, reposts, the workspace's numbers, what the desk knows at start."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.model.mapper import make_mapped_doc

from sales_activity.api import boot, cards, credit, projects, reposts
from sales_activity.overrides import dashboards
from sales_activity.sales_activity.reports.filters import ReportFilterError
from sales_activity.tests import desk_house as house
from sales_activity.tests import factories
from sales_activity.tests.base import TestCase
from sales_activity.tests.desk_house import ASHA, SELLER, day
from sales_activity.tests.test_reports import execute, forget_requests, replica

API = "sales_activity.api.projects."


class ApiCase(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		house.build()

	def setUp(self) -> None:
		super().setUp()
		forget_requests()

	def as_user(self, user: str) -> None:
		frappe.set_user(user)
		forget_requests()


class TestCreditedTeam(ApiCase):
	def order(self, **values: Any) -> Any:
		name = house.project("Desk Credited", [(ASHA, SELLER, 60)])
		values = {"company": house.COMPANY, "sales_project": name, **values}
		return factories.sales_order(house.CUSTOMER, [(f"{house.SWITCHES} 1", 2, 50)], **values)

	def test_kept_of_an_order_shown_of_a_draft(self) -> None:
		for submit in (True, False):
			with self.subTest(submit=submit):
				team = credit.credited_team(self.order(submit=submit).name)
				rows = [{"sales_person": ASHA, "sales_role": SELLER, "credit_percent": 60}]
				self.assertEqual(team, {"is_draft": not submit, "is_hidden": False, "rows": rows})

	def test_a_draft_shows_no_team_of_a_hidden_project(self) -> None:
		"""Whoever may read an order may see who is credited; a draft must not be a way into any project."""
		orders = [self.order(submit=submit).name for submit in (True, False)]
		self.as_user(factories.user("desk.credited@example.com", "Sales User"))
		kept, shown = (credit.credited_team(name) for name in orders)
		self.assertEqual((len(kept["rows"]), kept["is_hidden"]), (1, False))
		self.assertEqual((shown["rows"], shown["is_hidden"]), ([], True))

	def test_only_for_those_who_may_read_the_order(self) -> None:
		name = self.order().name
		self.as_user(factories.user("desk.buyer@example.com", "Purchase User"))
		self.assertRaises(frappe.PermissionError, credit.credited_team, name)


class TestProjects(ApiCase):
	def test_from_an_opportunity(self) -> None:
		deal = factories.opportunity(house.CUSTOMER, [(f"{house.SWITCHES} 1", 2, 50)], company=house.COMPANY)
		project = make_mapped_doc(API + "make_sales_project_from_opportunity", deal.name)
		self.assertTrue(project.is_new())
		self.assertEqual(
			(project.company, project.party_type, project.party, project.reference_name),
			(house.COMPANY, "Customer", house.CUSTOMER, deal.name),
		)
		project.insert()
		quotation = make_mapped_doc(API + "make_quotation_from_project", project.name)
		self.assertEqual((quotation.sales_project, quotation.opportunity), (project.name, deal.name))
		self.assertEqual([row.qty for row in quotation.items], [2])

	def test_from_a_quotation(self) -> None:
		quoted = house.quote(None, [(f"{house.SWITCHES} 1", 2, 50)])
		project = make_mapped_doc(API + "make_sales_project_from_quotation", quoted.name).insert()
		self.assertEqual(project.reference_name, quoted.name)
		self.assertEqual(frappe.db.get_value("Quotation", quoted.name, "sales_project"), project.name)

	def test_a_quotation_of_a_project(self) -> None:
		name = house.project("Desk Fresh", [(ASHA, SELLER, 100)])
		quotation = make_mapped_doc(API + "make_quotation_from_project", name)
		self.assertEqual(
			(quotation.quotation_to, quotation.party_name, quotation.company, quotation.sales_project),
			("Customer", house.CUSTOMER, house.COMPANY, name),
		)

	def test_permissions(self) -> None:
		deal = factories.opportunity(house.CUSTOMER, [(f"{house.SWITCHES} 1", 1, 1)], company=house.COMPANY)
		hidden = house.project("Desk Hidden", [(house.OUTSIDER, SELLER, 100)])
		stranger = factories.user("desk.stranger@example.com", "Employee")
		self.as_user(stranger)
		with self.assertRaises(frappe.PermissionError):
			projects.make_sales_project_from_opportunity(deal.name)
		self.as_user(house.ASHA_USER)
		with self.assertRaises(frappe.PermissionError):
			projects.make_quotation_from_project(hidden)


class TestReposts(ApiCase):
	def start(self, **values: Any) -> str:
		return reposts.start(house.COMPANY, "A test", **values)

	def test_operations_start_one(self) -> None:
		self.as_user(house.OPERATIONS_USER)
		order = frappe.get_all("Sales Credit Entry", {"company": house.COMPANY}, pluck="voucher_no", limit=1)[
			0
		]
		repost = frappe.get_doc("Sales Credit Repost", self.start(sales_order=order))
		self.assertEqual((repost.docstatus, repost.status, repost.total), (1, "Queued", 1))
		self.assertEqual((repost.reason, repost.owner), ("A test", house.OPERATIONS_USER))

	def test_others_do_not(self) -> None:
		for user in (house.ASHA_USER, house.MANAGER_USER):
			self.as_user(user)
			with self.subTest(user), self.assertRaises(frappe.PermissionError):
				self.start()

	def test_a_reason_is_needed(self) -> None:
		with self.assertRaises(frappe.MandatoryError):
			reposts.start(house.COMPANY, "")


class TestCards(ApiCase):
	COMPANY = {"company": house.COMPANY}
	ALL = (cards.attainment_this_year, cards.orders_closed_this_year, cards.open_pipeline_value)

	def test_they_are_the_reports_figures(self) -> None:
		for user in ("Administrator", house.MANAGER_USER, house.ASHA_USER):
			self.as_user(user)
			with self.subTest(user):
				dates = {"from_date": day(1, 1), "to_date": day(12, 31)}
				summary = {
					c["label"]: c["value"]
					for c in execute("Role Target Attainment", {**self.COMPANY, **dates})[4]
				}
				self.assertAlmostEqual(
					cards.attainment_this_year(self.COMPANY)["value"], summary["Attainment"]
				)
				closed = cards.orders_closed_this_year(self.COMPANY)
				self.assertAlmostEqual(closed["value"], summary["Orders Closed"])
				for card in (closed, cards.open_pipeline_value(self.COMPANY)):
					rows = execute(card["route"][1], card["route_options"])[1]
					self.assertAlmostEqual(sum(row["amount"] for row in rows), card["value"])
					self.assertEqual(card["options"], "INR")

	def test_differences(self) -> None:
		self.assertEqual(cards.credit_differences(self.COMPANY)["value"], 0)
		entry = frappe.get_all("Sales Credit Entry", self.COMPANY, pluck="name", limit=1)[0]
		frappe.db.delete("Sales Credit Entry", {"name": entry})
		self.assertEqual(cards.credit_differences('{"company": "Desk House"}')["value"], 1)
		self.as_user(house.MANAGER_USER)
		with self.assertRaises(frappe.PermissionError):
			cards.credit_differences(self.COMPANY)

	def test_refusals(self) -> None:
		with self.assertRaises(ReportFilterError):
			cards.open_pipeline_value({"company": "No Such House"})
		self.as_user(factories.user("desk.stranger@example.com", "Employee"))
		for card in self.ALL:
			with self.subTest(card), self.assertRaises(frappe.PermissionError):
				card(self.COMPANY)

	def test_an_empty_company(self) -> None:
		factories.company("Desk Empty", "DKE")
		for card in (*self.ALL, cards.credit_differences):
			with self.subTest(card):
				self.assertEqual(card({"company": "Desk Empty"})["value"], 0)

	def test_they_read_from_the_replica(self) -> None:
		for card in (*self.ALL, cards.credit_differences):
			with self.subTest(card), replica() as used:
				card({"company": factories.COMPANY})
			self.assertEqual(len(used), 1)


class TestDesk(ApiCase):
	def test_what_the_desk_knows(self) -> None:
		info = frappe._dict()
		boot.extend(info)
		self.assertTrue(info.sales_activity["company"])
		year = info.sales_activity["fiscal_year"]
		self.assertEqual((year["start"], year["end"]), (day(1, 1), day(12, 31)))

	def test_a_year_of_another_company_is_not_ours(self) -> None:
		year = boot.current_fiscal_year(house.COMPANY).name
		doc = frappe.get_doc("Fiscal Year", year)
		doc.set("companies", [{"company": factories.COMPANY}])
		doc.flags.ignore_validate = True
		doc.save()
		self.assertIsNone(boot.current_fiscal_year(house.COMPANY))
		self.assertEqual(boot.current_fiscal_year(factories.COMPANY).name, year)

	def test_who_sees_the_app(self) -> None:
		self.assertTrue(boot.may_use_app())
		self.as_user(factories.user("desk.stranger@example.com", "Employee"))
		self.assertFalse(boot.may_use_app())

	def test_connections(self) -> None:
		"""Each names DocTypes and fields that exist; Frappe counts through them."""
		from frappe.desk.notifications import get_open_count

		project = frappe.get_all("Sales Project", {"company": house.COMPANY}, pluck="name", order_by="name")[
			0
		]
		order = frappe.get_all("Sales Order", {"sales_project": project}, pluck="name")[0]
		for doctype, name, expected in (
			("Sales Person", ASHA, {"Sales Project", "Sales Target", "Sales Credit Entry"}),
			("Sales Order", order, {"Sales Credit Entry"}),
			("Sales Project", project, {"Sales Order", "Sales Credit Entry"}),
		):
			with self.subTest(doctype):
				found = get_open_count(doctype, name)["count"]
				links = found if isinstance(found, list) else [row for rows in found.values() for row in rows]
				counts = {row.get("doctype") or row.get("name"): row.get("count") for row in links}
				self.assertEqual({name for name in expected if counts.get(name)}, expected)

	def test_an_order_shows_its_project(self) -> None:
		for doctype in ("Quotation", "Sales Order"):
			with self.subTest(doctype):
				data = frappe.get_meta(doctype).get_dashboard_data()
				self.assertEqual(data["internal_links"]["Sales Project"], "sales_project")

	def test_every_dashboard_stands_alone(self) -> None:
		for name in ("opportunity", "quotation", "sales_order", "sales_person"):
			with self.subTest(name):
				self.assertTrue(getattr(dashboards, name)({})["transactions"])

	def test_the_workspace_names_what_exists(self) -> None:
		workspace = frappe.get_doc("Workspace", "Sales Activities")
		self.assertFalse(frappe.db.exists("DocType", workspace.name))
		for row in (*workspace.links, *workspace.shortcuts):
			if row.get("link_to"):
				kind = row.get("link_type") or row.type
				with self.subTest(row.link_to):
					self.assertTrue(frappe.db.exists(kind, row.link_to))
		for row in workspace.number_cards:
			card = frappe.get_doc("Number Card", row.number_card_name)
			self.assertTrue(frappe.is_whitelisted(frappe.get_attr(card.method)) is None)
		for row in workspace.charts:
			self.assertTrue(frappe.db.exists("Dashboard Chart", row.chart_name))
		roles = {row.role for row in workspace.roles}
		self.assertLessEqual(
			{"Sales User", "Sales Manager", "Sales Master Manager", "Sales Operations"}, roles
		)
