"""What must not get mixed up: companies, people, teams, months. Each case once went wrong."""

from __future__ import annotations

import frappe

from sales_activity.api import cards
from sales_activity.api.projects import make_sales_project_from_opportunity
from sales_activity.permissions.scope import person_of_user
from sales_activity.sales_activity.credit import ledger, reconcile
from sales_activity.sales_activity.pipeline.queries import open_pipeline
from sales_activity.sales_activity.projects.linking import CompanyMismatchError, SecondProjectError
from sales_activity.sales_activity.report.role_target_attainment.role_target_attainment import execute
from sales_activity.sales_activity.reports.filters import ReportFilterError
from sales_activity.tests import factories
from sales_activity.tests.base import TestCase

OTHER = "Mixed Up Overseas"


class TestMixedUp(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		factories.company(OTHER, "USD")
		factories.item_group("Mixed Group")
		factories.item("MIXED-1", "Mixed Group")
		cls.anna, cls.bob = factories.sales_person("Mixed Anna"), factories.sales_person("Mixed Bob")
		cls.customer = factories.customer()

	def project(self, **values: object) -> frappe.model.document.Document:
		fields = {
			"title": "Mixed",
			"company": factories.COMPANY,
			"party_type": "Customer",
			"party": self.customer,
		}
		return frappe.get_doc({"doctype": "Sales Project", **fields, **values}).insert()

	def opportunity(self, **values: object) -> frappe.model.document.Document:
		return factories.opportunity(self.customer, [factories.line("MIXED-1", 1, 1000)], **values)

	def order(self, **values: object) -> frappe.model.document.Document:
		return factories.sales_order(self.customer, [factories.line("MIXED-1", 1, 100)], **values)

	def credited(self, order: frappe.model.document.Document) -> dict[str, float]:
		posted = ledger.read_posted([order.name]).get(order.name, {})
		return {key.sales_person: earned.amount for key, earned in posted.items() if earned.amount}

	def test_a_project_does_not_begin_with_a_document_of_another_company(self):
		opportunity = self.opportunity(company=OTHER, currency="USD")
		with self.assertRaisesRegex(CompanyMismatchError, OTHER):
			self.project(reference_doctype="Opportunity", reference_name=opportunity.name)

	def test_nor_with_one_that_the_user_may_not_read(self):
		seller = factories.user("mixed-seller@example.com", "Sales User")
		north, south = factories.territory("Mixed North"), factories.territory("Mixed South")
		factories.make("User Permission", user=seller, allow="Territory", for_value=north)
		opportunity = self.opportunity(territory=south)
		frappe.set_user(seller)
		with self.assertRaises(frappe.PermissionError):
			self.project(reference_doctype="Opportunity", reference_name=opportunity.name, territory=north)

	def test_an_opportunity_counts_once(self):
		opportunity = self.opportunity()
		team = [{"sales_person": self.anna, "sales_role": "Sales Person"}]
		origin = {"reference_doctype": "Opportunity", "reference_name": opportunity.name}
		first = self.project(team=team, **origin)
		with self.assertRaisesRegex(SecondProjectError, first.name):
			self.project(team=team, **origin)
		second = make_sales_project_from_opportunity(opportunity.name)
		self.assertRaises(SecondProjectError, second.insert)
		found = [
			credit for credit in open_pipeline(factories.COMPANY) if credit.member.sales_person == self.anna
		]
		self.assertEqual([credit.open.amount for credit in found], [1000])

	def test_a_quotation_of_another_company_is_left_alone_by_the_opportunitys_project(self):
		opportunity = self.opportunity()
		self.project(reference_doctype="Opportunity", reference_name=opportunity.name)
		lines = [factories.line("MIXED-1", 1, 10)]
		quoted = factories.quotation(
			self.customer, lines, company=OTHER, currency="USD", opportunity=opportunity.name, submit=False
		)
		self.assertFalse(quoted.sales_project)

	def test_an_amended_order_without_a_project_follows_its_corrected_sales_team(self):
		order = factories.cancel(self.order(sales_team={self.anna: 100}))
		amended = factories.amend(order, submit=False)
		amended.sales_team[0].sales_person = self.bob
		amended.save()
		amended.submit()
		self.assertEqual(self.credited(amended), {self.bob: 100})

	def test_an_amended_order_older_than_the_app_is_credited(self):
		order = self.order(sales_team={self.anna: 100})
		frappe.db.delete("Sales Order Credit", {"sales_order": order.name})
		amended = factories.amend(factories.cancel(factories.fresh(order)))
		self.assertEqual(self.credited(amended), {self.anna: 100})

	def test_a_project_without_a_team_leaves_the_sales_team_its_credit(self):
		order = self.order(sales_project=self.project().name, sales_team={self.anna: 100})
		self.assertEqual(self.credited(order), {self.anna: 100})

	def test_closing_after_a_save_that_failed(self):
		order = self.order(sales_team={self.anna: 100})
		order.sales_project = "no such project"
		self.assertRaises(frappe.LinkValidationError, order.save)
		order = factories.fresh(order)
		order.update_status("Closed")
		self.assertEqual(self.credited(order), {})
		self.assertEqual(reconcile.differences(factories.COMPANY, sales_order=order.name), [])

	def test_an_order_that_was_reposted_can_be_cancelled_and_deleted(self):
		order = self.order(sales_team={self.anna: 100})
		fields = {"company": factories.COMPANY, "sales_order": order.name, "reason": "To see"}
		repost = frappe.get_doc({"doctype": "Sales Credit Repost", **fields})
		repost.flags.run_here = True
		repost.submit()
		order = factories.cancel(factories.fresh(order))
		self.assertEqual(self.credited(order), {})
		frappe.delete_doc("Sales Order", order.name)
		self.assertFalse(frappe.db.exists("Sales Order", order.name))

	def test_sales_roles_do_not_merge(self):
		for name in ("Mixed Role", "Mixed Other Role"):
			factories.make("Sales Role", sales_role_name=name)
		with self.assertRaisesRegex(frappe.ValidationError, "can't be merged"):
			frappe.rename_doc("Sales Role", "Mixed Role", "Mixed Other Role", merge=True)

	def test_months_in_short_and_months_that_are_none(self):
		short = factories.monthly_distribution("Mixed Short")
		frappe.db.sql(
			"update `tabMonthly Distribution Percentage` set month = left(month, 3) where parent = %s", short
		)
		target = self.target(short)
		self.assertEqual(target.total_target, 1200)
		frappe.db.sql(
			"update `tabMonthly Distribution Percentage` set month = 'Monat' where parent = %s", short
		)
		self.assertRaisesRegex(frappe.ValidationError, "Monat", target.save)
		year = frappe.utils.getdate().year
		execute({"company": factories.COMPANY, "from_date": f"{year}-01-01", "to_date": f"{year}-12-31"})

	def target(self, distribution: str) -> frappe.model.document.Document:
		year = frappe.utils.getdate().year
		row = {
			"sales_person": self.anna,
			"sales_role": "Sales Person",
			"item_group": "Mixed Group",
			"target": 1200,
			"monthly_distribution": distribution,
		}
		period = {"from_date": f"{year}-01-01", "to_date": f"{year}-12-31"}
		return factories.make(
			"Sales Target", title="Mixed", company=factories.COMPANY, targets=[row], **period
		)

	def test_somebody_who_left_and_came_back(self):
		user = factories.user("mixed-back@example.com", "Sales User")
		left = factories.employee(user, first_name="Mixed Left")
		frappe.db.set_value("Employee", left, {"status": "Left", "user_id": user})
		person = factories.sales_person("Mixed Back")
		again = factories.employee(None, first_name="Mixed Again")
		frappe.db.set_value("Employee", again, "user_id", user)
		frappe.db.set_value("Sales Person", person, "employee", again)
		self.assertEqual(person_of_user(user), person)

	def test_filters_that_are_no_values(self):
		known = {"company": factories.COMPANY, "from_date": "2026-01-01", "to_date": "2026-12-31"}
		for bad in ({"sales_person": ["x"]}, {"sales_role": {"in": 1}}, {"to_date": "9999-12-31"}):
			self.assertRaises(ReportFilterError, execute, {**known, **bad})

	def test_the_comparison_keeps_to_user_permissions(self):
		operations = factories.user("mixed-operations@example.com", "Sales Operations")
		north, south = factories.territory("Mixed North"), factories.territory("Mixed South")
		factories.make("User Permission", user=operations, allow="Territory", for_value=north)
		order = self.order(sales_team={self.anna: 100}, territory=south)
		frappe.db.sql("update `tabSales Credit Entry` set amount = 777 where voucher_no = %s", order.name)
		self.assertTrue(reconcile.differences(factories.COMPANY, sales_order=order.name))
		found = reconcile.visible_differences(factories.COMPANY, operations, sales_order=order.name)
		self.assertEqual(found, [])
		frappe.set_user(operations)
		self.assertEqual(cards.credit_differences({"company": factories.COMPANY})["value"], 0)
