"""My Next Steps: whose turn it is, what was promised, in which order and why."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.model.document import Document
from frappe.model.workflow import apply_workflow
from frappe.utils import add_days, getdate, now_datetime

from sales_activity.api import cards
from sales_activity.sales_activity.milestones.next_steps import next_steps
from sales_activity.tests import factories
from sales_activity.tests import milestone_house as house
from sales_activity.tests.base import TestCase
from sales_activity.tests.milestone_house import (
	ASHA,
	ASHA_USER,
	COMPANY,
	CUSTOMER,
	MIRA,
	MIRA_USER,
	NINA_USER,
	RAVI,
	RAVI_USER,
	act,
	as_user,
)
from sales_activity.tests.test_reports import counted_queries

# with a user's permissions and metadata read already
MOST_QUERIES = 14


class NextStepsCase(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		house.build()

	def setUp(self) -> None:
		super().setUp()
		as_user("Administrator")

	def steps(self, user: str) -> list[dict]:
		as_user(user)
		found = next_steps()
		as_user("Administrator")
		return found

	def titles(self, user: str) -> list[tuple[str, str]]:
		return [(row.what, row.project_title) for row in self.steps(user)]

	def todo(self, user: str, text: str, about: Document | None = None, **values: Any) -> Document:
		if about:
			values |= {"reference_type": about.doctype, "reference_name": about.name}
		return factories.make("ToDo", allocated_to=user, description=text, **values)


class TestMilestones(NextStepsCase):
	def test_only_ones_own_turn(self) -> None:
		project = house.project("Turn")
		self.assertEqual(self.titles(ASHA_USER), [("Call", "Turn")])
		for user in (RAVI_USER, MIRA_USER, NINA_USER, "Administrator"):
			self.assertEqual(self.titles(user), [], user)
		act(ASHA_USER, project, "Call", "Achieve", answers={"need": "Switches"})
		self.assertEqual(self.titles(ASHA_USER), [("Sample", "Turn")])
		self.assertEqual(self.titles(RAVI_USER), [("Visit", "Turn")])

	def test_what_a_row_tells(self) -> None:
		project = house.project("Told")
		act(ASHA_USER, project, "Call", "Achieve", answers={"need": "Switches"})
		(row,) = self.steps(RAVI_USER)
		self.assertEqual(
			(row.kind, row.doctype, row.name, row.status, row.project, row.party_name),
			("Milestone", "Sales Milestone", house.name(project, "Visit"), "Ready", project.name, CUSTOMER),
		)
		self.assertEqual(
			(row.outcome, row.find_out, row.tell, row.has_form),
			("Visit is done", "Find out about Visit", "Tell about Visit", True),
		)
		self.assertGreater(row.due, getdate())
		self.assertEqual([offer["action"] for offer in row.actions], ["Accept", "Achieve", "Return"])
		self.assertEqual([(one.person, one.why) for one in row.involve], [(ASHA, "handed it over")])

	def test_whom_to_involve(self) -> None:
		house.project("Involved")
		(row,) = self.steps(ASHA_USER)
		self.assertEqual(
			[(one.person, one.why) for one in row.involve],
			[(MIRA, "handed it over"), (RAVI, "gets Visit next")],
		)

	def test_a_returned_one_is_the_senders(self) -> None:
		project = house.project("Asked")
		act(ASHA_USER, project, "Call", "Achieve", answers={"need": "Switches"})
		act(RAVI_USER, project, "Visit", "Return", question="Which floor?")
		self.assertEqual(self.titles(RAVI_USER), [])
		visit = next(row for row in self.steps(ASHA_USER) if row.what == "Visit")
		self.assertEqual((visit.status, visit.question), ("Returned", "Which floor?"))
		act(ASHA_USER, project, "Visit", "Hand Over Again", reply="The third.")
		(visit,) = self.steps(RAVI_USER)
		self.assertEqual((visit.question, visit.reply), (None, "The third."))

	def test_the_workspace_counts_what_is_shown(self) -> None:
		"""Not those of a project on hold, nor of others; what was promised too."""
		held = house.project("Held")
		house.project("Running")
		self.todo(ASHA_USER, "Send the plan")
		for shown in (3, 2):
			for user, count in ((ASHA_USER, shown), (NINA_USER, 0)):
				self.assertEqual(len(self.steps(user)), count, user)
				as_user(user)
				self.assertEqual(cards.my_next_steps()["value"], count, user)
			as_user("Administrator")
			if shown == 3:
				apply_workflow(factories.fresh(held), "Hold")
		workspace = frappe.get_doc("Workspace", "Sales Activities")
		self.assertIn("My Next Steps", [row.number_card_name for row in workspace.number_cards])
		counting = [row.label for row in workspace.shortcuts if "turn_of" in (row.stats_filter or "")]
		self.assertEqual(counting, [], "a list can't leave out projects on hold")

	def test_a_project_on_hold_is_left_out(self) -> None:
		project = house.project("Held")
		apply_workflow(factories.fresh(project), "Hold")
		self.assertEqual(self.titles(ASHA_USER), [])
		apply_workflow(factories.fresh(project), "Resume")
		self.assertEqual(self.titles(ASHA_USER), [("Call", "Held")])

	def test_user_permissions_hold(self) -> None:
		house.project("Hidden")
		other = factories.customer("Milestone Mill")
		factories.make("User Permission", user=ASHA_USER, allow="Customer", for_value=other)
		frappe.clear_cache(user=ASHA_USER)
		self.addCleanup(frappe.clear_cache, user=ASHA_USER)
		self.assertEqual(self.titles(ASHA_USER), [])


class TestOrder(NextStepsCase):
	def test_the_order_and_why(self) -> None:
		"""Interest and value outweigh two days."""
		small = house.project("Small", level_of_interest="Low")
		large = house.project("Large", level_of_interest="High")
		item = factories.item("MILESTONE-ITEM", factories.item_group("Milestone Goods"))
		for project, rate in ((small, 100), (large, 1000)):
			factories.quotation(CUSTOMER, [(item, 1, rate)], company=COMPANY, sales_project=project.name)
		frappe.db.set_value("Sales Milestone", house.name(small, "Call"), "due_date", add_days(getdate(), -1))
		frappe.db.set_value("Sales Milestone", house.name(large, "Call"), "due_date", add_days(getdate(), 1))
		first, second = self.steps(ASHA_USER)
		self.assertEqual((first.project_title, second.project_title), ("Large", "Small"))
		self.assertEqual(
			[(why.text, why.points, why.out_of) for why in second.priority["why"] if why.kind != "value"],
			[("Interest: Low", 5, 25), ("Chance of winning: 10%", 2, 20), ("A day late", 16, 30)],
		)
		worth = {row.project_title: self.why(row, "value") for row in (first, second)}
		self.assertEqual((worth["Large"].points, worth["Small"].points), (25, 2.5))
		self.assertIn("1,000", worth["Large"].text)
		self.assertEqual(first.priority["points"], 25 + 25 + 2 + 12)
		self.assertEqual((first.is_late, second.is_late), (False, True))

	def test_what_is_not_known_is_said(self) -> None:
		house.project("Bare")
		frappe.db.set_value(
			"Sales Milestone", {"project_title": "Bare", "milestone": "Call"}, "due_date", None
		)
		(row,) = self.steps(ASHA_USER)
		texts = [why.text for why in row.priority["why"]]
		self.assertEqual(
			texts, ["Interest not known", "Value not known", "Chance of winning: 10%", "No date"]
		)

	def test_the_number_of_queries_does_not_grow(self) -> None:
		counts = []
		for number in range(3):
			for each in range(1 + 3 * number):
				project = house.project(f"Counted {number} {each}")
				self.todo(ASHA_USER, "Call back", project, date=getdate())
				quoted = factories.quotation(
					CUSTOMER,
					[(factories.item("MILESTONE-ITEM", factories.item_group("Milestone Goods")), 1, 10)],
					company=COMPANY,
					sales_project=project.name,
				)
				self.todo(ASHA_USER, "Ask about it", quoted)
			as_user(ASHA_USER)
			next_steps()
			as_user(ASHA_USER)
			with counted_queries() as statements:
				found = next_steps()
			counts.append(len(statements))
			as_user("Administrator")
		self.assertEqual(len(found), 3 * (1 + 4 + 7))
		self.assertEqual(counts[0], counts[-1], statements)
		self.assertLessEqual(counts[0], MOST_QUERIES, statements)

	def why(self, row: dict, kind: str) -> dict:
		return next(why for why in row.priority["why"] if why.kind == kind)


class TestPromises(NextStepsCase):
	def test_a_todo_about_a_quotation_counts_as_its_project(self) -> None:
		project = house.project("Promised", start=False, level_of_interest="High")
		item = factories.item("MILESTONE-ITEM", factories.item_group("Milestone Goods"))
		quoted = factories.quotation(CUSTOMER, [(item, 1, 10)], company=COMPANY, sales_project=project.name)
		todo = self.todo(ASHA_USER, "<p>Send the <b>plan</b></p>", quoted, date=add_days(getdate(), 2))
		(row,) = self.steps(ASHA_USER)
		self.assertEqual(
			(row.kind, row.doctype, row.name, row.what, row.due),
			("To Do", "ToDo", todo.name, "Send the plan", add_days(getdate(), 2)),
		)
		self.assertEqual(
			(row.project, row.party_name, row.reference_doctype, row.reference_name),
			(project.name, CUSTOMER, "Quotation", quoted.name),
		)
		self.assertEqual(row.priority["why"][0].text, "Interest: High")

	def test_a_todo_about_an_opportunity_finds_its_project(self) -> None:
		item = factories.item("MILESTONE-ITEM", factories.item_group("Milestone Goods"))
		deal = factories.opportunity(CUSTOMER, [(item, 1, 10)], company=COMPANY)
		project = house.project(
			"Deal", start=False, reference_doctype="Opportunity", reference_name=deal.name
		)
		self.todo(ASHA_USER, "Ask", deal)
		self.assertEqual([row.project for row in self.steps(ASHA_USER)], [project.name])

	def test_todos_of_others_and_closed_ones_are_left_out(self) -> None:
		self.todo(RAVI_USER, "Mine")
		done = self.todo(ASHA_USER, "Done")
		done.status = "Closed"
		done.save()
		self.assertEqual(self.titles(ASHA_USER), [])

	def test_a_project_that_the_user_may_not_see_is_not_told(self) -> None:
		hidden = factories.sales_project(CUSTOMER, [(MIRA, house.SELLER)], title="Secret")
		self.todo(ASHA_USER, "Help", hidden)
		(row,) = self.steps(ASHA_USER)
		self.assertEqual((row.project, row.project_title, row.party_name), (None, None, None))

	def test_the_assignment_of_a_hand_off_is_not_listed_twice(self) -> None:
		project = house.project("Assigned")
		act(ASHA_USER, project, "Call", "Achieve", answers={"need": "Switches"})
		visit = frappe.get_doc("Sales Milestone", house.name(project, "Visit"))
		assignment = self.todo(RAVI_USER, "Visit", visit, assigned_by=ASHA_USER)
		frappe.db.set_value(
			"Milestone Hand-off",
			{"sales_milestone": visit.name, "to_user": RAVI_USER},
			"todo",
			assignment.name,
		)
		self.todo(RAVI_USER, "Take the samples along", visit)
		self.assertEqual({row.what for row in self.steps(RAVI_USER)}, {"Visit", "Take the samples along"})

	def test_events(self) -> None:
		soon, past, far = (add_days(now_datetime(), days) for days in (1, -30, 100))
		as_user(ASHA_USER)
		guests = [{"reference_doctype": "Customer", "reference_docname": CUSTOMER}]
		for subject, starts in (("Show the plan", soon), ("Long ago", past), ("Far off", far)):
			factories.make("Event", subject=subject, starts_on=starts, event_participants=guests)
		(row,) = self.steps(ASHA_USER)
		self.assertEqual(
			(row.kind, row.what, row.due, row.reference_doctype, row.reference_name),
			("Event", "Show the plan", soon.date(), "Customer", CUSTOMER),
		)
		self.assertEqual(self.titles(RAVI_USER), [])
