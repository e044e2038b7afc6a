"""The path of a project: what is said of each milestone, and what each user is offered."""

from __future__ import annotations

import frappe
from frappe.model.workflow import apply_workflow
from frappe.utils import add_days, add_to_date, getdate, now_datetime

from sales_activity.sales_activity.milestones.path import path
from sales_activity.tests import factories
from sales_activity.tests import milestone_house as house
from sales_activity.tests.base import TestCase
from sales_activity.tests.milestone_house import (
	ASHA,
	ASHA_USER,
	MIRA_USER,
	NINA_USER,
	OMAR_USER,
	RAVI,
	RAVI_USER,
	act,
	as_user,
)
from sales_activity.tests.test_reports import counted_queries


class TestPath(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		house.build()

	def setUp(self) -> None:
		super().setUp()
		as_user("Administrator")

	def rows(self, project: frappe.model.document.Document, user: str = "Administrator") -> dict[str, dict]:
		as_user(user)
		found = {row.milestone: row for row in path(project.name)}
		as_user("Administrator")
		return found

	def offered(self, row: dict) -> list[str]:
		return [offer["action"] for offer in row.actions]

	def test_before_the_process_there_is_no_path(self) -> None:
		self.assertEqual(path(house.project(start=False).name), [])

	def test_a_path_that_begins(self) -> None:
		project = house.project()
		rows = self.rows(project)
		self.assertEqual(
			[(row.milestone, row.step, row.status, row.responsible) for row in rows.values()],
			[
				("Call", 1, "Ready", ASHA),
				("Visit", 2, "Waiting", RAVI),
				("Sample", 2, "Waiting", ASHA),
				("Quote", 3, "Waiting", RAVI),
			],
		)
		call, visit = rows["Call"], rows["Visit"]
		self.assertEqual(
			(call.is_current, call.is_open, call.is_late, call.has_form), (True, True, False, True)
		)
		self.assertEqual((visit.is_current, visit.is_open, visit.days_taken), (False, False, None))
		self.assertEqual(
			(call.outcome, call.find_out, call.tell),
			("Call is done", "Find out about Call", "Tell about Call"),
		)
		self.assertEqual((rows["Sample"].has_form, rows["Quote"].evidence_required), (False, 1))

	def test_what_each_user_is_offered(self) -> None:
		project = house.project()
		work = ["Accept", "Achieve", "Return"]
		for user, actions, mine, delegates in (
			(ASHA_USER, work, True, True),
			(MIRA_USER, [*work, "Skip", "Cancel"], False, True),
			(RAVI_USER, [], False, False),
			(NINA_USER, [], False, False),
			(OMAR_USER, ["Skip", "Cancel"], False, True),
		):
			with self.subTest(user):
				call = self.rows(project, user)["Call"]
				self.assertEqual(self.offered(call), actions)
				self.assertEqual((call.my_turn, bool(call.may_delegate)), (mine, delegates))
				self.assertEqual(call.may_move, "Achieve" in actions)

	def test_an_action_says_what_it_needs(self) -> None:
		call = self.rows(house.project(), MIRA_USER)["Call"]
		needs = {offer["action"]: (offer["to"], offer["needs"]) for offer in call.actions}
		self.assertEqual(needs["Return"], ("Returned", "question"))
		self.assertEqual(needs["Skip"], ("Skipped", "reason"))
		self.assertEqual(needs["Achieve"], ("Achieved", None))

	def test_time_taken(self) -> None:
		project = house.project()
		self.age(project, "Call", days=3)
		act(ASHA_USER, project, "Call", "Accept")
		self.age(project, "Call", days=1)
		act(ASHA_USER, project, "Call", "Achieve", answers={"need": "Switches"})
		rows = self.rows(project)
		self.assertAlmostEqual(rows["Call"].days_taken, 4, places=1)
		self.assertTrue(rows["Call"].is_done and not rows["Call"].is_current)
		self.assertEqual((rows["Visit"].status, rows["Sample"].status), ("Ready", "Ready"))
		self.assertTrue(rows["Visit"].is_current)
		self.age(project, "Visit", days=2)
		self.assertAlmostEqual(self.rows(project)["Visit"].days_taken, 2, places=1)

	def test_late(self) -> None:
		project = house.project()
		yesterday = add_days(getdate(), -1)
		frappe.db.set_value("Sales Milestone", house.name(project, "Call"), "due_date", yesterday)
		self.assertTrue(self.rows(project)["Call"].is_late)
		act(ASHA_USER, project, "Call", "Achieve", answers={"need": "Switches"})
		call = self.rows(project)["Call"]
		self.assertEqual((call.is_late, call.was_late), (False, True))

	def test_a_project_on_hold_offers_nothing(self) -> None:
		project = house.project()
		apply_workflow(factories.fresh(project), "Hold")
		call = self.rows(project, ASHA_USER)["Call"]
		self.assertEqual((call.is_held, call.actions, call.may_move, call.is_late), (True, [], False, False))

	def test_returned(self) -> None:
		project = house.project()
		act(ASHA_USER, project, "Call", "Achieve", answers={"need": "Switches"})
		act(RAVI_USER, project, "Visit", "Return", question="Which floor?")
		visit = self.rows(project, ASHA_USER)["Visit"]
		self.assertEqual((visit.status, visit.turn_of, visit.my_turn), ("Returned", ASHA, True))
		self.assertEqual((visit.question, visit.returns), ("Which floor?", 1))
		self.assertEqual(self.offered(visit), ["Hand Over Again"])

	def test_three_queries(self) -> None:
		project = house.project()
		path(project.name)
		as_user(ASHA_USER)
		frappe.get_roles()
		with counted_queries() as statements:
			path(project.name)
		self.assertLessEqual(len(statements), 3, statements)

	def age(self, project: frappe.model.document.Document, milestone: str, days: int) -> None:
		"""As if the milestone had come to its state so much earlier."""
		since = add_to_date(now_datetime(), days=-days)
		frappe.db.set_value(
			"Sales Milestone", house.name(project, milestone), "state_since", since, update_modified=False
		)
