"""What the desk and other programs call for milestones: one action in one call, forms, lists, starting; and who may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import frappe
from frappe.desk.doctype.kanban_board import kanban_board
from frappe.model.document import Document
from frappe.utils import add_days, getdate

from sales_activity.api import boot, cards
from sales_activity.api import milestones as api
from sales_activity.sales_activity.milestones import bulk
from sales_activity.sales_activity.milestones.answers import BadAnswersError, MissingAnswersError
from sales_activity.sales_activity.milestones.moves import MilestoneMoveError, NotYourMilestoneError
from sales_activity.tests import factories
from sales_activity.tests import milestone_house as house
from sales_activity.tests.base import TestCase
from sales_activity.tests.milestone_house import (
	ASHA,
	ASHA_USER,
	COMPANY,
	CUSTOMER,
	MIRA_USER,
	NINA_USER,
	OMAR_USER,
	PROCESS,
	RAVI,
	RAVI_USER,
	act,
	as_user,
)

NOBODY = "milestone.nobody@example.com"


class ApiCase(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		house.build()
		factories.user(NOBODY, "Employee")

	def setUp(self) -> None:
		super().setUp()
		as_user("Administrator")

	def milestone(self, project: Document, title: str) -> Document:
		return frappe.get_doc("Sales Milestone", house.name(project, title))


class TestAct(ApiCase):
	def test_everything_in_one_call(self) -> None:
		project = house.project()
		found = act(
			ASHA_USER,
			project,
			"Call",
			"Achieve",
			answers={"need": "Racks", "budget": "500"},
			remark="Friendly",
		)
		self.assertEqual((found["name"], found["status"]), (house.name(project, "Call"), "Achieved"))
		self.assertEqual([row.status for row in found["path"]], ["Achieved", "Ready", "Ready", "Waiting"])
		call = self.milestone(project, "Call")
		self.assertEqual(
			{row.fieldname: row.value for row in call.answers}, {"need": "Racks", "budget": "500"}
		)
		self.assertEqual(call.remark, "Friendly")

	def test_answers_are_saved_without_moving(self) -> None:
		project = house.project()
		act(ASHA_USER, project, "Call", "Save", answers={"need": "Racks"})
		act(ASHA_USER, project, "Call", "Save", answers='{"budget": "7"}')
		call = self.milestone(project, "Call")
		self.assertEqual(call.status, "Ready")
		self.assertEqual({row.fieldname: row.value for row in call.answers}, {"need": "Racks", "budget": "7"})

	def test_what_is_refused_changes_nothing(self) -> None:
		project = house.project()
		for error, user, action, values in (
			(MissingAnswersError, ASHA_USER, "Achieve", {"answers": {"budget": "5"}}),
			(BadAnswersError, ASHA_USER, "Achieve", {"answers": {"need": "x", "budget": "much"}}),
			(BadAnswersError, ASHA_USER, "Save", {"answers": {"need": "<script>alert(1)</script>"}}),
			(NotYourMilestoneError, RAVI_USER, "Achieve", {"answers": {"need": "x"}}),
			(frappe.PermissionError, NINA_USER, "Accept", {}),
			(frappe.ValidationError, MIRA_USER, "Return", {}),
			(frappe.ValidationError, MIRA_USER, "Skip", {}),
			(frappe.ValidationError, ASHA_USER, "Fly", {}),
		):
			with self.subTest(user=user, action=action):
				frappe.db.savepoint("refused")
				with self.assertRaises(error):
					act(user, project, "Call", action, **values)
				frappe.db.rollback(save_point="refused")  # as the end of a failed request does
				call = self.milestone(project, "Call")
				self.assertEqual((call.status, call.answers, call.question), ("Ready", [], None))

	def test_delegating(self) -> None:
		project = house.project()
		act(ASHA_USER, project, "Call", "Delegate", delegate_to=RAVI, reason="On leave")
		call = self.milestone(project, "Call")
		self.assertEqual((call.delegated_to, call.turn_of, call.responsible), (RAVI, RAVI, ASHA))
		act(RAVI_USER, project, "Call", "Achieve", answers={"need": "Racks"})
		self.assertEqual(self.milestone(project, "Call").status, "Achieved")

	def test_delegating_to_nobody(self) -> None:
		"""Takes it back; where there is nothing to take back it is refused, and the reason not kept."""
		project = house.project()
		frappe.db.savepoint("refused")
		with self.assertRaises(MilestoneMoveError):
			act(ASHA_USER, project, "Call", "Delegate", reason="On leave")
		frappe.db.rollback(save_point="refused")
		act(ASHA_USER, project, "Call", "Delegate", delegate_to=RAVI, reason="On leave")
		act(ASHA_USER, project, "Call", "Delegate", reason="Back again")
		call = self.milestone(project, "Call")
		self.assertEqual((call.delegated_to or None, call.turn_of), (None, ASHA))

	def test_skipping_needs_a_reason_and_a_manager(self) -> None:
		project = house.project()
		act(OMAR_USER, project, "Call", "Skip", reason="Known customer")
		call = self.milestone(project, "Call")
		self.assertEqual((call.status, call.reason), ("Skipped", "Known customer"))


class TestReading(ApiCase):
	def test_the_path_of_each_document(self) -> None:
		item = factories.item("MILESTONE-ITEM", factories.item_group("Milestone Goods"))
		deal = factories.opportunity(CUSTOMER, [(item, 1, 10)], company=COMPANY)
		project = house.project(reference_doctype="Opportunity", reference_name=deal.name)
		of_project = {"company": COMPANY, "sales_project": project.name}
		quoted = factories.quotation(CUSTOMER, [(item, 1, 10)], **of_project)
		ordered = factories.sales_order(CUSTOMER, [(item, 1, 10)], **of_project)
		for doc in (project, deal, quoted, ordered):
			with self.subTest(doc.doctype):
				found = api.path(doc.doctype, doc.name)
				self.assertEqual(found["project"]["name"], project.name)
				self.assertEqual(len(found["milestones"]), 4)

	def test_a_document_without_a_visible_project(self) -> None:
		item = factories.item("MILESTONE-ITEM", factories.item_group("Milestone Goods"))
		alone = factories.quotation(CUSTOMER, [(item, 1, 10)], company=COMPANY)
		self.assertEqual(api.path("Quotation", alone.name), {"project": None, "milestones": []})
		quoted = factories.quotation(
			CUSTOMER, [(item, 1, 10)], company=COMPANY, sales_project=house.project().name
		)
		as_user(NINA_USER)
		self.assertEqual(api.path("Quotation", quoted.name)["milestones"], [])

	def test_only_documents_of_a_sale_have_a_path(self) -> None:
		with self.assertRaises(frappe.ValidationError):
			api.path("User", ASHA_USER)

	def test_a_form_with_what_is_known(self) -> None:
		project = house.project(expected_close_date="2030-05-01")
		act(ASHA_USER, project, "Call", "Achieve", answers={"need": "Racks"})
		as_user(RAVI_USER)
		found = api.form(house.name(project, "Visit"))
		self.assertEqual(
			[question["fieldname"] for question in found["questions"]], ["need", "expected_close_date"]
		)
		self.assertEqual(found["suggested"], {"need": "Racks", "expected_close_date": "2030-05-01"})
		self.assertEqual([(one["label"], one["value"]) for one in found["known_so_far"]], [("Need", "Racks")])
		self.assertTrue(found["may_change"] and found["milestone"].my_turn)
		as_user(ASHA_USER)
		found = api.form(house.name(project, "Visit"))
		self.assertEqual((found["may_change"], found["suggested"]), (False, {}))

	def test_an_answer_that_was_given_is_not_suggested_over(self) -> None:
		project = house.project()
		act(ASHA_USER, project, "Call", "Achieve", answers={"need": "Racks"})
		act(RAVI_USER, project, "Visit", "Save", answers={"need": "Cabinets"})
		as_user(RAVI_USER)
		found = api.form(house.name(project, "Visit"))
		self.assertEqual((found["answers"]["need"], found["suggested"]), ("Cabinets", {}))

	def test_my_next_steps(self) -> None:
		house.project("Mine")
		as_user(ASHA_USER)
		found = api.my_next_steps()
		self.assertEqual((found["is_person"], [row.what for row in found["steps"]]), (True, ["Call"]))
		as_user(OMAR_USER)
		self.assertEqual(api.my_next_steps(), {"is_person": False, "steps": []})

	def test_the_calendar(self) -> None:
		project = house.project("Dated")
		frappe.db.set_value(
			"Sales Milestone", house.name(project, "Call"), "due_date", add_days(getdate(), -1)
		)
		around = (str(add_days(getdate(), -7)), str(add_days(getdate(), 7)))
		as_user(ASHA_USER)
		(row,) = api.calendar(*around, filters=[["Sales Milestone", "sales_project", "=", project.name]])
		self.assertEqual((row.title, row.look), ("Call · Dated", "danger"))
		as_user(NINA_USER)
		self.assertEqual(api.calendar(*around), [])

	def test_the_desk_knows_whose_turn_is_mine(self) -> None:
		as_user(ASHA_USER)
		bootinfo = frappe._dict()
		boot.extend(bootinfo)
		self.assertEqual(bootinfo.sales_activity["persons"], [ASHA])


class TestStarting(ApiCase):
	def test_several_projects(self) -> None:
		fresh = [house.project(f"Fresh {number}", start=False).name for number in range(2)]
		running = house.project("Running").name
		as_user(MIRA_USER)
		found = api.start([*fresh, running], PROCESS)
		self.assertEqual((found["started"], found["queued"]), (2, 0))
		self.assertIn("Running", found["message"])
		self.assertEqual(frappe.db.count("Sales Milestone", {"sales_project": ("in", fresh)}), 8)

	def test_many_go_to_the_background(self) -> None:
		names = [house.project(f"Many {number}", start=False).name for number in range(api.IN_BACKGROUND + 1)]
		as_user(MIRA_USER)
		with patch.object(frappe, "enqueue") as enqueue:
			found = api.start(names, PROCESS)
		self.assertEqual((found["started"], found["queued"]), (0, len(names)))
		(work,) = enqueue.call_args.args
		self.assertEqual(work, bulk.start_in_background)
		outcome = bulk.start_each(names, PROCESS, MIRA_USER)
		self.assertEqual((outcome.started, outcome.refused), (len(names), []))

	def test_update_from_the_process(self) -> None:
		project = house.project("Updated")
		process = frappe.get_doc("Sales Process", PROCESS)
		process.append(
			"milestones", {"milestone": "Thank", "step": 4, "sales_role": house.SELLER, "outcome": "Thanked"}
		)
		process.save()
		as_user(MIRA_USER)
		preview = api.preview_update(project.name)
		self.assertEqual([row["milestone"] for row in preview["added"]], ["Thank"])
		self.assertEqual(frappe.db.count("Sales Milestone", {"sales_project": project.name}), 4)
		api.update_from_process(project.name)
		self.assertEqual(frappe.db.count("Sales Milestone", {"sales_project": project.name}), 5)
		as_user(ASHA_USER)
		with self.assertRaises(frappe.PermissionError):
			api.update_from_process(project.name)


class TestPermissions(ApiCase):
	def test_nobody_without_a_role_calls_anything(self) -> None:
		project = house.project()
		call = house.name(project, "Call")
		self.refused(NOBODY, *self.calls(project.name, call), lambda: api.my_next_steps())

	def test_a_stranger_to_the_project(self) -> None:
		project = house.project()
		self.refused(NINA_USER, *self.calls(project.name, house.name(project, "Call")))

	def calls(self, project: str, milestone: str) -> list[Callable[[], Any]]:
		return [
			lambda: api.act(milestone, "Accept"),
			lambda: api.act(milestone, "Save", answers={"need": "x"}),
			lambda: api.path("Sales Project", project),
			lambda: api.form(milestone),
			lambda: api.start([project], PROCESS),
			lambda: api.preview_update(project),
			lambda: api.update_from_process(project),
		]

	def refused(self, user: str, *calls: Callable[[], Any]) -> None:
		as_user(user)
		for number, call in enumerate(calls):
			with self.subTest(user=user, call=number), self.assertRaises(frappe.PermissionError):
				call()


class TestCards(ApiCase):
	def test_due_and_late(self) -> None:
		yesterday = add_days(getdate(), -1)
		late, today, held = (house.project(title) for title in ("Late", "Today", "Held"))
		for project, day in ((late, yesterday), (today, getdate()), (held, yesterday)):
			frappe.db.set_value("Sales Milestone", house.name(project, "Call"), "due_date", day)
		for user, due, overdue in ((ASHA_USER, 3, 2), (RAVI_USER, 0, 2), (NINA_USER, 0, 0)):
			self.check(user, due, overdue)
		as_user("Administrator")
		frappe.model.workflow.apply_workflow(factories.fresh(held), "Hold")
		for user, due, overdue in ((ASHA_USER, 2, 1), (MIRA_USER, 0, 1)):
			self.check(user, due, overdue)

	def check(self, user: str, due: int, overdue: int) -> None:
		"""The numbers, and that the list that a card opens has as many rows."""
		as_user(user)
		for card, count in ((cards.my_milestones_due(), due), (cards.late_milestones(), overdue)):
			with self.subTest(user=user, card=card):
				self.assertEqual(card["value"], count)
				listed = frappe.get_list("Sales Milestone", filters=card["route_options"], limit=0)
				self.assertEqual(len(listed), count)


class TestBoard(ApiCase):
	def test_a_card_moves_as_the_milestone_does(self) -> None:
		project = house.project()
		call = house.name(project, "Call")
		as_user(RAVI_USER)
		with self.assertRaises(NotYourMilestoneError):
			self.drag(call, "In Progress")
		as_user(ASHA_USER)
		with self.assertRaises(MissingAnswersError):
			self.drag(call, "Achieved")
		self.drag(call, "In Progress")
		found = self.milestone(project, "Call")
		self.assertEqual((found.status, found.workflow_state), ("In Progress", "In Progress"))

	def drag(self, name: str, column: str) -> None:
		"""What the board sends."""
		kanban_board.update_order("Sales Milestones", frappe.as_json({column: [name]}))
