"""What the desk of leads and programs asks the server: names that were sent, who may write, previews, runs, cards."""

from __future__ import annotations

from unittest.mock import patch

import frappe
from frappe import share
from frappe.permissions import add_user_permission
from frappe.utils import add_days, nowdate

from sales_activity.api import cards, guard, hand_offs, leads, milestones, programs
from sales_activity.sales_activity.nurture.program_mails import MailFailedError
from sales_activity.sales_activity.nurture.response_rules import Response
from sales_activity.sales_activity.nurture.responses import record
from sales_activity.tests import factories, lead_house
from sales_activity.tests import program_house as house
from sales_activity.tests.base import TestCase
from sales_activity.tests.lead_house import OPERATIONS, QUALIFIER, SAM, SAM_USER
from sales_activity.tests.program_house import OWNER, ProgramCase

NURTURE = "Lead Nurture"
HELPER = "program.helper@example.com"
NO_NAMES = ("[", "[1]", "", "  ", [], [1], [""], {"a": 1}, None, 7, [["a"]])


class TestNames(TestCase):
	def test_each_once_in_their_order(self) -> None:
		for raw in (["b", "a", "b"], ("b", "a"), '["b", "a", "b"]', ' ["b","a"]'):
			with self.subTest(raw):
				self.assertEqual(guard.names_of(raw), ["b", "a"])

	def test_one_name_alone(self) -> None:
		for name in ("CRM-LEAD-1", "{curly}", "12", "null", "a,b"):
			with self.subTest(name):
				self.assertEqual(guard.names_of(name), [name])

	def test_anything_else_is_refused(self) -> None:
		for raw in NO_NAMES:
			with self.subTest(raw), self.assertRaises(frappe.ValidationError):
				guard.names_of(raw)

	def test_the_limit(self) -> None:
		self.assertEqual(len(guard.names_of(list("abc"), 3)), 3)
		with self.assertRaisesRegex(frappe.ValidationError, "at most 2; 3 were"):
			guard.names_of(list("abc"), 2)

	def test_every_method_that_takes_names_refuses_what_are_none(self) -> None:
		for call in (
			lambda raw: leads.assign(raw, QUALIFIER),
			leads.score_again,
			lambda raw: milestones.start(raw, "Solution Sale"),
			hand_offs.deliver_again,
			programs.pause,
		):
			for raw in ("[", {"a": 1}, [1], []):
				with self.subTest(raw), self.assertRaises(frappe.ValidationError):
					call(raw)


class TestLeadsOnTheDesk(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		lead_house.build()
		lead_house.definition()

	def setUp(self) -> None:
		super().setUp()
		self.lead = lead_house.lead()
		self.addCleanup(lead_house.as_user, "Administrator")

	def test_points_are_shown_before_they_are_saved(self) -> None:
		lead_house.act(self.lead, "Qualifying")
		lead_house.as_user(QUALIFIER)
		before = frappe.get_doc(NURTURE, self.lead).modified
		found = leads.preview(self.lead, frappe.as_json({"decides": "Has a say", "seats": "12"}))
		self.assertEqual((found["fit_score"], found["reaches"], found["missing"]), (50.0, True, []))
		self.assertEqual(
			found["points"], {"revenue": 10, "decides": 10, "budget": 0, "seats": 30, "wanted_by": 0}
		)
		found = leads.preview(self.lead, {"seats": "twelve", "nothing": "x"})
		self.assertEqual((found["fit_score"], found["reaches"]), (10.0, False))
		self.assertEqual(found["missing"], ["Decides"])
		self.assertEqual(frappe.get_doc(NURTURE, self.lead).modified, before)
		self.assertFalse(frappe.db.count("Lead Answer", {"parent": self.lead}))

	def test_what_is_saved_counts_until_it_is_typed_over(self) -> None:
		lead_house.act(self.lead, "Qualifying")
		lead_house.act(self.lead, "Qualifying", answers={"decides": "Yes"})
		lead_house.as_user(QUALIFIER)
		self.assertEqual(leads.preview(self.lead, {})["fit_score"], 30.0)
		self.assertEqual(leads.preview(self.lead, {"decides": ""})["fit_score"], 10.0)

	def test_preview_is_for_those_who_see_the_lead_and_takes_an_object(self) -> None:
		for answers in ("[", "[1]", "text"):
			with self.subTest(answers), self.assertRaises(frappe.ValidationError):
				leads.preview(self.lead, answers)
		lead_house.as_user(SAM_USER)
		with self.assertRaises(frappe.PermissionError):
			leads.preview(self.lead, {})

	def test_cards_count_what_the_user_sees(self) -> None:
		before = self.counts(QUALIFIER)
		lead_house.with_sales(lead_house.lead("Handed"))
		after = self.counts(QUALIFIER)
		self.assertEqual([new - old for new, old in zip(after, before, strict=True)], [0, 1, 1])
		self.assertEqual(self.counts(SAM_USER), [0, 1, 1])
		frappe.db.set_value(NURTURE, {"sales_person": SAM}, "qualified_on", add_days(nowdate(), -40))
		self.assertEqual(self.counts(SAM_USER), [0, 1, 0])
		lead_house.as_user("Guest")
		with self.assertRaises(frappe.PermissionError):
			cards.leads_to_accept()

	def test_a_card_leads_to_what_it_counts(self) -> None:
		lead_house.as_user(QUALIFIER)
		for card in (cards.leads_to_qualify(), cards.leads_to_accept(), cards.qualified_this_month()):
			self.assertEqual(card["route"], ["List", NURTURE, "List"])
			names = frappe.get_list(NURTURE, card["route_options"], pluck="name", limit=0)
			self.assertEqual(len(names), card["value"])

	@staticmethod
	def counts(user: str) -> list[int]:
		lead_house.as_user(user)
		found = [cards.leads_to_qualify(), cards.leads_to_accept(), cards.qualified_this_month()]
		lead_house.as_user("Administrator")
		return [card["value"] for card in found]


class TestProgramsOnTheDesk(ProgramCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		factories.user(HELPER, "Sales User")
		factories.user(OPERATIONS, "Sales Operations", "Sales User")
		frappe.db.commit()

	def setUp(self) -> None:
		super().setUp()
		self.program = house.program(house.mail(), house.call(3), house.mail(7, "Second Mail"))
		self.lead = house.lead("Meena & Rao")
		self.addCleanup(lead_house.as_user, "Administrator")

	def shared(self, **rights: int) -> None:
		# Frappe lists what was shared to those whom User Permissions keep other things from
		add_user_permission("Company", self.program.company, HELPER)
		share.add_docshare(NURTURE, self.lead, HELPER, flags={"ignore_share_permission": True}, **rights)

	def test_who_was_shown_a_lead_may_not_enrol_it(self) -> None:
		self.shared(read=1)
		lead_house.as_user(HELPER)
		self.assertEqual(frappe.get_list(NURTURE, {"name": self.lead}, pluck="name"), [self.lead])
		self.assertEqual(guard.writable(NURTURE, [self.lead, "none"]), set())
		self.assertEqual(programs.enrol(self.program.name, self.lead)["enrolled"], 0)
		[run] = self.enrolled()
		lead_house.as_user(HELPER)
		with self.assertRaises(frappe.PermissionError):
			programs.stop(run)

	def test_who_was_given_a_lead_to_write_may(self) -> None:
		self.shared(read=1, write=1)
		lead_house.as_user(HELPER)
		self.assertEqual(programs.enrol(self.program.name, self.lead)["enrolled"], 1)

	def test_asking_who_may_write_costs_few_queries(self) -> None:
		names = [house.lead() for _ in range(5)]
		lead_house.as_user(OWNER)
		guard.writable(NURTURE, names)
		with patch.object(frappe.db, "sql", wraps=frappe.db.sql) as sql:
			self.assertEqual(guard.writable(NURTURE, names), set(names))
		self.assertLessEqual(sql.call_count, 4)

	def test_a_leads_runs_with_their_next_step(self) -> None:
		self.enrolled()
		lead_house.as_user(OWNER)
		[run] = programs.runs(self.lead)
		due = {"title": "Mail", "channel": "E-mail", "day": 0, "due": house.MONDAY}
		self.assertEqual(run["next_step"], due)
		lead_house.as_user("Administrator")
		house.sweep()
		[run] = programs.runs(self.lead)
		self.assertEqual((run["status"], run["next_step"]["title"]), ("Active", "Call"))
		self.assertEqual(run["next_step"]["due"], house.later(3).replace(hour=0))
		programs.pause(run["name"])
		[run] = programs.runs(self.lead)
		self.assertEqual((run["next_step"]["title"], run["next_step"]["due"]), ("Call", None))
		programs.stop(run["name"])
		[run] = programs.runs(self.lead)
		self.assertEqual((run["status"], run["next_step"]), ("Stopped", None))
		lead_house.as_user(HELPER)
		with self.assertRaises(frappe.PermissionError):
			programs.runs(self.lead)

	def test_a_run_with_its_log_and_responses(self) -> None:
		[name] = self.enrolled()
		house.sweep()
		[step] = house.log(name)
		record(
			Response(
				lead=self.lead,
				response_type="Webinar Attended",
				source="Desk",
				responded_on=house.MONDAY,
				title="Meters",
				reference_doctype=house.RUN,
				reference_name=step.name,
			)
		)
		lead_house.as_user(OWNER)
		shown = programs.run(name)
		self.assertTrue(shown["may_change"])
		self.assertEqual(shown["next_step"]["title"], "Call")
		[row] = shown["log"]
		self.assertEqual((row["title"], row["outcome"]), ("Mail", "Sent"))
		self.assertTrue(frappe.db.exists("Email Queue", row["email_queue"]))
		self.assertEqual([found["title"] for found in row["responses"]], ["Meters"])
		lead_house.as_user(HELPER)
		with self.assertRaises(frappe.PermissionError):
			programs.run(name)

	def test_runs_are_counted_by_whom_they_are_shown_to(self) -> None:
		self.enrolled()
		house.enrolled(self.program, house.lead(lead_owner=HELPER))
		expected = {"Active": 2, "Paused": 0, "Completed": 0, "Stopped": 0}
		self.assertEqual(programs.counts(self.program.name), expected)
		lead_house.as_user(OWNER)
		self.assertEqual(programs.counts(self.program.name), {**expected, "Active": 1})

	def test_an_email_is_shown_as_the_lead_would_get_it(self) -> None:
		lead_house.as_user(OWNER)
		shown = programs.preview(self.program.name, self.program.steps[0].name, self.lead)
		self.assertEqual(shown["subject"], "News for Meena & Rao")
		self.assertIn("Dear Meena &amp; Rao", shown["body"])
		self.assertIn("unsubscribe", shown["body"])
		self.assertFalse(house.mails_to(self.lead))
		with self.assertRaises(MailFailedError):
			programs.preview(self.program.name, self.program.steps[1].name, self.lead)
		with self.assertRaises(frappe.DoesNotExistError):
			programs.preview(self.program.name, "none", self.lead)
		lead_house.as_user(HELPER)
		with self.assertRaises(frappe.PermissionError):
			programs.preview(self.program.name, self.program.steps[0].name, self.lead)

	def enrolled(self) -> list[str]:
		lead_house.as_user("Administrator")
		return house.enrolled(self.program, self.lead)
