"""Sales Projects: the team, the outcome, the company; where they come from and what follows them."""

from __future__ import annotations

import frappe
from frappe import client
from frappe.model.workflow import apply_workflow
from frappe.utils import add_days, getdate, now_datetime

from sales_activity.patches import closing_of_projects
from sales_activity.sales_activity.doctype.sales_project.sales_project import (
	CreditPercentError,
	LostReasonMissingError,
)
from sales_activity.sales_activity.masters import DisabledMasterError
from sales_activity.sales_activity.projects.linking import CompanyMismatchError
from sales_activity.tests import factories
from sales_activity.tests.base import TestCase

OTHER = "Solution House Two"
ASHA, RAVI = "Project Asha", "Project Ravi"
SELLER, DESIGNER = "Sales Person", "Design Consultant"


class ProjectCase(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.customer = factories.customer()
		factories.company(OTHER, "SHT", "INR")
		for name in (ASHA, RAVI):
			factories.sales_person(name)
		factories.item("PROJECT-ITEM", factories.item_group("Project Group"))

	def project(self, team: list[tuple] | None = None, **values: object):
		return factories.sales_project(self.customer, [(ASHA, SELLER)] if team is None else team, **values)

	def assert_refused(self, error: type[Exception], *fragments: str):
		"""The error is raised, with these words in its message."""
		return _Refused(self, error, fragments)


class _Refused:
	def __init__(self, test: TestCase, error: type[Exception], fragments: tuple[str, ...]) -> None:
		self.test, self.error, self.fragments = test, error, fragments

	def __enter__(self) -> _Refused:
		frappe.db.savepoint("refused")
		self.context = self.test.assertRaises(self.error)
		self.context.__enter__()
		return self

	def __exit__(self, *details: object) -> bool:
		swallowed = self.context.__exit__(*details)
		frappe.db.rollback(save_point="refused")
		message = frappe.utils.strip_html(str(self.context.exception)) if swallowed else ""
		for fragment in self.fragments if swallowed else ():
			self.test.assertIn(fragment, message)
		return bool(swallowed)


class TestTeam(ProjectCase):
	def test_percents_over_a_hundred_in_one_role(self) -> None:
		with self.assert_refused(CreditPercentError, "Sales Person", "110", "100%"):
			self.project([(ASHA, SELLER, 60), (RAVI, SELLER, 50)])

	def test_a_hundred_in_each_role(self) -> None:
		doc = self.project([(ASHA, SELLER, 60), (RAVI, SELLER, 40), (RAVI, DESIGNER, 100)])
		self.assertEqual(len(doc.team), 3)

	def test_three_thirds(self) -> None:
		self.project([(ASHA, SELLER, 33.333), (RAVI, SELLER, 66.667)])

	def test_percents_out_of_range(self) -> None:
		for percent in (0, -1, 100.1, 250):
			with self.subTest(percent), self.assert_refused(CreditPercentError, "Row 1"):
				self.project([(ASHA, SELLER, percent)])

	def test_percent_that_is_no_number(self) -> None:
		for percent in ("nan", "many", float("nan"), float("inf")):
			with self.subTest(percent), self.assert_refused(frappe.ValidationError):
				self.project([(ASHA, SELLER, percent)])

	def test_the_same_person_twice_in_a_role(self) -> None:
		with self.assert_refused(CreditPercentError, ASHA, SELLER, "twice"):
			self.project([(ASHA, SELLER, 10), (ASHA, SELLER, 20)])

	def test_disabled_person_or_role_joins_no_team(self) -> None:
		gone = factories.sales_person("Project Gone", enabled=False)
		with self.assert_refused(DisabledMasterError, "Row 1", "Sales Person", gone, "disabled"):
			self.project([(gone, SELLER)])
		retired = factories.sales_role("Retired Role", disabled=True)
		with self.assert_refused(DisabledMasterError, "Row 1", "Sales Role", retired, "disabled"):
			self.project([(ASHA, retired)])

	def test_whoever_leaves_stays_on_the_teams_of_the_past(self) -> None:
		doc = self.project([(ASHA, SELLER, 50)])
		frappe.db.set_value("Sales Person", ASHA, "enabled", 0)
		doc.title = "Another title"
		doc.save()
		doc.append("team", {"sales_person": RAVI, "sales_role": SELLER, "credit_percent": 50})
		doc.save()

	def test_nothing_of_a_refused_team_is_saved(self) -> None:
		doc = self.project([(ASHA, SELLER, 50)])
		with self.assert_refused(CreditPercentError):
			doc.title = "Changed"
			doc.append("team", {"sales_person": RAVI, "sales_role": SELLER, "credit_percent": 51})
			doc.save()
		now = factories.fresh(doc)
		self.assertEqual((now.title, len(now.team)), (f"Project with {self.customer}", 1))


class TestOutcome(ProjectCase):
	def test_lost_needs_a_reason_by_the_workflow(self) -> None:
		doc = self.project()
		with self.assert_refused(LostReasonMissingError, "Lost Reason"):
			apply_workflow(doc, "Lose")
		self.assertEqual(factories.fresh(doc).status, "Open")

	def test_lost_needs_a_reason_by_hand(self) -> None:
		doc = self.project()
		for reason in (None, "", "   ", "\n"):
			with self.subTest(reason), self.assert_refused(LostReasonMissingError):
				doc.reload()
				doc.update({"workflow_state": "Lost", "lost_reason": reason})
				doc.save()

	def test_lost_needs_a_reason_by_set_value(self) -> None:
		doc = self.project()
		with self.assert_refused(LostReasonMissingError):
			client.set_value("Sales Project", doc.name, "workflow_state", "Lost")
		self.assertEqual(factories.fresh(doc).status, "Open")

	def test_lost_needs_a_reason_by_bulk_update(self) -> None:
		doc = self.project()
		failed = client.bulk_update(
			frappe.as_json([{"doctype": "Sales Project", "docname": doc.name, "workflow_state": "Lost"}])
		)
		self.assertEqual(len(failed["failed_docs"]), 1)
		self.assertIn("Lost Reason", failed["failed_docs"][0]["exc"])

	def test_the_reason_of_a_lost_project_stays(self) -> None:
		doc = self.lost()
		with self.assert_refused(LostReasonMissingError):
			doc.lost_reason = ""
			doc.save()

	def lost(self):
		doc = self.project()
		doc.lost_reason = "Too expensive"
		doc.save()
		return apply_workflow(doc, "Lose")

	def test_lost_and_reopened(self) -> None:
		doc = self.lost()
		self.assertEqual((doc.status, doc.workflow_state), ("Lost", "Lost"))
		doc = apply_workflow(doc, "Reopen")
		self.assertEqual((doc.status, doc.workflow_state), ("Open", "Open"))

	def test_when_it_was_closed_stays_until_it_is_reopened(self) -> None:
		doc = self.project(closed_on="2026-01-01 12:00:00")
		self.assertIsNone(factories.fresh(doc).closed_on)
		for won in (apply_workflow(doc, "Win"), self.lost()):
			closed_on = factories.fresh(won).closed_on
			self.assertLess(abs((now_datetime() - closed_on).total_seconds()), 60)
			won.reload()
			won.update({"closed_on": "2026-01-01 12:00:00", "title": "Another title"})
			won.save()
			self.assertEqual(factories.fresh(won).closed_on, closed_on)
			self.assertIsNone(apply_workflow(won, "Reopen").closed_on)

	def test_patch_fills_in_when_older_projects_were_closed(self) -> None:
		changed, unknown = self.project(), self.project()
		for doc in (changed, unknown):
			doc.workflow_state = "Won"
			doc.save(ignore_version=False)  # Frappe keeps no versions in tests unless asked to
		past = {changed.name: "2026-03-01 10:00:00", unknown.name: "2026-04-01 10:00:00"}
		for name, moment in past.items():
			frappe.db.set_value("Sales Project", name, "closed_on", None, update_modified=False)
			frappe.db.set_value("Version", {"docname": name}, "creation", moment, update_modified=False)
		frappe.db.delete("Version", {"docname": unknown.name})
		frappe.db.set_value(
			"Sales Project", unknown.name, "modified", past[unknown.name], update_modified=False
		)
		closing_of_projects.execute()
		for name, moment in past.items():
			closed_on = frappe.db.get_value("Sales Project", name, "closed_on")
			self.assertEqual(str(closed_on), moment)

	def test_status_by_hand_changes_nothing(self) -> None:
		doc = self.project()
		doc.status = "Won"
		doc.save()
		self.assertEqual(factories.fresh(doc).status, "Open")
		client.set_value("Sales Project", doc.name, "status", "Lost")
		self.assertEqual(factories.fresh(doc).status, "Open")

	def test_status_follows_the_state(self) -> None:
		doc = self.project()
		for action, status in (("Hold", "On Hold"), ("Resume", "Open"), ("Win", "Won"), ("Reopen", "Open")):
			doc = apply_workflow(doc, action)
			self.assertEqual(factories.fresh(doc).status, status)

	def test_a_project_cannot_begin_as_lost_or_won(self) -> None:
		for state in ("Lost", "Won"):
			with self.subTest(state), self.assert_refused(frappe.ValidationError):
				self.project(workflow_state=state, status=state)

	def test_without_its_workflow_the_status_is_a_plain_field(self) -> None:
		"""An admin may switch the workflow off: then the status is whatever is set, the reason still asked."""
		frappe.db.set_value("Workflow", "Sales Project", "is_active", 0)
		frappe.cache().delete_value("workflow_Sales Project") if callable(frappe.cache) else None
		frappe.clear_cache(doctype="Sales Project")
		try:
			doc = self.project()
			with self.assert_refused(LostReasonMissingError):
				doc.status = "Lost"
				doc.save()
			doc.reload()
			doc.status = "Won"
			doc.save()
			self.assertEqual(factories.fresh(doc).status, "Won")
		finally:
			frappe.db.set_value("Workflow", "Sales Project", "is_active", 1)
			frappe.clear_cache(doctype="Sales Project")


class TestParty(ProjectCase):
	def test_customer_is_kept_in_a_link_of_its_own(self) -> None:
		doc = self.project()
		self.assertEqual((doc.customer, doc.party_name), (self.customer, self.customer))

	def test_lead_has_no_customer(self) -> None:
		lead = factories.lead("Project Lead")
		doc = factories.sales_project(lead, party_type="Lead")
		self.assertIsNone(doc.customer)
		self.assertEqual(doc.party_name, "Project Lead")

	def test_other_parties_are_refused(self) -> None:
		with self.assert_refused(frappe.ValidationError, "Party Type", "Prospect"):
			factories.sales_project("Administrator", party_type="User")

	def test_unknown_party(self) -> None:
		with self.assert_refused(frappe.LinkValidationError):
			factories.sales_project("Nobody At All")


class TestCompany(ProjectCase):
	def test_order_of_another_company(self) -> None:
		project = self.project().name
		for make in (factories.sales_order, factories.quotation):
			with self.subTest(make.__name__), self.assert_refused(CompanyMismatchError, project, OTHER):
				make(self.customer, [("PROJECT-ITEM", 1, 10)], company=OTHER, sales_project=project)

	def test_submitted_order_cannot_move_to_a_project_of_another_company(self) -> None:
		order = factories.sales_order(self.customer, [("PROJECT-ITEM", 1, 10)])
		elsewhere = self.project(company=OTHER)
		with self.assert_refused(CompanyMismatchError):
			order.sales_project = elsewhere.name
			order.save()
		self.assertFalse(factories.fresh(order).sales_project)

	def test_project_with_documents_keeps_its_company(self) -> None:
		project = self.project()
		order = factories.sales_order(
			self.customer, [("PROJECT-ITEM", 1, 10)], submit=False, sales_project=project.name
		)
		with self.assert_refused(CompanyMismatchError, order.name):
			project.company = OTHER
			project.save()

	def test_project_without_documents_may_move(self) -> None:
		project = self.project()
		project.company = OTHER
		project.save()


class TestCreation(ProjectCase):
	def setUp(self) -> None:
		super().setUp()
		self.settings = frappe.get_single("Sales Activity Settings")

	def switch_on(self, setting: str) -> None:
		self.settings.set(setting, 1)
		self.settings.save()

	def tearDown(self) -> None:
		super().tearDown()
		frappe.clear_document_cache("Sales Activity Settings", "Sales Activity Settings")

	def test_nothing_is_made_unless_the_settings_ask(self) -> None:
		before = frappe.db.count("Sales Project")
		factories.opportunity(self.customer, [("PROJECT-ITEM", 1, 10)])
		factories.quotation(self.customer, [("PROJECT-ITEM", 1, 10)])
		self.assertEqual(frappe.db.count("Sales Project"), before)

	def test_from_an_opportunity(self) -> None:
		self.switch_on("project_from_opportunity")
		deal = factories.opportunity(
			self.customer, [("PROJECT-ITEM", 1, 10)], expected_closing=add_days(getdate(), 9)
		)
		(project,) = frappe.get_all(
			"Sales Project",
			{"reference_name": deal.name},
			["company", "customer", "expected_close_date", "territory"],
		)
		self.assertEqual(project.company, deal.company)
		self.assertEqual(project.customer, self.customer)
		self.assertEqual(project.expected_close_date, add_days(getdate(), 9))

	def test_from_a_quotation_and_on_to_the_order(self) -> None:
		self.switch_on("project_from_quotation")
		quoted = factories.quotation(self.customer, [("PROJECT-ITEM", 2, 10)])
		self.assertTrue(quoted.sales_project)
		self.assertEqual(
			frappe.db.get_value("Sales Project", quoted.sales_project, "reference_name"), quoted.name
		)
		self.assertEqual(factories.order_from(quoted).sales_project, quoted.sales_project)

	def test_opportunity_passes_its_project_on_to_the_quotation(self) -> None:
		self.switch_on("project_from_opportunity")
		self.switch_on("project_from_quotation")
		deal = factories.opportunity(self.customer, [("PROJECT-ITEM", 1, 10)])
		project = frappe.db.get_value("Sales Project", {"reference_name": deal.name})
		quoted = factories.quotation_from(deal)
		self.assertEqual(quoted.sales_project, project)
		self.assertEqual(frappe.db.count("Sales Project", {"reference_name": quoted.name}), 0)

	def test_the_customers_sales_team_is_the_first_team(self) -> None:
		self.switch_on("project_from_quotation")
		name = factories.customer(
			"Project Team Customer", sales_team=factories.team_rows({ASHA: 70, RAVI: 30})
		)
		quoted = factories.quotation(name, [("PROJECT-ITEM", 1, 10)])
		team = frappe.get_doc("Sales Project", quoted.sales_project).team
		self.assertEqual(
			[(row.sales_person, row.sales_role, row.credit_percent) for row in team],
			[(ASHA, SELLER, 70), (RAVI, SELLER, 30)],
		)

	def test_a_customers_team_that_makes_no_sense_does_not_block_the_quotation(self) -> None:
		"""ERPNext accepts the same person twice, and people who were disabled since."""
		self.switch_on("project_from_quotation")
		name = factories.customer(
			"Project Odd Customer", sales_team=factories.team_rows({ASHA: 50, RAVI: 50})
		)
		row = frappe.get_doc("Customer", name).sales_team[1]
		frappe.db.set_value("Sales Team", row.name, "sales_person", ASHA)
		quoted = factories.quotation(name, [("PROJECT-ITEM", 1, 10)])
		team = frappe.get_doc("Sales Project", quoted.sales_project).team
		self.assertEqual([(row.sales_person, row.credit_percent) for row in team], [(ASHA, 100)])

	def test_a_disabled_salesperson_does_not_block_the_quotation(self) -> None:
		self.switch_on("project_from_quotation")
		name = factories.customer("Project Sad Customer", sales_team=factories.team_rows({ASHA: 100}))
		frappe.db.set_value("Sales Person", ASHA, "enabled", 0)
		quoted = factories.quotation(name, [("PROJECT-ITEM", 1, 10)])
		self.assertEqual(frappe.get_doc("Sales Project", quoted.sales_project).team, [])
