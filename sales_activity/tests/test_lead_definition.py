"""Universal Lead Definitions: checked, versioned, one active for each company, never changed afterwards."""

from __future__ import annotations

import json

import frappe
from frappe import client
from frappe.model.document import Document

from sales_activity.rows import LoneRowError
from sales_activity.sales_activity.nurture import definition
from sales_activity.sales_activity.nurture.definition import DefinitionError, DefinitionIsHistoryError
from sales_activity.tests import factories, lead_house
from sales_activity.tests.base import TestCase

OTHER = "Lead Other House"


class TestDefinition(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		factories.company(OTHER, abbr="LOH")

	def fresh(self, name: str) -> Document:
		return frappe.get_doc(definition.DOCTYPE, name)

	def status(self, doc: Document) -> str:
		return frappe.db.get_value(definition.DOCTYPE, doc.name, "status")

	def test_versions_of_a_company(self) -> None:
		first = lead_house.definition(company=OTHER)
		second = lead_house.definition(company=OTHER, submit=False)
		self.assertEqual((first.name, first.version), ("ULD-LOH-01", 1))
		self.assertEqual((second.name, second.version, second.status), ("ULD-LOH-02", 2, "Draft"))

	def test_one_is_active(self) -> None:
		first, second = lead_house.definition(company=OTHER), lead_house.definition(company=OTHER)
		elsewhere = lead_house.definition()
		self.assertEqual(
			[self.status(doc) for doc in (first, second, elsewhere)], ["Replaced", "Active", "Active"]
		)
		self.assertEqual(definition.active(OTHER), second.name)
		self.assertEqual(self.fresh(first.name).docstatus, 1)
		second.reload()
		second.cancel()
		self.assertEqual((self.status(first), self.status(second)), ("Replaced", "Withdrawn"))
		self.assertIsNone(definition.active(OTHER))

	def test_names_of_criteria(self) -> None:
		rows = [
			lead_house.tick("Budget approved?"),
			lead_house.tick("Budget approved!"),
			lead_house.tick("बजट"),
			{**lead_house.tick("Old"), "fieldname": "Not a Name"},
		]
		doc = lead_house.definition(rows, company=OTHER, submit=False)
		names = [row.fieldname for row in doc.criteria]
		self.assertEqual(names, ["budget_approved", "budget_approved_2", "criterion_3", "old"])
		doc.criteria[0].label = "Is there a budget?"
		doc.append("criteria", {**lead_house.tick("Copied in the form"), "fieldname": "budget_approved"})
		doc.save()
		names = [row.fieldname for row in doc.criteria]
		self.assertEqual((names[0], names[-1]), ("budget_approved", "copied_in_the_form"))

	def test_most_points(self) -> None:
		self.assertEqual(lead_house.definition(company=OTHER).most_points, 90)

	def test_bad_ones_are_refused_with_what_to_do(self) -> None:
		bad = {
			"at least one criterion": [],
			"stands there twice": [lead_house.tick("Budget"), lead_house.tick("budget")],
			"no field 'shoe_size'": [lead_house.rule("Shoes", "shoe_size", ">", "3")],
			"no field 'qualification_status'": [
				lead_house.rule("Q", "qualification_status", "=", "Qualified")
			],
			"no operator": [lead_house.rule("Revenue", "annual_revenue", "~", "3")],
			"can never be the answer": [lead_house.rule("Revenue", "annual_revenue", ">", "much")],
			"no answer with points": [lead_house.choice("Decides", "Yes: 20")],
			"holds HTML": [lead_house.choice("Decides", "<b>Yes</b> = 20")],
			"can't be points": [lead_house.tick("Budget", points=1.001)],
			"No lead can ever reach": [lead_house.tick("Budget", points=1)],
			"&lt;img": [lead_house.rule("Picture", "<img src=x onerror=alert(1)>", ">", "3")],
		}
		for text, rows in bad.items():
			with self.subTest(text), self.assertRaises((DefinitionError, frappe.MandatoryError)) as caught:
				lead_house.definition(rows, company=OTHER)
			if rows:
				self.assertIn(text, str(caught.exception))
				self.assertNotIn("<img", str(caught.exception))

	def test_a_submitted_one_never_changes(self) -> None:
		doc = lead_house.definition(company=OTHER)
		for field, value in (("title", "New"), ("threshold", 1), ("status", "Replaced"), ("version", 9)):
			with self.subTest(field), self.assertRaises(frappe.ValidationError):
				client.set_value(definition.DOCTYPE, doc.name, field, value)
		doc.reload()
		doc.criteria[0].points = 1
		self.assertRaises(frappe.ValidationError, doc.save)
		doc.reload()
		doc.append("criteria", lead_house.tick("More"))
		self.assertRaises(frappe.ValidationError, doc.save)
		row = self.fresh(doc.name).criteria[0]
		self.assertRaises(frappe.ValidationError, client.set_value, "Lead Criterion", row.name, "points", 1)
		row.points = 1
		self.assertRaises((LoneRowError, frappe.ValidationError), row.save)
		self.assertRaises(frappe.ValidationError, client.delete, "Lead Criterion", row.name)
		self.assertEqual(self.fresh(doc.name).criteria[0].points, 10)

	def test_a_withdrawn_one_is_what_it_was(self) -> None:
		doc = lead_house.definition(company=OTHER)
		for change in ({"threshold": 1}, {"title": "Never"}):
			sent = {**self.fresh(doc.name).as_dict(convert_dates_to_str=True), **change, "docstatus": 2}
			self.assertRaises(DefinitionIsHistoryError, client.save, json.dumps(sent, default=str))
		doc.reload()
		doc.cancel()
		self.assertRaises(DefinitionIsHistoryError, frappe.delete_doc, definition.DOCTYPE, doc.name)

	def test_an_amendment_is_a_version(self) -> None:
		doc = lead_house.definition(company=OTHER)
		doc.cancel()
		amended = frappe.copy_doc(doc)
		amended.update({"amended_from": doc.name, "docstatus": 0})
		amended.insert()
		self.assertEqual((amended.name, amended.version, amended.status), ("ULD-LOH-02", 2, "Draft"))

	def test_deleted_renamed_moved(self) -> None:
		draft = lead_house.definition(company=OTHER, submit=False)
		self.assertRaises(
			DefinitionIsHistoryError, frappe.rename_doc, definition.DOCTYPE, draft.name, "ULD-X", force=True
		)
		draft.reload()
		draft.company = factories.COMPANY
		self.assertRaises(DefinitionIsHistoryError, draft.save)
		frappe.delete_doc(definition.DOCTYPE, draft.name)

	def test_a_client_sets_no_version_and_no_status(self) -> None:
		values = {"version": 77, "status": "Active", "name": "ULD-MINE"}
		doc = lead_house.definition(company=OTHER, submit=False, **values)
		self.assertEqual((doc.name, doc.version, doc.status), ("ULD-LOH-01", 1, "Draft"))
		doc.update({"version": 78, "status": "Active"})
		doc.save()
		self.assertEqual((doc.version, doc.status), (1, "Draft"))

	def test_the_next_version_keeps_names_and_texts(self) -> None:
		doc = lead_house.definition(company=OTHER)
		draft = definition.next_draft(doc)
		self.assertEqual((draft.version, draft.status, draft.threshold), (2, "Draft", doc.threshold))
		shown = [(row.fieldname, row.label, row.points, row.scored_answers) for row in draft.criteria]
		self.assertEqual(
			shown, [(row.fieldname, row.label, row.points, row.scored_answers) for row in doc.criteria]
		)
		self.assertEqual(self.status(doc), "Active")

	def test_who_may(self) -> None:
		factories.user(lead_house.QUALIFIER, "Lead Qualifier", "Sales User")
		frappe.set_user(lead_house.QUALIFIER)
		self.assertRaises(frappe.PermissionError, lead_house.definition, company=OTHER, as_user=True)
		frappe.set_user("Administrator")
		name = lead_house.definition(company=OTHER).name
		frappe.set_user(lead_house.QUALIFIER)
		self.assertTrue(self.fresh(name).has_permission("read"))
		self.assertFalse(self.fresh(name).has_permission("cancel"))
