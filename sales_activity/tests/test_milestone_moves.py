"""Milestones start, open, are moved by the right people, and hand their steps on."""

from __future__ import annotations

from collections.abc import Callable

import frappe
from frappe import client
from frappe.model.document import Document
from frappe.model.workflow import WorkflowPermissionError, apply_workflow

from sales_activity.sales_activity.milestones import starting
from sales_activity.sales_activity.milestones.moves import (
	MilestoneLockedError,
	MilestoneMoveError,
	NotYourMilestoneError,
)
from sales_activity.sales_activity.projects.process import ProcessChangeError
from sales_activity.tests import factories
from sales_activity.tests.base import TestCase
from sales_activity.workflow_guard import WorkflowLockError

CALLER, SELLER, DESIGNER, BOSS, OUTSIDER, OPERATOR = (
	f"path.{name}@example.com" for name in ("caller", "seller", "designer", "boss", "outsider", "operator")
)
PEOPLE = {CALLER: "Path Caller", SELLER: "Path Seller", DESIGNER: "Path Designer", OUTSIDER: "Path Outsider"}
TEAM = [
	("Path Caller", "Tele-sales"),
	("Path Seller", "Sales Person"),
	("Path Designer", "Design Consultant"),
]
PROCESS = "Path Process"
ROWS = [
	("Call", 1, "Tele-sales", {"probability": 10}),
	("Visit", 2, "Sales Person", {"probability": 20}),
	("Design", 3, "Design Consultant", {"probability": 40}),
	("Estimate", 3, "Sales Person", {"probability": 50}),
	("Close", 4, "Sales Person", {"probability": 80}),
]
REFUSALS = (frappe.PermissionError, frappe.ValidationError, WorkflowPermissionError)


class MilestoneCase(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		for role in {role for _milestone, _step, role, *_more in ROWS}:
			factories.sales_role(role)
		factories.user(BOSS, "Sales User", "Sales Manager")
		boss = factories.sales_person("Path Boss", of_user=BOSS, is_group=True)
		for user, person in PEOPLE.items():
			factories.user(user, "Sales User")
			factories.sales_person(person, parent=None if user == OUTSIDER else boss, of_user=user)
		factories.user(OPERATOR, "Sales User", "Sales Operations")
		factories.sales_process(PROCESS, ROWS)
		cls.customer = factories.customer("Path Customer")

	def started(self, process: str = PROCESS, **values: object) -> Document:
		"""A project whose process was started by Administrator."""
		return factories.sales_project(self.customer, TEAM, sales_process=process, **values)

	def states(self, project: Document) -> dict[str, str]:
		return {row.milestone: row.status for row in factories.milestones_of(project)}

	def named(self, project: Document, milestone: str) -> Document:
		return next(row for row in factories.milestones_of(project) if row.milestone == milestone)

	def refuse(
		self, action: Callable, *args: object, error: type | tuple = REFUSALS, **kwargs: object
	) -> str:
		"""The call is refused; returns the message. What was written until then is undone, as a request would."""
		frappe.db.savepoint("refused")
		with self.assertRaises(error) as caught:
			action(*args, **kwargs)
		frappe.db.rollback(save_point="refused")
		frappe.clear_messages()
		frappe.flags.currently_saving = []
		return str(caught.exception)


class TestStarting(MilestoneCase):
	def test_makes_the_milestones_and_opens_the_first(self) -> None:
		project = self.started()
		call, visit, design, estimate, close = factories.milestones_of(project)
		self.assertEqual([row.name for row in (call, close)], [f"{project.name}-01", f"{project.name}-05"])
		self.assertEqual((call.status, call.turn_of, call.workflow_state), ("Ready", "Path Caller", "Ready"))
		self.assertEqual({row.status for row in (visit, design, estimate, close)}, {"Waiting"})
		self.assertEqual(design.turn_of, "Path Designer")
		self.assertTrue(call.due_date and call.opened_on and not visit.due_date)
		self.assertEqual((project.current_milestone, project.milestone_probability), (call.name, 10))
		self.assertEqual(
			frappe.db.get_value(
				"Sales Project", project.name, ["current_milestone", "milestone_probability"]
			),
			(call.name, 10),
		)

	def test_a_project_saved_later(self) -> None:
		project = factories.sales_project(self.customer, TEAM)
		self.assertEqual(factories.milestones_of(project), [])
		project.sales_process = PROCESS
		project.save()
		self.assertEqual(len(factories.milestones_of(project)), len(ROWS))
		project.reload()
		project.title = "Saved again"
		project.save()
		self.assertEqual(len(factories.milestones_of(project)), len(ROWS))
		self.assertEqual(self.named(project, "Call").project_title, "Saved again")

	def test_refuses_what_cannot_start(self) -> None:
		project = self.started()
		self.refuse(starting.start, [project.name], PROCESS, error=starting.ProcessStartError)
		alone = factories.sales_project(self.customer)
		message = self.refuse(starting.start, [alone.name], PROCESS, error=starting.ProcessStartError)
		self.assertIn("no team", message)
		self.refuse(starting.start, ["SPRJ-none"], PROCESS, error=starting.ProcessStartError)
		frappe.db.set_value("Sales Process", PROCESS, "disabled", 1)
		frappe.clear_document_cache("Sales Process", PROCESS)
		other = factories.sales_project(self.customer, TEAM)
		self.refuse(starting.start, [other.name], PROCESS, error=starting.ProcessStartError)
		frappe.clear_document_cache("Sales Process", PROCESS)

	def test_one_that_cannot_start_stops_all(self) -> None:
		ready = factories.sales_project(self.customer, TEAM)
		alone = factories.sales_project(self.customer)
		self.refuse(starting.start, [ready.name, alone.name], PROCESS)
		self.assertEqual(factories.milestones_of(ready), [])

	def test_the_process_is_not_changed_by_hand(self) -> None:
		project = self.started()
		other = factories.sales_process("Path Other", ROWS[:2])
		self.refuse(client.set_value, "Sales Project", project.name, "sales_process", other)
		self.refuse(
			client.set_value, "Sales Project", project.name, "sales_process", "", error=ProcessChangeError
		)

	def test_what_milestones_write_is_kept(self) -> None:
		project = self.started()
		stale = factories.fresh(project)
		factories.move(self.named(project, "Call"), "Achieve", CALLER)
		stale.title = "Typed meanwhile"
		stale.current_milestone, stale.milestone_probability = None, 99
		stale.process_started_on = stale.clock_stopped_on = "2020-01-01 00:00:00"
		stale.save()
		project.reload()
		self.assertEqual(project.current_milestone, self.named(project, "Visit").name)
		self.assertEqual((project.milestone_probability, project.clock_stopped_on), (20, None))
		self.assertGreater(project.process_started_on.year, 2020)

	def test_the_highest_percent_answers_for_it(self) -> None:
		team = [("Path Caller", "Tele-sales", 40), ("Path Seller", "Tele-sales", 60)]
		project = factories.sales_project(self.customer, team, sales_process=PROCESS)
		self.assertEqual(self.named(project, "Call").responsible, "Path Seller")
		self.assertEqual(self.named(project, "Design").responsible, "Path Caller")  # nobody in the role

	def test_whoever_left_gets_nothing(self) -> None:
		project = factories.sales_project(self.customer, TEAM)
		frappe.db.set_value("Sales Person", "Path Designer", "enabled", 0)
		starting.start([project.name], PROCESS)
		self.assertEqual(self.named(project, "Design").responsible, "Path Caller")
		frappe.db.set_value("Sales Person", "Path Designer", "enabled", 1)
		factories.move(self.named(project, "Call"), "Achieve", CALLER)
		factories.move(self.named(project, "Visit"), "Achieve", SELLER)
		self.assertEqual(self.named(project, "Design").turn_of, "Path Designer")

	def test_conditions_and_documents(self) -> None:
		interest = {"condition_on": "Field of the Project", "condition_field": "level_of_interest"}
		rows = [
			("Low only", 1, "Tele-sales", {**interest, "condition_operator": "=", "condition_value": "Low"}),
			(
				"High only",
				2,
				"Tele-sales",
				{**interest, "condition_operator": "=", "condition_value": "High"},
			),
			("Quoted", 3, "Sales Person", {"achieved_by": "Quotation"}),
			("Last", 4, "Sales Person"),
		]
		process = factories.sales_process("Path Conditions", rows)
		project = self.started(process, level_of_interest="High")
		self.assertEqual(
			self.states(project),
			{"Low only": "Skipped", "High only": "Ready", "Quoted": "Waiting", "Last": "Waiting"},
		)
		item = factories.item("Path Item", factories.item_group("Path Group"))
		factories.quotation(self.customer, [(item, 1, 10)], sales_project=project.name)
		self.assertEqual(self.states(project)["Quoted"], "Waiting")
		factories.move(self.named(project, "High only"), "Achieve", CALLER)
		self.assertEqual(
			self.states(project), {**self.states(project), "Quoted": "Achieved", "Last": "Ready"}
		)
		via = frappe.db.get_value(
			"Milestone Move",
			{"sales_milestone": self.named(project, "Quoted").name, "to_state": "Achieved"},
			"via",
		)
		self.assertTrue(via.startswith("Quotation "))

	def test_team_of_the_moment_a_step_opens(self) -> None:
		project = self.started()
		project.reload()
		project.team = []
		for row in factories.member_rows([("Path Caller", "Tele-sales"), ("Path Outsider", "Sales Person")]):
			project.append("team", row)
		project.save()
		factories.move(self.named(project, "Call"), "Achieve", CALLER)
		visit = self.named(project, "Visit")
		self.assertEqual(
			(visit.responsible, visit.turn_of, visit.sender), ("Path Outsider",) * 2 + ("Path Caller",)
		)


class TestMoving(MilestoneCase):
	def test_the_whole_way(self) -> None:
		project = self.started()
		factories.move(self.named(project, "Call"), "Accept", CALLER)
		factories.move(self.named(project, "Call"), "Achieve", CALLER)
		self.assertEqual(
			self.states(project),
			dict(
				zip(
					("Call", "Visit", "Design", "Estimate", "Close"),
					("Achieved", "Ready", "Waiting", "Waiting", "Waiting"),
					strict=True,
				)
			),
		)
		factories.move(self.named(project, "Visit"), "Achieve", SELLER)
		states = self.states(project)
		self.assertEqual(
			(states["Design"], states["Estimate"], states["Close"]), ("Ready", "Ready", "Waiting")
		)
		factories.move(self.named(project, "Estimate"), "Achieve", SELLER)
		self.assertEqual(self.states(project)["Close"], "Waiting")
		factories.move(self.named(project, "Design"), "Achieve", DESIGNER)
		close = self.named(project, "Close")
		self.assertEqual((close.status, close.sender), ("Ready", "Path Designer"))
		project.reload()
		self.assertEqual((project.current_milestone, project.milestone_probability), (close.name, 80))
		factories.move(close, "Achieve", SELLER)
		project.reload()
		self.assertEqual((project.current_milestone, project.milestone_probability), (None, 0))

	def test_return_and_hand_over_again(self) -> None:
		project = self.started()
		factories.move(self.named(project, "Call"), "Achieve", CALLER)
		visit = self.named(project, "Visit")
		self.refuse(factories.move, visit, "Return", SELLER, error=MilestoneMoveError)
		visit = factories.move(visit, "Return", SELLER, question="Which floor?")
		self.assertEqual((visit.status, visit.turn_of, visit.returns), ("Returned", "Path Caller", 1))
		self.refuse(factories.move, visit, "Achieve", SELLER)
		self.refuse(factories.move, visit, "Hand Over Again", CALLER, error=MilestoneMoveError)
		visit = factories.move(visit, "Hand Over Again", CALLER, reply="The third")
		self.assertEqual((visit.status, visit.turn_of), ("Ready", "Path Seller"))
		self.refuse(factories.move, visit, "Return", SELLER, error=MilestoneMoveError)
		visit = factories.move(visit, "Return", SELLER, question="And which door?")
		self.assertEqual((visit.returns, visit.reply), (2, None))

	def test_a_question_saved_before_the_action(self) -> None:
		"""The desk's Actions load the milestone anew, so that texts are saved first."""
		project = self.started()
		factories.move(self.named(project, "Call"), "Achieve", CALLER)
		visit = self.named(project, "Visit")
		frappe.set_user(SELLER)
		client.set_value("Sales Milestone", visit.name, "question", "Which floor?")
		apply_workflow(factories.fresh(visit), "Return")
		frappe.set_user(CALLER)
		client.set_value("Sales Milestone", visit.name, "reply", "The third")
		apply_workflow(factories.fresh(visit), "Hand Over Again")
		self.assertEqual(self.named(project, "Visit").status, "Ready")

	def test_nothing_to_return_to_oneself(self) -> None:
		project = factories.sales_project(
			self.customer, [("Path Seller", "Sales Person")], sales_process=PROCESS
		)
		call = self.named(project, "Call")
		self.refuse(factories.move, call, "Return", SELLER, question="Why me?", error=MilestoneMoveError)

	def test_skip_and_cancel_are_a_managers(self) -> None:
		project = self.started()
		call = self.named(project, "Call")
		self.refuse(factories.move, call, "Skip", CALLER, reason="Known already")
		self.refuse(factories.move, call, "Skip", BOSS, error=MilestoneMoveError)
		factories.move(call, "Skip", BOSS, reason="Known already")
		factories.move(self.named(project, "Visit"), "Cancel", OPERATOR, reason="Pandemic")
		states = self.states(project)
		self.assertEqual(
			(states["Call"], states["Visit"], states["Design"]), ("Skipped", "Cancelled", "Ready")
		)

	def test_a_waiting_one_is_skipped_beforehand(self) -> None:
		project = self.started()
		factories.move(self.named(project, "Visit"), "Skip", BOSS, reason="Was there last week")
		factories.move(self.named(project, "Call"), "Achieve", CALLER)
		states = self.states(project)
		self.assertEqual(
			(states["Visit"], states["Design"], states["Estimate"]), ("Skipped", "Ready", "Ready")
		)

	def test_delegate(self) -> None:
		project = self.started()
		call = factories.fresh(self.named(project, "Call"))
		frappe.set_user(CALLER)
		call.delegated_to = "Path Outsider"
		self.refuse(call.save, error=MilestoneMoveError)
		call = factories.fresh(call)
		call.update({"delegated_to": "Path Outsider", "reason": "On leave"})
		call.save()
		self.assertEqual(self.named(project, "Call").turn_of, "Path Outsider")
		frappe.set_user("Administrator")
		factories.move(call, "Accept", OUTSIDER)
		factories.move(call, "Achieve", CALLER)
		self.assertEqual(self.named(project, "Visit").sender, "Path Caller")

	def test_delegate_by_operations_and_back(self) -> None:
		project = self.started()
		frappe.set_user(OPERATOR)
		call = factories.fresh(self.named(project, "Call"))
		call.update({"delegated_to": "Path Seller", "reason": "Ill"})
		call.save()
		call = factories.fresh(call)
		call.update({"delegated_to": None, "reason": "Well again"})
		call.save()
		self.assertEqual(self.named(project, "Call").turn_of, "Path Caller")
		call = factories.fresh(call)
		call.update({"delegated_to": "Path Caller", "reason": "No sense"})
		self.refuse(call.save, error=MilestoneMoveError)

	def test_kanban_card(self) -> None:
		"""Dragging a card sets ``status`` alone; it is the same move, with the same checks."""
		project = self.started()
		call = self.named(project, "Call")
		frappe.set_user(SELLER)
		self.refuse(client.set_value, "Sales Milestone", call.name, "status", "In Progress")
		frappe.set_user(CALLER)
		self.refuse(client.set_value, "Sales Milestone", call.name, "status", "Waiting")
		self.refuse(client.set_value, "Sales Milestone", call.name, "status", "Skipped")
		client.set_value("Sales Milestone", call.name, "status", "In Progress")
		self.assertEqual(self.named(project, "Call").workflow_state, "In Progress")


class TestWrongWays(MilestoneCase):
	"""Everything that goes round the actions is refused, whoever tries, and changes nothing."""

	def snapshot(self, project: Document) -> list[dict]:
		return frappe.get_all("Sales Milestone", {"sales_project": project.name}, ["*"], order_by="name")

	def test_somebody_elses(self) -> None:
		project = self.started()
		call = self.named(project, "Call")
		before = self.snapshot(project)
		for user in (SELLER, DESIGNER, OUTSIDER, OPERATOR, "Administrator"):
			for action in ("Accept", "Achieve", "Return"):
				with self.subTest(user=user, action=action):
					self.refuse(factories.move, call, action, user, question="?")
					frappe.set_user(user)
					self.refuse(apply_workflow, factories.fresh(call), action)
		self.assertEqual(self.snapshot(project), before)

	def test_administrator_sets_nothing_aside(self) -> None:
		call = self.named(self.started(), "Call")
		for action in ("Skip", "Cancel"):
			self.refuse(
				factories.move, call, action, "Administrator", reason="I may", error=NotYourMilestoneError
			)

	def test_skipping_states(self) -> None:
		project = self.started()
		visit, call = self.named(project, "Visit"), self.named(project, "Call")
		for state in ("Ready", "In Progress", "Achieved", "Returned"):
			with self.subTest(state):
				frappe.set_user(SELLER)
				self.refuse(client.set_value, "Sales Milestone", visit.name, "workflow_state", state)
		frappe.set_user(CALLER)
		self.refuse(client.set_value, "Sales Milestone", call.name, "workflow_state", "Waiting")
		client.set_value("Sales Milestone", call.name, "workflow_state", "Achieved")
		for state in ("Ready", "In Progress", "Waiting", "Returned", "Cancelled"):
			with self.subTest(state):
				self.refuse(client.set_value, "Sales Milestone", call.name, "workflow_state", state)

	def test_fields_that_the_app_keeps(self) -> None:
		project = self.started()
		call = self.named(project, "Call")
		tries = {
			"responsible": "Path Outsider",
			"turn_of": "Path Outsider",
			"sender": "Path Outsider",
			"due_date": "2030-01-01",
			"milestone": "Something else",
			"step": 5,
			"expected_days": 50,
			"probability": 100,
			"sales_role": "Sales Person",
			"sales_project": self.started().name,
			"company": factories.company("Path Company", "PTC"),
			"opened_on": "2020-01-01 00:00:00",
			"state_since": "2020-01-01 00:00:00",
			"achieved_on": "2020-01-01 00:00:00",
			"achieved_user": OUTSIDER,
			"held_seconds": 5000,
			"returns": 7,
			"evidence_required": 1,
			"achieved_by": "Quotation",
			"form_as_answered": "[]",
			"outcome": "Nothing",
			"find_out": "Nothing",
			"condition_on": "Earlier Answer",
			"escalated_on": "2020-01-01 00:00:00",
		}
		before = self.snapshot(project)
		for user in (CALLER, BOSS, OPERATOR, "Administrator"):
			for field, value in tries.items():
				with self.subTest(user=user, field=field):
					frappe.set_user(user)
					self.refuse(
						client.set_value,
						"Sales Milestone",
						call.name,
						field,
						value,
						error=MilestoneLockedError,
					)
					smuggled = factories.fresh(call)
					smuggled.update({field: value, "workflow_state": "In Progress"})
					self.refuse(smuggled.save, error=MilestoneLockedError)
		self.assertEqual(self.snapshot(project), before)

	def test_owner_and_docstatus(self) -> None:
		call = self.named(self.started(), "Call")
		for user in (CALLER, OPERATOR, "Administrator"):
			frappe.set_user(user)
			for values in ({"owner": CALLER}, {"creation": "2020-01-01 00:00:00"}, {"docstatus": 1}):
				with self.subTest(user=user, values=values):
					doc = factories.fresh(call)
					doc.update(values)
					self.refuse(doc.save)
			self.refuse(client.submit, factories.fresh(call).as_dict())
			self.refuse(client.cancel, "Sales Milestone", call.name)

	def test_discard(self) -> None:
		"""Frappe 16 has such a method; on 15 there is nothing to refuse."""
		call = self.named(self.started(), "Call")
		for user in (CALLER, OPERATOR, "Administrator"):
			frappe.set_user(user)
			self.refuse(lambda: factories.discard(factories.fresh(call)), error=WorkflowLockError)

	def test_texts_of_others(self) -> None:
		project = self.started()
		factories.move(self.named(project, "Call"), "Achieve", CALLER)
		visit, call = self.named(project, "Visit"), self.named(project, "Call")
		for user, milestone, field in (
			(CALLER, visit, "question"),
			(CALLER, visit, "remark"),
			(SELLER, visit, "reply"),
			(CALLER, call, "remark"),
			(CALLER, call, "reason"),
			(OPERATOR, visit, "question"),
			(OPERATOR, visit, "remark"),
			(OPERATOR, visit, "evidence"),
			(DESIGNER, visit, "reason"),
		):
			with self.subTest(user=user, field=field):
				frappe.set_user(user)
				self.refuse(client.set_value, "Sales Milestone", milestone.name, field, "/files/x.txt")

	def test_a_text_as_long_as_a_book(self) -> None:
		project = self.started()
		frappe.set_user(CALLER)
		call = self.named(project, "Call").name
		for field in ("question", "reason", "remark"):
			with self.subTest(field=field):
				self.refuse(client.set_value, "Sales Milestone", call, field, "x" * 2**20)

	def test_a_reply_of_others(self) -> None:
		project = self.started()
		factories.move(self.named(project, "Call"), "Achieve", CALLER)
		factories.move(self.named(project, "Visit"), "Return", SELLER, question="Which floor?")
		frappe.set_user(OPERATOR)
		visit = self.named(project, "Visit").name
		self.refuse(
			client.set_value, "Sales Milestone", visit, "reply", "The third", error=NotYourMilestoneError
		)

	def test_made_copied_renamed_deleted_by_hand(self) -> None:
		project = self.started()
		call = self.named(project, "Call")
		for user in (CALLER, BOSS, OPERATOR, "Administrator"):
			with self.subTest(user):
				frappe.set_user(user)
				copy = {**call.as_dict(no_nulls=True), "name": f"{project.name}-77", "position": 77}
				copy.pop("creation")
				self.refuse(client.insert, {**copy, "__islocal": 1})
				self.refuse(frappe.copy_doc(call).insert)
				self.refuse(client.delete, "Sales Milestone", call.name)
				self.refuse(frappe.delete_doc, "Sales Milestone", call.name, force=True)
				self.refuse(frappe.rename_doc, "Sales Milestone", call.name, "X", force=True)
				self.refuse(client.rename_doc, "Sales Milestone", call.name, "X")
		self.assertEqual(len(factories.milestones_of(project)), len(ROWS))

	def test_the_log_is_history(self) -> None:
		project = self.started()
		move = frappe.get_last_doc("Milestone Move", {"sales_project": project.name})
		for user in (CALLER, OPERATOR, "Administrator"):
			with self.subTest(user):
				frappe.set_user(user)
				self.refuse(client.set_value, "Milestone Move", move.name, "seconds", 1)
				self.refuse(client.delete, "Milestone Move", move.name)
				self.refuse(frappe.rename_doc, "Milestone Move", move.name, "X", force=True)
				self.refuse(client.insert, {**move.as_dict(), "name": None, "__islocal": 1})

	def test_bulk_edit(self) -> None:
		project = self.started()
		call = self.named(project, "Call")
		before = self.snapshot(project)
		frappe.set_user(SELLER)
		for values in ({"status": "Achieved"}, {"workflow_state": "Achieved"}, {"turn_of": "Path Seller"}):
			frappe.db.savepoint("bulk")
			done = client.bulk_update(
				frappe.as_json([{"doctype": "Sales Milestone", "docname": call.name, **values}])
			)
			self.assertEqual(len(done["failed_docs"]), 1)
		self.assertEqual(self.snapshot(project), before)

	def test_standing_projects(self) -> None:
		project = self.started()
		project = apply_workflow(factories.fresh(project), "Hold")
		message = self.refuse(factories.move, self.named(project, "Call"), "Accept", CALLER)
		self.assertIn("Resume", message)
		self.refuse(factories.move, self.named(project, "Call"), "Skip", BOSS, reason="No")
		apply_workflow(factories.fresh(project), "Resume")
		factories.move(self.named(project, "Call"), "Accept", CALLER)

	def test_deleted_with_its_project_only(self) -> None:
		project = self.started()
		factories.move(self.named(project, "Call"), "Achieve", CALLER)
		frappe.delete_doc("Sales Project", project.name)
		for doctype in ("Sales Milestone", "Milestone Move", "Milestone Hand-off"):
			self.assertEqual(frappe.db.count(doctype, {"sales_project": project.name}), 0)
