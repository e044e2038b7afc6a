"""Programs that change while leads run through them; and random ones: no lead gets a step twice, or after it unsubscribed."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

import frappe

from sales_activity.sales_activity.nurture import enrolment, program_changes
from sales_activity.tests import program_house as house
from sales_activity.tests.program_house import MONDAY, ProgramCase, call, later

SEEDS = 12


class TestChanges(ProgramCase):
	def setUp(self) -> None:
		super().setUp()
		self.program = house.program(call(0, "A"), call(3, "B"), call(7, "C"))
		self.early, self.late = (house.lead() for _ in range(2))
		[self.run] = house.enrolled(self.program, self.early)
		house.sweep()
		house.sweep(later(3))
		[self.second] = house.enrolled(self.program, self.late, at=later(3))
		house.sweep(later(3))
		frappe.clear_messages()

	def saved(self, days: float = 3) -> list[str]:
		"""What is said when the program is saved."""
		frappe.clear_messages()
		with house.on(later(days)):
			self.program.save()
		return [str(message) for message in frappe.local.message_log]

	def test_what_is_said_on_saving(self):
		self.program.steps[1].title = "B changed"
		self.program.append("steps", call(1, "New"))
		self.program.remove(self.program.steps[2])
		[text] = self.saved()
		for line in (
			"2 leads are in this program",
			"Step <strong>B changed</strong> (day 3) has changed: 1 leads get it as it is now, 1 have had it or are past it",
			"Step <strong>New</strong> (day 1) is new: 1 leads get it, 1 are past its place and don't",
			"Step <strong>C</strong> (day 7) is gone: 2 leads don't get it any more",
		):
			self.assertIn(line, text)

	def test_what_changes_nothing_says_nothing(self):
		self.program.description = "Other words"
		self.assertEqual(self.saved(), [])

	def test_changes_apply_to_steps_not_yet_done(self):
		self.program.steps[1].title = "B changed"
		self.program.steps[2].day = 5
		self.program.append("steps", call(1, "Too late for one"))
		self.saved()
		house.sweep(later(3))
		for days in (4, 5, 6, 8, 9):
			house.sweep(later(days))
		titles = [title for title, outcome in house.had(self.run) if outcome != "Left Out"]
		self.assertEqual(titles, ["A", "B", "C"])
		titles = [title for title, _outcome in house.had(self.second)]
		self.assertEqual(titles, ["A", "Too late for one", "B changed", "C"])
		self.assertEqual(house.log(self.run)[2].done_on.date(), (MONDAY + timedelta(5)).date())

	def test_hours_apply_at_once(self):
		house.sweep(later(3))
		self.program.update({"work_from": "14:00:00", "work_until": "15:00:00"})
		self.assertIn("2 leads", self.saved()[0])
		house.sweep(later(4))
		self.assertEqual(house.moment(house.run(self.run).next_due).hour, 14)

	def test_steps_that_changed_places_are_not_done_twice(self):
		self.program.steps[0].day = 9
		self.saved()
		for days in (4, 6, 7, 9, 12, 13):
			house.sweep(later(days))
		for run in (self.run, self.second):
			self.assertEqual([title for title, _outcome in house.had(run)], ["A", "B", "C"])


class TestRandomCourses(ProgramCase):
	"""Whatever happens to programs, runs and leads in whatever order."""

	def test_no_step_twice_and_none_after_unsubscribing(self):
		for seed in range(SEEDS):
			with self.subTest(seed=seed):
				Course(random.Random(seed)).go(self)


class Course:
	"""Sixty days of a program."""

	def __init__(self, chance: random.Random) -> None:
		self.chance = chance
		steps = [self.step(number) for number in range(chance.randint(1, 5))]
		self.program = house.program(*steps, stop_on_reply=chance.randint(0, 1))
		self.leads = [house.lead() for _ in range(4)]
		self.forbidden: dict[str, float] = {}
		self.now = MONDAY

	def step(self, number: int) -> dict:
		return call(self.chance.randint(0, 20), f"Step {number}")

	def go(self, case: ProgramCase) -> None:
		acts = (
			self.enrol,
			self.enrol,
			self.pause,
			self.resume,
			self.stop,
			self.forbid,
			self.edit,
			self.toggle,
		)
		for _ in range(25):
			self.now += timedelta(hours=self.chance.randint(1, 60))
			with house.on(self.now):
				self.chance.choice(acts)()
			house.sweep(self.now)
			self.check(case)
		self.check_end(case)

	def pick(self) -> str:
		return self.chance.choice(self.leads)

	def run_of(self, lead: str) -> frappe._dict | None:
		return frappe.db.get_value(
			house.ENROLMENT, {"program": self.program.name, "lead": lead}, "*", as_dict=True
		)

	def enrol(self) -> None:
		if self.program.status != "Ended":
			enrolment.enrol(self.program, self.chance.sample(self.leads, 2))

	def change(self, act: object, *states: str) -> None:
		run = self.run_of(self.pick())
		if run and run.status in states:
			act(run.name)

	def pause(self) -> None:
		self.change(enrolment.pause, *enrolment.LIVE)

	def resume(self) -> None:
		self.change(enrolment.resume, *enrolment.LIVE)

	def stop(self) -> None:
		self.change(enrolment.stop, *enrolment.LIVE)

	def forbid(self) -> None:
		lead = self.pick()
		if len(self.forbidden) < 2 and lead not in self.forbidden:
			frappe.db.set_value("Lead", lead, "unsubscribed", 1)
			self.forbidden[lead] = self.now

	def edit(self) -> None:
		self.program.reload()
		rows = self.program.steps
		act = self.chance.randint(0, 3)
		if act == 0 and len(rows) > 1:
			self.program.remove(self.chance.choice(rows))
		elif act == 1:
			self.chance.choice(rows).day = self.chance.randint(0, 20)
		elif act == 2:
			self.program.append("steps", self.step(self.chance.randint(10, 99)))
		else:
			self.chance.shuffle(rows)
			for idx, row in enumerate(rows, start=1):
				row.idx = idx
		self.program.save()

	def toggle(self) -> None:
		self.program.reload()
		self.program.status = "Paused" if self.program.status == "Running" else "Running"
		self.program.save()

	def check(self, case: ProgramCase) -> None:
		logged = frappe.get_all(
			house.RUN, {"program": self.program.name}, ["lead", "step_key", "todo", "done_on"], limit=0
		)
		twice = [
			key for key, times in Counter((row.lead, row.step_key) for row in logged).items() if times > 1
		]
		case.assertEqual(twice, [])
		late = [row for row in logged if row.done_on > self.forbidden.get(row.lead, row.done_on)]
		case.assertEqual(late, [])
		for lead in self.leads:
			todos = {todo.name for todo in house.todos_of(lead)}
			case.assertEqual(todos, {row.todo for row in logged if row.lead == lead and row.todo})
			run = self.run_of(lead)
			if run:
				stands_still = run.status == "Paused" or (
					run.status == "Active" and self.program.status == "Paused"
				)
				case.assertEqual(bool(run.paused_on), stands_still, run)
				case.assertEqual(bool(run.next_due), run.status in enrolment.LIVE, run)

	def check_end(self, case: ProgramCase) -> None:
		"""Left alone, everybody comes to the end; who may be written to has had every step or was past its place."""
		self.program.reload()
		with house.on(self.now):
			if self.program.status == "Paused":
				self.toggle()
		for lead in self.leads:
			run = self.run_of(lead)
			if run and run.status == "Paused":
				with house.on(self.now):
					enrolment.resume(run.name)
		for _ in range(40):
			self.now += timedelta(days=3)
			house.sweep(self.now)
		self.check(case)
		for lead in self.leads:
			run = self.run_of(lead)
			if run:
				case.assertIn(run.status, ("Completed", "Stopped"))
		case.assertEqual(program_changes.changed_steps(self.program, self.program), [])
