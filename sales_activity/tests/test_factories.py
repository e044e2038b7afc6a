"""The factories make masters once, and documents that are what they say."""

from __future__ import annotations

import frappe
from frappe.utils import getdate

from sales_activity.tests import factories as make
from sales_activity.tests.base import TestCase


class TestFactories(TestCase):
	def test_masters_are_made_once(self):
		doctypes = ("Company", "Item Group", "UOM", "Fiscal Year", "Price List", "Account")
		before = {doctype: frappe.db.count(doctype) for doctype in doctypes}
		make.masters()
		self.assertEqual(before, {doctype: frappe.db.count(doctype) for doctype in doctypes})
		self.assertEqual(make.customer("Once"), make.customer("Once"))
		self.assertEqual(make.item("Once"), make.item("Once"))
		self.assertEqual(make.sales_person("Once"), make.sales_person("Once"))

	def test_fiscal_year_returns_the_one_that_is_there(self):
		self.assertEqual(make.fiscal_year(getdate().year), make.fiscal_year(getdate().year))

	def test_trees_nest(self):
		top = make.item_group("Top", is_group=True)
		below = make.item_group("Below", parent=top)
		outer, inner = (frappe.db.get_value("Item Group", n, ["lft", "rgt"]) for n in (top, below))
		self.assertTrue(outer[0] < inner[0] < inner[1] < outer[1])

	def test_second_company_has_its_own_currency_and_warehouse(self):
		name = make.company("Second House", "ZH", "EUR")
		self.assertEqual(frappe.db.get_value("Company", name, "default_currency"), "EUR")
		self.assertEqual(make.warehouse(name), "Stores - ZH")
		order = make.sales_order(make.customer(), [(make.item("Pump"), 1, 10)], company=name)
		self.assertEqual((order.currency, order.base_net_total), ("EUR", 10))

	def test_user_has_just_the_roles(self):
		email = make.user("plain@example.com", "Sales User")
		given = {row.role for row in frappe.get_doc("User", email).roles}
		self.assertEqual(given, {"Sales User"})
		make.user(email, "Sales Manager")
		given = {row.role for row in frappe.get_doc("User", email).roles}
		self.assertEqual(given, {"Sales Manager"})

	def test_sales_person_of_a_user_goes_by_the_employee(self):
		email = make.user("seller@example.com", "Sales User")
		person = make.sales_person("Seller", of_user=email)
		employee = frappe.db.get_value("Sales Person", person, "employee")
		self.assertEqual(frappe.db.get_value("Employee", employee, "user_id"), email)
		self.assertFalse(frappe.db.exists("User Permission", {"user": email}))

	def test_documents_stay_drafts_when_asked(self):
		item, customer = make.item("Pump"), make.customer()
		quoted = make.quotation(customer, [(item, 1, 10)], submit=False)
		self.assertEqual((quoted.docstatus, quoted.status), (0, "Draft"))
		order = make.sales_order(customer, [(item, 1, 10)])
		self.assertEqual(make.deliver(order, submit=False).docstatus, 0)

	def test_a_day_in_the_past(self):
		day = f"{getdate().year - 1}-03-15"
		order = make.sales_order(make.customer(), [(make.item("Pump"), 1, 10)], on=day)
		note = make.deliver(order)
		self.assertEqual((str(order.transaction_date), str(note.posting_date)), (day, day))
