"""Qualifying a lead: typed answers, a fit that grows, what is missing, versions of the definition."""

from __future__ import annotations

import frappe
from frappe import client
from frappe.utils import add_days, getdate

from sales_activity.api import leads as api
from sales_activity.sales_activity.nurture.moves import LeadLockedError
from sales_activity.sales_activity.nurture.qualifying import (
	BadLeadAnswersError,
	LeadAnswersLockedError,
	NotQualifiedError,
)
from sales_activity.tests import lead_house
from sales_activity.tests.lead_house import OPERATIONS, QUALIFIER, SAM_USER, act, lead, nurture
from sales_activity.tests.test_lead_nurture import LeadCase


class QualifyingCase(LeadCase):
	def setUp(self) -> None:
		super().setUp()
		self.name = lead()
		act(self.name, "Qualifying")
		lead_house.as_user(QUALIFIER)

	def answer(self, **answers: object) -> dict:
		return api.answer(self.name, answers)

	def stored(self) -> dict[str, str]:
		return {row.fieldname: row.value for row in nurture(self.name).answers}


class TestAnswers(QualifyingCase):
	def test_the_score_grows(self) -> None:
		shown = api.screen(self.name)
		self.assertEqual(
			(shown["nurture"]["fit_score"], shown["missing"], shown["may_answer"]), (10, ["Decides"], True)
		)
		self.assertEqual(self.answer(decides="Has a say")["nurture"]["fit_score"], 20)
		shown = self.answer(budget=1, seats="12")
		self.assertEqual((shown["nurture"]["fit_score"], shown["nurture"]["qualifies"]), (70, 1))
		self.assertEqual([line["points"] for line in shown["lines"]], [10, 10, 20, 30, 0])
		shown = self.answer(seats="")
		self.assertEqual(
			(shown["nurture"]["fit_score"], self.stored()), (40, {"decides": "Has a say", "budget": "1"})
		)
		kept = nurture(self.name)
		self.assertEqual(kept.score, 40)
		self.assertEqual([row.points for row in kept.answers], [10, 20])
		self.assertEqual({row.answered_by for row in kept.answers}, {QUALIFIER})

	def test_typed_by_the_question(self) -> None:
		self.answer(seats=" 12 ", wanted_by="2027-1-5", budget="Yes")
		self.assertEqual(self.stored(), {"seats": "12", "wanted_by": "2027-01-05", "budget": "1"})
		kept = nurture(self.name).answers[0]
		self.assertEqual((kept.label, kept.fieldtype), ("Budget", "Check"))

	def test_bad_answers_are_refused_whole(self) -> None:
		bad = {
			"seats": ["many", "1.5", "<b>1</b>", {"a": 1}],
			"decides": ["Perhaps", "yes", "<script>alert(1)</script>"],
			"wanted_by": ["tomorrow", "2027-02-30"],
			"budget": ["2"],
			"shoe_size": ["44"],
		}
		for fieldname, values in bad.items():
			for value in values:
				with self.subTest(fieldname=fieldname, value=value):
					answers = {"budget": 1, fieldname: value}
					text = self.refuse(api.answer, self.name, answers, error=BadLeadAnswersError)
					self.assertNotIn("<script", text)
		self.assertEqual(self.stored(), {})

	def test_what_else_is_sent_of_an_answer_counts_nothing(self) -> None:
		doc = nurture(self.name)
		forged = {"points": 500, "label": "Forged", "fieldtype": "Data", "answered_by": SAM_USER}
		doc.append("answers", {"fieldname": "budget", "value": "1", **forged})
		doc.save()
		row = nurture(self.name).answers[0]
		self.assertEqual(
			(row.points, row.label, row.fieldtype, row.answered_by), (20, "Budget", "Check", QUALIFIER)
		)
		doc.reload()
		doc.answers[0].points = 1000
		doc.save()
		self.assertEqual(nurture(self.name).fit_score, 30)
		doc.reload()
		doc.set("answers", [])
		doc.save()
		self.assertEqual(self.stored(), {"budget": "1"}, "what isn't sent stays")

	def test_only_while_it_is_qualified_and_by_the_team(self) -> None:
		act(self.name, "Nurturing")
		self.refuse(api.answer, self.name, {"budget": 1}, error=LeadAnswersLockedError)
		act(self.name, "Qualifying")
		lead_house.as_user("Administrator")
		frappe.db.set_value("Lead", self.name, "lead_owner", SAM_USER)
		lead_house.as_user(SAM_USER)
		self.assertFalse(api.screen(self.name)["may_answer"])
		self.refuse(api.answer, self.name, {"budget": 1}, error=frappe.PermissionError)

	def test_two_at_the_telephone(self) -> None:
		shown = api.screen(self.name)
		self.answer(budget=1)
		self.refuse(
			api.answer,
			self.name,
			{"seats": 5},
			str(shown["nurture"]["modified"]),
			error=frappe.TimestampMismatchError,
		)

	def test_answers_in_the_same_save_as_start_and_qualify(self) -> None:
		name = lead("At Once")
		act(name, "Qualifying", answers={"budget": 1})
		act(name, "Qualified", answers={"decides": "Yes"})
		self.assertEqual(nurture(name).status, "Qualified")


class TestQualify(QualifyingCase):
	def test_only_a_lead_that_reaches_the_definition(self) -> None:
		text = self.refuse(act, self.name, "Qualified", error=NotQualifiedError)
		self.assertIn("Decides", text)
		self.answer(decides="Has a say", budget=0)
		text = self.refuse(act, self.name, "Qualified", error=NotQualifiedError)
		self.assertIn("20", text)
		self.assertIn("40", text)
		self.answer(budget=1)
		act(self.name, "Qualified")
		kept = nurture(self.name)
		self.assertEqual((kept.qualified_by, kept.qualified_on.date()), (QUALIFIER, getdate()))

	def test_many_points_with_something_missing(self) -> None:
		self.answer(budget=1, seats=50)
		self.assertEqual((nurture(self.name).fit_score, nurture(self.name).missing), (60, "Decides"))
		self.refuse(act, self.name, "Qualified", error=NotQualifiedError)

	def test_a_score_set_by_hand_stands_for_it(self) -> None:
		until = add_days(getdate(), 3)
		values = {"override_score": 39, "override_reason": "The minister called", "override_until": until}
		client.set_value("Lead Nurture", self.name, values)
		self.refuse(act, self.name, "Qualified", error=NotQualifiedError)
		client.set_value("Lead Nurture", self.name, "override_score", 40)
		past = add_days(getdate(), -1)
		frappe.db.set_value("Lead Nurture", self.name, "override_until", past, update_modified=False)
		self.refuse(act, self.name, "Qualified", error=NotQualifiedError)
		frappe.db.set_value("Lead Nurture", self.name, "override_until", until, update_modified=False)
		act(self.name, "Qualified")
		self.assertEqual((nurture(self.name).status, nurture(self.name).fit_score), ("Qualified", 10))

	def test_a_company_without_a_definition(self) -> None:
		lead_house.as_user("Administrator")
		frappe.get_doc("Universal Lead Definition", self.definition).cancel()
		name = lead("No Definition")
		act(name, "Qualifying")
		self.assertIn(
			"Universal Lead Definition", self.refuse(act, name, "Qualified", error=NotQualifiedError)
		)
		lead_house.as_user(QUALIFIER)
		self.refuse(api.answer, name, {"budget": 1}, error=BadLeadAnswersError)
		self.assertEqual(api.screen(name)["lines"], [])


class TestVersions(QualifyingCase):
	def newer(self) -> str:
		lead_house.as_user("Administrator")
		rows = [
			lead_house.tick("Budget", 35),
			lead_house.choice("Decides", "Yes, alone = 20\nYes = 5"),
			lead_house.question("Seats", "Float", 10, operator=">", value="5", mandatory=1),
		]
		doc = lead_house.definition(rows, threshold=50)
		lead_house.as_user(QUALIFIER)
		return doc.name

	def test_past_qualifications_stay(self) -> None:
		self.answer(**lead_house.RIPE)
		act(self.name, "Qualified")
		self.newer()
		kept = nurture(self.name)
		frappe.get_doc("Lead", self.name).save()
		self.assertEqual((kept.definition, kept.fit_score, kept.fit_threshold), (self.definition, 50, 40))
		shown = api.screen(self.name)
		self.assertEqual(len(shown["lines"]), 5)
		self.assertTrue(shown["newer"])

	def test_score_again(self) -> None:
		self.answer(decides="Has a say", budget=1, seats=12)
		newer = self.newer()
		self.assertEqual(api.screen(self.name)["newer"], newer)
		self.assertEqual(api.score_again([self.name]), {"scored": [self.name], "unchanged": []})
		kept = nurture(self.name)
		self.assertEqual((kept.definition, kept.fit_score, kept.fit_threshold), (newer, 45, 50))
		self.assertEqual(kept.missing, None)
		self.assertEqual(self.stored(), {"decides": "Has a say", "budget": "1", "seats": "12"})
		shown = {line["fieldname"]: line for line in api.screen(self.name)["lines"]}
		self.assertEqual((shown["decides"]["points"], shown["decides"]["met"]), (0, False))
		self.assertEqual(api.score_again([self.name]), {"scored": [], "unchanged": [self.name]})
		self.answer(decides="Yes")
		self.assertEqual(nurture(self.name).fit_score, 50)

	def test_the_definition_is_not_chosen_by_hand(self) -> None:
		newer = self.newer()
		self.refuse(client.set_value, "Lead Nurture", self.name, "definition", newer, error=LeadLockedError)

	def test_a_qualified_lead_scored_again_stays_qualified(self) -> None:
		self.answer(**lead_house.RIPE)
		act(self.name, "Qualified")
		self.newer()
		api.score_again([self.name])
		kept = nurture(self.name)
		self.assertEqual((kept.status, kept.qualifies, kept.missing), ("Qualified", 0, "Seats"))

	def test_whoever_starts_anew_is_asked_the_new_questions(self) -> None:
		name = lead("Later")
		newer = self.newer()
		act(name, "Qualifying")
		self.assertEqual(nurture(name).definition, newer)
		self.answer(budget=1)
		act(self.name, "Nurturing")
		act(self.name, "Qualifying")
		self.assertEqual(nurture(self.name).definition, self.definition, "answers were given under it")

	def test_new_version_by_the_button(self) -> None:
		lead_house.as_user(OPERATIONS)
		name = api.new_version(self.definition)
		self.assertEqual(frappe.db.get_value("Universal Lead Definition", name, "docstatus"), 0)
		lead_house.as_user(QUALIFIER)
		self.refuse(api.new_version, self.definition, error=frappe.PermissionError)


class TestScreen(QualifyingCase):
	def test_everything_in_one_call(self) -> None:
		self.answer(decides="Yes", wanted_by="2027-01-05")
		shown = api.screen(self.name)
		self.assertEqual(shown["introduction"], "Good morning.")
		self.assertEqual(shown["lead"]["annual_revenue"], 2_000_000)
		by_name = {line["fieldname"]: line for line in shown["lines"]}
		self.assertEqual(by_name["revenue"]["kind"], "Rule on a Lead Field")
		self.assertTrue(by_name["revenue"]["shown"].endswith("2,000,000.00"), by_name["revenue"]["shown"])
		self.assertEqual(by_name["decides"]["scored_answers"][1], {"answer": "Has a say", "points": 10})
		self.assertEqual((by_name["decides"]["value"], by_name["decides"]["answered_by"]), ("Yes", QUALIFIER))
		self.assertEqual(by_name["seats"]["question"]["fieldtype"], "Int")
		self.assertEqual(shown["most_points"], 90)
		actions = {offer["action"]: offer["needs"] for offer in shown["actions"]}
		wanted = {"Qualify": None, "Nurture": None, "Disqualify": "reason", "Do Not Contact": "reason"}
		self.assertEqual(actions, wanted)

	def test_actions_are_those_of_the_user(self) -> None:
		self.answer(**lead_house.RIPE)
		act(self.name, "Qualified")
		act(self.name, "With Sales", sales_person=lead_house.SAM)
		names = {offer["action"] for offer in api.screen(self.name)["actions"]}
		self.assertEqual(names, {"Do Not Contact"})
		lead_house.as_user(SAM_USER)
		names = {offer["action"] for offer in api.screen(self.name)["actions"]}
		self.assertEqual(names, {"Accept", "Reject", "Do Not Contact"})

	def test_a_reason_is_said_anew(self) -> None:
		self.answer(**lead_house.RIPE)
		act(self.name, "Qualified")
		act(self.name, "With Sales", sales_person=lead_house.SAM)
		lead_house.as_user(SAM_USER)
		self.refuse(api.act, self.name, "Reject")
		self.assertIsNone(api.act(self.name, "Reject", reason="Nobody there"), "Sam sees it no more")
		lead_house.as_user(QUALIFIER)
		self.refuse(api.act, self.name, "Disqualify")
		shown = api.act(self.name, "Disqualify", reason="Gone")
		self.assertEqual(shown["nurture"]["status"], "Disqualified")

	def test_who_may_not(self) -> None:
		lead_house.as_user(lead_house.NILS_USER)
		for call in (
			lambda: api.screen(self.name),
			lambda: api.answer(self.name, {"budget": 1}),
			lambda: api.act(self.name, "Nurture"),
			lambda: api.score_again([self.name]),
			lambda: api.assign([self.name], QUALIFIER),
			api.make_missing,
			api.count_without_nurture,
		):
			self.refuse(call, error=frappe.PermissionError)
		frappe.set_user("Guest")
		self.refuse(api.screen, self.name, error=frappe.PermissionError)
		self.refuse(api.queue, error=frappe.PermissionError)

	def test_the_queue_and_its_queries(self) -> None:
		others = [lead(f"Queue {number}") for number in range(6)]
		api.queue()
		few = self.queries(api.queue)
		found = [row.name for row in api.queue()]
		self.assertLess(max(found.index(name) for name in others), len(found))
		more = [lead(f"Queue more {number}") for number in range(6)]
		self.assertEqual(self.queries(api.queue), few)
		self.assertTrue(set(more) <= {row.name for row in api.queue()})
		api.assign(others[:2], QUALIFIER)
		mine = {row.name for row in api.queue(mine=1)}
		self.assertEqual(mine, {*others[:2], self.name})

	def test_what_the_screen_costs(self) -> None:
		api.screen(self.name)
		few = self.queries(api.screen, self.name)
		self.answer(decides="Yes", wanted_by="2027-01-05", budget=1, seats=4)
		api.screen(self.name)
		self.assertEqual(self.queries(api.screen, self.name), few)
		self.assertLessEqual(few, 12)
