"""What moves milestones besides people: documents, holds, changed processes; and how little it costs."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import frappe
from frappe.core.doctype.data_import.importer import Importer
from frappe.model.document import Document
from frappe.model.workflow import apply_workflow
from frappe.utils import add_days, getdate, now_datetime

from sales_activity.sales_activity.doctype.sales_process.sales_process import ProcessDefinitionError
from sales_activity.sales_activity.masters import DisabledMasterError
from sales_activity.sales_activity.milestones import rules, starting, updating
from sales_activity.sales_activity.milestones.moves import MilestoneLockedError
from sales_activity.sales_activity.pipeline.queries import open_pipeline
from sales_activity.tests import factories
from sales_activity.tests.test_milestone_moves import (
	CALLER,
	DESIGNER,
	OUTSIDER,
	PEOPLE,
	PROCESS,
	ROWS,
	SELLER,
	TEAM,
	MilestoneCase,
)
from sales_activity.tests.test_reports import counted_queries, forget_requests

FORM = "Course Form"


class CourseCase(MilestoneCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.item = factories.item("Course Item", factories.item_group("Course Group"))
		factories.make_once(
			"Milestone Form",
			FORM,
			form_name=FORM,
			questions=[{"label": "Said", "fieldname": "said", "fieldtype": "Data", "mandatory": 1}],
		)

	def achieve(self, project: Document, milestone: str, user: str, **values: object) -> None:
		factories.move(self.named(project, milestone), "Achieve", user, **values)

	def quote(self, project: Document, **values: object) -> Document:
		return factories.quotation(self.customer, [(self.item, 2, 50)], sales_project=project.name, **values)

	def order(self, project: Document, **values: object) -> Document:
		return factories.sales_order(
			self.customer, [(self.item, 2, 50)], sales_project=project.name, **values
		)

	def comments(self, milestone: Document) -> list[str]:
		filters = {"reference_doctype": "Sales Milestone", "reference_name": milestone.name}
		return frappe.get_all("Comment", {**filters, "comment_type": "Info"}, pluck="content")


class TestDocuments(CourseCase):
	def process(self, **fields: object) -> str:
		name = f"Documents {sorted(fields)}"
		rows = [
			("Quoted", 1, "Sales Person", {"achieved_by": "Quotation", **fields}),
			("Ordered", 2, "Sales Person", {"achieved_by": "Sales Order"}),
			("Told", 3, "Tele-sales"),
		]
		return factories.sales_process(name, rows)

	def test_a_submitted_document_achieves(self) -> None:
		project = self.started(self.process())
		draft = self.quote(project, submit=False)
		self.assertEqual(self.states(project)["Quoted"], "Ready")
		draft.submit()
		self.assertEqual(self.states(project), {"Quoted": "Achieved", "Ordered": "Ready", "Told": "Waiting"})
		order = self.order(project)
		self.assertEqual(self.states(project), {"Quoted": "Achieved", "Ordered": "Achieved", "Told": "Ready"})
		move = frappe.get_last_doc(
			"Milestone Move",
			{"sales_milestone": self.named(project, "Ordered").name, "to_state": "Achieved"},
		)
		self.assertEqual((move.via, move.user), (f"Sales Order {order.name}", "Administrator"))

	def test_one_submitted_before_counts_when_the_step_opens(self) -> None:
		project = self.started(self.process())
		self.order(project)
		self.assertEqual(self.states(project)["Ordered"], "Waiting")
		self.quote(project)
		self.assertEqual(self.states(project), {"Quoted": "Achieved", "Ordered": "Achieved", "Told": "Ready"})

	def test_one_linked_after_it_was_submitted(self) -> None:
		project = self.started(self.process())
		for doc in (
			factories.quotation(self.customer, [(self.item, 2, 50)]),
			factories.sales_order(self.customer, [(self.item, 2, 50)]),
		):
			doc = factories.fresh(doc)
			doc.sales_project = project.name
			doc.save()
		self.assertEqual(self.states(project), {"Quoted": "Achieved", "Ordered": "Achieved", "Told": "Ready"})

	def test_all_documents_there_already(self) -> None:
		project = factories.sales_project(self.customer, TEAM)
		self.quote(project)
		self.order(project)
		starting.start([project.name], self.process())
		self.assertEqual(self.states(project), {"Quoted": "Achieved", "Ordered": "Achieved", "Told": "Ready"})

	def test_what_is_missing_holds_it_up_and_says_so(self) -> None:
		project = self.started(self.process(milestone_form=FORM, evidence_required=1))
		quotation = self.quote(project)
		quoted = self.named(project, "Quoted")
		self.assertEqual(quoted.status, "Ready")
		(comment,) = self.comments(quoted)
		self.assertIn(quotation.name, comment)
		self.assertIn("Said", comment)

	def test_a_returned_one_too(self) -> None:
		rows = [("First", 1, "Tele-sales"), ("Quoted", 2, "Sales Person", {"achieved_by": "Quotation"})]
		project = self.started(factories.sales_process("Documents returned", rows))
		self.achieve(project, "First", CALLER)
		factories.move(self.named(project, "Quoted"), "Return", SELLER, question="Which?")
		self.quote(project)
		self.assertEqual(self.states(project)["Quoted"], "Achieved")

	def test_while_the_project_stands(self) -> None:
		project = self.started(self.process())
		apply_workflow(factories.fresh(project), "Hold")
		self.quote(project)
		quoted = self.named(project, "Quoted")
		self.assertEqual((quoted.status, len(self.comments(quoted))), ("Ready", 1))
		apply_workflow(factories.fresh(project), "Resume")
		self.assertEqual(self.states(project)["Quoted"], "Achieved")

	def test_other_projects_and_none_stay(self) -> None:
		project, other = self.started(self.process()), self.started(self.process())
		self.quote(other)
		factories.quotation(self.customer, [(self.item, 1, 10)])
		self.assertEqual(self.states(project)["Quoted"], "Ready")

	def test_opportunity_shows_the_stage(self) -> None:
		stage = factories.sales_stage("Course Stage")
		rows = [
			("First", 1, "Tele-sales", {"probability": 15}),
			("Second", 2, "Sales Person", {"probability": 35, "sales_stage": stage}),
		]
		process = factories.sales_process("With a stage", rows)
		source = factories.opportunity(self.customer, [(self.item, 1, 10)])
		project = self.started(process, reference_doctype="Opportunity", reference_name=source.name)
		self.assertEqual(factories.fresh(source).probability, 15)
		self.achieve(project, "First", CALLER)
		source = factories.fresh(source)
		self.assertEqual((source.sales_stage, source.probability), (stage, 35))

	def test_pipeline_is_weighed_by_the_current_milestone(self) -> None:
		project = self.started()
		self.quote(project)

		def weights() -> set[float]:
			found = open_pipeline(factories.COMPANY, sales_project=project.name)
			return {round(row.weighted.amount / row.open.amount, 4) for row in found}

		self.assertEqual(weights(), {0.1})
		self.achieve(project, "Call", CALLER)
		self.assertEqual(weights(), {0.2})


class TestClocks(CourseCase):
	def age(self, project: Document, days: float) -> None:
		"""The clock was stopped so long ago, and everything began before."""
		ago = now_datetime() - timedelta(days=days)
		frappe.db.set_value("Sales Project", project.name, "clock_stopped_on", ago)
		for row in factories.milestones_of(project):
			frappe.db.set_value(
				"Sales Milestone", row.name, {"state_since": ago - timedelta(days=1)}, update_modified=False
			)

	def test_hold_and_resume(self) -> None:
		project = self.started()
		due = self.named(project, "Call").due_date
		project = apply_workflow(factories.fresh(project), "Hold")
		self.assertTrue(project.clock_stopped_on)
		self.age(project, 3)
		project = apply_workflow(factories.fresh(project), "Resume")
		self.assertIsNone(frappe.db.get_value("Sales Project", project.name, "clock_stopped_on"))
		call, visit = self.named(project, "Call"), self.named(project, "Visit")
		self.assertEqual((call.due_date, visit.due_date), (getdate(add_days(due, 3)), None))
		for row in (call, visit):
			self.assertAlmostEqual(row.held_seconds, 3 * 86400, delta=60)
		self.achieve(project, "Call", CALLER)
		move = frappe.get_last_doc("Milestone Move", {"sales_milestone": call.name, "to_state": "Achieved"})
		self.assertAlmostEqual(move.held_seconds, 3 * 86400, delta=60)
		self.assertAlmostEqual(move.seconds, 86400, delta=60)

	def test_lost_after_hold_goes_on_standing(self) -> None:
		project = self.started()
		project = apply_workflow(factories.fresh(project), "Hold")
		since = project.clock_stopped_on
		project = factories.fresh(project)
		project.lost_reason = "Too dear"
		project = apply_workflow(project.save(), "Lose")
		self.assertEqual(factories.fresh(project).clock_stopped_on, since)
		self.age(project, 10)
		apply_workflow(factories.fresh(project), "Reopen")
		self.assertAlmostEqual(self.named(project, "Call").held_seconds, 10 * 86400, delta=60)

	def test_a_won_project_goes_on(self) -> None:
		project = self.started()
		project = apply_workflow(factories.fresh(project), "Win")
		self.assertIsNone(project.clock_stopped_on)
		self.achieve(project, "Call", CALLER)

	def test_not_started_on_a_standing_project(self) -> None:
		project = factories.sales_project(self.customer, TEAM)
		project = apply_workflow(factories.fresh(project), "Hold")
		project = factories.fresh(project)
		project.sales_process = PROCESS
		self.refuse(project.save, error=starting.ProcessStartError)


class TestUpdate(CourseCase):
	def setUp(self) -> None:
		super().setUp()
		self.process = factories.make(
			"Sales Process", process_name="Changing", milestones=factories.process_rows(ROWS)
		)

	def change(self) -> None:
		"""Visit is over, Design is told differently, Close is another's, a Check comes in before it."""
		process = factories.fresh(self.process)
		rows = {row.milestone: row for row in process.milestones}
		rows["Design"].outcome = "Drawn and checked"
		rows["Close"].update({"sales_role": "Tele-sales", "step": 5})
		process.remove(rows["Estimate"])
		process.append("milestones", factories.process_rows([("Check", 4, "Design Consultant")])[0])
		rows["Call"].outcome = "Changed, but the call is open"
		process.save()

	def test_nothing_happens_unasked(self) -> None:
		project = self.started(self.process.name)
		before = [row.as_dict() for row in factories.milestones_of(project)]
		self.change()
		project = factories.fresh(project)
		project.title = "Saved"
		project.save()
		after = [row.as_dict() for row in factories.milestones_of(project)]
		for row in (*before, *after):
			row.pop("project_title")
		self.assertEqual(before, after)

	def test_preview_tells_and_update_does(self) -> None:
		project = self.started(self.process.name)
		call = self.named(project, "Call").as_dict()
		self.change()
		preview = updating.preview_update(project.name)
		self.assertEqual([row["milestone"] for row in preview["added"]], ["Check"])
		self.assertEqual([row["milestone"] for row in preview["removed"]], ["Estimate"])
		changes = {
			row["milestone"]: {c["label"]: (c["before"], c["after"]) for c in row["changes"]}
			for row in preview["changed"]
		}
		self.assertEqual(
			changes["Design"], {"Verifiable Outcome": ("Anybody can check it", "Drawn and checked")}
		)
		self.assertEqual(changes["Close"], {"Step": (4, 5), "Role": ("Sales Person", "Tele-sales")})
		self.assertEqual(self.states(project)["Estimate"], "Waiting")

		self.assertEqual(updating.update_from_process(project.name), preview)
		self.assertEqual(
			self.states(project),
			{
				"Call": "Ready",
				"Visit": "Waiting",
				"Design": "Waiting",
				"Estimate": "Cancelled",
				"Check": "Waiting",
				"Close": "Waiting",
			},
		)
		self.assertEqual(self.named(project, "Call").as_dict(), call)
		self.assertEqual(self.named(project, "Check").name, f"{project.name}-06")
		self.assertEqual(self.named(project, "Close").turn_of, "Path Caller")
		empty = {"added": [], "removed": [], "changed": []}
		self.assertEqual(updating.preview_update(project.name), empty)

		self.achieve(project, "Call", CALLER)
		self.achieve(project, "Visit", SELLER)
		self.achieve(project, "Design", DESIGNER)
		self.assertEqual(self.states(project)["Check"], "Ready")

	def test_a_new_milestone_of_a_step_that_is_over_opens_at_once(self) -> None:
		project = self.started(self.process.name)
		self.achieve(project, "Call", CALLER)
		process = factories.fresh(self.process)
		process.append("milestones", factories.process_rows([("Forgotten", 1, "Tele-sales")])[0])
		process.save()
		updating.update_from_process(project.name)
		forgotten = self.named(project, "Forgotten")
		self.assertEqual((forgotten.status, forgotten.turn_of), ("Ready", "Path Caller"))
		self.assertEqual(factories.fresh(project).current_milestone, forgotten.name)
		self.assertEqual(self.states(project)["Visit"], "Ready")

	def test_refused(self) -> None:
		alone = factories.sales_project(self.customer, TEAM)
		self.refuse(updating.preview_update, alone.name, error=updating.ProcessUpdateError)
		project = self.started(self.process.name)
		apply_workflow(factories.fresh(project), "Hold")
		self.refuse(updating.update_from_process, project.name, error=updating.ProcessUpdateError)


class TestProcess(CourseCase):
	def make(self, *rows: tuple) -> Document:
		return factories.make("Sales Process", process_name="Tried", milestones=factories.process_rows(rows))

	def test_refuses_what_cannot_run(self) -> None:
		answer = {
			"condition_on": "Earlier Answer",
			"condition_field": "said",
			"condition_operator": "=",
			"condition_value": "x",
		}
		form = {"milestone_form": FORM}
		message = self.refuse(
			self.make,
			("A", 1, "Tele-sales", form),
			("B", 1, "Tele-sales", answer),
			error=ProcessDefinitionError,
		)
		self.assertIn("said", message)
		self.refuse(self.make, ("A", 0, "Tele-sales"), error=ProcessDefinitionError)
		self.refuse(self.make, ("A", 1, "Tele-sales"), (" a", 2, "Tele-sales"), error=ProcessDefinitionError)
		script = self.refuse(self.make, ("<script>alert(1)</script>", 0, "Tele-sales"))
		self.assertNotIn("<script>", script)
		self.make(("A", 1, "Tele-sales", form), ("B", 2, "Tele-sales", answer))

	def test_refuses_disabled_roles_and_forms(self) -> None:
		off = factories.sales_role("Course Role", disabled=True)
		self.refuse(self.make, ("A", 1, off), error=DisabledMasterError)
		frappe.db.set_value("Milestone Form", FORM, "disabled", 1)
		frappe.clear_document_cache("Milestone Form", FORM)
		self.refuse(self.make, ("A", 1, "Tele-sales", {"milestone_form": FORM}), error=ProcessDefinitionError)
		frappe.clear_document_cache("Milestone Form", FORM)

	def test_one_in_use_is_not_deleted(self) -> None:
		self.started()
		self.refuse(frappe.delete_doc, "Sales Process", PROCESS, error=frappe.LinkExistsError)


class TestVisibility(CourseCase):
	def visible(self, doctype: str, user: str) -> set[str]:
		forget_requests()
		frappe.set_user(user)
		try:
			return set(frappe.get_list(doctype, pluck="name", limit=0))
		finally:
			frappe.set_user("Administrator")

	def test_with_the_project(self) -> None:
		project = self.started()
		names = {row.name for row in factories.milestones_of(project)}
		for user in (CALLER, SELLER, DESIGNER):
			self.assertLessEqual(names, self.visible("Sales Milestone", user))
		self.assertFalse(names & self.visible("Sales Milestone", OUTSIDER))
		moves = set(frappe.get_all("Milestone Move", {"sales_project": project.name}, pluck="name"))
		self.assertLessEqual(moves, self.visible("Milestone Move", SELLER))
		self.assertFalse(moves & self.visible("Milestone Move", OUTSIDER))
		frappe.set_user(OUTSIDER)
		self.assertFalse(frappe.has_permission("Sales Milestone", "read", f"{project.name}-01"))
		self.refuse(factories.move, f"{project.name}-01", "Accept", error=frappe.PermissionError)

	def test_a_delegate_sees_the_project(self) -> None:
		project = self.started()
		call = self.named(project, "Call")
		frappe.set_user(CALLER)
		call.update({"delegated_to": "Path Outsider", "reason": "On leave"})
		call.save()
		self.assertIn(project.name, self.visible("Sales Project", OUTSIDER))
		self.assertIn(f"{project.name}-05", self.visible("Sales Milestone", OUTSIDER))
		self.assertTrue(self.visible("Milestone Move", OUTSIDER))


class TestImport(CourseCase):
	def import_row(self, import_type: str, header: str, row: str) -> None:
		"""What Data Import does with a row of a file, without its commits."""
		content = f"{header}\n{row}"
		file = factories.make("File", file_name="milestones.csv", content=content, is_private=1)
		self.addCleanup(Path(file.get_full_path()).unlink, missing_ok=True)
		importer = Importer("Sales Milestone", file_path=file.file_url, import_type=import_type)
		(payload,) = importer.import_file.get_payloads_for_import()
		importer.process_doc(payload.doc)

	def test_nothing_is_imported(self) -> None:
		project = self.started()
		call = self.named(project, "Call")
		for user in (CALLER, "Administrator"):
			with self.subTest(user):
				frappe.set_user(user)
				self.refuse(
					self.import_row,
					"Insert New Records",
					"ID,Milestone,Sales Project,Company",
					f"{project.name}-50,More,{project.name},{factories.COMPANY}",
				)
				self.refuse(
					self.import_row,
					"Update Existing Records",
					"ID,Due Date",
					f"{call.name},2031-01-01",
					error=MilestoneLockedError,
				)
				self.refuse(
					self.import_row, "Update Existing Records", "ID,Responsible", f"{call.name},Path Outsider"
				)
		self.assertEqual(len(factories.milestones_of(project)), len(ROWS))


class TestCost(CourseCase):
	"""Statements, not seconds: times are measured in benchmarks/."""

	def projects(self, number: int) -> list[str]:
		return [factories.sales_project(self.customer, TEAM).name for _number in range(number)]

	def process(self, milestones: int) -> str:
		roles = [role for _person, role in TEAM]
		rows = [(f"Stone {number}", number, roles[number % 3]) for number in range(1, milestones + 1)]
		return factories.sales_process(f"Of {milestones}", rows)

	def test_starting_takes_as_many_statements_for_many_as_for_one(self) -> None:
		process = self.process(10)
		starting.start(self.projects(1), process)  # caches
		counts = {}
		for number in (1, 12):
			projects = self.projects(number)
			with counted_queries() as statements:
				starting.start(projects, process)
			counts[number] = len(statements)
		self.assertEqual(counts[1], counts[12])
		self.assertLessEqual(counts[12], 12)

	def test_batches(self) -> None:
		process, projects = self.process(10), self.projects(6)
		was, starting.BATCH = starting.BATCH, 2
		try:
			with counted_queries() as statements:
				starting.start(projects, process)
		finally:
			starting.BATCH = was
		self.assertLessEqual(len(statements), 3 * 12 + 10)
		self.assertEqual(frappe.db.count("Sales Milestone", {"sales_project": ["in", projects]}), 60)

	def test_achieving_adds_few_statements_to_a_plain_save(self) -> None:
		"""However many milestones there are."""
		self.costs(3)  # fills the caches
		for milestones in (3, 30):
			plain, achieving = self.costs(milestones)
			self.assertLessEqual(len(achieving), len(plain) + 8, "\n".join(achieving))

	def costs(self, milestones: int) -> list[list[str]]:
		"""The statements of a plain save of the first milestone, and of achieving it."""
		project = factories.sales_project(self.customer, TEAM, sales_process=self.process(milestones)).name
		found = []
		users = {person: user for user, person in PEOPLE.items()}
		for values in ({"remark": "plain"}, {"workflow_state": "Achieved"}):
			doc = frappe.get_doc("Sales Milestone", f"{project}-01")
			frappe.set_user(users[doc.turn_of])
			doc.update(values)
			with counted_queries() as statements:
				doc.save()
			found.append(statements)
			frappe.set_user("Administrator")
		self.assertEqual(frappe.db.get_value("Sales Milestone", f"{project}-02", "status"), rules.READY)
		return found
