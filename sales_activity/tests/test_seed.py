"""Records that are the admin's from the moment they are made."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import frappe

from sales_activity.sales_activity.nurture import program_mails
from sales_activity.sales_activity.nurture.programs import ProgramError
from sales_activity.setup import seed
from sales_activity.tests import factories
from sales_activity.tests.base import TestCase

PROGRAM = "Getting to Know Us"


def state_of_everything() -> dict[str, list]:
	"""All rows of the DocTypes that are seeded."""
	doctypes = ("Workflow", "Workflow Document State", "Workflow Transition", "Workflow State")
	return {
		doctype: frappe.get_all(doctype, fields=["*"], order_by="name", limit=0)
		for doctype in (
			*doctypes,
			"Workflow Action Master",
			"Sales Role",
			"Milestone Form",
			"Sales Process",
			"Sales Process Milestone",
			"Response Type",
			"Email Template",
			"Nurture Program",
			"Nurture Program Step",
			"Sales Expense Type",
		)
	}


class TestSeed(TestCase):
	def test_everything_is_there_after_install(self):
		for doctype in (
			*("Workflow", "Sales Role", "Milestone Form", "Sales Process", "Response Type"),
			*("Email Template", "Nurture Program", "Sales Expense Type"),
		):
			for name in seed.seeded_names(doctype):
				self.assertTrue(frappe.db.exists(doctype, name), f"{doctype} {name}")

	def test_a_second_run_changes_nothing(self):
		before = state_of_everything()
		self.assertEqual(seed.seed(), [])
		self.assertEqual(state_of_everything(), before)

	def test_what_the_admin_edited_stays(self):
		frappe.db.set_value("Sales Role", "Tele-sales", "description", "Ours now")
		workflow = frappe.get_doc("Workflow", "Sales Target")
		workflow.transitions[0].allowed = "Sales Manager"
		workflow.save()
		seed.seed()
		self.assertEqual(frappe.db.get_value("Sales Role", "Tele-sales", "description"), "Ours now")
		self.assertEqual(frappe.get_doc("Workflow", "Sales Target").transitions[0].allowed, "Sales Manager")

	def test_what_the_admin_deleted_stays_deleted(self):
		frappe.delete_doc("Sales Process", "Solution Sale")
		frappe.delete_doc("Sales Role", "Tele-sales")
		frappe.delete_doc("Workflow", "Sales Project")
		self.assertEqual(seed.seed(), [])
		self.assertFalse(frappe.db.exists("Sales Process", "Solution Sale"))
		self.assertFalse(frappe.db.exists("Sales Role", "Tele-sales"))
		self.assertFalse(frappe.db.exists("Workflow", "Sales Project"))

	def test_a_later_version_adds_only_what_is_new(self):
		frappe.delete_doc("Sales Process", "Solution Sale")
		frappe.delete_doc("Sales Role", "Tele-sales")
		with TemporaryDirectory() as folder:
			records = [{"doctype": "Sales Role", "sales_role_name": name} for name in ("Tele-sales", "Pilot")]
			Path(folder, "roles.json").write_text(json.dumps(records))
			with patch.object(seed, "MASTERS", Path(folder)):
				self.assertEqual(seed.seed(), ["Sales Role: Pilot"])
		self.assertTrue(frappe.db.exists("Sales Role", "Pilot"))
		self.assertFalse(frappe.db.exists("Sales Role", "Tele-sales"))

	def test_the_example_process_names_only_what_is_there(self):
		"""Sales Stages come from ERPNext's set-up wizard, which may not have run, or not in English."""
		for row in frappe.get_doc("Sales Process", "Solution Sale").milestones:
			self.assertTrue(not row.sales_stage or frappe.db.exists("Sales Stage", row.sales_stage))
		frappe.delete_doc("Sales Process", "Solution Sale")
		factories.sales_stage("Negotiation/Review")
		self._forget("Sales Process: Solution Sale")
		self.assertEqual(seed.seed(), ["Sales Process: Solution Sale"])
		stages = {
			row.milestone: row.sales_stage
			for row in frappe.get_doc("Sales Process", "Solution Sale").milestones
		}
		self.assertEqual(stages["Converted"], "Negotiation/Review")

	def test_without_a_role_there_is_no_example_process(self):
		frappe.delete_doc("Sales Process", "Solution Sale")
		frappe.delete_doc("Sales Role", "Tele-sales")
		self._forget("Sales Process: Solution Sale")
		seed.seed()
		self.assertFalse(frappe.db.exists("Sales Process", "Solution Sale"))

	def test_the_example_program(self):
		"""A draft of the site's default company, or of none where there is none yet; it runs only for one."""
		frappe.db.set_value("Nurture Program", PROGRAM, "company", None)
		program = frappe.get_doc("Nurture Program", PROGRAM)
		self.assertEqual(program.status, "Draft")
		channels = [(row.day, row.channel) for row in program.steps]
		mails = [(day, "E-mail") for day in (0, 3, 7)]
		self.assertEqual(channels, [*mails, (14, "Call"), (15, "Social")])
		program.status = "Running"
		self.assertRaisesRegex(ProgramError, "Choose its company", program.save)
		program.reload()
		program.update({"company": factories.COMPANY, "status": "Running"}).save()
		lead = factories.make("Lead", first_name="Seed Meena", email_id="seed@example.com")
		for row in program.steps[:3]:
			sender = program_mails.Sender("Olga", "olga@example.com", None)
			values = frappe.db.get_value("Lead", lead.name, "*", as_dict=True)
			for link in ("", "https://example.com/page"):
				row.link = link
				text = program_mails.compose(program, row, values, sender, "https://example.com/stop")
				self.assertIn("Dear Seed Meena,", text.body)
				self.assertEqual(text.body.count("https://example.com/stop"), 1)
				self.assertEqual("/page" in text.body, bool(link))
				self.assertNotIn("{", text.subject + text.body)

	def test_without_its_templates_there_is_no_example_program(self):
		frappe.delete_doc("Nurture Program", PROGRAM)
		frappe.delete_doc("Email Template", "Nurture: Article")
		self._forget(f"Nurture Program: {PROGRAM}")
		seed.seed()
		self.assertFalse(frappe.db.exists("Nurture Program", PROGRAM))
		self.assertFalse(frappe.db.exists("Email Template", "Nurture: Article"))

	def test_an_admins_own_workflow_stays_active(self):
		"""Saving an active Workflow switches every other on its DocType off (Frappe), so ours comes inactive."""
		ours = frappe.get_doc("Workflow", "Sales Target")
		own = frappe.copy_doc(ours)
		own.workflow_name = "Targets, our way"
		frappe.delete_doc("Workflow", ours.name)
		own.insert()
		self._forget("Workflow: Sales Target")
		self.assertEqual(seed.seed(), ["Workflow: Sales Target"])
		self.assertEqual(frappe.db.get_value("Workflow", own.name, "is_active"), 1)
		self.assertEqual(frappe.db.get_value("Workflow", "Sales Target", "is_active"), 0)

	def _forget(self, key: str) -> None:
		made = json.loads(frappe.db.get_single_value(seed.SETTINGS, "seeded"))
		made.remove(key)
		frappe.db.set_single_value(seed.SETTINGS, "seeded", json.dumps(made))
