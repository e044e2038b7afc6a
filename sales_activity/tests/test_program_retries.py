"""Steps that failed, tried again; and what a run that has come to its end never had. Everything here really commits."""

from __future__ import annotations

import os
import random
import signal
import time
from datetime import datetime, timedelta
from unittest.mock import patch

import frappe
from frappe.utils import now_datetime

from sales_activity.api import programs as api
from sales_activity.sales_activity.nurture import enrolment, program_mails, retrying, stepping
from sales_activity.sales_activity.nurture.retrying import RetryError
from sales_activity.tests import program_house as house
from sales_activity.tests.parallel import run_together, run_until_killed
from sales_activity.tests.program_house import MONDAY, QUALIFIER, ProgramCase, call, later, mail

HERE = __name__
SEEDS = 4


# --- what the workers do -------------------------------------------------------------------------------------


def sweep() -> int:
	return retrying.sweep()


def sweep_and_die(when: str) -> None:
	"""Killed as ``kill -9`` does it."""
	owner, attribute = {"mail": (program_mails, "queue"), "commit": (retrying, "_take_locked")}[when]
	original = getattr(owner, attribute)

	def spoilt(*args: object) -> None:
		original(*args)
		os.kill(os.getpid(), signal.SIGKILL)

	with patch.object(owner, attribute, spoilt):
		retrying.sweep()


# --- the tests -----------------------------------------------------------------------------------------------


class RetryCase(ProgramCase):
	def failed(self, *steps: dict, at: datetime = MONDAY, **values: object) -> tuple[str, str]:
		"""A run whose first step failed, because the lead has no address; and its lead."""
		lead = house.lead()
		self.address = frappe.db.get_value("Lead", lead, "email_id")
		self.set_address(lead, None)
		[run] = house.enrolled(house.program(*(steps or (mail(),)), **values), lead, at=at)
		house.sweep(at)
		self.assertEqual(house.log(run)[0].outcome, "Failed")
		return run, lead

	def set_address(self, lead: str, address: str | None) -> None:
		frappe.db.set_value("Lead", lead, "email_id", address)

	def ask(self, run: str, at: datetime = MONDAY) -> None:
		with house.on(at):
			retrying.ask(retrying.failed_of([run]))
		frappe.db.commit()


class TestRetries(RetryCase):
	def test_what_was_corrected_is_sent_once(self):
		run, lead = self.failed()
		why = house.log(run)[0].why
		self.set_address(lead, self.address)
		self.assertEqual(house.retry(), 0)
		self.ask(run)
		for _ in range(3):
			house.retry(later(hours=1))
		[row] = house.log(run)
		self.assertEqual((row.outcome, row.tries, row.retry_on), ("Sent", 2, None))
		self.assertIn(why, row.why)
		[sent] = house.mails_to(lead)
		self.assertEqual((str(sent.name), sent.message_id), (row.email_queue, row.message_id))
		self.assertIn("example.com/a?x=1", row.links)

	def test_what_fails_again_says_why_and_can_be_tried_once_more(self):
		run, lead = self.failed()
		self.ask(run)
		house.retry()
		[row] = house.log(run)
		self.assertEqual((row.outcome, row.tries, row.retry_on), ("Failed", 2, None))
		self.set_address(lead, self.address)
		self.ask(run)
		house.retry()
		self.assertEqual((house.had(run), house.log(run)[0].tries), ([("Mail", "Sent")], 3))

	def test_a_task(self):
		lead = house.lead()
		frappe.db.set_value("Lead", lead, "lead_owner", None)
		[run] = house.enrolled(house.program(call()), lead)
		house.sweep()
		frappe.db.set_value("Lead", lead, "lead_owner", house.OWNER)
		self.ask(run)
		house.retry()
		house.retry()
		[todo] = house.todos_of(lead)
		self.assertEqual((house.log(run)[0].outcome, house.log(run)[0].todo), ("Task", todo.name))

	def test_the_run_goes_on_meanwhile(self):
		run, lead = self.failed(mail(), call(3), call(7, "Last"))
		house.sweep(later(3))
		self.set_address(lead, self.address)
		self.ask(run, later(4))
		house.retry(later(4))
		self.assertEqual(sorted(house.had(run)), [("Call", "Task"), ("Mail", "Sent")])
		house.sweep(later(7))
		house.sweep(later(8))
		self.assertEqual(len(house.had(run)), 3)
		self.assertEqual(house.run(run).status, "Completed")

	def test_only_what_failed(self):
		lead = house.lead()
		[run] = house.enrolled(house.program(mail()), lead)
		house.sweep()
		[row] = house.log(run)
		self.assertRaisesRegex(RetryError, "Sent. Only what has failed", retrying.ask, [row.name])
		# not even past the check
		frappe.db.set_value(house.RUN, row.name, "retry_on", MONDAY)
		house.retry()
		self.assertEqual(len(house.mails_to(lead)), 1)
		self.assertRaises(frappe.DoesNotExistError, retrying.ask, ["nothing"])

	def test_whoever_must_get_nothing_gets_nothing(self):
		for doctype, values, said in (
			("Lead", {"unsubscribed": 1}, "unsubscribed"),
			("Lead Nurture", {"status": "With Sales"}, "with sales"),
		):
			with self.subTest(said):
				run, lead = self.failed()
				self.set_address(lead, self.address)
				self.ask(run)
				frappe.db.set_value(doctype, lead, values)
				house.retry()
				[row] = house.log(run)
				self.assertEqual((row.outcome, row.retry_on), ("Failed", None))
				self.assertIn(said, row.why)
				self.assertEqual(house.mails_to(lead), [])

	def test_stopped_runs_and_ended_programs(self):
		run, _lead = self.failed(mail(), call(9))
		enrolment.stop(run)
		self.assertRaisesRegex(RetryError, "was stopped", self.ask, run)
		run, _lead = self.failed()
		house.sweep()
		program = frappe.get_doc("Nurture Program", house.run(run).program)
		program.status = "Ended"
		program.save()
		self.assertRaisesRegex(RetryError, "has ended", self.ask, run)

	def test_it_waits_while_a_run_stands_still_and_until_the_program_works(self):
		run, lead = self.failed(mail(), call(9))
		self.set_address(lead, self.address)
		self.ask(run)
		with house.on(MONDAY):
			enrolment.pause(run)
		house.retry()
		self.assertEqual(house.had(run), [("Mail", "Failed")])
		with house.on(later(1)):
			enrolment.resume(run)
		program = frappe.get_doc("Nurture Program", house.run(run).program)
		program.update({"work_from": "14:00:00", "work_until": "15:00:00"}).save()
		house.retry(later(1))
		self.assertEqual(house.moment(house.log(run)[0].retry_on), datetime(2026, 3, 3, 14))
		house.retry(datetime(2026, 3, 3, 14))
		self.assertEqual(house.had(run), [("Mail", "Sent")])

	def test_a_step_that_is_gone(self):
		run, lead = self.failed(mail(), call(9))
		self.set_address(lead, self.address)
		self.ask(run)
		program = frappe.get_doc("Nurture Program", house.run(run).program)
		program.remove(program.steps[0])
		program.save()
		house.retry()
		self.assertIn("taken out", house.log(run)[0].why)
		self.assertEqual(house.mails_to(lead), [])

	def test_no_account_to_send_from(self):
		run, lead = self.failed()
		self.set_address(lead, self.address)
		self.ask(run)
		with patch.object(program_mails, "queue", side_effect=frappe.OutgoingEmailError("no account")):
			house.retry()
		self.assertEqual(house.log(run)[0].why, "no account")
		house.retry(later(hours=0.9))
		self.assertEqual(house.had(run), [("Mail", "Failed")])
		house.retry(later(hours=1))
		self.assertEqual(house.had(run), [("Mail", "Sent")])

	def test_over_the_api(self):
		run, lead = self.failed()
		frappe.db.set_value("Lead", lead, "email_id", self.address)
		[row] = house.log(run)
		frappe.set_user("Guest")
		self.assertRaises(frappe.PermissionError, api.retry, [run])
		frappe.set_user(QUALIFIER)
		self.assertEqual(api.retry(enrolments=[run])["steps"], 1)
		self.assertEqual(api.retry(step_runs=row.name)["steps"], 1)
		self.assertEqual(house.log(run)[0].retry_by, QUALIFIER)
		self.assertRaises(frappe.PermissionError, api.retry, ["nothing"])
		self.assertRaises(frappe.ValidationError, api.retry)
		house.retry(now_datetime())
		self.assertRaisesRegex(RetryError, "No step of these runs has failed", api.retry, [run])


class TestRetriesAtOnce(RetryCase):
	"""Sweeps of other processes go by the real time."""

	def wanted(self, count: int) -> list[tuple[str, str]]:
		found = []
		for _ in range(count):
			run, lead = self.failed(at=now_datetime())
			self.set_address(lead, self.address)
			self.ask(run, now_datetime())
			found.append((run, lead))
		return found

	def check_once(self, found: list[tuple[str, str]]) -> None:
		for run, lead in found:
			self.assertEqual((house.had(run), len(house.mails_to(lead))), ([("Mail", "Sent")], 1))

	def test_sweeps_at_once(self):
		found = self.wanted(6)
		outcomes = run_together([(f"{HERE}.sweep", [])] * 2)
		self.assertEqual([outcome.error for outcome in outcomes], [None] * 2)
		retrying.sweep()
		self.check_once(found)

	def test_killed(self):
		for when in ("mail", "commit"):
			with self.subTest(when):
				found = self.wanted(1)
				self.assertEqual(run_until_killed(f"{HERE}.sweep_and_die", [when]), -signal.SIGKILL)
				for _ in range(50):  # its locks hold until the database has noticed
					if retrying.sweep():
						break
					time.sleep(0.1)
				self.check_once(found)


class TestAnyCourse(RetryCase):
	def test_no_step_twice_whatever_is_asked(self):
		"""Addresses come and go, retries are asked for at any moment and as often as anybody likes."""
		for seed in range(SEEDS):
			with self.subTest(seed=seed):
				self.course(random.Random(seed))

	def course(self, chance: random.Random) -> None:
		program = house.program(*(mail(chance.randint(0, 8), f"M{n}") for n in range(3)), call(4))
		leads = {lead: frappe.db.get_value("Lead", lead, "email_id") for lead in (house.lead(), house.lead())}
		runs, now = house.enrolled(program, *leads), MONDAY
		for _ in range(25):
			now += timedelta(hours=chance.randint(1, 20))
			lead = chance.choice(list(leads))
			act = chance.randint(0, 4)
			if act < 2:
				self.set_address(lead, leads[lead] if act else None)
			elif act < 4 and (failed := retrying.failed_of(runs)):
				with house.on(now):
					retrying.ask(chance.choices(failed, k=2))
			chance.choice([house.sweep, house.retry])(now)
		for lead, address in leads.items():
			self.set_address(lead, address)
		for day in range(20):
			house.sweep(now + timedelta(days=day))
		for run in runs:
			self.ask(run, now) if retrying.failed_of([run]) else None
			house.retry(now + timedelta(days=30))
			rows = house.log(run)
			lead = rows[0].lead
			self.assertEqual({row.outcome for row in rows}, {"Sent", "Task"}, rows)
			self.assertEqual(len(rows), 4)
			self.assertEqual(
				{str(queued.name) for queued in house.mails_to(lead)},
				{row.email_queue for row in rows} - {None},
			)
			self.assertEqual((len(house.mails_to(lead)), len(house.todos_of(lead))), (3, 1))


class TestLeftOut(ProgramCase):
	def test_what_came_too_late_is_put_down_at_the_end_once(self):
		program = house.program(call(0, "A"), call(5, "B"))
		[run] = house.enrolled(program, house.lead())
		house.sweep()
		program.append("steps", call(0, "Too late"))
		program.append("steps", call(3, "In time"))
		with house.on(later(1)):
			program.steps[2].idx, program.steps[0].idx = 1, 3
			program.save()
		for day in (3, 5):
			house.sweep(later(day))
		self.assertNotIn("Left Out", [outcome for _title, outcome in house.had(run)])
		for _ in range(3):
			house.sweep(later(6))
		had = house.had(run)
		self.assertEqual(sorted(had), sorted(set(had)))
		self.assertEqual(house.run(run).status, "Completed")
		outcomes = dict(had)
		self.assertEqual(outcomes["In time"], "Task")
		self.assertEqual(outcomes["Too late"], "Left Out")
		self.assertIn("passed already", house.log(run)[-1].why or house.log(run)[-2].why)

	def test_what_is_moved_ahead_again_in_time_is_not_left_out(self):
		program = house.program(call(2, "A"), call(8, "B"))
		[run] = house.enrolled(program, house.lead())
		house.sweep(later(2))
		program.append("steps", call(1, "Moved"))
		with house.on(later(2)):
			program.save()
		house.sweep(later(3))
		row = next(row for row in program.steps if row.title == "Moved")
		row.day = 4
		with house.on(later(3)):
			program.save()
		for day in (4, 8, 9):
			house.sweep(later(day))
		self.assertEqual(house.had(run), [("A", "Task"), ("Moved", "Task"), ("B", "Task")])

	def test_a_run_without_such_steps_leaves_nothing_out(self):
		[run] = house.enrolled(house.program(call()), house.lead())
		house.sweep()
		stepping.sweep()
		house.sweep()
		self.assertEqual((house.had(run), house.run(run).status), ([("Call", "Task")], "Completed"))
