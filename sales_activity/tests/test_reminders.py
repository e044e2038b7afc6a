"""Reminders on the due day and escalations after it: once, to the right person, on working days only."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from unittest.mock import patch

import frappe

from sales_activity.sales_activity.milestones import delivery, handoffs, reminders
from sales_activity.sales_activity.milestones.due import Calendar
from sales_activity.tests import factories
from sales_activity.tests import hand_off_house as house
from sales_activity.tests.hand_off_house import ALONE, ASHA, BERND, COMPANY, MEERA, PROCESS, HandOffCase, Made
from sales_activity.tests.parallel import run_together, run_until_killed

HERE = __name__
MONDAY = date(2031, 3, 3)
WEEKEND = [MONDAY + timedelta(days=days) for days in (5, 6)]


def on(days: int) -> date:
	"""The Monday of the tests and so many days."""
	return MONDAY + timedelta(days=days)


@contextmanager
def today(day: date) -> Iterator[None]:
	"""The scheduler runs on this day, at eight in the morning."""
	moment = datetime(day.year, day.month, day.day, 8)
	with (
		patch.object(reminders, "getdate", lambda: day),
		patch.object(reminders, "now", lambda: str(moment)),
	):
		yield


def run(day: date) -> tuple[int, int]:
	"""What the hourly task does on this day. Returns how many reminders and escalations it wrote."""
	with today(day):
		written = reminders.remind()
	return written["Reminder"], written["Escalation"]


# --- what the workers do -------------------------------------------------------------------------------------


def remind_on(day: str) -> list[int]:
	return list(run(date.fromisoformat(day)))


def remind_and_die(day: str, point: str) -> None:
	"""Killed after the rows are written, or after the milestones are marked, but not committed."""
	owner, attribute = {"rows": (handoffs, "write"), "marks": (reminders, "_mark")}[point]
	original = getattr(owner, attribute)

	def spoilt(*args: object) -> None:
		original(*args)
		os.kill(os.getpid(), signal.SIGKILL)

	with patch.object(owner, attribute, spoilt):
		run(date.fromisoformat(day))


class ReminderCase(HandOffCase):
	def setUp(self) -> None:
		super().setUp()
		house.holiday_list(WEEKEND)
		self.set_days(2)
		self.project = house.project()

	def set_days(self, days: int) -> None:
		frappe.db.set_value("Sales Process", PROCESS, "escalate_after_days", days)
		frappe.db.commit()

	def due(self, day: date, turn_of: str = BERND, **values: object) -> frappe._dict:
		milestone = house.milestone(self.project, turn_of=turn_of, due_date=day, **values)
		frappe.db.commit()
		return milestone

	def kinds(self, milestone: frappe._dict) -> list[str]:
		return [row.kind for row in house.rows(milestone.name)]


class TestReminder(ReminderCase):
	def test_on_the_due_day_and_not_before(self):
		milestone = self.due(on(2))
		self.assertEqual(run(on(1)), (0, 0))
		self.assertEqual(run(on(2)), (1, 0))
		[row] = house.rows(milestone.name)
		self.assertEqual((row.kind, row.to_person, row.delivery), ("Reminder", BERND, "Pending"))
		self.assertEqual(house.stands(milestone.name).reminded_on, datetime(2031, 3, 5, 8))

	def test_once(self):
		milestone = self.due(on(0))
		for day in (0, 0, 1, 1):
			run(on(day))
		self.assertEqual(self.kinds(milestone), ["Reminder"])

	def test_a_missed_day_is_made_up_for_once(self):
		milestone = self.due(on(0), turn_of=BERND)
		self.assertEqual(run(on(1)), (1, 0))
		self.assertEqual(run(on(1)), (0, 0))
		self.assertEqual(self.kinds(milestone), ["Reminder"])

	def test_to_whoever_has_it(self):
		delegated = self.due(on(0), delegated_to=MEERA, responsible=BERND, turn_of=MEERA)
		returned = self.due(on(0), status="Returned", responsible=BERND, turn_of=ASHA)
		run(on(0))
		self.assertEqual([row.to_person for row in house.rows(delegated.name)], [MEERA])
		self.assertEqual([row.to_person for row in house.rows(returned.name)], [ASHA])

	def test_only_of_what_is_somebodys_turn(self):
		for status in ("Waiting", "Achieved", "Skipped", "Cancelled"):
			self.due(on(0), status=status)
		for status in ("Ready", "In Progress", "Returned"):
			self.due(on(0), status=status)
		self.assertEqual(run(on(0)), (3, 0))

	def test_not_on_holidays(self):
		"""Due on Friday, the scheduler slept: nothing on Saturday and Sunday, on Monday once."""
		milestone = self.due(on(4))
		self.assertEqual([run(on(day)) for day in (5, 6, 7)], [(0, 0), (0, 0), (1, 0)])
		self.assertEqual(self.kinds(milestone), ["Reminder"])

	def test_every_company_has_its_own_holidays(self):
		here = self.due(on(5))
		other = factories.company("Hand-off Other", "HOO", "EUR")
		there = self.due(on(5), company=other)
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.db.delete, "Sales Milestone", {"company": other})
		self.addCleanup(frappe.db.delete, "Milestone Hand-off", {"company": other})
		self.assertEqual(run(on(5)), (1, 0))
		self.assertEqual((self.kinds(here), self.kinds(there)), ([], ["Reminder"]))

	def test_not_of_projects_on_hold_or_lost(self):
		self.due(on(0))
		for status, written in (("On Hold", 0), ("Lost", 0), ("Won", 1)):
			frappe.db.set_value("Sales Project", self.project, "status", status)
			self.assertEqual(run(on(0)), (written, 0), status)

	def test_a_due_date_that_a_hold_has_moved_counts_anew(self):
		milestone = self.due(on(0))
		run(on(0))
		house.moved(milestone.name, "Ready", due_date=on(3))
		self.assertEqual([run(on(day)) for day in (1, 2, 3, 3)], [(0, 0), (0, 0), (1, 0), (0, 0)])

	def test_the_accepted_hand_off_stays_and_the_reminder_is_closed_with_the_milestone(self):
		milestone = self.due(on(0))
		run(on(0))
		handoffs.settle(house.moved(milestone.name, "In Progress"))
		self.assertEqual(house.rows(milestone.name)[0].status, "Open")
		handoffs.settle(house.moved(milestone.name, "Achieved"))
		self.assertEqual(house.rows(milestone.name)[0].status, "Closed")


class TestEscalation(ReminderCase):
	def test_to_the_manager_after_the_days_of_the_process(self):
		milestone = self.due(on(0))
		self.assertEqual([run(on(day)) for day in (0, 1, 2, 2, 3)], [(1, 0), (0, 0), (0, 1), (0, 0), (0, 0)])
		row = house.rows(milestone.name)[1]
		self.assertEqual((row.kind, row.to_person, row.from_person), ("Escalation", MEERA, BERND))
		self.assertEqual(house.stands(milestone.name).escalated_on, datetime(2031, 3, 5, 8))

	def test_only_working_days_count(self):
		"""Due on Thursday: two working days later is Monday."""
		self.due(on(3))
		self.assertEqual([run(on(day))[1] for day in (3, 4, 5, 6, 7)], [0, 0, 0, 0, 1])

	def test_the_manager_of_the_responsible_not_of_the_delegate(self):
		milestone = self.due(on(0), responsible=BERND, delegated_to=ALONE, turn_of=ALONE)
		run(on(2))
		row = house.rows(milestone.name, kind="Escalation")[0]
		self.assertEqual((row.to_person, row.from_person), (MEERA, ALONE))

	def test_each_process_has_its_days(self):
		self.set_days(1)
		self.due(on(0))
		self.assertEqual([run(on(day))[1] for day in (0, 1)], [0, 1])

	def test_never_for_a_process_with_no_days(self):
		self.set_days(0)
		self.due(on(0))
		self.assertEqual(run(on(11)), (1, 0))

	def test_where_nobody_is_above_the_record_says_so(self):
		milestone = self.due(on(0), turn_of=ALONE)
		run(on(2))
		[row] = house.rows(milestone.name, kind="Escalation")
		self.assertIsNone(row.to_user)
		delivery.deliver_pending()
		self.assertIn("has no user", house.row(row.name).error)

	def test_after_a_long_sleep_of_the_scheduler_both_come_once(self):
		milestone = self.due(on(0))
		self.assertEqual([run(on(day)) for day in (8, 8, 9)], [(1, 1), (0, 0), (0, 0)])
		self.assertEqual(sorted(self.kinds(milestone)), ["Escalation", "Reminder"])

	def test_days_that_have_passed(self):
		calendar = Calendar(WEEKEND)
		for due, day, days, late in (
			(on(3), on(4), 2, False),
			(on(3), on(6), 2, False),
			(on(3), on(7), 2, True),
			(on(3), on(30), 0, False),
		):
			self.assertEqual(reminders.is_to_be_escalated(due, day, days, calendar), late)


class TestMessages(ReminderCase):
	def test_what_they_say(self):
		milestone = self.due(on(0), milestone="Visit")
		with patch(
			"sales_activity.sales_activity.milestones.messages.getdate", lambda day=None: day or on(0)
		):
			run(on(0))
			delivery.deliver_pending()
		with patch(
			"sales_activity.sales_activity.milestones.messages.getdate", lambda day=None: day or on(2)
		):
			run(on(2))
			delivery.deliver_pending()
		made = Made.of(milestone.name)
		self.assertEqual(made.counts, (0, 2, 2), "a reminder assigns nothing")
		reminder, escalation = made["emails"]
		self.assertEqual(reminder.to, [house.user_of(BERND)])
		self.assertTrue(reminder.subject.startswith("Heute fällig: Visit"), reminder.subject)
		self.assertEqual(escalation.to, [house.user_of(MEERA)])
		self.assertTrue(escalation.subject.startswith("Late in your team: Visit"), escalation.subject)
		self.assertIn(
			f"was due on {frappe.utils.formatdate(on(0))}. It is the turn of {BERND}.", escalation.html
		)
		self.assertNotIn(house.user_of(ASHA), reminder.reply_to)


class TestMany(ReminderCase):
	def count_queries(self, number: int) -> int:
		for _ in range(number):
			house.milestone(self.project, due_date=on(0))
		frappe.db.commit()
		run(on(-1))  # the calendar is in the cache now
		queries: list[str] = []
		original = frappe.db.sql

		def counted(query: object, *args: object, **kwargs: object) -> object:
			queries.append(str(query))
			return original(query, *args, **kwargs)

		with patch.object(frappe.db, "sql", counted):
			self.assertEqual(run(on(2)), (number, number))
		return len([query for query in queries if not query.lower().startswith(("commit", "start", "begin"))])

	def test_as_many_queries_for_many_as_for_few(self):
		few = self.count_queries(2)
		house.remove()
		self.project = house.project()
		self.assertEqual(self.count_queries(60), few)
		self.assertLessEqual(few, 13)

	def test_batches(self):
		with patch.object(reminders, "BATCH", 4):
			milestones = [self.due(on(0)) for _ in range(10)]
			self.assertEqual(run(on(0)), (10, 0))
		for milestone in milestones:
			self.assertEqual(self.kinds(milestone), ["Reminder"])

	def test_killed_in_the_middle_nothing_is_lost_or_twice(self):
		milestones = [self.due(on(0)) for _ in range(3)]
		for point in ("rows", "marks"):
			self.assertEqual(run_until_killed(f"{HERE}.remind_and_die", [str(on(0)), point]), -signal.SIGKILL)
			for milestone in milestones:
				self.assertEqual(self.kinds(milestone), [], point)
				self.assertIsNone(house.stands(milestone.name).reminded_on, point)
		self.assertEqual(run(on(0)), (3, 0))
		for milestone in milestones:
			self.assertEqual(self.kinds(milestone), ["Reminder"])

	def test_two_schedulers_at_once(self):
		milestones = [self.due(on(0)) for _ in range(30)]
		outcomes = run_together([(f"{HERE}.remind_on", [str(on(2))])] * 3)
		self.assertEqual([outcome.error for outcome in outcomes], [None] * 3, outcomes)
		self.assertEqual(run(on(2)), (0, 0), "nothing was left over")
		for milestone in milestones:
			self.assertEqual(sorted(self.kinds(milestone)), ["Escalation", "Reminder"])

	def test_the_company_is_the_milestones(self):
		milestone = self.due(on(0))
		run(on(0))
		self.assertEqual(house.rows(milestone.name)[0].company, COMPANY)
