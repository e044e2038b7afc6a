"""Opened e-mails, and machines that pass for browsers: what is recorded does not depend on what a machine opens first."""

from __future__ import annotations

import email
import email.policy
import random
import time
from contextlib import ExitStack
from datetime import datetime, timedelta
from types import SimpleNamespace
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import frappe

from sales_activity.api import program_links as api
from sales_activity.api import program_pictures as unseen
from sales_activity.sales_activity.nurture import (
	program_links,
	program_machines,
	program_pictures,
	program_responses,
	responses,
	robots,
	scoring,
)
from sales_activity.sales_activity.nurture.program_links import CLICK, OPEN, TRAP, Link
from sales_activity.tests import program_house as house
from sales_activity.tests.parallel import run_together
from sales_activity.tests.program_house import mail
from sales_activity.tests.response_house import midday
from sales_activity.tests.test_program_links import BROWSER, YEAR, LinkCase, request
from sales_activity.tests.test_program_links import opened as opened_by

SEEDS = 25
LINKS = 3


def clock(moment: datetime) -> ExitStack:
	"""It is this moment for what is recorded."""
	stack = ExitStack()
	for module in (program_machines, responses):
		stack.enter_context(patch.object(module, "now_datetime", lambda: moment))
	return stack


def click_impatiently(steps: list[str]) -> None:
	"""Open the first link of each of these steps; whatever waits for a lock fails."""
	frappe.db.sql("set session innodb_lock_wait_timeout = 1")
	for step in steps:
		program_responses.clicked(Link(CLICK, step, 0), "https://example.com/0", robot=False)


class OpenCase(LinkCase):
	def setUp(self) -> None:
		super().setUp()
		self.addCleanup(self.switch, False)

	def switch(self, on: bool) -> None:
		frappe.db.set_single_value("Sales Activity Settings", program_pictures.SETTING, int(on))
		frappe.db.commit()

	def body(self) -> str:
		row = house.mails_to(self.lead)[-1]
		sent = email.message_from_string(row.message, policy=email.policy.default)
		self.text = sent.get_body(("plain",)).get_content()
		return sent.get_body(("html",)).get_content()

	def mail_with_picture(self) -> str:
		"""Switch it on, and send another; the name of its step's record."""
		self.switch(True)
		program = house.program(mail(title="With a picture"))
		house.enrolled(program, self.lead)
		house.sweep()
		return frappe.get_all(house.RUN, {"program": program.name}, pluck="name")[0]

	def load(self, token: object, **how: str) -> SimpleNamespace:
		"""What a mail program gets."""
		with request(**how):
			answer = unseen.picture(t=token)
		return SimpleNamespace(status=answer.status_code, type=answer.mimetype, data=answer.data)

	def score(self) -> float:
		return float(frappe.db.get_value("Lead Nurture", self.lead, "engagement_score"))


class TestOpens(OpenCase):
	def test_off_unless_somebody_wants_it(self) -> None:
		self.assertFalse(program_pictures.records_opens())
		self.assertNotIn("<img", self.body())
		self.load(program_links.token_of(Link(OPEN, self.step_run.name, 0)))
		self.assertEqual(self.responses(), [])

	def test_one_response_for_a_step(self) -> None:
		run = self.mail_with_picture()
		[url] = [part.split('"')[0] for part in self.body().split('src="')[1:]]
		token = parse_qs(urlsplit(url).query)["t"][0]
		for _ in range(3):
			got = self.load(token)
		self.assertEqual((got.status, got.type, got.data[:3]), (200, "image/gif", b"GIF"))
		[row] = self.responses()
		self.assertEqual((row.response_type, row.robot, row.reference_name), ("E-mail Opened", 0, run))
		self.assertEqual((row.title, self.score()), ("With a picture", 1))

	def test_mail_programs_that_load_everything(self) -> None:
		token = program_links.token_of(Link(OPEN, self.mail_with_picture(), 0))
		for agent in ("Mozilla/5.0", "Mozilla/5.0 (via ggpht.com GoogleImageProxy)", "YahooMailProxy; x", ""):
			self.load(token, agent=agent)
		self.assertEqual([row.robot for row in self.responses()], [1])
		self.load(token)
		self.assertEqual((sorted(row.robot for row in self.responses()), self.score()), ([0, 1], 1))

	def test_forged_and_old_ones(self) -> None:
		run = self.mail_with_picture()
		old = program_links.token_of(Link(OPEN, run, 0), time.time() - 2 * YEAR)
		for token, status in (
			(None, 403),
			("a.b.c.d.e", 403),
			(program_links.token_of(Link(CLICK, run, 0)), 403),
			(program_links.token_of(Link(OPEN, "nothing", 0)), 410),
			(old, 410),
		):
			self.assertEqual(self.load(token).status, status, token)
		self.assertEqual(self.responses(), [])

	def test_switched_off_again_old_mails_record_nothing(self) -> None:
		token = program_links.token_of(Link(OPEN, self.mail_with_picture(), 0))
		self.switch(False)
		self.load(token)
		self.assertEqual(self.responses(), [])

	def test_which_are_machines(self) -> None:
		self.assertFalse(robots.is_prefetch("GET", BROWSER))
		self.assertTrue(robots.is_prefetch("HEAD", BROWSER))


class TestMachines(OpenCase):
	def setUp(self) -> None:
		super().setUp()
		self.names = [f"https://example.com/{number}" for number in range(LINKS)]
		frappe.db.set_value(house.RUN, self.step_run.name, "links", frappe.as_json(self.names))
		frappe.db.commit()

	def at(self, seconds: float, what: int | str, agent: str = BROWSER) -> None:
		"""Somebody opens a link of the e-mail (its number) or "trap", so many seconds after noon."""
		kind, number = (TRAP, 0) if what == "trap" else (CLICK, what)
		token = program_links.token_of(Link(kind, self.step_run.name, number))
		with clock(midday() + timedelta(seconds=seconds)):
			opened_by(unseen.page if kind == TRAP else api.follow, token, agent=agent)

	def by_people(self) -> set[str]:
		return {row.url for row in self.responses() if not row.robot}

	def test_the_trap_is_seen_by_nobody(self) -> None:
		[url] = [url for url in self.hrefs if program_links.METHODS[TRAP] in url]
		body = self.body()
		self.assertIn('aria-hidden="true"></a>', body)
		self.assertNotIn("program_pictures", self.text)
		got = opened_by(unseen.page, parse_qs(urlsplit(url).query)["t"][0])
		self.assertEqual(urlsplit(got.location).path, "/")

	def test_first_last_or_between(self) -> None:
		for course in (
			[(0, "trap"), (1, 0), (2, 1)],
			[(0, 0), (1, "trap"), (2, 1)],
			[(0, 0), (1, 1), (2, "trap")],
		):
			with self.subTest(course):
				self.setUp()
				for seconds, what in course:
					self.at(seconds, what)
				self.assertEqual(self.by_people(), set())
				self.assertEqual(self.score(), 0)
				rows = self.responses()
				self.assertEqual([row.robot for row in rows], [1] * 3)
				self.assertEqual(sum("no person sees" in (row.details or "") for row in rows), 1)

	def test_the_person_who_comes_later_counts(self) -> None:
		self.at(0, 0)
		self.at(1, "trap")
		self.at(3600, 0)
		self.at(7200, 0)
		self.assertEqual(sorted(row.robot for row in self.responses()), [0, 1, 1])
		self.assertGreater(frappe.db.get_value("Lead Nurture", self.lead, "engagement_score"), 0)

	def test_the_person_who_was_there_before_counts(self) -> None:
		self.at(0, 0)
		self.at(61, "trap")
		self.assertEqual(len(self.by_people()), 1)

	def test_a_machine_that_comes_twice_within_a_minute(self) -> None:
		"""What is far from its first coming is near its second."""
		for second, opened_at, by_person in (
			(45, 90, False),
			(45, 105, False),
			(45, 106, True),
			(1, 61, False),
		):
			with self.subTest(second=second, opened_at=opened_at):
				frappe.db.delete("Nurture Response", {"lead": self.lead})
				self.at(0, "trap")
				self.at(second, "trap")
				self.at(opened_at, 0)
				self.assertEqual(self.by_people(), {self.names[0]} if by_person else set())

	def test_clicks_of_several_leads_do_not_wait_for_each_other(self) -> None:
		"""A lead that has not responded yet has no row to lock, and the gap where it would be is that of others too."""
		others = [house.lead() for _ in range(5)]
		house.enrolled(self.program, *others)
		house.sweep()
		frappe.db.set_value(house.RUN, {"program": self.program.name}, "links", frappe.as_json(self.names))
		steps = frappe.get_all(house.RUN, {"lead": ["in", others]}, pluck="name", limit=0)
		frappe.db.commit()
		program_machines.lock(self.step_run)
		program_machines.was_here(self.step_run)
		[outcome] = run_together([(f"{__name__}.click_impatiently", [steps])], in_this_transaction=True)
		frappe.db.commit()
		self.assertIsNone(outcome.error)
		self.assertEqual(frappe.db.count("Nurture Response", {"lead": ["in", others]}), len(steps))

	def test_other_e_mails_stay(self) -> None:
		other = house.program(mail())
		house.enrolled(other, self.lead)
		house.sweep()
		run = frappe.get_all(house.RUN, {"program": other.name}, pluck="name")[0]
		with clock(midday()):
			opened_by(api.follow, program_links.token_of(Link(CLICK, run, 0)))
		self.at(1, "trap")
		self.assertEqual(sorted(row.robot for row in self.responses()), [0, 1])

	def test_a_picture_that_a_machine_loaded(self) -> None:
		self.switch(True)
		with clock(midday()):
			self.load(program_links.token_of(Link(OPEN, self.step_run.name, 0)))
		self.assertEqual(self.score(), 1)
		self.at(5, "trap")
		self.assertEqual((self.by_people(), self.score()), (set(), 0))

	def test_forged(self) -> None:
		self.at(0, 0)
		with clock(midday()):
			for token in ("page.x.0.9999999999.forged", None):
				self.assertEqual(opened_by(unseen.page, token).status, 403)
		self.assertEqual(len(self.by_people()), 1)

	def test_any_course(self) -> None:
		"""A link counts as opened by a person if, and only if, it was opened at some moment further than a minute from
		every opening of the trap; and the score is that of a rebuild."""
		for seed in range(SEEDS):
			chance = random.Random(seed)
			frappe.db.delete("Nurture Response", {"lead": self.lead})
			seconds, course = 0, []
			for _ in range(chance.randint(3, 9)):
				seconds += chance.choice([0, 1, 20, 45, 60, 61, 200])
				course.append((seconds, chance.choice(["trap", *range(LINKS), *range(LINKS)])))
			with self.subTest(seed=seed, course=course):
				for one in course:
					for _ in range(chance.randint(1, 2)):
						self.at(*one)
				traps = [at for at, what in course if what == "trap"]
				expected = {
					self.names[what]
					for at, what in course
					if what != "trap" and all(abs(at - trap) > 60 for trap in traps)
				}
				self.assertEqual(self.by_people(), expected)
				running = self.score()
				scoring.refresh([self.lead])
				self.assertEqual(self.score(), running)
