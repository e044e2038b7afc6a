"""Programs over the API: who may enrol whom, change whose run, and see what."""

from __future__ import annotations

from unittest.mock import patch

import frappe

from sales_activity.api import programs as api
from sales_activity.sales_activity.nurture.enrolment import EnrolmentError
from sales_activity.tests import factories, lead_house
from sales_activity.tests import program_house as house
from sales_activity.tests.program_house import OWNER, QUALIFIER, ProgramCase

STRANGER, NOBODY = "program.stranger@example.com", "program.nobody@example.com"
OTHERS = "program.other.owner@example.com"


class TestProgramsApi(ProgramCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		factories.user(STRANGER, "Sales User")
		factories.user(OTHERS, "Sales User")
		factories.user(NOBODY)
		frappe.db.commit()

	def setUp(self) -> None:
		super().setUp()
		self.program = house.program(
			house.call(), rules=[{"lead_field": "city", "operator": "=", "value": "Nowhere"}]
		)
		self.mine, self.theirs = house.lead(), house.lead(lead_owner=OTHERS)
		self.addCleanup(lead_house.as_user, "Administrator")

	def test_the_qualifier_enrols_anybody(self):
		lead_house.as_user(QUALIFIER)
		found = api.enrol(self.program.name, frappe.as_json([self.mine, self.theirs, "No Such Lead"]))
		self.assertEqual(found["enrolled"], 2)
		self.assertEqual(found["skipped"], [{"lead": "No Such Lead", "why": "there is no such lead"}])
		self.assertIn("2 leads were enrolled", found["message"])

	def test_a_salesperson_enrols_own_leads_only(self):
		lead_house.as_user(OWNER)
		found = api.enrol(self.program.name, [self.mine, self.theirs])
		self.assertEqual(found["enrolled"], 1)
		self.assertEqual(found["skipped"], [{"lead": self.theirs, "why": "there is no such lead"}])
		self.assertEqual(
			frappe.get_list(house.ENROLMENT, {"program": self.program.name}, pluck="lead"), [self.mine]
		)

	def test_runs_and_steps_are_seen_with_their_leads(self):
		runs = house.enrolled(self.program, self.mine, self.theirs)
		house.sweep()
		for doctype in (house.ENROLMENT, house.RUN):
			for user, expected in (
				(QUALIFIER, {self.mine, self.theirs}),
				(OWNER, {self.mine}),
				(STRANGER, set()),
			):
				lead_house.as_user(user)
				filters = {"program": self.program.name}
				self.assertEqual(
					set(frappe.get_list(doctype, filters, pluck="lead")), expected, (doctype, user)
				)
				for name, lead in frappe.get_all(doctype, filters, ["name", "lead"], as_list=True):
					allowed = frappe.has_permission(doctype, "read", frappe.get_doc(doctype, name))
					self.assertEqual(bool(allowed), lead in expected)
			lead_house.as_user("Administrator")
		self.assertEqual(len(runs), 2)

	def test_pausing_resuming_stopping(self):
		first, second = house.enrolled(self.program, self.mine, self.theirs)
		runs = {house.run(name).lead: name for name in (first, second)}
		lead_house.as_user(OWNER)
		for change, status in ((api.pause, "Paused"), (api.resume, "Active"), (api.stop, "Stopped")):
			with self.assertRaises(frappe.PermissionError):
				change([runs[self.mine], runs[self.theirs]])
			with self.assertRaises(frappe.PermissionError):
				change("nothing")
			self.assertIn("1 runs", change(runs[self.mine])["message"])
			self.assertEqual(house.run(runs[self.mine]).status, status)
			self.assertEqual(house.run(runs[self.theirs]).status, "Active")
		with self.assertRaises(EnrolmentError):
			api.resume(runs[self.mine])

	def test_without_rights(self):
		[run] = house.enrolled(self.program, self.mine)
		for user in (NOBODY, "Guest"):
			lead_house.as_user(user)
			for call in (
				lambda: api.enrol(self.program.name, self.mine),
				lambda: api.enrol_by_rule(self.program.name),
				lambda: api.pause(run),
				lambda: api.stop([run]),
			):
				with self.assertRaises(frappe.PermissionError):
					call()
		lead_house.as_user(OWNER)
		with self.assertRaises(frappe.PermissionError):
			api.enrol_by_rule(self.program.name)
		with self.assertRaises(frappe.PermissionError):
			frappe.get_doc(self.program.doctype, self.program.name).save()

	def test_by_rule_in_the_background(self):
		lead_house.as_user(QUALIFIER)
		with patch.object(frappe, "enqueue") as enqueue:
			self.assertIn("background", api.enrol_by_rule(self.program.name)["message"])
		self.assertEqual(enqueue.call_args.kwargs["name"], self.program.name)
		self.assertTrue(callable(frappe.get_attr(enqueue.call_args.args[0])))
		with self.assertRaises(EnrolmentError):
			api.enrol_by_rule(house.program().name)

	def test_bad_input(self):
		for names in ("[", [], [1], {"a": 1}, "[1]", ["x"] * 2 + [str(n) for n in range(1001)]):
			with self.subTest(names), self.assertRaises(frappe.ValidationError):
				api.enrol(self.program.name, names)
		with self.assertRaises(frappe.DoesNotExistError):
			api.enrol("No Such Program", self.mine)
