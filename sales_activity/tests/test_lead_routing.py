"""To whom a qualified lead goes, by when it is to be accepted, and what comes of it."""

from __future__ import annotations

import unittest
from datetime import date, datetime, time, timedelta
from unittest.mock import patch

import frappe
from frappe.model.document import Document
from frappe.utils import get_datetime, now_datetime
from hypothesis import given, settings
from hypothesis import strategies as st

from sales_activity.sales_activity.milestones.due import Calendar
from sales_activity.sales_activity.nurture import escalation, rules
from sales_activity.sales_activity.nurture.deadline import deadline
from sales_activity.sales_activity.nurture.routing import Load, Place, Rule, choose, fitting
from sales_activity.tests import factories, lead_house
from sales_activity.tests.lead_house import (
	MAX_USER,
	QUALIFIER,
	SAM,
	SAM_USER,
	SARA,
	SARA_USER,
	act,
	lead,
	nurture,
)
from sales_activity.tests.test_lead_nurture import LeadCase

CASES = settings(max_examples=300, deadline=None)
NINE, FIVE = time(9), time(17)
FRIDAY = date(2026, 11, 20)
WEEKEND = Calendar([date(2026, 11, 21), date(2026, 11, 22)])
PEOPLE = ("Ann", "Bob", "Cay")


def rule(
	name: str, *people: Place, priority: int = 0, territory: str | None = None, group: str | None = None
) -> Rule:
	return Rule(name, name, priority, territory, group, people)


class TestRules(unittest.TestCase):
	def names(self, *found: Rule, territories: tuple = (), groups: tuple = ()) -> list[str]:
		return [one.name for one in fitting(found, territories, groups)]

	def test_which_rule(self):
		anywhere, india = rule("anywhere"), rule("india", territory="India")
		north, pumps = rule("north", territory="North"), rule("pumps", group="Pumps")
		way = ("Delhi", "North", "India", "All")
		self.assertEqual(self.names(anywhere, india, north, territories=way), ["north", "india", "anywhere"])
		self.assertEqual(self.names(anywhere, pumps), ["anywhere"])
		self.assertEqual(self.names(pumps, india, territories=way, groups=("Pumps",)), ["india", "pumps"])
		first = rule("first", priority=5)
		self.assertEqual(self.names(north, first, territories=way), ["first", "north"])

	def test_who(self):
		early, late = datetime(2026, 1, 1), datetime(2026, 2, 1)
		two = rule("two", Place("Ann"), Place("Bob"))
		self.assertEqual(choose([two], {"Ann": Load(1), "Bob": Load(0, late)}).sales_person, "Bob")
		self.assertEqual(choose([two], {"Ann": Load(1, late), "Bob": Load(1, early)}).sales_person, "Bob")
		self.assertEqual(choose([two], {"Ann": Load(1, late), "Bob": Load(1)}).sales_person, "Bob")
		self.assertEqual(choose([two], {"Ann": Load(), "Bob": Load()}).sales_person, "Ann")
		full = rule("full", Place("Ann", 2))
		self.assertEqual(choose([full, two], {"Ann": Load(2), "Bob": Load(9)}).rule.name, "two")
		self.assertIsNone(choose([full], {"Ann": Load(2)}))
		self.assertIsNone(choose([two], {}), "nobody of them is enabled")

	@CASES
	@given(st.integers(1, 40), st.tuples(*[st.integers(0, 6)] * 3))
	def test_leads_are_shared_and_limits_hold(self, leads: int, limits: tuple):
		team = rule("team", *(Place(person, limit) for person, limit in zip(PEOPLE, limits, strict=True)))
		loads = dict.fromkeys(PEOPLE, Load())
		for number in range(leads):
			choice = choose([team], loads)
			if not choice:
				self.assertTrue(
					all(loads[p].waiting == limit > 0 for p, limit in zip(PEOPLE, limits, strict=True))
				)
				break
			given_to = loads[choice.sales_person]
			free = [
				loads[p].waiting
				for p, limit in zip(PEOPLE, limits, strict=True)
				if not limit or loads[p].waiting < limit
			]
			self.assertEqual(given_to.waiting, min(free))
			moment = datetime(2026, 1, 1) + timedelta(hours=number)
			loads[choice.sales_person] = Load(given_to.waiting + 1, moment)
		for person, limit in zip(PEOPLE, limits, strict=True):
			self.assertTrue(not limit or loads[person].waiting <= limit)


class TestDeadline(unittest.TestCase):
	def at(self, day: date, hour: float) -> datetime:
		return datetime.combine(day, time.min) + timedelta(hours=hour)

	def due(self, start: datetime, hours: float) -> datetime:
		return deadline(start, hours, WEEKEND, NINE, FIVE)

	def test_hours_that_make_no_day(self):
		"""Work goes on around the clock, rather than to the end of time."""
		opens = time(14, 12, 2, 691755)
		for closes in (opens, time(14, 12, 2, 691811), time(9)):
			found = deadline(datetime(2026, 3, 2, 10), 8, Calendar(), opens, closes)
			self.assertEqual(found, datetime(2026, 3, 2, 18))

	def test_a_new_document_has_its_times_and_not_the_present_one(self):
		for doctype, fields in (
			("Sales Activity Settings", ("working_from", "working_until")),
			("Nurture Program", ("work_from", "work_until")),
		):
			doc = frappe.new_doc(doctype)
			doc.run_method("before_validate")
			self.assertEqual([doc.get(field) for field in fields], ["09:00:00", "17:00:00"])

	def test_working_hours_and_days(self):
		monday = FRIDAY + timedelta(days=3)
		self.assertEqual(self.due(self.at(FRIDAY, 10), 4), self.at(FRIDAY, 14))
		self.assertEqual(self.due(self.at(FRIDAY, 16), 4), self.at(monday, 12))
		self.assertEqual(self.due(self.at(FRIDAY, 20), 4), self.at(monday, 13))
		self.assertEqual(self.due(self.at(FRIDAY, 3), 4), self.at(FRIDAY, 13))
		self.assertEqual(self.due(self.at(FRIDAY, 9), 8), self.at(FRIDAY, 17))
		self.assertEqual(self.due(self.at(FRIDAY + timedelta(days=1), 10), 0), self.at(monday, 9))
		around = deadline(self.at(FRIDAY, 22), 4, Calendar(), NINE, NINE)
		self.assertEqual(around, self.at(FRIDAY + timedelta(days=1), 2))

	@settings(max_examples=40, deadline=None)
	@given(st.integers(0, 7 * 24 * 4), st.integers(0, 100))
	def test_against_counting_quarters_of_an_hour(self, begin: int, quarters: int):
		start = self.at(FRIDAY, begin / 4)
		moment, left = start, quarters
		works = lambda at: WEEKEND.works_on(at.date()) and NINE <= at.time() < FIVE  # noqa: E731
		while not works(moment):
			moment += timedelta(minutes=15)
		end = moment
		while left:
			if works(moment):
				left, end = left - 1, moment + timedelta(minutes=15)
			moment += timedelta(minutes=15)
		found = self.due(start, quarters / 4)
		self.assertEqual(found, start if not quarters and works(start) else end)


class TestHandOver(LeadCase):
	def setUp(self) -> None:
		super().setUp()
		frappe.db.delete("Lead Routing Rule")

	def went_to(self, **values: object) -> str | None:
		name = lead(**values)
		interest = values.pop("product_interest", None)
		return lead_house.qualified(name, **({"product_interest": interest} if interest else {})).sales_person

	def test_at_once_to_whom_the_rules_say(self) -> None:
		lead_house.routing(SAM, territory=factories.territory("Lead North"))
		lead_house.routing(SARA)
		name = lead(territory="Lead North")
		doc = lead_house.qualified(name)
		kept = nurture(name)
		self.assertEqual(
			(doc.status, kept.status, kept.workflow_state, kept.sales_person), (*["With Sales"] * 3, SAM)
		)
		self.assertEqual(lead_house.moves(name), ["New", "Qualifying", "Qualified", "With Sales"])
		move = frappe.get_doc("Lead Move", {"lead": name, "to_state": "With Sales"})
		self.assertEqual((move.via, move.sales_person, move.user), ("Everything", SAM, QUALIFIER))
		self.assertGreater(kept.accept_by, kept.handed_over_on)
		self.assertEqual(self.went_to(), SARA)
		child = factories.territory(
			"Lead North East", parent=factories.territory("Lead Group", is_group=True)
		)
		lead_house.routing(SAM, territory="Lead Group", title="Group")
		self.assertEqual(self.went_to(territory=child), SAM)

	def test_round_robin_by_load_and_limit(self) -> None:
		lead_house.routing((SAM, 2), (SARA, 0))
		got = [self.went_to() for _number in range(6)]
		self.assertEqual(got, [SAM, SARA, SAM, SARA, SARA, SARA])
		first = frappe.db.get_value("Lead Nurture", {"sales_person": SAM, "status": "With Sales"})
		act(first, "Qualifying", SAM_USER, reason="Too far")
		self.assertEqual(self.went_to(), SAM)

	def test_nobody_to_hand_over_to(self) -> None:
		lead_house.routing(SAM, disabled=1)
		name = lead()
		doc = lead_house.qualified(name)
		self.assertEqual((doc.status, nurture(name).status), ("Qualified", "Qualified"))
		self.assertIn("Lead Routing Rule", str(frappe.get_message_log()))
		self.assertEqual(self.of_lead(name, "qualification_status"), "Qualified")
		act(name, "With Sales", sales_person=SARA)
		self.assertEqual(nurture(name).sales_person, SARA)

	def test_a_disabled_person_gets_nothing(self) -> None:
		rule_doc = lead_house.routing(SAM)
		frappe.db.set_value("Sales Person", SAM, "enabled", 0)
		self.assertIsNone(self.went_to())
		name = lead()
		lead_house.qualified(name)
		self.refuse(act, name, "With Sales", sales_person=SAM)
		self.refuse(lead_house.routing, SAM)
		rule_doc.reload()
		rule_doc.priority = 3
		rule_doc.save()

	def test_bad_rules(self) -> None:
		self.refuse(lead_house.routing, SAM, SAM)
		self.refuse(lead_house.routing, (SAM, -1))
		self.refuse(lead_house.routing)

	def test_the_person_is_told_once(self) -> None:
		lead_house.routing(SAM)
		name = lead("Tell Sam")
		# ERPNext makes a Contact of a new Lead, whose name can't hold this
		doc = frappe.get_doc("Lead", name)
		doc.first_name = "Tell <b>Sam</b>"
		doc.save()
		self.assertIn("<b>", nurture(name).lead_name)
		lead_house.qualified(name)
		todo = frappe.get_doc("ToDo", {"reference_name": name})
		self.assertEqual((todo.allocated_to, todo.status, todo.assigned_by), (SAM_USER, "Open", QUALIFIER))
		self.assertNotIn("<b>Sam", todo.description)
		told = frappe.get_all("Notification Log", {"document_name": name}, ["for_user", "from_user"])
		self.assertEqual([tuple(row.values()) for row in told], [(SAM_USER, QUALIFIER)])
		mails = frappe.get_all("Email Queue", {"reference_name": name}, pluck="name")
		self.assertEqual(len(mails), 1)
		lead_house.as_user(SAM_USER)
		self.assertTrue(nurture(name).has_permission("write"))

	def test_somebody_without_a_user(self) -> None:
		above = factories.sales_person("Lead Nobody Above")
		lead_house.routing(above)
		name = lead()
		lead_house.qualified(name)
		self.assertEqual(nurture(name).status, "With Sales")
		notes = frappe.get_all("Comment", {"reference_name": name, "comment_type": "Info"}, pluck="content")
		self.assertTrue(any("no user" in note for note in notes))

	def test_rejected_with_a_reason(self) -> None:
		lead_house.routing(SAM)
		name = lead()
		lead_house.qualified(name)
		act(name, "Qualifying", SAM_USER, reason="They bought last week")
		self.assertEqual(frappe.db.get_value("ToDo", {"reference_name": name}, "status"), "Closed")
		told = frappe.get_all(
			"Notification Log", {"document_name": name, "for_user": QUALIFIER}, pluck="subject"
		)
		self.assertIn("They bought last week", told[0])
		act(name, "Qualified")
		self.assertEqual(frappe.db.count("ToDo", {"reference_name": name, "status": "Open"}), 1)

	def test_the_deadline_is_that_of_the_settings(self) -> None:
		settings_doc = frappe.get_doc("Sales Activity Settings")
		settings_doc.update({"hours_to_accept": 3, "working_from": "00:00:00", "working_until": "00:00:00"})
		settings_doc.save()
		kept = lead_house.with_sales(lead())
		waits = get_datetime(kept.accept_by) - get_datetime(kept.handed_over_on)
		self.assertEqual(waits, timedelta(hours=3))


class TestEscalation(LeadCase):
	def late(self, person: str = SAM) -> str:
		name = lead()
		lead_house.with_sales(name, person)
		past = now_datetime() - timedelta(hours=1)
		frappe.db.set_value("Lead Nurture", name, "accept_by", past, update_modified=False)
		return name

	def escalate(self) -> None:
		"""What the scheduler does, within the test's transaction."""
		with patch.object(frappe.db, "commit"):
			escalation.escalate()

	def told(self, name: str) -> list[str]:
		about = {"document_name": name, "subject": ("like", "%Nobody did%")}
		return sorted(frappe.get_all("Notification Log", about, pluck="for_user"))

	def test_the_manager_is_told_once(self) -> None:
		name, on_time = self.late(), lead("On Time")
		lead_house.with_sales(on_time)
		self.escalate()
		self.escalate()
		self.assertEqual((self.told(name), self.told(on_time)), ([MAX_USER], []))
		self.assertTrue(nurture(name).escalated_on)
		act(name, "Qualifying", MAX_USER, reason="Sam is ill")
		act(name, "Qualified")
		act(name, "With Sales", sales_person=SARA)
		self.assertIsNone(nurture(name).escalated_on)

	def test_without_a_manager_sales_operations_are(self) -> None:
		name = self.late(lead_house.NILS)
		self.escalate()
		self.assertIn(lead_house.OPERATIONS, self.told(name))

	def test_nobody_is_disturbed_on_a_holiday(self) -> None:
		name = self.late()
		with patch.object(escalation, "calendar", lambda company: Calendar([now_datetime().date()])):
			self.escalate()
		self.assertEqual((self.told(name), nurture(name).escalated_on), ([], None))


class TestAcceptance(LeadCase):
	def accepted(self, user: str = SAM_USER, **values: object) -> Document:
		name = lead(
			"Anita Desai", company_name="Desai Labs", territory=factories.territory("Lead North"), **values
		)
		lead_house.with_sales(name)
		return act(name, "Converted", user)

	def test_opens_the_sale_with_everything_known(self) -> None:
		frappe.db.set_single_value("Sales Activity Settings", "default_sales_role", "Sales Person")
		doc = self.accepted(lead_owner=SARA_USER)
		kept = nurture(doc.name)
		self.assertEqual(
			(kept.status, kept.opportunity, kept.sales_project),
			("Converted", doc.opportunity, doc.sales_project),
		)
		self.assertTrue(kept.accepted_on and not kept.accept_by)
		sale = frappe.get_doc("Opportunity", doc.opportunity)
		self.assertEqual(
			(sale.opportunity_from, sale.party_name, sale.company), ("Lead", doc.name, lead_house.COMPANY)
		)
		self.assertEqual((sale.opportunity_owner, sale.territory), (SAM_USER, "Lead North"))
		project = frappe.get_doc("Sales Project", doc.sales_project)
		self.assertEqual((project.party, project.reference_name), (doc.name, sale.name))
		self.assertEqual(
			[(row.sales_person, row.sales_role) for row in project.team], [(SAM, "Sales Person")]
		)
		for document in (sale, project):
			said = frappe.get_all(
				"Comment",
				{"reference_doctype": document.doctype, "reference_name": document.name},
				pluck="content",
			)
			self.assertTrue(any("Decides" in text and "Yes" in text for text in said), document.doctype)
		self.assertEqual(self.of_lead(doc.name), ("Opportunity", "Qualified"))
		self.assertEqual(self.of_lead(doc.name, "qualified_by"), QUALIFIER)
		frappe.get_doc("Lead", doc.name).save()
		self.assertEqual(self.of_lead(doc.name), ("Opportunity", "Qualified"))
		self.assertEqual(frappe.db.get_value("ToDo", {"reference_name": doc.name}, "status"), "Closed")

	def test_one_project_where_the_settings_make_one_too(self) -> None:
		frappe.db.set_single_value("Sales Activity Settings", "project_from_opportunity", 1)
		frappe.clear_document_cache("Sales Activity Settings", "Sales Activity Settings")
		doc = self.accepted()
		self.assertEqual(frappe.db.count("Sales Project", {"reference_name": doc.opportunity}), 1)
		frappe.clear_document_cache("Sales Activity Settings", "Sales Activity Settings")

	def test_a_manager_accepts_for_the_person(self) -> None:
		doc = self.accepted(MAX_USER)
		self.assertEqual(frappe.db.get_value("Opportunity", doc.opportunity, "opportunity_owner"), SAM_USER)

	def test_the_sale_that_cannot_be_opened_leaves_the_lead_with_sales(self) -> None:
		name = lead()
		lead_house.with_sales(name)
		frappe.db.savepoint("sale")
		target = "sales_activity.sales_activity.nurture.acceptance._project"
		with patch(target, side_effect=frappe.ValidationError("No project today")):
			self.assertRaises(frappe.ValidationError, act, name, "Converted", SAM_USER)
		frappe.db.rollback(save_point="sale")
		frappe.flags.currently_saving = []
		self.assertEqual(nurture(name).status, rules.WITH_SALES)
		self.assertFalse(frappe.db.exists("Opportunity", {"party_name": name}))

	def test_the_seller_makes_the_opportunity_in_erpnext(self) -> None:
		from erpnext.crm.doctype.lead.lead import make_opportunity

		name = lead()
		lead_house.with_sales(name)
		frappe.set_user(SAM_USER)
		made = make_opportunity(name)
		made.company = lead_house.COMPANY
		made.insert()
		frappe.set_user("Administrator")
		kept = nurture(name)
		self.assertEqual((kept.status, kept.opportunity, kept.sales_person), ("Converted", made.name, SAM))
		self.assertTrue(kept.accepted_on)
