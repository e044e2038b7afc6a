"""The workflow of Sales Target, tried around on every way: form, API, bulk edit, by the wrong people."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import frappe
from frappe import client
from frappe.model.document import Document
from frappe.model.workflow import WorkflowPermissionError, apply_workflow, get_transitions

import sales_activity
from sales_activity.tests import factories
from sales_activity.tests.base import TestCase
from sales_activity.workflow_guard import WorkflowLockError

OPERATOR, APPROVER, MASTER = (f"guard.{name}@example.com" for name in ("operator", "approver", "master"))
SELLER = "guard.seller@example.com"
EVERYBODY = (OPERATOR, APPROVER, MASTER, SELLER)
PERSON, ROLE = "Guard Asha", "Sales Person"
WORKFLOW = Path(sales_activity.__file__).parent / "sales_activity" / "workflows" / "sales_target.json"
REFUSALS = (WorkflowLockError, WorkflowPermissionError, frappe.PermissionError, frappe.ValidationError)


class GuardCase(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		factories.user(OPERATOR, "Sales Operations")
		factories.user(APPROVER, "Sales Manager")
		factories.user(MASTER, "Sales Master Manager")
		factories.user(SELLER, "Sales User")
		factories.sales_person(PERSON, of_user=APPROVER)
		cls.group = factories.item_group("Guard Group")

	def draft(self, user: str = OPERATOR, target: float = 100):
		"""A target in Draft, made by the user."""
		frappe.set_user(user)
		doc = frappe.get_doc(
			{
				"doctype": "Sales Target",
				"title": "Guard",
				"company": factories.COMPANY,
				"basis": "Value",
				"from_date": "2026-01-01",
				"to_date": "2026-12-31",
				"targets": [
					{"sales_person": PERSON, "sales_role": ROLE, "item_group": self.group, "target": target}
				],
			}
		)
		return doc.insert()

	def pending(self, user: str = OPERATOR):
		return factories.fresh(apply_workflow(self.draft(user), "Submit for Approval"))

	def approved(self):
		doc = self.pending()
		frappe.set_user(APPROVER)
		return factories.fresh(apply_workflow(doc, "Approve"))

	def refuse(self, action: Callable, *args: object, **kwargs: object) -> None:
		"""The call is refused; the database is as it was before."""
		frappe.db.savepoint("guarded")
		with self.assertRaises(REFUSALS):
			action(*args, **kwargs)
		frappe.db.rollback(save_point="guarded")
		frappe.clear_messages()
		frappe.flags.currently_saving = []

	def state(self, doc: Document) -> tuple:
		return frappe.db.get_value("Sales Target", doc.name, ["docstatus", "workflow_state"])


class TestTheWay(GuardCase):
	def test_operations_propose_managers_approve(self) -> None:
		doc = self.approved()
		self.assertEqual(self.state(doc), (1, "Approved"))

	def test_rejected_goes_back_to_draft(self) -> None:
		doc = self.pending()
		frappe.set_user(APPROVER)
		apply_workflow(doc, "Reject")
		self.assertEqual(self.state(doc), (0, "Draft"))

	def test_cancelled_by_the_workflow_and_amended(self) -> None:
		doc = self.approved()
		apply_workflow(doc, "Cancel")
		self.assertEqual(self.state(doc), (2, "Cancelled"))
		frappe.set_user(OPERATOR)
		again = frappe.copy_doc(factories.fresh(doc))
		again.update({"amended_from": doc.name, "docstatus": 0, "workflow_state": None})  # as the desk does
		again.insert()
		self.assertEqual(self.state(again), (0, "Draft"))

	def test_everybody_is_offered_what_their_role_may_do(self) -> None:
		doc = self.pending()
		offered = {}
		for user in (OPERATOR, APPROVER, MASTER):
			frappe.set_user(user)
			offered[user] = sorted({row.action for row in get_transitions(factories.fresh(doc))})
		self.assertEqual(offered[OPERATOR], ["Reject"])
		self.assertEqual(offered[APPROVER], ["Approve", "Reject"])
		self.assertEqual(offered[MASTER], ["Approve", "Reject"])


class TestSelfApproval(GuardCase):
	def test_nobody_approves_an_own_target(self) -> None:
		doc = self.pending(MASTER)
		self.refuse(apply_workflow, doc, "Approve")
		self.assertEqual(self.state(doc), (0, "Pending Approval"))

	def test_not_by_setting_state_and_docstatus_either(self) -> None:
		doc = self.pending(MASTER)
		doc.workflow_state, doc.docstatus = "Approved", 1
		self.refuse(doc.save)
		doc = factories.fresh(doc)
		doc.workflow_state = "Approved"
		self.refuse(doc.submit)
		self.refuse(client.submit, doc.as_dict())
		self.assertEqual(self.state(doc), (0, "Pending Approval"))

	def test_a_draft_cannot_call_itself_approved(self) -> None:
		doc = self.pending(MASTER)
		for user in (MASTER, APPROVER, OPERATOR, "Administrator"):
			with self.subTest(user):
				frappe.set_user(user)
				self.refuse(client.set_value, "Sales Target", doc.name, "workflow_state", "Approved")

	def test_another_master_manager_may(self) -> None:
		doc = self.pending(MASTER)
		frappe.set_user(factories.user("guard.second@example.com", "Sales Master Manager"))
		apply_workflow(doc, "Approve")
		self.assertEqual(self.state(doc), (1, "Approved"))

	def test_making_another_the_owner_does_not_help(self) -> None:
		doc = self.pending(MASTER)
		doc.owner = OPERATOR
		self.refuse(doc.save)
		self.assertEqual(frappe.db.get_value("Sales Target", doc.name, "owner"), MASTER)
		self.refuse(apply_workflow, factories.fresh(doc), "Approve")
		spoofed = factories.fresh(doc)
		spoofed.owner = OPERATOR
		self.refuse(apply_workflow, spoofed.as_dict(), "Approve")


class TestDirectSubmit(GuardCase):
	def test_from_draft_by_everybody(self) -> None:
		doc = self.draft()
		for user in (*EVERYBODY, "Administrator"):
			with self.subTest(user):
				frappe.set_user(user)
				self.refuse(factories.fresh(doc).submit)
				self.refuse(client.submit, factories.fresh(doc).as_dict())
		self.assertEqual(self.state(doc), (0, "Draft"))

	def test_from_draft_with_the_state_set(self) -> None:
		doc = self.draft(MASTER)
		for user in (MASTER, APPROVER, OPERATOR):
			with self.subTest(user):
				frappe.set_user(user)
				sent = factories.fresh(doc)
				sent.workflow_state = "Approved"
				self.refuse(sent.submit)
				sent = factories.fresh(doc)
				sent.workflow_state, sent.docstatus = "Approved", 1
				self.refuse(client.save, sent.as_dict())

	def test_inserted_as_submitted(self) -> None:
		frappe.set_user(MASTER)
		values = self.draft(MASTER).as_dict(no_nulls=True)
		for field in ("name", "creation", "modified", "owner", "modified_by"):
			values.pop(field)
		for state in ("Approved", "Pending Approval", "Draft"):
			with self.subTest(state):
				self.refuse(client.insert, {**values, "workflow_state": state, "docstatus": 1})

	def test_inserted_in_a_later_state(self) -> None:
		values = self.draft(MASTER).as_dict(no_nulls=True)
		values.pop("name")
		self.refuse(client.insert, {**values, "workflow_state": "Pending Approval"})

	def test_operations_cannot_approve(self) -> None:
		doc = self.pending()
		frappe.set_user(OPERATOR)
		self.refuse(apply_workflow, doc, "Approve")
		sent = factories.fresh(doc)
		sent.workflow_state, sent.docstatus = "Approved", 1
		self.refuse(client.save, sent.as_dict())


class TestDirectCancel(GuardCase):
	def test_by_everybody(self) -> None:
		doc = self.approved()
		for user in (*EVERYBODY, "Administrator"):
			with self.subTest(user):
				frappe.set_user(user)
				self.refuse(factories.fresh(doc).cancel)
				self.refuse(client.cancel, "Sales Target", doc.name)
		self.assertEqual(self.state(doc), (1, "Approved"))

	def test_operations_cannot_cancel_by_the_workflow(self) -> None:
		doc = self.approved()
		frappe.set_user(OPERATOR)
		self.refuse(apply_workflow, doc, "Cancel")


class TestEditing(GuardCase):
	def test_pending_is_locked_for_operations_header_and_rows(self) -> None:
		doc = self.pending()
		frappe.set_user(OPERATOR)
		row = doc.targets[0]
		self.refuse(client.set_value, "Sales Target", doc.name, "title", "Changed")
		self.refuse(client.set_value, "Sales Target Detail", row.name, "target", 1)
		changed = factories.fresh(doc)
		changed.targets[0].target = 1
		self.refuse(changed.save)
		self.refuse(client.save, changed.as_dict())
		removed = factories.fresh(doc)
		removed.targets = []
		self.refuse(removed.save)
		added = factories.fresh(doc)
		added.append("targets", {**row.as_dict(), "name": None, "item_group": "All Item Groups"})
		self.refuse(added.save)
		rows = frappe.as_json([{"doctype": "Sales Target Detail", "docname": row.name, "target": 5}])
		frappe.db.savepoint("bulk")
		try:
			client.bulk_update(rows)
		except Exception:
			frappe.db.rollback(save_point="bulk")
		self.assertEqual(frappe.db.get_value("Sales Target Detail", row.name, "target"), 100)

	def test_smuggled_along_with_a_transition(self) -> None:
		"""Reject is open to Operations; changed rows sent with it are not."""
		doc = self.pending()
		frappe.set_user(OPERATOR)
		doc.targets[0].target = 1
		doc.workflow_state = "Draft"
		self.refuse(doc.save)
		smuggled = factories.fresh(doc)
		smuggled.targets[0].target = 1
		apply_workflow(smuggled.as_dict(), "Reject")  # Frappe loads the document anew
		self.assertEqual(frappe.db.get_value("Sales Target Detail", doc.targets[0].name, "target"), 100)

	def test_approved_rows_stay_for_everybody(self) -> None:
		doc = self.approved()
		row = doc.targets[0]
		for user in (*EVERYBODY, "Administrator"):
			with self.subTest(user):
				frappe.set_user(user)
				self.refuse(client.set_value, "Sales Target Detail", row.name, "target", 1)
				removed = factories.fresh(doc)
				removed.targets = []
				self.refuse(removed.save)
				added = factories.fresh(doc)
				added.append("targets", {**row.as_dict(), "name": None, "item_group": "All Item Groups"})
				self.refuse(added.save)
				changed = factories.fresh(doc)
				changed.targets[0].target = 1
				self.refuse(changed.save)
		self.assertEqual(len(factories.fresh(doc).targets), 1)

	def test_state_of_an_approved_target_by_hand(self) -> None:
		"""The state field can be written after submission; only along a transition."""
		doc = self.approved()
		for user in (*EVERYBODY, "Administrator"):
			for state in ("Draft", "Pending Approval", "Cancelled"):
				with self.subTest(user=user, state=state):
					frappe.set_user(user)
					self.refuse(client.set_value, "Sales Target", doc.name, "workflow_state", state)
		self.assertEqual(self.state(doc), (1, "Approved"))

	def test_salesperson_changes_nothing(self) -> None:
		doc = self.draft()
		frappe.set_user(SELLER)
		self.refuse(client.set_value, "Sales Target", doc.name, "title", "Mine")
		self.refuse(client.set_value, "Sales Target Detail", doc.targets[0].name, "target", 1)
		self.refuse(client.delete, "Sales Target", doc.name)

	def test_single_rows_cannot_be_inserted_or_deleted(self) -> None:
		doc = self.pending()
		frappe.set_user(OPERATOR)
		row = doc.targets[0].as_dict()
		self.refuse(client.delete, "Sales Target Detail", row.name)
		new = {**row, "name": None, "item_group": "All Item Groups", "doctype": "Sales Target Detail"}
		self.refuse(client.insert, new)
		self.refuse(client.insert_doc if hasattr(client, "insert_doc") else client.insert, new)
		self.assertEqual(len(factories.fresh(doc).targets), 1)


class TestDrafts(GuardCase):
	"""Who makes targets corrects them: a state that two roles edit has a row for each."""

	def setUp(self) -> None:
		super().setUp()
		shipped = json.loads(WORKFLOW.read_text())
		self.editors = {row["allow_edit"] for row in shipped["states"] if row["state"] == "Draft"}
		# an older site has the workflow that it was installed with
		workflow = frappe.get_doc("Workflow", "Sales Target")
		workflow.set("states", shipped["states"])
		workflow.save()
		self.addCleanup(frappe.clear_cache, doctype="Sales Target")
		self.addCleanup(frappe.clear_document_cache, "Workflow", "Sales Target")

	def test_each_of_them_edits_and_deletes(self) -> None:
		self.assertEqual(self.editors, {"Sales Operations", "Sales Master Manager"})
		for maker in (OPERATOR, MASTER):
			for user in (OPERATOR, MASTER):
				with self.subTest(maker=maker, user=user):
					doc = self.draft(maker)
					frappe.set_user(user)
					doc = factories.fresh(doc)
					doc.targets[0].target = 7
					doc.save()
					client.set_value("Sales Target Detail", doc.targets[0].name, "target", 8)
					self.assertEqual(factories.fresh(doc).total_target, 8)
					client.delete("Sales Target", doc.name)

	def test_nobody_else_does(self) -> None:
		doc = self.draft(MASTER)
		for user in (APPROVER, SELLER):
			with self.subTest(user):
				frappe.set_user(user)
				self.refuse(client.set_value, "Sales Target", doc.name, "title", "Mine")
				self.refuse(client.set_value, "Sales Target Detail", doc.targets[0].name, "target", 1)
				self.refuse(client.delete, "Sales Target", doc.name)

	def test_the_maker_does_not_approve(self) -> None:
		doc = self.pending(MASTER)
		frappe.set_user(MASTER)
		self.refuse(apply_workflow, doc, "Approve")


class TestDeleting(GuardCase):
	def test_pending_is_not_deleted_by_operations(self) -> None:
		doc = self.pending()
		frappe.set_user(OPERATOR)
		self.refuse(client.delete, "Sales Target", doc.name)
		self.refuse(frappe.delete_doc, "Sales Target", doc.name)

	def test_draft_is_deleted_by_operations(self) -> None:
		doc = self.draft()
		client.delete("Sales Target", doc.name)
		self.assertFalse(frappe.db.exists("Sales Target", doc.name))

	def test_approved_is_deleted_by_nobody(self) -> None:
		doc = self.approved()
		for user in (*EVERYBODY, "Administrator"):
			with self.subTest(user):
				frappe.set_user(user)
				self.refuse(client.delete, "Sales Target", doc.name)


class TestDiscarding(GuardCase):
	"""Frappe 16 sets a draft to Cancelled for whoever may write it, past everything else."""

	def test_a_target_by_nobody(self) -> None:
		for doc in (self.draft(), self.pending()):
			before = self.state(doc)
			for user in (*EVERYBODY, "Administrator"):
				with self.subTest(user=user, state=before):
					frappe.set_user(user)
					self.refuse(factories.discard, factories.fresh(doc))
			self.assertEqual(self.state(doc), before)

	def test_a_project_is_told_what_to_do_instead(self) -> None:
		project = factories.sales_project(factories.customer("Guard Customer"))
		with self.assertRaisesRegex(WorkflowLockError, "Set it to Lost with a reason"):
			factories.discard(project)
		self.assertEqual(factories.fresh(project).docstatus, 0)

	def test_every_doctype_of_the_app_refuses(self) -> None:
		"""A new one that isn't in the hook fails here."""
		ours = frappe.get_all("DocType", {"module": "Sales Activity", "istable": 0}, pluck="name")
		self.assertIn("Sales Process", ours)
		for doctype in ours:
			with self.subTest(doctype), self.assertRaisesRegex(WorkflowLockError, "is not discarded"):
				frappe.new_doc(doctype).run_method("before_discard")
