"""The contract holds on this site, and a site where it does not hold is told so."""

from __future__ import annotations

import copy
from unittest.mock import patch

import frappe

from sales_activity import compat
from sales_activity.tests.base import TestCase


class TestContract(TestCase):
	def test_holds_on_this_site(self):
		self.assertEqual(compat.check_contract(), [])
		compat.assert_contract()

	def test_every_reference_stays_inside_the_contract_or_frappe(self):
		contract = compat.contract()["doctypes"]
		for doctype, entry in contract.items():
			for fieldname, field in entry["fields"].items():
				if field["type"] in ("Link", "Table", "Table MultiSelect") and "only" not in field:
					target = field["options"]
					known = target in contract or frappe.get_meta(target).module not in ("", None)
					self.assertTrue(known, f"{doctype}.{fieldname} refers to {target}")

	def test_names_a_missing_doctype_field_type_option_function_and_method(self):
		changed = copy.deepcopy(compat.contract())
		fields = changed["doctypes"]["Sales Order"]["fields"]
		fields["no_such_field"] = {"type": "Data"}
		fields["per_billed"]["type"] = "Int"
		fields["customer"]["options"] = "Supplier"
		fields["status"]["options"] = "Draft\nNo Such Status"
		changed["doctypes"]["No Such DocType"] = {"module": "Selling", "fields": {}}
		changed["functions"]["erpnext.no_such.function"] = []
		changed["functions"]["erpnext.setup.utils.get_exchange_rate"] = ["other"]
		changed["methods"]["Sales Order"] = ["no_such_method"]
		with patch.object(compat, "contract", return_value=changed):
			found = "\n".join(compat.check_contract())
		for text in (
			"Sales Order has no field no_such_field",
			"Sales Order.per_billed is of the type Percent, not Int",
			"Sales Order.customer refers to Customer, not to Supplier",
			"Sales Order.status does not offer No Such Status",
			"The DocType No Such DocType is missing",
			"The function erpnext.no_such.function is missing",
			"erpnext.setup.utils.get_exchange_rate takes other arguments",
			"Sales Order has no method no_such_method",
		):
			self.assertIn(text, found)

	def test_fields_of_another_version_are_not_asked_for(self):
		changed = copy.deepcopy(compat.contract())
		changed["doctypes"]["Lead"]["fields"]["no_such_field"] = {"type": "Data", "only": "99"}
		with patch.object(compat, "contract", return_value=changed):
			self.assertEqual(compat.check_contract(), [])

	def test_error_names_field_version_and_way_out(self):
		changed = copy.deepcopy(compat.contract())
		changed["doctypes"]["Quotation Item"]["fields"]["no_such_field"] = {"type": "Data"}
		with patch.object(compat, "contract", return_value=changed):
			with self.assertRaises(compat.ContractError) as caught:
				compat.assert_contract()
		text = str(caught.exception)
		self.assertIn("Quotation Item has no field no_such_field", text)
		self.assertIn(compat.erpnext_version(), text)
		self.assertIn("bench migrate", text)

	def test_unsupported_version_and_no_erpnext(self):
		with patch.object(compat, "erpnext_version", return_value="14.1.0"):
			self.assertEqual(compat.check_contract(), ["ERPNext 14.1.0 is not supported, only 15, 16."])
		with patch.object(compat, "erpnext_version", return_value=None):
			self.assertEqual(compat.check_contract(), ["ERPNext is not installed on this site."])
