"""People moving milestones at the same time, on real connections that commit.

Everything made here is removed afterwards.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from unittest.mock import patch

import frappe
import frappe.realtime
from frappe.model.document import Document
from frappe.model.workflow import apply_workflow

from sales_activity.sales_activity.milestones import events, starting
from sales_activity.tests import factories
from sales_activity.tests.base import TestCase
from sales_activity.tests.parallel import Outcome, run_together

HERE = __name__
CUSTOMER, PROCESS, FORM = "At Once Customer", "At Once Process", "At Once Form"
CONDITIONAL, QUOTED, ASKED = "At Once Conditional", "At Once Quoted", "At Once Asked"
ITEM = "At Once Item"
SELLER, DESIGNER, BOSS = (f"at.once.{name}@example.com" for name in ("seller", "designer", "boss"))
SELLER_ROLE, DESIGNER_ROLE = "At Once Seller", "At Once Designer"
TEAM = [("At Once Seller", SELLER_ROLE), ("At Once Designer", DESIGNER_ROLE)]
PROCESS_ROWS = [
	("Visit", 1, SELLER_ROLE, {"milestone_form": FORM}),
	("Design", 2, DESIGNER_ROLE, {"milestone_form": FORM}),
	("Estimate", 2, SELLER_ROLE, {"milestone_form": FORM}),
	("Close", 3, SELLER_ROLE),
]
# what somebody is told who was slower
TOO_LATE = {"TimestampMismatchError", "MilestoneMoveError", "WorkflowTransitionError", "ProcessStartError"}


# --- what the workers do -------------------------------------------------------------------------------------


def achieve(user: str, milestone: str) -> None:
	frappe.set_user(user)
	answers = (
		{"said": f"by {user}"} if not frappe.db.exists("Milestone Answer", {"parent": milestone}) else {}
	)
	factories.move(milestone, "Achieve", answers=answers)


def set_project(action: str, project: str) -> None:
	apply_workflow(frappe.get_doc("Sales Project", project), action)


def submit(quotation: str) -> None:
	frappe.get_doc("Quotation", quotation).submit()


def start(project: str) -> None:
	starting.start([project], PROCESS)


# --- the tests -----------------------------------------------------------------------------------------------


class TestAtOnce(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		factories.customer(CUSTOMER)
		factories.user(BOSS, "Sales User", "Sales Manager")
		boss = factories.sales_person("At Once Boss", of_user=BOSS, is_group=True)
		for user, person, role in (
			(SELLER, "At Once Seller", SELLER_ROLE),
			(DESIGNER, "At Once Designer", DESIGNER_ROLE),
		):
			factories.user(user, "Sales User")
			factories.sales_person(person, boss, of_user=user)
			factories.sales_role(role)
		factories.make_once(
			"Milestone Form",
			FORM,
			form_name=FORM,
			questions=[{"label": "Said", "fieldname": "said", "fieldtype": "Data", "mandatory": 1}],
		)
		factories.sales_process(PROCESS, PROCESS_ROWS)
		said = {"condition_on": "Earlier Answer", "condition_field": "said", "condition_operator": "is set"}
		factories.sales_process(
			CONDITIONAL,
			[
				("Visit", 1, SELLER_ROLE, {"milestone_form": FORM}),
				("Look", 1, DESIGNER_ROLE),
				("Design", 2, DESIGNER_ROLE, said),
			],
		)
		factories.sales_process(
			QUOTED,
			[
				("Visit", 1, SELLER_ROLE, {"milestone_form": FORM}),
				("Quote", 2, SELLER_ROLE, {"achieved_by": "Quotation"}),
			],
		)
		asked = {"achieved_by": "Quotation", "milestone_form": FORM}
		factories.sales_process(ASKED, [("Quote", 1, SELLER_ROLE, asked)])
		factories.item(ITEM)
		frappe.db.commit()
		cls.addClassCleanup(remove_everything)

	def tearDown(self) -> None:
		"""Everything was committed: there is no savepoint to go back to."""
		frappe.db.rollback()

	def started(self, *achieved: str) -> Document:
		project = factories.sales_project(CUSTOMER, TEAM, sales_process=PROCESS)
		for milestone in achieved:
			achieve(SELLER, self.named(project, milestone))
		frappe.set_user("Administrator")
		return project

	def named(self, project: Document, milestone: str) -> str:
		return next(row.name for row in factories.milestones_of(project) if row.milestone == milestone)

	def states(self, project: Document) -> dict[str, str]:
		return {row.milestone: row.status for row in factories.milestones_of(project)}

	def moves(self, project: Document) -> Counter:
		"""How often each milestone came into each state."""
		rows = frappe.get_all(
			"Milestone Move", {"sales_project": project.name}, ["sales_milestone", "to_state"], limit=0
		)
		names = {row.name: row.milestone for row in factories.milestones_of(project)}
		return Counter((names[row.sales_milestone], row.to_state) for row in rows)

	def together(self, *calls: tuple) -> list[Outcome]:
		"""Run (function, argument...) at once; whoever is refused is told that somebody was faster."""
		outcomes = run_together([(f"{HERE}.{call[0].__name__}", list(call[1:])) for call in calls])
		errors = {outcome.error for outcome in outcomes if outcome.error}
		self.assertLessEqual(errors, TOO_LATE, [outcome for outcome in outcomes if outcome.error])
		return outcomes

	def test_the_same_milestone(self) -> None:
		project = self.started()
		visit = self.named(project, "Visit")
		outcomes = self.together((achieve, SELLER, visit), (achieve, BOSS, visit), (achieve, SELLER, visit))
		self.assertEqual(sum(not outcome.error for outcome in outcomes), 1)
		moves = self.moves(project)
		self.assertEqual(moves["Visit", "Achieved"], 1)
		self.assertEqual((moves["Design", "Ready"], moves["Estimate", "Ready"]), (1, 1))
		self.assertEqual(frappe.db.count("Milestone Answer", {"parent": visit}), 1)
		hand_offs = {"sales_project": project.name, "from_milestone": visit}
		self.assertLessEqual(frappe.db.count("Milestone Hand-off", {**hand_offs, "kind": "Hand-off"}), 2)

	def test_the_last_two_of_a_step(self) -> None:
		"""Each sees what the other did: the next step opens, and once."""
		for _round in range(3):
			project = self.started("Visit")
			outcomes = self.together(
				(achieve, DESIGNER, self.named(project, "Design")),
				(achieve, SELLER, self.named(project, "Estimate")),
			)
			self.assertEqual([outcome.error for outcome in outcomes], [None, None])
			self.assertEqual(self.states(project)["Close"], "Ready")
			self.assertEqual(self.moves(project)["Close", "Ready"], 1)

	def test_neighbours(self) -> None:
		"""Different projects get their first answers at once: nobody waits in a circle."""
		projects = [self.started() for _number in range(6)]
		outcomes = self.together(*((achieve, SELLER, self.named(project, "Visit")) for project in projects))
		self.assertEqual([outcome.error for outcome in outcomes], [None] * 6)
		for project in projects:
			self.assertEqual(self.states(project)["Design"], "Ready")

	def meanwhile(self, project: Document) -> None:
		"""The seller achieves the visit and commits, after this transaction has begun to read."""
		call = (f"{HERE}.achieve", [SELLER, self.named(project, "Visit")])
		(outcome,) = run_together([call], in_this_transaction=True)
		self.assertIsNone(outcome.error)

	def test_answered_while_the_step_is_finished(self) -> None:
		"""A condition looks at what somebody else answered a moment ago."""
		project = factories.sales_project(CUSTOMER, TEAM, sales_process=CONDITIONAL)
		frappe.db.commit()
		self.meanwhile(project)
		factories.move(self.named(project, "Look"), "Achieve", DESIGNER)
		frappe.db.commit()
		self.assertEqual(self.states(project)["Design"], "Ready")

	def test_opened_while_the_document_is_submitted(self) -> None:
		project = factories.sales_project(CUSTOMER, TEAM, sales_process=QUOTED)
		frappe.db.commit()
		quotation = factories.quotation(CUSTOMER, [(ITEM, 1, 10)], submit=False, sales_project=project.name)
		self.meanwhile(project)
		quotation.submit()
		quote = frappe.db.get_value("Sales Milestone", f"{project.name}-02", "status", for_update=True)
		self.assertEqual(quote, "Achieved")

	def test_submitted_while_the_step_is_opened(self) -> None:
		"""Who opens the step has begun to read before the document is submitted, and doesn't see it. The sweep does."""
		project = factories.sales_project(CUSTOMER, TEAM, sales_process=QUOTED)
		quotation = factories.quotation(CUSTOMER, [(ITEM, 1, 10)], submit=False, sales_project=project.name)
		frappe.db.commit()
		frappe.db.get_value("Quotation", quotation.name, "docstatus")
		(outcome,) = run_together([(f"{HERE}.submit", [quotation.name])], in_this_transaction=True)
		self.assertIsNone(outcome.error, outcome)
		achieve(SELLER, self.named(project, "Visit"))
		frappe.set_user("Administrator")
		frappe.db.commit()
		self.assertLessEqual(events.take_up_missed(), 1)
		self.assertEqual(self.states(project)["Quote"], "Achieved")
		self.assertEqual(self.moves(project)["Quote", "Achieved"], 1)
		self.assertEqual(events.take_up_missed(), 0)

	def test_the_sweep_leaves_what_is_explained(self) -> None:
		"""What lacks answers is told why it stays, once; what is on hold waits; what is to come costs two queries."""
		lacking, held = (
			factories.sales_project(CUSTOMER, TEAM, sales_process=process) for process in (ASKED, QUOTED)
		)
		achieve(SELLER, self.named(held, "Visit"))
		frappe.set_user("Administrator")
		set_project("Hold", held.name)
		for project in (lacking, held):
			quotation = factories.quotation(CUSTOMER, [(ITEM, 1, 10)])
			frappe.db.set_value("Quotation", quotation.name, "sales_project", project.name)
		frappe.db.commit()
		self.assertEqual(events.take_up_missed(), 1)
		with self.assertQueryCount(2):
			self.assertEqual(events.take_up_missed(), 0)
		self.assertEqual((self.states(lacking)["Quote"], self.states(held)["Quote"]), ("Ready", "Ready"))
		about = {"reference_doctype": "Sales Milestone", "comment_type": "Info"}
		told = frappe.get_all(
			"Comment", {**about, "reference_name": self.named(lacking, "Quote")}, pluck="content"
		)
		self.assertEqual(len(told), 1, told)
		set_project("Resume", held.name)
		self.assertEqual(self.states(held)["Quote"], "Achieved")

	def test_open_forms_are_told_after_the_commit(self) -> None:
		"""Of what the app itself moves: a submitted document, a step that opens. Nothing of what is undone."""
		project = factories.sales_project(CUSTOMER, TEAM, sales_process=QUOTED)
		frappe.db.commit()
		visit, quote = self.named(project, "Visit"), self.named(project, "Quote")
		achieve(SELLER, visit)
		frappe.set_user("Administrator")
		self.assertEqual(self.told_by(frappe.db.rollback), set())
		achieve(SELLER, visit)
		frappe.set_user("Administrator")
		milestone, of_project = ("Sales Milestone", quote), ("Sales Project", project.name)
		self.assertLessEqual({milestone, of_project}, self.told_by(frappe.db.commit))
		quotation = factories.quotation(CUSTOMER, [(ITEM, 1, 10)], submit=False, sales_project=project.name)
		frappe.db.commit()
		self.assertFalse({milestone, of_project} & self.told_by(quotation.submit))
		self.assertLessEqual({milestone, of_project}, self.told_by(frappe.db.commit))

	def told_by(self, action: Callable[[], object]) -> set[tuple[str, str]]:
		"""The documents whose forms hear of a change while something is done."""
		sent = []
		with patch.object(frappe.realtime, "emit_via_redis", lambda *event: sent.append(event)):
			action()
		return {(told["doctype"], told["name"]) for event, told, _room in sent if event == "doc_update"}

	def test_held_while_achieved(self) -> None:
		project = self.started()
		visit = self.named(project, "Visit")
		outcomes = self.together((achieve, SELLER, visit), (set_project, "Hold", project.name))
		achieved = self.states(project)["Visit"] == "Achieved"
		self.assertEqual(achieved, not outcomes[0].error)
		stopped = frappe.db.get_value("Sales Project", project.name, "clock_stopped_on")
		self.assertEqual(bool(stopped), not outcomes[1].error)
		current = frappe.db.get_value("Sales Project", project.name, "current_milestone")
		self.assertEqual(current, self.named(project, "Design") if achieved else visit)

	def test_started_twice(self) -> None:
		project = factories.sales_project(CUSTOMER, TEAM)
		outcomes = self.together((start, project.name), (start, project.name))
		self.assertEqual(sorted(str(outcome.error) for outcome in outcomes), ["None", "ProcessStartError"])
		self.assertEqual(len(factories.milestones_of(project)), len(PROCESS_ROWS))


def remove_everything() -> None:
	"""What was committed for these tests."""
	frappe.set_user("Administrator")
	for name in frappe.get_all("Quotation", {"party_name": CUSTOMER}, pluck="name"):
		factories.cancel(frappe.get_doc("Quotation", name))
		frappe.delete_doc("Quotation", name, force=True)
	for name in frappe.get_all("Sales Project", {"party": CUSTOMER}, pluck="name"):
		factories.remove_mails([milestone.name for milestone in factories.milestones_of(name)])
		frappe.delete_doc("Sales Project", name, force=True)
	for process in (PROCESS, CONDITIONAL, QUOTED, ASKED):
		frappe.delete_doc("Sales Process", process, force=True)
	frappe.delete_doc("Item", ITEM, force=True)
	frappe.delete_doc("Milestone Form", FORM, force=True)
	for role in (SELLER_ROLE, DESIGNER_ROLE):
		frappe.delete_doc("Sales Role", role, force=True)
	for person in ("At Once Seller", "At Once Designer", "At Once Boss"):
		employee = frappe.db.get_value("Sales Person", person, "employee")
		frappe.delete_doc("Sales Person", person, force=True)
		frappe.delete_doc("Employee", employee, force=True)
	frappe.delete_doc("Customer", CUSTOMER, force=True)
	frappe.db.commit()
