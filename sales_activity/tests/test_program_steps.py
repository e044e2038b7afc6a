"""Leads going through programs: what they get when, what ends it, and that nothing goes out twice or is lost whatever
dies in the middle. Everything here really commits."""

from __future__ import annotations

import email
import email.policy
import os
import signal
import time
from datetime import datetime
from unittest.mock import patch

import frappe
from frappe.utils import add_days, now_datetime

from sales_activity.sales_activity.nurture import enrolment, program_mails, program_tasks, stepping
from sales_activity.tests import program_house as house
from sales_activity.tests.parallel import run_together, run_until_killed
from sales_activity.tests.program_house import (
	BAD_TEMPLATE,
	OWNER,
	QUALIFIER,
	ProgramCase,
	call,
	later,
	mail,
	moment,
)

HERE = __name__
# where a sweep is killed: (object, attribute, before or after it)
POINTS = {
	"before the e-mail": (program_mails, "queue", "before"),
	"after the e-mail": (program_mails, "queue", "after"),
	"after the task": (program_tasks, "assign", "after"),
	"before the log": (stepping, "_log", "before"),
	"after the log": (stepping, "_log", "after"),
	"before the commit": (stepping, "_go_on", "after"),
	"after the commit": (stepping, "take", "after"),
}


# --- what the workers do -------------------------------------------------------------------------------------


def sweep() -> int:
	return stepping.sweep()


def sweep_impatiently() -> int:
	"""Whatever waits for a lock fails."""
	frappe.db.sql("set session innodb_lock_wait_timeout = 1")
	return stepping.sweep()


def sweep_and_die(point: str) -> None:
	"""Killed as ``kill -9`` does it."""
	owner, attribute, when = POINTS[point]
	original = getattr(owner, attribute)

	def spoilt(*args: object, **kwargs: object) -> object:
		if when == "after":
			original(*args, **kwargs)
		os.kill(os.getpid(), signal.SIGKILL)

	with patch.object(owner, attribute, spoilt):
		stepping.sweep()


def unsubscribe(lead: str) -> None:
	frappe.db.set_value("Lead", lead, "unsubscribed", 1)


# --- the tests -----------------------------------------------------------------------------------------------


class TestSteps(ProgramCase):
	def test_e_mail_task_e_mail(self):
		program, lead = house.program(), house.lead("Meena")
		[run] = house.enrolled(program, lead)
		house.sweep(times=3)
		self.assertEqual(house.had(run), [("Mail", "Sent")])
		self.assertEqual(moment(house.run(run).next_due), datetime(2026, 3, 5))
		house.sweep(later(2.5))
		self.assertEqual(len(house.had(run)), 1)
		house.sweep(later(3))
		house.sweep(later(7))
		self.assertEqual(house.had(run), [("Mail", "Sent"), ("Call", "Task"), ("Second Mail", "Sent")])
		house.sweep(later(8))
		self.assertEqual(house.run(run).status, "Completed")
		self.assertEqual((len(house.mails_to(lead)), len(house.todos_of(lead))), (2, 1))
		[todo] = house.todos_of(lead)
		self.assertEqual((todo.allocated_to, todo.name), (OWNER, house.log(run)[1].todo))
		self.assertIn("Meena", todo.description)

	def test_the_e_mail(self):
		name = "<b>Me\r\nBcc: x@example.com</b> & {{ 7*7 }}"
		lead = house.lead("Meena", company_name="A & B")
		frappe.db.set_value("Lead", lead, {"first_name": name, "lead_name": name})
		[run] = house.enrolled(house.program(mail(link="https://example.com/link?a=1&b=2")), lead)
		house.sweep()
		[row], [logged] = house.mails_to(lead), house.log(run)
		self.assertEqual((logged.email_queue, logged.message_id), (str(row.name), row.message_id))
		self.assertTrue(row.message_id.endswith(f"@{frappe.local.site}"))
		sent = email.message_from_string(row.message, policy=email.policy.default)
		self.assertEqual(sent["From"].addresses[0].addr_spec, OWNER)
		self.assertIsNone(sent["Bcc"])
		self.assertNotIn("<", sent["Subject"])
		self.assertIn("{{ 7*7 }}", sent["Subject"])
		body = sent.get_body(("html",)).get_content()
		self.assertIn("Dear &lt;b&gt;Me", body)
		self.assertIn("{{ 7*7 }}", body)
		self.assertIn("https://example.com/link?a=1&amp;b=2", body)
		self.assertIn("unsubscribe here", body)

	def forget_inbox(self) -> None:
		frappe.db.delete("Email Account", {"name": "Program Inbox"})
		frappe.db.commit()

	def test_answers_come_to_an_account_that_is_fetched(self):
		account = {"doctype": "Email Account", "name": "Program Inbox", "email_account_name": "Program Inbox"}
		account.update(email_id="inbox@example.com", enable_incoming=1, default_incoming=1)
		self.forget_inbox()
		self.addCleanup(self.forget_inbox)
		frappe.get_doc(account).db_insert()
		lead = house.lead()
		house.enrolled(house.program(), lead)
		house.sweep()
		sent = email.message_from_string(house.mails_to(lead)[0].message, policy=email.policy.default)
		self.assertEqual(sent["Reply-To"].addresses[0].addr_spec, "inbox@example.com")

	def test_who_gets_the_task(self):
		lead, other = house.lead(), house.lead(lead_owner=None)
		frappe.db.set_value("Lead", other, "lead_owner", None)
		frappe.db.set_value("Lead Nurture", lead, "qualifier", QUALIFIER)
		for values, expected in (
			({"tasks_for": "Lead Owner"}, OWNER),
			({"tasks_for": "Qualifier"}, QUALIFIER),
			({"tasks_for": "User", "task_user": "Administrator"}, "Administrator"),
		):
			program = house.program(call(description="<i>Ask</i>"), **values)
			[run] = house.enrolled(program, lead)
			house.sweep()
			todo = frappe.get_doc("ToDo", house.log(run)[0].todo)
			self.assertEqual(todo.allocated_to, expected)
			self.assertIn("&lt;i&gt;Ask", todo.description)
		for values, outcome in (({}, "Failed"), ({"task_user": QUALIFIER}, "Task")):
			[run] = house.enrolled(house.program(call(), **values), other)
			house.sweep()
			self.assertEqual(house.had(run), [("Call", outcome)])

	def set_holidays(self, name: str | None) -> None:
		frappe.db.set_value("Company", house.COMPANY, "default_holiday_list", name)
		frappe.clear_document_cache("Company", house.COMPANY)
		frappe.db.commit()

	def test_working_hours_and_holidays(self):
		holidays = "Program Holidays"
		if not frappe.db.exists("Holiday List", holidays):
			doc = frappe.get_doc({"doctype": "Holiday List", "holiday_list_name": holidays})
			doc.update({"from_date": "2026-01-01", "to_date": "2026-12-31"})
			for day in ("2026-03-05", "2026-03-06"):
				doc.append("holidays", {"holiday_date": day, "description": "Feast"})
			doc.insert()
		self.set_holidays(holidays)
		self.addCleanup(self.set_holidays, None)
		program = house.program(call(0, "A"), call(3, "B"), work_from="09:00:00", work_until="17:00:00")
		[run] = house.enrolled(program, house.lead(), at=datetime(2026, 3, 2, 18))
		house.sweep(datetime(2026, 3, 2, 18))
		self.assertEqual(moment(house.run(run).next_due), datetime(2026, 3, 3, 9))
		house.sweep(datetime(2026, 3, 3, 20))
		self.assertEqual(moment(house.run(run).next_due), datetime(2026, 3, 4, 9))
		house.sweep(datetime(2026, 3, 4, 9))
		house.sweep(datetime(2026, 3, 4, 9, 5))
		self.assertEqual(moment(house.run(run).next_due), datetime(2026, 3, 7, 9))
		self.assertEqual(house.had(run), [("A", "Task")])

	def test_what_cannot_be_done_for_one_lead_blocks_nothing(self):
		program = house.program(mail(title="A"), mail(1, "B"))
		program.steps[0].email_template = BAD_TEMPLATE
		frappe.db.set_value("Nurture Program Step", program.steps[0].name, "email_template", BAD_TEMPLATE)
		good, bare = house.lead(), house.lead()
		frappe.db.set_value("Lead", bare, "email_id", None)
		first, second = house.enrolled(program, good, bare)
		runs = {house.run(name).lead: name for name in (first, second)}
		house.sweep()
		house.sweep(later(1))
		self.assertEqual(house.had(runs[good]), [("A", "Failed"), ("B", "Sent")])
		self.assertEqual(house.had(runs[bare]), [("A", "Failed"), ("B", "Failed")])
		whys = [row.why for name in (runs[good], runs[bare]) for row in house.log(name)]
		self.assertIn(BAD_TEMPLATE, whys[0])
		self.assertIn("no e-mail address", whys[3])

	def test_what_cannot_be_done_now_is_tried_again(self):
		program, lead, other = house.program(), house.lead(), house.lead()
		run, well = house.enrolled(program, lead, other)
		bad_lead = house.run(run).lead
		real = program_mails.queue

		def queue(program: object, step: object, row: frappe._dict, name: str) -> object:
			if row.name == bad_lead:
				raise frappe.OutgoingEmailError("no account")
			return real(program, step, row, name)

		with patch.object(program_mails, "queue", queue):
			house.sweep()
		self.assertEqual(house.had(run), [])
		self.assertEqual(house.run(run).problem, "no account")
		self.assertEqual(house.had(well), [("Mail", "Sent")])
		house.sweep(later(hours=0.9))
		self.assertEqual(house.had(run), [])
		house.sweep(later(hours=1))
		self.assertEqual(house.had(run), [("Mail", "Sent")])
		self.assertIsNone(house.run(run).problem)


class TestStops(ProgramCase):
	def stopped_by(self, change: object, **values: object) -> str | None:
		"""What a run is stopped by before its next step is due, once something has changed."""
		lead = house.lead()
		[run] = house.enrolled(house.program(mail(), mail(7, "Never"), **values), lead)
		house.sweep()
		change(lead)
		house.sweep(later(1))
		row = house.run(run)
		house.sweep(later(20))
		if row.status == "Stopped":
			self.assertEqual(house.had(run), [("Mail", "Sent")])
		return row.stop_reason

	def test_by_what_stands(self):
		def set_in(doctype: str, **values: object) -> object:
			return lambda lead: frappe.db.set_value(doctype, lead, values)

		def gone(**values: object) -> object:
			def insert(lead: str) -> None:
				address = frappe.db.get_value("Lead", lead, "email_id")
				more = {name: lead if value == "this" else value for name, value in values.items()}
				doc = frappe.get_doc({"doctype": "Email Unsubscribe", "email": address, **more})
				doc.insert(ignore_permissions=True)

			return insert

		ours = {"reference_doctype": "Lead", "reference_name": "this"}
		for change, values, reason in (
			(set_in("Lead", unsubscribed=1), {}, "Unsubscribed"),
			(gone(global_unsubscribe=1), {}, "Unsubscribed"),
			(gone(**ours), {}, "Unsubscribed"),
			(set_in("Lead", status="Do Not Contact"), {}, "Do Not Contact"),
			(set_in("Lead", disabled=1), {}, "Disqualified"),
			(set_in("Lead Nurture", status="Do Not Contact"), {}, "Do Not Contact"),
			(set_in("Lead Nurture", status="With Sales"), {}, "With Sales"),
			(set_in("Lead Nurture", status="Converted"), {}, "Converted"),
			(set_in("Lead Nurture", status="Qualifying"), {}, None),
			(set_in("Lead Nurture", score=50), {"threshold": 50}, "Threshold"),
			(set_in("Lead Nurture", score=49), {"threshold": 50}, None),
			(set_in("Lead Nurture", score=50), {}, None),
		):
			with self.subTest(reason):
				self.assertEqual(self.stopped_by(change, **values), reason)

	def test_by_a_reply(self):
		def answer(lead: str, sender: str | None = None, subject: str = "Re: News") -> None:
			address = sender or frappe.db.get_value("Lead", lead, "email_id")
			doc = frappe.get_doc({"doctype": "Communication", "communication_type": "Communication"})
			doc.update({"communication_medium": "Email", "sent_or_received": "Received", "subject": subject})
			doc.update({"sender": address, "reference_doctype": "Lead", "reference_name": lead})
			doc.insert(ignore_permissions=True)
			frappe.db.set_value("Nurture Response", {"lead": lead}, "creation", later(0.5))

		self.assertEqual(self.stopped_by(answer), "Replied")
		self.assertIsNone(self.stopped_by(answer, stop_on_reply=0))
		self.assertIsNone(self.stopped_by(lambda lead: answer(lead, subject="Automatic reply: away")))
		self.assertIsNone(self.stopped_by(lambda lead: answer(lead, sender="postmaster@example.com")))

	def test_a_reply_before_the_enrolment_counts_nothing(self):
		lead = house.lead()
		doc = frappe.get_doc({"doctype": "Communication", "communication_type": "Communication"})
		doc.update({"communication_medium": "Email", "sent_or_received": "Received", "subject": "Hello"})
		doc.update({"sender": "a@lead.example", "reference_doctype": "Lead", "reference_name": lead})
		doc.insert(ignore_permissions=True)
		now = add_days(now_datetime(), 1)
		[run] = house.enrolled(house.program(), lead, at=now)
		house.sweep(now)
		self.assertEqual(house.had(run), [("Mail", "Sent")])


class TestAtOnce(ProgramCase):
	"""Sweeps of other processes go by the real time."""

	def runs(self, *steps: dict, count: int = 1) -> list[str]:
		leads = [house.lead() for _ in range(count)]
		runs = house.enrolled(house.program(*steps), *leads, at=now_datetime())
		frappe.db.commit()
		return runs

	def check_once(self, runs: list[str], step: str, outcome: str) -> None:
		for name in runs:
			lead = house.run(name).lead
			made = len(house.mails_to(lead)), len(house.todos_of(lead))
			self.assertEqual(house.had(name), [(step, outcome)])
			self.assertEqual(made, (1, 0) if outcome == "Sent" else (0, 1))

	def test_killed_anywhere(self):
		for point in POINTS:
			step = call() if "task" in point else mail()
			runs = self.runs(step, count=2)
			with self.subTest(point):
				ended = run_until_killed(f"{HERE}.sweep_and_die", [point])
				self.assertEqual(ended, -signal.SIGKILL)
				self.assertLessEqual(sum(len(house.log(name)) for name in runs), 1)
				self.sweep_until_completed(runs)
				self.check_once(runs, step["title"], "Task" if "task" in point else "Sent")

	def sweep_until_completed(self, runs: list[str]) -> None:
		"""The database notices only after a moment that a process is dead; until then its locks hold."""
		for _ in range(50):
			stepping.sweep()
			if {house.run(name).status for name in runs} == {"Completed"}:
				return
			time.sleep(0.1)
		self.fail("not completed")

	def test_sweeps_at_once(self):
		runs = self.runs(mail(), count=12)
		outcomes = run_together([(f"{HERE}.sweep", [])] * 3)
		self.assertEqual([outcome.error for outcome in outcomes], [None] * 3)
		stepping.sweep()
		self.check_once(runs, "Mail", "Sent")

	def test_a_lead_that_somebody_works_on_is_left_for_the_next_sweep(self):
		first, second = self.runs(mail(), count=2)
		frappe.db.get_value("Lead", house.run(first).lead, "name", for_update=True)
		[outcome] = run_together([(f"{HERE}.sweep", [])], in_this_transaction=True)
		self.assertIsNone(outcome.error)
		frappe.db.commit()
		self.assertEqual(house.had(first), [])
		self.check_once([second], "Mail", "Sent")
		stepping.sweep()
		self.check_once([first], "Mail", "Sent")

	def test_nor_does_it_hold_up_the_search_for_runs_that_are_over(self):
		"""Their next steps are not due; one lead is with somebody, the other is disabled."""
		first, second = self.runs(mail(3), count=2)
		stepping.sweep()
		frappe.db.set_value("Lead", house.run(second).lead, "disabled", 1)
		frappe.db.commit()
		for doctype, name in (("Lead", house.run(first).lead), (house.ENROLMENT, first)):
			with self.subTest(doctype):
				enrolment.write(second, status="Active", next_due=house.later(days=3000))
				frappe.db.commit()
				frappe.db.get_value(doctype, name, "name", for_update=True)
				[outcome] = run_together([(f"{HERE}.sweep_impatiently", [])], in_this_transaction=True)
				self.assertIsNone(outcome.error)
				frappe.db.commit()
				self.assertEqual(house.run(second).status, "Stopped")

	def test_unsubscribing_while_it_is_swept(self):
		"""Whoever comes first: nothing is sent after it."""
		for _ in range(3):
			runs = self.runs(mail(), mail(0, "Second"), count=3)
			leads = [house.run(name).lead for name in runs]
			calls = [(f"{HERE}.unsubscribe", [lead]) for lead in leads[:2]]
			outcomes = run_together([(f"{HERE}.sweep", []), *calls])
			self.assertEqual([outcome.error for outcome in outcomes], [None] * 3)
			before = [house.had(name) for name in runs[:2]]
			stepping.sweep()
			stepping.sweep()
			self.assertEqual([house.had(name) for name in runs[:2]], before)
			self.assertEqual({house.run(name).stop_reason for name in runs[:2]}, {"Unsubscribed"})
			self.assertEqual(len(house.had(runs[2])), 2)
