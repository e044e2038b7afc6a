"""The rows that are written when a milestone becomes somebody else's turn, and what becomes of them."""

from __future__ import annotations

import random
from datetime import date, timedelta

import frappe
from frappe.model.workflow import apply_workflow
from frappe.utils import add_to_date, getdate, now_datetime

from sales_activity.sales_activity.doctype.milestone_hand_off.milestone_hand_off import HandOffLockedError
from sales_activity.sales_activity.milestones import assignments, delivery, due, handoffs
from sales_activity.sales_activity.milestones.receivers import Receiver, managers, nearest, receivers
from sales_activity.tests import hand_off_house as house
from sales_activity.tests.hand_off_house import (
	ALONE,
	ASHA,
	BERND,
	COMPANY,
	HEAD,
	MEERA,
	SILENT,
	HandOffCase,
	Made,
)


class TestWorkingDays(HandOffCase):
	def test_against_counting_day_by_day(self):
		"""Random holidays, days and spans against the slow, obvious way."""
		chance = random.Random(3)
		for _ in range(300):
			start = date(2026, 1, 1) + timedelta(days=chance.randrange(60))
			holidays = {start + timedelta(days=chance.randrange(40)) for _ in range(chance.randrange(25))}
			calendar, days = due.Calendar(holidays), chance.choice([0, 0.5, 1, 1.5, 2, 3.0000001, 7])
			found = calendar.due(start, days)
			passed = [start + timedelta(days=n) for n in range(1, (found - start).days + 1)]
			worked = [day for day in passed if day not in holidays]
			self.assertNotIn(found, holidays)
			self.assertEqual(calendar.between(start, found), len(worked))
			wanted = due.whole_days(days)
			if wanted == 0:
				self.assertEqual(len(worked), int(start in holidays))
			else:
				self.assertEqual(len(worked), wanted)

	def test_days_are_rounded_up(self):
		for days, whole in ((None, 0), (-1, 0), (0, 0), (0.2, 1), (1, 1), (1.0000000001, 1), (2.5, 3)):
			self.assertEqual(due.whole_days(days), whole, days)

	def test_the_companys_list_counts(self):
		"""Friday and a day more, over a weekend and a holiday on Monday."""
		house.holiday_list(["2026-05-02", "2026-05-03", "2026-05-04"])
		self.assertEqual(due.due_date(COMPANY, "2026-05-01", 1), date(2026, 5, 5))
		self.assertEqual(due.due_date(COMPANY, "2026-05-01", 1.5), date(2026, 5, 6))
		self.assertEqual(due.due_date(COMPANY, "2026-05-02", 0), date(2026, 5, 5))
		self.assertEqual(due.working_days_between(COMPANY, "2026-05-01", "2026-05-06"), 2)
		self.assertEqual(due.working_days_between(COMPANY, "2026-05-06", "2026-05-01"), 0)

	def test_without_a_list_every_day_works(self):
		frappe.db.set_value("Company", COMPANY, "default_holiday_list", None)
		frappe.clear_document_cache("Company", COMPANY)
		self.assertEqual(due.due_date(COMPANY, "2026-05-01", 2), date(2026, 5, 3))
		frappe.db.rollback()
		frappe.clear_document_cache("Company", COMPANY)

	def test_a_changed_list_counts_at_once(self):
		house.holiday_list(["2026-05-02"])
		self.assertEqual(due.due_date(COMPANY, "2026-05-01", 1), date(2026, 5, 3))
		house.holiday_list(["2026-05-02", "2026-05-03"])
		self.assertEqual(due.due_date(COMPANY, "2026-05-01", 1), date(2026, 5, 4))

	def test_holidays_come_from_the_cache(self):
		due.due_date(COMPANY, "2026-05-01", 1)
		with self.assertQueryCount(0):
			due.due_date(COMPANY, "2026-05-01", 5)


class TestReceivers(HandOffCase):
	def test_the_person_with_a_user(self):
		self.assertEqual(receivers([ASHA]), {ASHA: Receiver(ASHA, house.user_of(ASHA))})

	def test_else_the_nearest_above(self):
		self.assertEqual(receivers([SILENT, ASHA])[SILENT], Receiver(MEERA, house.user_of(MEERA)))

	def test_a_disabled_user_and_somebody_who_left_read_nothing(self):
		frappe.db.set_value("User", house.user_of(BERND), "enabled", 0)
		self.assertEqual(receivers([BERND])[BERND].person, MEERA)
		frappe.db.set_value("User", house.user_of(BERND), "enabled", 1)
		frappe.db.set_value("Employee", {"user_id": house.user_of(BERND)}, "status", "Left")
		self.assertEqual(receivers([BERND])[BERND].person, MEERA)
		frappe.db.rollback()

	def test_nobody(self):
		self.assertEqual(receivers([ALONE])[ALONE].user, None)
		self.assertEqual(receivers(["No such person", None]), {})

	def test_the_manager_is_above(self):
		self.assertEqual(managers([ASHA]), {ASHA: Receiver(MEERA, house.user_of(MEERA))})
		self.assertEqual(managers([SILENT])[SILENT].person, MEERA)
		self.assertIsNone(managers([MEERA])[MEERA].user, "nobody above Meera has a user")

	def test_nearest_is_the_first_with_a_user(self):
		way = [Receiver("a", None), Receiver("b", "u"), Receiver("c", "v")]
		self.assertEqual(nearest(way).person, "b")
		self.assertEqual(nearest(way[:1]), Receiver("a", None))

	def test_one_query_however_many(self):
		with self.assertQueryCount(1):
			receivers([ASHA, BERND, SILENT, MEERA, HEAD])


class TestRows(HandOffCase):
	def setUp(self) -> None:
		super().setUp()
		self.project = house.project()
		self.milestone = house.milestone(self.project)
		frappe.set_user(house.user_of(ASHA))

	def only_row(self, **filters: object) -> frappe._dict:
		found = house.rows(self.milestone.name, **filters)
		self.assertEqual(len(found), 1, found)
		return found[0]

	def test_handing_over_says_from_whom_to_whom(self):
		handoffs.hand_over([self.milestone], from_milestone="Before")
		row = self.only_row()
		wanted = {
			"kind": "Hand-off",
			"status": "Open",
			"delivery": "Pending",
			"sales_project": self.project,
			"company": COMPANY,
			"from_user": house.user_of(ASHA),
			"from_person": ASHA,
			"to_user": house.user_of(BERND),
			"to_person": BERND,
			"from_milestone": "Before",
			"owner": house.user_of(ASHA),
			"due_date": getdate(self.milestone.due_date),
		}
		self.assertEqual({key: row[key] for key in wanted}, wanted)

	def test_ones_own_turn_needs_no_hand_off(self):
		own = house.milestone(self.project, turn_of=ASHA)
		self.assertEqual(handoffs.hand_over([own]), [])
		self.assertEqual(house.rows(own.name), [])

	def test_a_managers_own_person_is_not_the_silent_one_below(self):
		"""What goes to the manager in somebody's stead is a hand-off, even where the manager caused it."""
		silent = house.milestone(self.project, turn_of=SILENT)
		self.assertEqual(len(handoffs.hand_over([silent], user=house.user_of(MEERA))), 1)
		self.assertEqual(house.rows(silent.name)[0].to_user, house.user_of(MEERA))

	def test_once_an_opening(self):
		handoffs.hand_over([self.milestone])
		self.assertEqual(handoffs.hand_over([self.milestone]), [])
		self.only_row()

	def test_many_cost_as_much_as_one(self):
		many = [house.milestone(house.project()) for _ in range(20)]
		with self.assertQueryCount(3):
			self.assertEqual(len(handoffs.hand_over(many)), 20)

	def test_moves_settle_what_is_open(self):
		for state, status in (("In Progress", "Accepted"), ("Achieved", "Accepted"), ("Skipped", "Closed")):
			milestone = house.milestone(self.project)
			handoffs.hand_over([milestone])
			handoffs.settle(house.moved(milestone.name, state))
			[row] = house.rows(milestone.name)
			self.assertEqual(row.status, status, state)
			self.assertIsNotNone(row.settled_on)

	def test_settled_rows_keep_their_time(self):
		handoffs.hand_over([self.milestone])
		handoffs.settle(house.moved(self.milestone.name, "In Progress"))
		accepted = self.only_row()
		handoffs.settle([house.moved(self.milestone.name, "Achieved")])
		self.assertEqual(self.only_row(), accepted)

	def test_a_return_and_the_reply(self):
		handoffs.hand_over([self.milestone])
		frappe.set_user(house.user_of(BERND))
		handoffs.send_back(house.moved(self.milestone.name, "Returned", turn_of=ASHA, question="Which hall?"))
		self.assertEqual(self.only_row(kind="Hand-off").status, "Returned")
		returned = self.only_row(kind="Return")
		self.assertEqual((returned.from_person, returned.to_person), (BERND, ASHA))
		self.assertEqual((returned.message, returned.status), ("Which hall?", "Open"))

		frappe.set_user(house.user_of(ASHA))
		handoffs.reply(house.moved(self.milestone.name, "Ready", turn_of=BERND, reply="Hall 2"))
		self.assertEqual(self.only_row(kind="Return").status, "Answered")
		answered = self.only_row(kind="Reply")
		self.assertEqual((answered.from_person, answered.to_person), (ASHA, BERND))
		self.assertEqual((answered.message, answered.status), ("Hall 2", "Open"))

	def test_returns_can_be_counted_by_person(self):
		"""Per milestone ``returns`` counts; per person the rows do."""
		for _ in range(2):
			handoffs.hand_over([self.milestone])
			frappe.set_user(house.user_of(BERND))
			handoffs.send_back(house.moved(self.milestone.name, "Returned", turn_of=ASHA, question="?"))
			frappe.set_user(house.user_of(ASHA))
			handoffs.reply(house.moved(self.milestone.name, "Ready", turn_of=BERND, reply="!"))
		self.assertEqual(frappe.db.count("Milestone Hand-off", {"kind": "Return", "to_person": ASHA}), 2)
		self.assertEqual(frappe.db.count("Milestone Hand-off", {"kind": "Return", "from_person": BERND}), 2)

	def test_a_return_to_oneself_counts_and_tells_nobody(self):
		milestone = house.milestone(
			self.project, turn_of=ASHA, question="Did I forget it?", status="Returned"
		)
		handoffs.send_back(milestone)
		[row] = house.rows(milestone.name)
		self.assertEqual((row.kind, row.delivery), ("Return", "Not Needed"))

	def test_a_returned_milestone_that_is_set_aside_is_closed_not_answered(self):
		handoffs.send_back(house.moved(self.milestone.name, "Returned", turn_of=ASHA, question="?"))
		handoffs.settle(house.moved(self.milestone.name, "Skipped"))
		self.assertEqual(self.only_row().status, "Closed")

	def test_delegating_tells_the_delegate(self):
		handoffs.hand_over([self.milestone])
		values = {"delegated_to": SILENT, "turn_of": SILENT, "reason": "On leave"}
		handoffs.delegate(house.moved(self.milestone.name, "Ready", **values))
		self.assertEqual(self.only_row(kind="Hand-off").status, "Closed")
		row = self.only_row(kind="Delegation")
		self.assertEqual((row.to_person, row.message, row.from_person), (SILENT, "On leave", BERND))

	def test_delegating_before_the_turn_tells_nobody_yet(self):
		values = {"delegated_to": SILENT, "turn_of": SILENT, "reason": "On leave"}
		handoffs.delegate(house.moved(self.milestone.name, "Waiting", **values))
		self.assertEqual(house.rows(self.milestone.name), [])

	def test_the_job_is_started_once_a_transaction(self):
		frappe.db.commit()
		before = len(frappe.db.after_commit._functions)
		handoffs.hand_over([self.milestone])
		handoffs.hand_over([house.milestone(self.project)])
		self.assertEqual(len(frappe.db.after_commit._functions), before + 1)
		frappe.db.rollback()
		self.assertFalse(frappe.flags.hand_offs_to_deliver)


class TestDueDates(HandOffCase):
	"""The due date of a milestone moves when its project is resumed."""

	LATER = "2031-05-05"

	def setUp(self) -> None:
		super().setUp()
		self.project = house.project()
		self.milestone = house.milestone(self.project, due_date="2031-05-01")
		handoffs.hand_over([self.milestone], user=house.user_of(ASHA))
		delivery.deliver_pending()

	def dates(self) -> tuple:
		"""Of the hand-offs (kind > date), and of the ToDos, as texts."""
		rows = {row.kind: str(row.due_date) for row in house.rows(self.milestone.name)}
		return rows, [(todo.status, str(todo.date)) for todo in Made.of(self.milestone.name)["todos"]]

	def follow(self) -> None:
		handoffs.follow_due_dates([{"name": self.milestone.name, "due_date": self.LATER}])

	def test_before_and_after_it_is_accepted(self):
		for state in ("Ready", "In Progress"):
			handoffs.settle(house.moved(self.milestone.name, state))
			self.follow()
			self.assertEqual(self.dates(), ({"Hand-off": self.LATER}, [("Open", self.LATER)]), state)

	def test_what_is_over_keeps_its_date(self):
		handoffs.send_back(house.moved(self.milestone.name, "Returned", turn_of=ASHA, question="?"))
		delivery.deliver_pending()
		own = assignments.assign(self.milestone.name, house.user_of(MEERA), None, "Mine", "2031-04-30")
		self.follow()
		rows, todos = self.dates()
		self.assertEqual(rows, {"Hand-off": "2031-05-01", "Return": self.LATER})
		self.assertEqual(todos, [("Closed", "2031-05-01"), ("Open", self.LATER), ("Open", "2031-04-30")])
		self.assertEqual(str(frappe.db.get_value("ToDo", own, "date")), "2031-04-30")

	def test_many_cost_as_much_as_one(self):
		many = [house.milestone(self.project) for _ in range(10)]
		handoffs.hand_over(many)
		moved = [{"name": row.name, "due_date": self.LATER} for row in many]
		with self.assertQueryCount(3):
			handoffs.follow_due_dates(moved)

	def test_resuming_the_project(self):
		values = {"process_started_on": now_datetime(), "sales_process": house.PROCESS}
		frappe.db.set_value("Sales Project", self.project, values)
		apply_workflow(frappe.get_doc("Sales Project", self.project), "Hold")
		ago = add_to_date(now_datetime(), days=-4)
		frappe.db.set_value("Sales Project", self.project, "clock_stopped_on", ago)
		apply_workflow(frappe.get_doc("Sales Project", self.project), "Resume")
		self.assertEqual(str(house.stands(self.milestone.name).due_date), self.LATER)
		self.assertEqual(self.dates(), ({"Hand-off": self.LATER}, [("Open", self.LATER)]))


class TestLocked(HandOffCase):
	"""Nobody writes, changes, renames or deletes a hand-off by hand."""

	def setUp(self) -> None:
		super().setUp()
		self.milestone = house.milestone(house.project())
		[self.name] = handoffs.hand_over([self.milestone])
		self.before = house.row(self.name)

	def tearDown(self) -> None:
		self.assertEqual(house.row(self.name), self.before)
		super().tearDown()

	def test_no_insert(self):
		doc = frappe.get_doc({"doctype": "Milestone Hand-off", "sales_milestone": self.milestone.name})
		doc.update({"sales_project": self.milestone.sales_project, "kind": "Reply"})
		self.assertRaises(HandOffLockedError, doc.insert)

	def test_no_insert_with_what_the_controller_goes_by(self):
		values = {"doctype": "Milestone Hand-off", "sales_milestone": self.milestone.name}
		values.update(refused_with=None, error=None, sales_project=self.milestone.sales_project, kind="Reply")
		self.assertRaises(HandOffLockedError, frappe.get_doc(values).insert)

	def test_no_edit(self):
		doc = frappe.get_doc("Milestone Hand-off", self.name)
		doc.message = "Something else"
		self.assertRaises(HandOffLockedError, doc.save)
		self.assertRaises(
			HandOffLockedError,
			frappe.call,
			"frappe.client.set_value",
			doctype="Milestone Hand-off",
			name=self.name,
			fieldname="status",
			value="Closed",
		)

	def test_no_deleting(self):
		self.assertRaises(HandOffLockedError, frappe.delete_doc, "Milestone Hand-off", self.name)

	def test_no_renaming(self):
		with self.assertRaises((HandOffLockedError, frappe.ValidationError)):
			frappe.rename_doc("Milestone Hand-off", self.name, "other")
