"""Reports sent by schedule run as the scheduler: only those may set them up who may see everything."""

from __future__ import annotations

import frappe

from sales_activity.tests import factories
from sales_activity.tests.base import TestCase


class TestAutoEmailReport(TestCase):
	def scheduled(self, user: str, report: str = "Role Target Attainment") -> None:
		frappe.get_doc(
			{
				"doctype": "Auto Email Report",
				"report": report,
				"report_type": "Script Report",
				"user": user,
				"email_to": "anybody@example.com",
				"format": "HTML",
				"frequency": "Daily",
				"filters": "{}",
			}
		).insert()

	def test_somebody_who_sees_only_own_figures_cannot_send_everybodys(self):
		seller = factories.user("mail-seller@example.com", "Sales User", "Report Manager")
		frappe.set_user(seller)
		for user in (seller, "Administrator"):
			with self.assertRaisesRegex(frappe.PermissionError, "figures of everybody"):
				self.scheduled(user)

	def test_nor_in_the_name_of_such_a_person(self):
		seller = factories.user("mail-seller@example.com", "Sales User")
		with self.assertRaisesRegex(frappe.PermissionError, "mail-seller"):
			self.scheduled(seller)

	def test_nor_somebody_limited_to_a_company(self):
		operations = factories.user("mail-operations@example.com", "Sales Operations")
		factories.make("User Permission", user=operations, allow="Company", for_value=factories.COMPANY)
		with self.assertRaises(frappe.PermissionError):
			self.scheduled(operations)

	def test_sales_operations_can(self):
		operations = factories.user("mail-operations@example.com", "Sales Operations", "Report Manager")
		frappe.set_user(operations)
		self.scheduled(operations)

	def test_other_reports_are_none_of_our_business(self):
		seller = factories.user("mail-seller@example.com", "Sales User", "System Manager")
		self.scheduled(seller, "Permitted Documents For User")
