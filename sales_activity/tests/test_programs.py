"""Nurture Programs: what one may consist of, who gets into it, how it stands still, goes on and ends."""

from __future__ import annotations

from datetime import timedelta

import frappe

from sales_activity.sales_activity.nurture import enrolment, leads, program_responses
from sales_activity.sales_activity.nurture.enrolment import EnrolmentError
from sales_activity.sales_activity.nurture.program_links import UNSUBSCRIBE, Link
from sales_activity.sales_activity.nurture.programs import ENROLMENT, PROGRAM, ProgramError
from sales_activity.tests import program_house as house
from sales_activity.tests.program_house import MONDAY, ProgramCase, call, later, mail, moment


class TestDefinition(ProgramCase):
	def refused(self, *steps: dict, says: str, **values: object) -> None:
		with self.assertRaises(ProgramError) as caught:
			house.program(*steps, **values)
		self.assertIn(says, str(caught.exception))

	def test_steps_are_put_in_order_and_keep_their_keys(self):
		program = house.program(mail(7, "C"), mail(0, "A"), call(0, "B"))
		self.assertEqual([row.title for row in program.steps], ["A", "B", "C"])
		self.assertEqual([row.number for row in program.steps], [1, 2, 3])
		keys = {row.title: row.step_key for row in program.steps}
		program.steps[1].title, program.steps[1].step_key = "B2", "stolen"
		program.append("steps", call(0, "New"))
		program.save()
		now = {row.title: row.step_key for row in program.steps}
		self.assertEqual((now["A"], now["B2"], now["C"]), (keys["A"], keys["B"], keys["C"]))
		self.assertEqual(len(set(now.values())), 4)

	def test_numbers_never_come_back(self):
		program = house.program(call(0, "A"), call(0, "B"), call(0, "C"))
		program.steps = [program.steps[0], program.steps[2]]
		program.save()
		self.assertEqual([row.number for row in program.steps], [1, 3])
		program.steps = program.steps[:1]
		program.append("steps", call(0, "D"))
		program.save()
		self.assertEqual([row.number for row in program.steps], [1, 4])
		program.append("steps", call(0, "E"))
		program.steps = [program.steps[2], program.steps[0], program.steps[1]]
		for idx, row in enumerate(program.steps, 1):
			row.idx = idx
		program.save()
		self.assertEqual([(row.title, row.number) for row in program.steps], [("E", 0.5), ("A", 1), ("D", 4)])

	def test_clear_errors(self):
		self.refused(mail(email_template=None), says="choose the Email Template")
		self.refused(mail(link="javascript:alert(1)"), says="no address of a page")
		self.refused(call(4000), says="between 0 and 3650")
		self.refused(work_from="17:00:00", work_until="09:00:00", says="earlier to a later")
		self.refused(status="Ended", says="can't become Ended")
		self.refused(tasks_for="User", says="Choose the user")
		self.refused(send_as="Email Account", says="Choose an Email Account")
		self.refused(enrol_by_rule=1, says="no rule")
		rule = {"lead_field": "<b>nothing", "operator": "=", "value": "1"}
		self.refused(rules=[rule], says="a Lead has no field '&lt;b&gt;nothing'")
		rule = {"lead_field": "annual_revenue", "operator": ">", "value": "soon"}
		self.refused(rules=[rule], says="soon")
		self.refused(*[call(day) for day in range(101)], says="at most 100 steps")

	def test_templates_are_read_before_anything_is_sent(self):
		for name, body, says in (
			("Program Bad Name", "{{ frist_name }}", "frist_name"),
			("Program Bad Syntax", "{% if first_name %}", "end of template"),
			("Program Database", "{{ frappe.get_all('User') }}", "frappe"),
		):
			house.template(name, "News", body)
			self.refused(mail(email_template=name), says=says)

	def test_status(self):
		program = house.program(status="Draft")
		for status in ("Paused", "Ended"):
			program.reload()
			program.status = status
			self.assertRaises(ProgramError, program.save)
		for status in ("Running", "Paused", "Running", "Ended"):
			program.reload()
			program.status = status
			program.save()
		program.reload()
		program.status = "Running"
		self.assertRaises(ProgramError, program.save)

	def test_an_empty_program_does_not_run(self):
		program = frappe.get_doc({"doctype": PROGRAM, "program_name": "Program Empty", "status": "Running"})
		program.company = house.COMPANY
		self.assertRaises(ProgramError, program.insert)

	def test_rows_and_logs_are_not_written_by_hand(self):
		program, lead = house.program(), house.lead()
		[run] = house.enrolled(program, lead)
		house.sweep()
		for doctype, name in (
			(ENROLMENT, run),
			("Program Step Run", house.log(run)[0].name),
			("Nurture Program Step", program.steps[0].name),
		):
			doc = frappe.get_doc(doctype, name)
			self.assertRaises(frappe.PermissionError, doc.save)
			self.assertRaises(frappe.PermissionError, doc.delete)
		self.assertRaises(frappe.LinkExistsError, frappe.delete_doc, PROGRAM, program.name)


class TestEnrolling(ProgramCase):
	def test_who_may_not_be_contacted_is_left_out_and_named(self):
		program = house.program(threshold=500)
		leads = {
			name: house.lead(name) for name in ("Good", "Gone", "Never", "Sold", "Ripe", "Away", "Asked")
		}
		frappe.db.set_value("Lead", leads["Gone"], "unsubscribed", 1)
		frappe.db.set_value("Lead", leads["Never"], "status", "Do Not Contact")
		frappe.db.set_value("Lead Nurture", leads["Sold"], "status", "Converted")
		frappe.db.set_value("Lead Nurture", leads["Ripe"], "score", 500)
		frappe.db.set_value("Lead", leads["Away"], "disabled", 1)
		address = frappe.db.get_value("Lead", leads["Asked"], "email_id")
		unsubscribe = {"doctype": "Email Unsubscribe", "email": address, "global_unsubscribe": 1}
		frappe.get_doc(unsubscribe).insert(ignore_permissions=True)
		found = enrolment.enrol(program, [*leads.values(), "No Such Lead", leads["Good"]])
		self.assertEqual([house.run(name).lead for name in found.runs], [leads["Good"]])
		why = {skipped.lead: skipped.why for skipped in found.skipped}
		self.assertEqual(
			{name: why.get(lead) for name, lead in leads.items()},
			{
				"Good": None,
				"Gone": "has unsubscribed",
				"Never": "must not be contacted",
				"Sold": "is converted",
				"Ripe": "has reached the score that brings it back to qualification",
				"Away": "is disqualified or disabled",
				"Asked": "has unsubscribed",
			},
		)
		self.assertEqual(why["No Such Lead"], "there is no such lead")
		self.assertIn("1 leads were enrolled. 7 were left out", found.message)
		self.assertIn("has unsubscribed: 2", found.message)

	def test_once(self):
		program, lead = house.program(call()), house.lead()
		[run] = house.enrolled(program, lead)
		self.assertIn("in it already", enrolment.enrol(program, [lead]).skipped[0].why)
		house.sweep(times=2)
		self.assertEqual(house.run(run).status, "Completed")
		self.assertIn("been through", enrolment.enrol(program, [lead]).skipped[0].why)
		self.assertEqual(house.had(run), [("Call", "Task")])

	def test_again_after_it_was_stopped_goes_on_behind_the_last_step(self):
		program, lead = house.program(call(0, "A"), call(5, "B")), house.lead()
		[run] = house.enrolled(program, lead)
		house.sweep()
		with house.on(later(2)):
			enrolment.stop(run)
		with house.on(later(12)):
			self.assertEqual(enrolment.enrol(program, [lead]).runs, [run])
		house.sweep(later(14))
		self.assertEqual(house.had(run), [("A", "Task")])
		house.sweep(later(15))
		self.assertEqual(house.had(run), [("A", "Task"), ("B", "Task")])

	def test_again_not_by_rule_and_not_after_unsubscribing(self):
		program, lead = house.program(), house.lead()
		[run] = house.enrolled(program, lead)
		enrolment.stop(run)
		self.assertEqual(
			enrolment.enrol(program, [lead], enrolment.BY_RULE).skipped[0].why, "was in it before"
		)
		house.enrolled(program, lead)
		enrolment.stop(run, enrolment.UNSUBSCRIBED)
		self.assertIn("unsubscribed", enrolment.enrol(program, [lead]).skipped[0].why)

	def test_once_under_a_new_name_too(self):
		program, lead = house.program(), house.lead()
		house.enrolled(program, lead)
		new = frappe.rename_doc("Lead", lead, f"{lead}-new", force=True, show_alert=False)
		self.assertIn("in it already", enrolment.enrol(program, [new]).skipped[0].why)

	def test_merged_leads(self):
		both, only_old = house.program(), house.program()
		old, new = house.lead(), house.lead()
		[gone] = house.enrolled(both, old)
		[stays] = house.enrolled(both, new)
		[moved] = house.enrolled(only_old, old)
		house.sweep()
		enrolment.stop(gone, enrolment.UNSUBSCRIBED)
		leads.merge(old, new)
		self.assertEqual(house.run(stays).stop_reason, "Unsubscribed")
		self.assertEqual((house.run(moved).lead, house.log(moved)[0].lead), (new, new))
		self.assertIn("in it already", enrolment.enrol(only_old, [new]).skipped[0].why)
		self.assertFalse(frappe.db.exists(ENROLMENT, gone))

	def test_merged_leads_get_no_step_again(self):
		program, old, new = house.program(), house.lead(), house.lead()
		house.enrolled(program, old)
		house.sweep()
		[sent] = frappe.get_all(house.RUN, {"lead": old}, pluck="name")
		[stays] = house.enrolled(program, new)
		leads.merge(old, new)
		house.sweep()
		self.assertEqual([row.name for row in house.log(stays)], [sent])
		self.assertEqual(len(house.mails_to(new)), 0)
		program_responses.unsubscribe(Link(UNSUBSCRIBE, sent, 0))
		self.assertEqual(house.run(stays).stop_reason, "Unsubscribed")

	def test_a_run_goes_with_its_lead(self):
		program, lead = house.program(), house.lead()
		[run] = house.enrolled(program, lead)
		house.sweep()
		for todo in house.todos_of(lead):
			frappe.delete_doc("ToDo", todo.name, force=True)
		frappe.delete_doc("Lead", lead, force=True)
		self.assertFalse(frappe.db.exists(ENROLMENT, run))
		self.assertEqual(house.log(run), [])

	def test_drafts_and_ended_programs_take_nobody(self):
		lead = house.lead()
		draft, ended = house.program(status="Draft"), house.program()
		ended.status = "Ended"
		ended.save()
		for program in (draft, ended):
			with self.assertRaises(EnrolmentError):
				enrolment.enrol(program, [lead])

	def test_by_rule(self):
		rules = [
			{"lead_field": "annual_revenue", "operator": ">=", "value": "900"},
			{"lead_field": "unsubscribed", "operator": "is not set"},
			{"lead_field": "company_name", "operator": "in", "value": "Rule Works, Rule House"},
		]
		program = house.program(rules=rules)
		big, small = {"annual_revenue": 1000, "company_name": "Rule Works"}, {"annual_revenue": 5}
		good = [house.lead("Big", **{**big, "company_name": name}) for name in ("Rule Works", "rule house")]
		house.lead("Small", **{**big, **small})
		house.lead("Elsewhere", **{**big, "company_name": "Other"})
		frappe.db.set_value("Lead", house.lead("Gone", **big), "unsubscribed", 1)
		frappe.db.set_value("Lead Nurture", house.lead("Sold", **big), "status", "With Sales")
		with unittest_batch(2):
			found = enrolment.enrol_by_rule(program.name)
		self.assertEqual({house.run(name).lead for name in found.runs}, set(good))
		self.assertEqual({house.run(name).via for name in found.runs}, {"Rule"})
		self.assertEqual(enrolment.enrol_by_rule(program.name).runs, [])
		with self.assertRaises(EnrolmentError):
			enrolment.enrol_by_rule(house.program().name)


def unittest_batch(size: int) -> object:
	"""So many leads at once."""
	from unittest.mock import patch

	return patch.object(enrolment, "BATCH", size)


class TestPausing(ProgramCase):
	def setUp(self) -> None:
		super().setUp()
		self.program = house.program(call(0, "A"), call(5, "B"))
		[self.run] = house.enrolled(self.program, house.lead())
		house.sweep()

	def set_status(self, status: str, days: float) -> None:
		with house.on(later(days)):
			self.program.reload()
			self.program.status = status
			self.program.save()

	def due(self) -> object:
		return moment(house.run(self.run).next_due)

	def test_a_run(self):
		with house.on(later(1)):
			enrolment.pause(self.run)
		house.sweep(later(20))
		self.assertEqual(house.had(self.run), [("A", "Task")])
		with house.on(later(21)):
			enrolment.resume(self.run)
		house.sweep(later(21))
		self.assertEqual(self.due().date(), (MONDAY + timedelta(25)).date())
		self.assertEqual(house.run(self.run).paused_seconds, 20 * 24 * 3600)

	def test_a_program(self):
		self.set_status("Paused", 1)
		house.sweep(later(20))
		self.assertEqual(house.had(self.run), [("A", "Task")])
		self.set_status("Running", 21)
		house.sweep(later(21))
		self.assertEqual(self.due().date(), (MONDAY + timedelta(25)).date())

	def test_both_at_once_count_once(self):
		with house.on(later(1)):
			enrolment.pause(self.run)
		self.set_status("Paused", 2)
		with house.on(later(3)):
			enrolment.resume(self.run)
		house.sweep(later(10))
		self.assertEqual(house.had(self.run), [("A", "Task")])
		self.set_status("Running", 11)
		self.assertEqual(house.run(self.run).paused_seconds, 10 * 24 * 3600)
		house.sweep(later(14))
		self.assertEqual(len(house.had(self.run)), 1)
		house.sweep(later(15))
		self.assertEqual(len(house.had(self.run)), 2)

	def test_enrolled_while_the_program_is_paused(self):
		self.set_status("Paused", 1)
		[run] = house.enrolled(self.program, house.lead(), at=later(2))
		house.sweep(later(3))
		self.assertEqual(house.had(run), [])
		self.set_status("Running", 4)
		house.sweep(later(4))
		self.assertEqual(house.had(run), [("A", "Task")], house.run(run))

	def test_an_ended_program_ends_its_runs(self):
		self.set_status("Ended", 1)
		run = house.run(self.run)
		self.assertEqual((run.status, run.stop_reason, run.next_due), ("Stopped", "Program Ended", None))
		house.sweep(later(20))
		self.assertEqual(house.had(self.run), [("A", "Task")])

	def test_what_is_over_stays_so(self):
		enrolment.stop(self.run)
		for change in (enrolment.pause, enrolment.resume, enrolment.stop):
			with self.assertRaises(EnrolmentError):
				change(self.run)
		self.assertRaises(frappe.DoesNotExistError, enrolment.stop, "nothing")
