"""Telling people that it is their turn: once, whatever dies in the middle. Everything here really commits."""

from __future__ import annotations

import ast
import csv
import os
import re
import signal
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from unittest.mock import patch

import frappe
from frappe.utils import add_to_date, get_url_to_form, getdate, now_datetime

import sales_activity
from sales_activity.sales_activity.milestones import assignments, delivery, handoffs, messages, outbox
from sales_activity.tests import factories
from sales_activity.tests import hand_off_house as house
from sales_activity.tests.hand_off_house import (
	ALONE,
	ASHA,
	BERND,
	MEERA,
	OPERATIONS,
	SILENT,
	HandOffCase,
	Made,
)
from sales_activity.tests.parallel import run_together, run_until_killed

HERE = __name__
LOST = 7
REAL_ENQUEUE = outbox._enqueue
PACKAGE = Path(sales_activity.__file__).parent

# where a deliverer is killed: (object, attribute, before or after it)
POINTS = {
	"before the assignment": (assignments, "assign", "before"),
	"after the assignment": (assignments, "assign", "after"),
	"after the notification": (delivery, "_log_notification", "after"),
	"before the e-mail": (delivery, "_queue_email", "before"),
	"after the e-mail": (delivery, "_queue_email", "after"),
	"before the commit": (delivery, "_deliver_row", "after"),
	"after the commit": (delivery, "_deliver_locked", "after"),
}


# --- what the workers do -------------------------------------------------------------------------------------


def deliver_and_die(point: str) -> None:
	"""Killed as ``kill -9`` does it."""
	_deliver_with(point, lambda: os.kill(os.getpid(), signal.SIGKILL))


def deliver_and_lose_the_database(point: str) -> None:
	"""The server ends the connection, as when it is restarted. The process then ends with LOST."""
	connection = frappe.db.sql("select connection_id()")[0][0]
	ended = []

	def end_connection() -> None:
		mine = frappe.local.db
		frappe.connect(set_admin_as_user=False)
		frappe.db.sql(f"kill {int(connection)}")
		frappe.db.close()
		frappe.local.db = mine
		ended.append(point)

	try:
		_deliver_with(point, end_connection)
	finally:
		os._exit(LOST if ended else 1)


def _deliver_with(point: str, act: Callable[[], None]) -> None:
	owner, attribute, when = POINTS[point]
	original = getattr(owner, attribute)

	def spoilt(*args: object, **kwargs: object) -> object:
		if when == "before":
			act()
		result = original(*args, **kwargs)
		if when == "after":
			act()
		return result

	with patch.object(owner, attribute, spoilt):
		delivery.deliver_pending()


def deliver() -> int:
	return delivery.deliver_pending()


def achieve(names: list[str]) -> None:
	"""What a move does: the milestone's row first, then its hand-offs."""
	for name in names:
		handoffs.settle(house.moved(name, "Achieved"))
		frappe.db.commit()


# --- the tests -----------------------------------------------------------------------------------------------


class DeliveryCase(HandOffCase):
	def setUp(self) -> None:
		super().setUp()
		self.project = house.project()
		self.addCleanup(self.forget_settings)

	def forget_settings(self) -> None:
		frappe.db.set_value("Notification Settings", house.user_of(BERND), self.SETTINGS)
		frappe.db.delete("Email Unsubscribe", {"email": house.user_of(BERND)})
		frappe.db.commit()

	SETTINGS = {"enabled": 1, "enable_email_notifications": 1, "enable_email_assignment": 1}

	def handed_over(self, turn_of: str = BERND, by: str = ASHA, **values: object) -> frappe._dict:
		"""A committed hand-off that waits."""
		milestone = house.milestone(self.project, turn_of=turn_of, **values)
		handoffs.hand_over([milestone], user=house.user_of(by))
		frappe.db.commit()
		return milestone

	def delivered(self, turn_of: str = BERND, **values: object) -> Made:
		milestone = self.handed_over(turn_of, **values)
		delivery.deliver_pending()
		return Made.of(milestone.name)

	def only_row(self, milestone: frappe._dict, **filters: object) -> frappe._dict:
		found = house.rows(milestone.name, **filters)
		self.assertEqual(len(found), 1, found)
		return found[0]


class TestDelivered(DeliveryCase):
	def test_assignment_notification_and_one_email(self):
		milestone = self.handed_over()
		delivery.deliver_pending()
		made = Made.of(milestone.name)
		self.assertEqual(made.counts, (1, 1, 1))
		[todo], [notification], [email] = made["todos"], made["notifications"], made["emails"]
		user = house.user_of(BERND)
		self.assertEqual(
			(todo.allocated_to, todo.status, todo.assigned_by), (user, "Open", house.user_of(ASHA))
		)
		self.assertEqual(todo.date, getdate(milestone.due_date))
		self.assertEqual((notification.for_user, notification.from_user), (user, house.user_of(ASHA)))
		self.assertEqual((email.to, email.queued.status), ([user], "Not Sent"))
		self.assertEqual(email.reply_to, house.user_of(ASHA))
		row = self.only_row(milestone)
		self.assertEqual((row.delivery, row.todo, row.error), ("Delivered", todo.name, None))
		self.assertIsNotNone(row.delivered_on)

	def test_the_assignment_is_one_of_frappes(self):
		milestone = self.handed_over()
		delivery.deliver_pending()
		self.assertEqual(frappe.parse_json(house.stands(milestone.name)["_assign"]), [house.user_of(BERND)])
		from frappe.desk.form import assign_to

		found = assign_to.get({"doctype": "Sales Milestone", "name": milestone.name})
		self.assertEqual([row.owner for row in found], [house.user_of(BERND)])

	def test_nothing_is_shared(self):
		milestone = self.handed_over()
		delivery.deliver_pending()
		self.assertFalse(frappe.get_all("DocShare", {"share_name": milestone.name}))

	def test_once_only(self):
		milestone = self.handed_over()
		for _ in range(3):
			delivery.deliver_pending()
		delivery.deliver(house.rows(milestone.name)[0].name)
		self.assertEqual(Made.of(milestone.name).counts, (1, 1, 1))

	def test_the_session_is_as_before(self):
		self.handed_over()
		frappe.local.lang = "fr"
		delivery.deliver_pending()
		self.assertEqual((frappe.session.user, frappe.local.lang), ("Administrator", "fr"))
		frappe.local.lang = "en"

	def test_the_assignment_is_closed_when_the_milestone_moves_on(self):
		for state in ("Achieved", "Skipped", "Cancelled"):
			milestone = self.handed_over()
			delivery.deliver_pending()
			handoffs.settle(house.moved(milestone.name, "In Progress"))
			self.assertEqual(Made.of(milestone.name)["todos"][0].status, "Open")
			handoffs.settle(house.moved(milestone.name, state))
			self.assertEqual([todo.status for todo in Made.of(milestone.name)["todos"]], ["Closed"], state)
			self.assertFalse(frappe.parse_json(house.stands(milestone.name)["_assign"] or "[]"))

	def test_what_somebody_assigned_by_hand_stays_assigned(self):
		milestone = self.handed_over()
		delivery.deliver_pending()
		own = assignments.assign(milestone.name, house.user_of(MEERA), None, "Look after it", None)
		handoffs.settle(house.moved(milestone.name, "Achieved"))
		self.assertEqual(frappe.db.get_value("ToDo", own, "status"), "Open")
		self.assertEqual(frappe.parse_json(house.stands(milestone.name)["_assign"]), [house.user_of(MEERA)])

	def test_return_reply_and_delegation_reach_the_right_person(self):
		milestone = self.handed_over()
		delivery.deliver_pending()
		frappe.set_user(house.user_of(BERND))
		handoffs.send_back(house.moved(milestone.name, "Returned", turn_of=ASHA, question="Which hall?"))
		delivery.deliver_pending()
		frappe.set_user(house.user_of(ASHA))
		handoffs.reply(house.moved(milestone.name, "Ready", turn_of=BERND, reply="Hall 2"))
		delivery.deliver_pending()
		values = {"delegated_to": SILENT, "turn_of": SILENT, "reason": "On leave"}
		handoffs.delegate(house.moved(milestone.name, "Ready", **values))
		delivery.deliver_pending()
		made = Made.of(milestone.name)
		asha, bernd, meera = (house.user_of(person) for person in (ASHA, BERND, MEERA))
		self.assertEqual([email.to[0] for email in made["emails"]], [bernd, asha, bernd, meera])
		self.assertEqual([log.for_user for log in made["notifications"]], [bernd, asha, bernd, meera])
		found = [(todo.allocated_to, todo.status) for todo in made["todos"]]
		self.assertEqual(found, [(bernd, "Closed"), (asha, "Closed"), (bernd, "Closed"), (meera, "Open")])
		for email, text in zip(made["emails"][1:], ("Which hall?", "Hall 2", "On leave"), strict=True):
			self.assertIn(text, email.html)

	def test_what_was_taken_away_before_it_was_told_is_not_told(self):
		milestone = self.handed_over()
		handoffs.settle(house.moved(milestone.name, "Skipped"))
		delivery.deliver_pending()
		self.assertEqual(Made.of(milestone.name).counts, (0, 0, 0))
		self.assertEqual(self.only_row(milestone).delivery, "Not Needed")

	def test_what_was_done_before_it_was_told_is_not_told(self):
		milestone = self.handed_over()
		handoffs.settle(house.moved(milestone.name, "Achieved"))
		delivery.deliver_pending()
		self.assertEqual(Made.of(milestone.name).counts, (0, 0, 0))
		self.assertEqual(self.only_row(milestone).delivery, "Not Needed")

	def test_what_was_accepted_before_it_was_told_is_told(self):
		milestone = self.handed_over()
		handoffs.settle(house.moved(milestone.name, "In Progress"))
		delivery.deliver_pending()
		self.assertEqual(Made.of(milestone.name).counts, (1, 1, 1))

	def returned(self, milestone: frappe._dict, accepted: bool) -> None:
		"""Bernd gives it back to Asha with a question, at once or after he has accepted it."""
		frappe.set_user(house.user_of(BERND))
		if accepted:
			handoffs.settle(house.moved(milestone.name, "In Progress"))
		handoffs.send_back(house.moved(milestone.name, "Returned", turn_of=ASHA, question="Which hall?"))
		frappe.db.commit()

	def test_a_turn_that_was_given_back_before_it_was_told_is_not_told(self):
		for accepted in (False, True):
			with self.subTest(accepted=accepted):
				milestone = self.handed_over()
				self.returned(milestone, accepted)
				delivery.deliver_pending()
				made = Made.of(milestone.name)
				self.assertEqual(made.counts, (1, 1, 1))
				self.assertEqual(made["todos"][0].allocated_to, house.user_of(ASHA))
				self.assertEqual(made["emails"][0].to, [house.user_of(ASHA)])
				self.assertIn("Returned with a question", made["emails"][0].subject)
				self.assertEqual(self.only_row(milestone, kind="Hand-off").delivery, "Not Needed")

	def test_there_and_back_again_before_anything_was_told(self):
		"""Only what is still true is told: the question is answered, it is his turn again."""
		for accepted in (False, True):
			with self.subTest(accepted=accepted):
				milestone = self.handed_over()
				self.returned(milestone, accepted)
				frappe.set_user(house.user_of(ASHA))
				handoffs.reply(house.moved(milestone.name, "Ready", turn_of=BERND, reply="Hall 2"))
				frappe.db.commit()
				delivery.deliver_pending()
				made = Made.of(milestone.name)
				self.assertEqual(made.counts, (1, 1, 1))
				self.assertEqual(made["emails"][0].to, [house.user_of(BERND)])
				self.assertIn("Hall 2", made["emails"][0].html)
				told = {row.kind: row.delivery for row in house.rows(milestone.name)}
				wanted = {"Hand-off": "Not Needed", "Return": "Not Needed", "Reply": "Delivered"}
				self.assertEqual(told, wanted)

	def test_a_deleted_milestone(self):
		milestone = self.handed_over()
		frappe.db.delete("Sales Milestone", {"name": milestone.name})
		delivery.deliver_pending()
		self.assertEqual(self.only_row(milestone).delivery, "Not Needed")


class TestReceiver(DeliveryCase):
	def test_without_a_user_the_manager_is_told_why(self):
		made = self.delivered(SILENT)
		self.assertEqual(made["emails"][0].to, [house.user_of(MEERA)])
		self.assertEqual(made["todos"][0].allocated_to, house.user_of(MEERA))
		self.assertIn(f"You get this because {SILENT} has no user", made["emails"][0].html)

	def test_a_user_disabled_since_then(self):
		milestone = self.handed_over()
		frappe.db.set_value("User", house.user_of(BERND), "enabled", 0)
		delivery.deliver_pending()
		self.assertEqual(Made.of(milestone.name)["emails"][0].to, [house.user_of(MEERA)])
		self.assertEqual(self.only_row(milestone).to_user, house.user_of(MEERA))

	def test_nobody_at_all_is_put_off_and_told_to_operations(self):
		milestone = self.handed_over(ALONE)
		for attempt in range(1, delivery.MAX_ATTEMPTS + 1):
			row = self.only_row(milestone)
			self.assertEqual((row.delivery, row.attempts), ("Pending", attempt - 1))
			self.make_due(row)
			delivery.deliver_pending()
		row = self.only_row(milestone)
		self.assertEqual((row.delivery, row.attempts), ("Failed", delivery.MAX_ATTEMPTS))
		self.assertIn(f"{ALONE} has no user", row.error)
		told = [log.for_user for log in Made.of(milestone.name)["notifications"]]
		self.assertIn(OPERATIONS, told)
		self.assertEqual(len(told), len(set(told)))

	def make_due(self, row: frappe._dict) -> None:
		frappe.db.set_value("Milestone Hand-off", row.name, "next_attempt", None, update_modified=False)
		frappe.db.commit()

	def test_users_who_want_no_emails_get_none(self):
		frappe.db.set_value("Notification Settings", house.user_of(BERND), "enable_email_assignment", 0)
		milestone = self.handed_over()
		delivery.deliver_pending()
		self.assertEqual(Made.of(milestone.name).counts, (1, 1, 0))
		row = self.only_row(milestone)
		self.assertEqual(row.delivery, "Delivered")
		self.assertIn("switched e-mails about assignments off", row.error)

	def test_users_who_want_no_notifications_get_none(self):
		frappe.db.set_value("Notification Settings", house.user_of(BERND), "enabled", 0)
		self.assertEqual(self.delivered().counts[:2], (1, 0))

	def test_who_unsubscribed_from_everything(self):
		frappe.get_doc(
			{"doctype": "Email Unsubscribe", "email": house.user_of(BERND), "global_unsubscribe": 1}
		).insert()
		milestone = self.handed_over()
		delivery.deliver_pending()
		self.assertEqual(Made.of(milestone.name).counts, (1, 1, 0))
		self.assertIn("unsubscribed", self.only_row(milestone).error)


class TestEmail(DeliveryCase):
	def test_says_all_that_is_needed(self):
		earlier = house.milestone(self.project, milestone="Call")
		house.answer(earlier.name, house.user_of(ASHA), "2026-03-02 23:30:00", label="Halls", value="Hall 2")
		milestone = self.handed_over()
		delivery.deliver_pending()
		[email] = Made.of(milestone.name)["emails"]
		for text in (
			"Guten Tag Bernd Ho,",
			"Who decides?<br>Who pays?",
			"What it costs",
			get_url_to_form("Sales Milestone", milestone.name),
			"Halls",
			"Hall 2",
			"Asha Ho",
			frappe.utils.formatdate(milestone.due_date),
		):
			self.assertIn(text, email.html)

	def test_from_the_sites_account(self):
		with house.real_email_account():
			[email] = self.delivered()["emails"]
		self.assertEqual(email.mail["From"], "Hand-off Mail <sales@example.com>")
		self.assertEqual(email.queued.email_account, "Hand-off Mail")

	def test_in_the_receivers_language(self):
		german, english = self.delivered()["emails"][0], self.delivered(MEERA)["emails"][0]
		self.assertTrue(german.subject.startswith("Sie sind an der Reihe: Visit 1"), german.subject)
		self.assertIn("Jetzt sind Sie an der Reihe.", german.html)
		self.assertIn("Gewünschtes Ergebnis", german.html)
		self.assertIn("Gewünschtes Ergebnis", german.text)
		self.assertTrue(english.subject.startswith("Your turn: Visit 2"), english.subject)
		self.assertIn("It is your turn now.", english.html)
		self.assertNotIn("Reihe", english.html)

	def test_notification_and_assignment_too(self):
		made = self.delivered()
		self.assertIn("Sie sind an der Reihe", made["notifications"][0].subject)
		self.assertIn("Sie sind an der Reihe", made["todos"][0].description)

	def test_in_the_receivers_time_zone(self):
		"""Half past eleven at night in India is one in the afternoon in New York, on the same day."""
		earlier = house.milestone(self.project, milestone="Call")
		values = {"fieldtype": "Datetime", "value": "2026-03-03 01:15:00", "label": "Meeting"}
		house.answer(earlier.name, house.user_of(ASHA), "2026-03-02 23:30:00", **values)
		day = frappe.utils.formatdate
		with patch.object(messages, "site_time_zone", lambda: "Asia/Kolkata"):
			american, indian = self.delivered()["emails"][0], self.delivered(MEERA)["emails"][0]
		self.assertIn(f"{day('2026-03-02')} 13:00", american.html)
		self.assertIn(f"{day('2026-03-02')} 14:45", american.html)
		self.assertIn("America/New_York", american.html)
		self.assertIn(f"{day('2026-03-02')} 23:30", indian.html)
		self.assertIn(f"{day('2026-03-03')} 01:15", indian.html)

	def test_markup_is_shown_not_obeyed(self):
		earlier = house.milestone(self.project, milestone="Call <i>now</i>")
		evil = "<img src=x onerror=alert(1)>"
		house.answer(earlier.name, house.user_of(ASHA), "2026-03-02 23:30:00", label=evil, value=evil)
		milestone = self.handed_over(milestone="Visit <script>x</script>", find_out=evil, tell=evil)
		frappe.set_user(house.user_of(BERND))
		handoffs.send_back(house.moved(milestone.name, "Returned", turn_of=ASHA, question=evil))
		delivery.deliver_pending()
		for email in Made.of(milestone.name)["emails"]:
			self.assertNotRegex(email.html, r"<img src=\"?x")
			self.assertNotIn("<script", email.html)
			self.assertIn("&lt;img src=", email.html)
			self.assertNotRegex(email.subject, "[<>]")
		for made in Made.of(milestone.name)["notifications"]:
			self.assertNotIn("<script", made.subject)

	def test_a_subject_is_one_line(self):
		made = self.delivered(milestone="Visit\nBcc: all@example.com")
		self.assertIn("Visit Bcc: all@example.com", made["emails"][0].subject)
		self.assertIsNone(made["emails"][0].mail["Bcc"])

	def test_every_text_is_translated(self):
		"""Each text of e-mails and messages, and the workflow's words, stand in de.csv, with the same places."""
		with open(PACKAGE / "translations" / "de.csv", newline="") as file:
			german = {row[0]: row[1] for row in csv.reader(file)}
		for text in sorted(_texts_of_mails()):
			self.assertIn(text, german)
			places = re.findall(r"\{\d\}", text)
			self.assertEqual(sorted(places), sorted(re.findall(r"\{\d\}", german[text])), text)


def _texts_of_mails() -> set[str]:
	folder = PACKAGE / "sales_activity" / "milestones"
	texts = set()
	for path in (folder / "messages.py", folder / "delivery.py"):
		for node in ast.walk(ast.parse(path.read_text())):
			if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_":
				if isinstance(node.args[0], ast.Constant):
					texts.add(node.args[0].value)
	template = (PACKAGE / "templates" / "emails" / f"{messages.TEMPLATE}.html").read_text()
	texts |= set(re.findall(r'_\("([^"]+)"', template))
	workflow = frappe.parse_json(
		(PACKAGE / "sales_activity" / "workflows" / "sales_milestone.json").read_text()
	)
	texts |= {row["state"] for row in workflow["states"]} | {row["action"] for row in workflow["transitions"]}
	return texts - {"Sales Activity"} - FRAPPES_OWN


# translated by Frappe in the sense that we need; not overridden
FRAPPES_OWN = {"Cancel", "Cancelled"}


class TestFailures(DeliveryCase):
	def test_without_an_email_account_the_rest_happens_and_the_row_says_so(self):
		milestone = self.handed_over()
		with house.no_email_account():
			delivery.deliver_pending()
			made, row = Made.of(milestone.name), self.only_row(milestone)
			self.assertEqual(made.counts, (1, 1, 0))
			self.assertEqual((row.delivery, row.attempts), ("Pending", 1))
			self.assertIn("Email Account", row.error)
			pause = row.next_attempt - now_datetime()
			self.assertTrue(timedelta(minutes=4) < pause <= timedelta(minutes=5), pause)

			delivery.deliver_pending()
			self.assertEqual(self.only_row(milestone), row, "not before its time")

	def test_it_is_tried_again_and_only_the_email_is_new(self):
		milestone = self.handed_over()
		with house.no_email_account():
			delivery.deliver_pending()
		values = {"next_attempt": add_to_date(now_datetime(), minutes=-1)}
		frappe.db.set_value("Milestone Hand-off", self.only_row(milestone).name, values)
		delivery.deliver_pending()
		self.assertEqual(Made.of(milestone.name).counts, (1, 1, 1))
		row = self.only_row(milestone)
		self.assertEqual((row.delivery, row.error, row.next_attempt), ("Delivered", None, None))

	def test_at_last_operations_are_told_once(self):
		milestone = self.handed_over()
		with house.no_email_account():
			for _ in range(delivery.MAX_ATTEMPTS + 2):
				frappe.db.set_value("Milestone Hand-off", self.only_row(milestone).name, "next_attempt", None)
				delivery.deliver_pending()
		row = self.only_row(milestone)
		self.assertEqual((row.delivery, row.attempts), ("Failed", delivery.MAX_ATTEMPTS))
		told = [log.for_user for log in Made.of(milestone.name)["notifications"]]
		self.assertEqual(told.count(OPERATIONS), 1)
		self.assertEqual(told.count(house.user_of(BERND)), 1)

	def test_failed_ones_can_be_tried_again(self):
		milestone = self.handed_over()
		name = self.only_row(milestone).name
		frappe.db.set_value("Milestone Hand-off", name, {"delivery": "Failed", "attempts": 8})
		self.assertEqual(delivery.deliver_again([name]), 1)
		delivery.deliver_pending()
		self.assertEqual(Made.of(milestone.name).counts, (1, 1, 1))
		self.assertEqual(delivery.deliver_again([name]), 0, "only failed ones")

	def test_pauses_grow(self):
		pauses = [delivery.pause_after(n) for n in range(1, delivery.MAX_ATTEMPTS)]
		self.assertEqual(pauses[:3], [timedelta(minutes=n) for n in (5, 10, 20)])
		self.assertGreater(sum(pauses, timedelta()), timedelta(hours=10))

	def test_one_bad_row_does_not_hold_up_the_others(self):
		bad, good = self.handed_over(), self.handed_over()
		original = messages.compose

		def compose(row: frappe._dict, *args: object) -> messages.Message:
			if row.sales_milestone == bad.name:
				raise KeyError("broken")
			return original(row, *args)

		with patch.object(messages, "compose", compose):
			delivery.deliver_pending()
		self.assertEqual(Made.of(good.name).counts, (1, 1, 1))
		self.assertEqual(Made.of(bad.name).counts, (0, 0, 0))
		row = self.only_row(bad)
		self.assertEqual((row.delivery, row.attempts), ("Pending", 1))
		self.assertIn("broken", row.error)

	def test_redis_may_be_down(self):
		enqueued = []

		def enqueue(method: str, **kwargs: object) -> None:
			enqueued.append(method)
			raise ConnectionError("no Redis")

		milestone = house.milestone(self.project)
		with patch.object(outbox, "_enqueue", REAL_ENQUEUE), patch.object(frappe, "enqueue", enqueue):
			handoffs.hand_over([milestone], user=house.user_of(ASHA))
			frappe.db.commit()
		self.assertEqual(enqueued, [outbox.JOB])
		self.assertEqual(self.only_row(milestone).delivery, "Pending")
		frappe.get_attr(outbox.JOB)()
		self.assertEqual(Made.of(milestone.name).counts, (1, 1, 1))


class TestKilled(DeliveryCase):
	"""Whenever a deliverer dies: what it did not finish is as if it had not begun, and is done later, once."""

	def check(self, point: str, die: Callable[[], None]) -> None:
		first, second = self.handed_over(), self.handed_over(MEERA)
		die()
		survived = (1, 1, 1) if point == "after the commit" else (0, 0, 0)
		self.assertEqual(Made.of(first.name).counts, survived, point)
		frappe.db.set_value("Milestone Hand-off", self.only_row(first).name, "next_attempt", None)
		delivery.deliver_pending()
		for milestone in (first, second):
			self.assertEqual(Made.of(milestone.name).counts, (1, 1, 1), point)
			self.assertEqual(self.only_row(milestone).delivery, "Delivered")

	def test_killed_anywhere(self):
		for point in POINTS:
			with self.subTest(point):
				self.check(point, lambda point=point: self.kill(point))

	def kill(self, point: str) -> None:
		self.assertEqual(run_until_killed(f"{HERE}.deliver_and_die", [point]), -signal.SIGKILL)

	def test_the_database_ends_the_connection(self):
		for point in ("after the assignment", "after the e-mail", "before the commit"):
			with self.subTest(point):
				self.check(point, lambda point=point: self.lose_the_database(point))

	def lose_the_database(self, point: str) -> None:
		self.assertEqual(run_until_killed(f"{HERE}.deliver_and_lose_the_database", [point]), LOST)


class TestTogether(DeliveryCase):
	def test_two_deliverers_at_once(self):
		milestones = [self.handed_over((BERND, MEERA)[n % 2]) for n in range(12)]
		outcomes = run_together([(f"{HERE}.deliver", [])] * 3)
		self.assertEqual([outcome.error for outcome in outcomes], [None] * 3, outcomes)
		for milestone in milestones:
			self.assertEqual(Made.of(milestone.name).counts, (1, 1, 1))
			self.assertEqual(self.only_row(milestone).delivery, "Delivered")

	def test_somebody_achieves_what_is_just_being_delivered(self):
		"""In whatever order they come, no assignment of something done stays open."""
		names = [self.handed_over().name for _ in range(12)]
		outcomes = run_together(
			[(f"{HERE}.deliver", []), (f"{HERE}.achieve", [names]), (f"{HERE}.deliver", [])]
		)
		self.assertEqual([outcome.error for outcome in outcomes], [None] * 3, outcomes)
		delivery.deliver_pending()
		for name in names:
			made, [row] = Made.of(name), house.rows(name)
			told = {"Delivered": (1, 1), "Not Needed": (0, 0)}[row.delivery]
			self.assertEqual((len(made["notifications"]), len(made["emails"])), told)
			self.assertNotIn("Open", [todo.status for todo in made["todos"]])

	def test_what_was_delivered_after_the_mover_began_is_closed_too(self):
		"""The mover's transaction began before the delivery, and doesn't see by itself what it made."""
		milestone = self.handed_over()
		frappe.db.get_value("Milestone Hand-off", {"sales_milestone": milestone.name})
		[outcome] = run_together([(f"{HERE}.deliver", [])], in_this_transaction=True)
		self.assertIsNone(outcome.error, outcome)
		handoffs.settle(house.moved(milestone.name, "Achieved"))
		frappe.db.commit()
		made = Made.of(milestone.name)
		self.assertEqual([todo.status for todo in made["todos"]], ["Closed"])
		self.assertFalse(house.stands(milestone.name)["_assign"])

	def test_a_locked_milestone_does_not_hold_up_the_others(self):
		first, second = self.handed_over(), self.handed_over()
		waited = []
		original = delivery._deliver_locked

		def noted(name: str, milestone: str, wait: bool) -> bool:
			if milestone == first.name and not wait:
				frappe.db.commit()
				return False
			waited.append((milestone, wait))
			return original(name, milestone, wait)

		with patch.object(delivery, "_deliver_locked", noted):
			delivery.deliver_pending()
		self.assertEqual(waited, [(second.name, False), (first.name, True)])
		self.assertEqual(Made.of(first.name).counts, (1, 1, 1))


class TestWholeCourse(HandOffCase):
	"""Through real moves, from the first milestone to the last."""

	FORM = "Hand-off Form"
	COURSE = "Hand-off Course"

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		questions = [
			{"label": "Decides", "fieldname": "decides", "fieldtype": "Data", "mandatory": 1},
			{"label": "Meeting", "fieldname": "meeting", "fieldtype": "Datetime"},
		]
		factories.make_once("Milestone Form", cls.FORM, form_name=cls.FORM, questions=questions)
		form = {"milestone_form": cls.FORM}
		rows = [
			("Call", 1, house.ROLE, form),
			("Design", 2, "Design Consultant", form),
			("Close", 3, house.ROLE),
		]
		factories.sales_process(cls.COURSE, rows)
		frappe.db.commit()

	def setUp(self) -> None:
		super().setUp()
		self.asha, self.bernd = house.user_of(ASHA), house.user_of(BERND)
		frappe.set_user(self.asha)
		project = house.project(sales_process=self.COURSE)
		frappe.set_user("Administrator")
		self.call, self.design, self.close = (row.name for row in factories.milestones_of(project))

	def move(self, milestone: str, action: str, user: str, **values: object) -> None:
		factories.move(milestone, action, as_user=user, **values)
		frappe.db.commit()
		delivery.deliver_pending()

	def achieve_call(self) -> None:
		answers = {"decides": "Mrs. O'Hara", "meeting": "2026-03-03 01:15:00"}
		self.move(self.call, "Achieve", self.asha, answers=answers, remark="Bring the plan")

	def emails(self, milestone: str) -> list[tuple[str, str]]:
		return [(email.to[0], email.subject.split(":")[0]) for email in Made.of(milestone)["emails"]]

	def test_from_hand_to_hand(self):
		self.assertEqual(house.rows(self.call), [], "the starter's own turn")
		self.achieve_call()
		self.assertEqual(self.emails(self.design), [(self.bernd, "Sie sind an der Reihe")])
		[email] = Made.of(self.design)["emails"]
		for known in ("Decides", "Mrs. O'Hara", "Bring the plan", "Asha Ho"):
			self.assertIn(known, unescape(email.html))
		self.assertEqual(house.rows(self.design)[0].from_milestone, self.call)

		self.move(self.design, "Return", self.bernd, question="Which hall?")
		self.move(self.design, "Hand Over Again", self.asha, reply="Hall 2")
		self.move(self.design, "Accept", self.bernd)
		self.assertEqual(
			[(row.kind, row.status) for row in house.rows(self.design)],
			[("Hand-off", "Returned"), ("Return", "Answered"), ("Reply", "Accepted")],
		)
		self.assertEqual(house.stands(self.design).returns, 1)

		self.move(self.design, "Achieve", self.bernd, answers={"decides": "Mr. Rao"})
		self.assertEqual(self.emails(self.close), [(self.asha, "Your turn")])
		[last] = Made.of(self.close)["emails"]
		for known in ("Mrs. O'Hara", "Bring the plan", "Mr. Rao", "Bernd Ho"):
			self.assertIn(known, unescape(last.html))
		self.move(self.close, "Achieve", self.asha)
		for milestone in (self.call, self.design, self.close):
			self.assertNotIn("Open", [todo.status for todo in Made.of(milestone)["todos"]])
			self.assertNotIn("Open", [row.status for row in house.rows(milestone)])
			self.assertEqual({row.delivery for row in house.rows(milestone)} - {"Delivered"}, set())

	def test_delegated(self):
		self.achieve_call()
		frappe.set_user(self.bernd)
		doc = frappe.get_doc("Sales Milestone", self.design)
		doc.update({"delegated_to": MEERA, "reason": "On leave"})
		doc.save()
		frappe.db.commit()
		delivery.deliver_pending()
		self.assertEqual(
			self.emails(self.design),
			[(self.bernd, "Sie sind an der Reihe"), (house.user_of(MEERA), "Delegated to you")],
		)
		self.assertIn("On leave", Made.of(self.design)["emails"][1].html)

	def test_skipped(self):
		frappe.get_doc("User", house.user_of(MEERA)).add_roles("Sales Manager")
		self.achieve_call()
		self.move(self.design, "Skip", house.user_of(MEERA), reason="No design needed")
		[row] = house.rows(self.design)
		self.assertEqual(row.status, "Closed")
		self.assertEqual([todo.status for todo in Made.of(self.design)["todos"]], ["Closed"])
		self.assertEqual(self.emails(self.close), [(self.asha, "Your turn")])

	def test_the_receiver_may_open_what_is_handed_over(self):
		self.achieve_call()
		frappe.set_user(self.bernd)
		self.assertTrue(frappe.has_permission("Sales Milestone", "read", self.design))
		self.assertTrue(frappe.get_list("Milestone Hand-off", {"sales_milestone": self.design}))

	def test_a_move_that_fails_leaves_no_hand_off(self):
		before = frappe.db.count("Milestone Hand-off")
		with self.assertRaises(frappe.MandatoryError):
			factories.move(self.call, "Achieve", as_user=self.asha)
		frappe.db.rollback()
		self.assertEqual(frappe.db.count("Milestone Hand-off"), before)


class TestLocalTime(DeliveryCase):
	def test_from_zone_to_zone(self):
		moment = datetime(2026, 7, 1, 12, 0)
		for wanted, hour in (("Europe/Berlin", 8), ("Asia/Kolkata", 12), ("America/New_York", 2)):
			found = messages.local_time(moment, "Asia/Kolkata", wanted)
			self.assertEqual((found.hour, found.minute), (hour, 0 if hour == 12 else 30), wanted)

	def test_an_unknown_zone_changes_nothing(self):
		moment = datetime(2026, 7, 1, 12, 0)
		self.assertEqual(messages.local_time(moment, "Asia/Kolkata", "Nowhere/Land"), moment)


class TestDeliverAgain(DeliveryCase):
	"""The list's action for what has failed."""

	def setUp(self) -> None:
		super().setUp()
		self.milestone = self.handed_over()
		self.name = self.only_row(self.milestone).name
		frappe.db.set_value("Milestone Hand-off", self.name, {"delivery": "Failed", "attempts": 8})

	def call(self, user: str) -> int:
		frappe.set_user(user)
		method = "sales_activity.api.hand_offs.deliver_again"
		return frappe.call(method, names=frappe.as_json([self.name]))

	def test_by_operations(self):
		self.assertEqual(self.call(OPERATIONS), 1)
		row = house.row(self.name)
		self.assertEqual((row.delivery, row.attempts), ("Pending", 0))

	def test_not_by_those_who_merely_read_it(self):
		with self.assertRaises(frappe.PermissionError):
			self.call(house.user_of(BERND))
		self.assertEqual(house.row(self.name).delivery, "Failed")
