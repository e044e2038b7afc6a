"""People working on leads at the same time, on real connections that commit.

Everything made here is removed afterwards.
"""

from __future__ import annotations

from collections import Counter

import frappe

from sales_activity.sales_activity.nurture import definition, making
from sales_activity.tests import factories, lead_house
from sales_activity.tests.base import TestCase
from sales_activity.tests.parallel import run_together
from sales_activity.transactions import patiently

HERE = __name__
COMPANY = "Lead At Once House"


# --- what the workers do -------------------------------------------------------------------------------------


def qualify(name: str) -> str:
	lead_house.act(name, "Qualified", answers=lead_house.RIPE)
	return lead_house.nurture(name).status


def answer(name: str, fieldname: str, value: str) -> None:
	lead_house.act(name, "Qualifying", answers={fieldname: value})


def save_lead(name: str) -> None:
	frappe.get_doc("Lead", name).update({"job_title": "Head"}).save()


def accept(name: str, state: str) -> None:
	lead_house.act(name, state, lead_house.SAM_USER, reason="Too far")


def make(names: list[str]) -> int:
	return patiently(lambda: making.make_batch(names))


def submit(name: str) -> None:
	frappe.get_doc(definition.DOCTYPE, name).submit()


def end_contact(name: str) -> None:
	lead_house.act(name, "Do Not Contact", reason="Asked not to be called")


# --- the tests -----------------------------------------------------------------------------------------------


class TestAtOnce(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		factories.company(COMPANY, abbr="LAO")
		lead_house.build()
		cls.definition = lead_house.definition(company=COMPANY).name
		frappe.db.commit()
		cls.addClassCleanup(remove_everything)

	def tearDown(self) -> None:
		"""Everything was committed: there is no savepoint to go back to."""
		frappe.db.rollback()

	def leads(self, number: int, state: str | None = "Qualifying") -> list[str]:
		names = [lead_house.lead(f"At Once {one}", company=COMPANY) for one in range(number)]
		for name in names if state else ():
			lead_house.act(name, state)
		return names

	def test_a_limit_holds(self) -> None:
		rule = lead_house.routing((lead_house.SAM, 2), company=COMPANY)
		names = self.leads(4)
		outcomes = run_together([(f"{HERE}.qualify", [name]) for name in names])
		self.assertEqual([outcome.error for outcome in outcomes], [None] * 4)
		self.assertEqual(Counter(outcome.result for outcome in outcomes), {"With Sales": 2, "Qualified": 2})
		rule.delete()
		frappe.db.commit()

	def test_one_of_two_who_move_it(self) -> None:
		for other in ("Converted", "Qualifying"):
			name = self.leads(1)[0]
			qualify(name)
			lead_house.act(name, "With Sales", sales_person=lead_house.SAM)
			outcomes = run_together(
				[(f"{HERE}.accept", [name, "Converted"]), (f"{HERE}.accept", [name, other])]
			)
			self.assertEqual(sum(outcome.error is None for outcome in outcomes), 1)
			self.assertEqual(len(frappe.get_all("Opportunity", {"party_name": name})) <= 1, True)
			moves = lead_house.moves(name)
			self.assertEqual((len(moves), moves[-1]), (5, lead_house.nurture(name).status))

	def test_a_lead_saved_while_it_is_qualified(self) -> None:
		for name in self.leads(3):
			outcomes = run_together([(f"{HERE}.qualify", [name]), (f"{HERE}.save_lead", [name])])
			for outcome in outcomes:
				self.assertIn(outcome.error, (None, "TimestampMismatchError"))
			kept = lead_house.nurture(name)
			shown = frappe.db.get_value("Lead", name, "qualification_status")
			self.assertEqual(shown, "Qualified" if kept.status == "Qualified" else "In Process")

	def test_a_lead_opened_before_it_was_qualified(self) -> None:
		"""Whoever saves a Lead may have begun before; what they then read of the nurture is from before, too."""
		qualified, stopped = self.leads(2)
		frappe.db.commit()
		opened = [frappe.get_doc("Lead", name) for name in (qualified, stopped)]
		self.assertEqual({lead_house.nurture(lead.name).status for lead in opened}, {"Qualifying"})
		for method, name in (("qualify", qualified), ("end_contact", stopped)):
			(outcome,) = run_together([(f"{HERE}.{method}", [name])])
			self.assertIsNone(outcome.error)
		for lead in opened:
			lead.update({"job_title": "Head"}).save()
		frappe.db.commit()
		fields = ["qualification_status", "status"]
		self.assertEqual(frappe.db.get_value("Lead", qualified, fields)[0], "Qualified")
		self.assertEqual(frappe.db.get_value("Lead", stopped, fields)[1], "Do Not Contact")

	def test_nurtures_made_twice_at_once(self) -> None:
		names = self.leads(6, None)
		for doctype in ("Lead Nurture", "Lead Move"):
			frappe.db.delete(doctype, {"lead": ("in", names)})
		outcomes = run_together([*[(f"{HERE}.make", [names])] * 2, (f"{HERE}.save_lead", [names[3]])])
		self.assertEqual([outcome.error for outcome in outcomes], [None] * 3)
		self.assertEqual(frappe.db.count("Lead Nurture", {"lead": ("in", names)}), 6)
		self.assertEqual(frappe.db.count("Lead Move", {"lead": ("in", names)}), 6)

	def test_one_definition_is_active(self) -> None:
		drafts = [lead_house.definition(company=COMPANY, submit=False).name for _number in range(3)]
		outcomes = run_together([(f"{HERE}.submit", [name]) for name in drafts])
		self.assertEqual([outcome.error for outcome in outcomes], [None] * 3)
		states = frappe.get_all(definition.DOCTYPE, {"company": COMPANY}, pluck="status")
		self.assertEqual(Counter(states), {"Active": 1, "Replaced": 3})


def remove_everything() -> None:
	frappe.db.rollback()
	frappe.set_user("Administrator")
	of_company = {"company": COMPANY}
	leads = frappe.get_all("Lead", of_company, pluck="name") or [""]
	projects = frappe.get_all("Sales Project", of_company, pluck="name")
	for name in projects:
		frappe.delete_doc("Sales Project", name, force=True, ignore_permissions=True)
	for doctype in ("Lead Nurture", "Lead Move", "Opportunity", "Lead Routing Rule"):
		frappe.db.delete(doctype, of_company)
	frappe.db.delete("Lead Answer", {"parent": ("in", leads)})
	frappe.db.delete("Lead", of_company)
	for doctype in ("ToDo", "Comment", "Notification Log", "Email Queue", "Version"):
		field = {"Notification Log": "document_name", "Version": "docname"}.get(doctype, "reference_name")
		frappe.db.delete(doctype, {field: ("in", leads)})
	for name in frappe.get_all(definition.DOCTYPE, of_company, pluck="name"):
		frappe.db.delete("Lead Criterion", {"parent": name})
		frappe.db.delete(definition.DOCTYPE, {"name": name})
	frappe.db.commit()
