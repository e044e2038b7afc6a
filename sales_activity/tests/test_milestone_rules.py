"""The pure rules of milestones against slow, obvious oracles. No site is needed."""

from __future__ import annotations

import unittest
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from sales_activity.sales_activity.credit.rules import Member
from sales_activity.sales_activity.milestones import definition, rules
from sales_activity.sales_activity.milestones.conditions import Condition
from sales_activity.sales_activity.milestones.definition import Planned
from sales_activity.sales_activity.milestones.forms import Question
from sales_activity.sales_activity.milestones.updating import plan_update

CASES = settings(max_examples=400, deadline=None)
START = datetime(2026, 1, 1, 9)
PEOPLE, ROLES = ("Asha", "Ravi", "Mira"), ("Caller", "Seller")


@dataclass(frozen=True)
class Stone:
	step: int
	position: int
	status: str
	achieved_on: datetime | None = None


stones = st.lists(
	st.tuples(st.integers(1, 4), st.sampled_from(rules.STATES)),
	max_size=8,
).map(lambda found: [Stone(step, position, status) for position, (step, status) in enumerate(found, 1)])
members = st.lists(
	st.builds(Member, st.sampled_from(PEOPLE), st.sampled_from(ROLES), st.sampled_from([10.0, 50.0, 100.0])),
	max_size=5,
)


class TestSteps(unittest.TestCase):
	@CASES
	@given(stones)
	def test_what_opens_is_what_nothing_unfinished_stands_before(self, milestones: list[Stone]) -> None:
		expected = [
			row
			for row in milestones
			if row.status == "Waiting"
			and all(other.status in rules.DONE for other in milestones if other.step < row.step)
		]
		self.assertEqual(rules.to_open(milestones), expected)

	@CASES
	@given(stones)
	def test_working_everything_off_opens_all_in_order(self, milestones: list[Stone]) -> None:
		"""Opened and achieved by turns, everything gets done, and each step after those before it."""
		course, opened_at, done_at = list(milestones), {}, {}
		for turn in range(2 * len(course) + 2):
			for row in rules.to_open(course):
				course[row.position - 1] = replace(row, status=rules.READY)
				opened_at[row.position] = turn
			current = rules.current(course)
			if current:
				course[current.position - 1] = replace(current, status=rules.ACHIEVED)
				done_at[current.position] = turn
		self.assertTrue(all(row.status in rules.DONE for row in course))
		for row in course:
			for other in course:
				if other.step < row.step and row.position in opened_at and other.position in done_at:
					self.assertLessEqual(done_at[other.position], opened_at[row.position])

	@CASES
	@given(stones)
	def test_current(self, milestones: list[Stone]) -> None:
		opened = [row for row in milestones if row.status in ("Ready", "In Progress", "Returned")]
		expected = sorted(opened, key=lambda row: (row.step, row.position))[:1]
		self.assertEqual(rules.current(milestones), expected[0] if expected else None)

	@CASES
	@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 50), st.sampled_from(rules.STATES))))
	def test_last_achieved(self, found: list[tuple]) -> None:
		milestones = [
			Stone(step, position, status, START + timedelta(hours=hours))
			for position, (step, hours, status) in enumerate(found)
		]
		last = rules.last_achieved(milestones, 3)
		before = [row for row in milestones if row.step < 3 and row.status == rules.ACHIEVED]
		if not before:
			self.assertIsNone(last)
			return
		self.assertIn(last, before)
		for row in before:
			self.assertLessEqual((row.step, row.achieved_on), (last.step, last.achieved_on))


class TestPeople(unittest.TestCase):
	@CASES
	@given(members, st.sampled_from(ROLES))
	def test_responsible(self, team: list[Member], role: str) -> None:
		person = rules.responsible(team, role)
		if not team:
			self.assertIsNone(person)
			return
		in_role = [member for member in team if member.sales_role == role]
		if not in_role:
			self.assertEqual(person, team[0].sales_person)
			return
		best = max(member.credit_percent for member in in_role)
		self.assertEqual(person, next(m.sales_person for m in in_role if m.credit_percent == best))

	@CASES
	@given(
		st.sampled_from(rules.STATES),
		st.sampled_from([None, *PEOPLE]),
		st.sampled_from([None, *PEOPLE]),
		st.sampled_from([None, *PEOPLE]),
	)
	def test_it_is_always_exactly_one_persons_turn(
		self, status: str, delegate: str | None, sender: str | None, last: str | None
	) -> None:
		turn = rules.turn_of(status, "Asha", delegate, sender, last)
		self.assertIn(turn, PEOPLE)
		if status == rules.RETURNED:
			self.assertEqual(turn, sender or delegate or "Asha")
		elif status in rules.DONE:
			self.assertEqual(turn, last or delegate or "Asha")
		else:
			self.assertEqual(turn, delegate or "Asha")


class TestMoves(unittest.TestCase):
	def test_the_table(self) -> None:
		expected = {
			("Ready", "In Progress"): "Accept",
			("Ready", "Achieved"): "Achieve",
			("In Progress", "Achieved"): "Achieve",
			("Ready", "Returned"): "Return",
			("In Progress", "Returned"): "Return",
			("Returned", "Ready"): "Hand Over Again",
			**{(state, "Skipped"): "Skip" for state in ("Waiting", "Ready", "In Progress", "Returned")},
			**{(state, "Cancelled"): "Cancel" for state in ("Waiting", "Ready", "In Progress", "Returned")},
		}
		for source in rules.STATES:
			for target in (*rules.STATES, "Nonsense"):
				move = rules.move_between(source, target)
				self.assertEqual(move and move.action, expected.get((source, target)), (source, target))


class TestTimes(unittest.TestCase):
	@CASES
	@given(
		st.lists(
			st.tuples(st.sampled_from(["move", "hold", "resume", "wait"]), st.integers(0, 500)), max_size=30
		)
	)
	def test_times_add_up_to_the_age(self, events: list[tuple]) -> None:
		"""Second by second: a milestone that is moved, held and resumed accounts for all its time."""
		now, since, stopped_on, held = START, START, None, 0.0
		ran = stood = 0
		spent = []
		for event, seconds in events:
			if event == "move":
				spent.append(rules.time_spent(since, now, held, stopped_on))
				since, held = now, 0.0
			elif event == "hold":
				stopped_on = stopped_on or now
			elif event == "resume" and stopped_on:
				held += rules.held_now(since, now, stopped_on)
				stopped_on = None
			now += timedelta(seconds=seconds)
			stood += seconds if stopped_on else 0
			ran += 0 if stopped_on else seconds
		spent.append(rules.time_spent(since, now, held, stopped_on))
		self.assertEqual(sum(part.running for part in spent), ran)
		self.assertEqual(sum(part.held for part in spent), stood)
		self.assertEqual(ran + stood, (now - START).total_seconds())


class TestUpdate(unittest.TestCase):
	@CASES
	@given(
		st.lists(st.sampled_from("abcdef"), unique=True),
		st.lists(
			st.tuples(st.sampled_from("abcdef"), st.sampled_from(rules.STATES), st.booleans()),
			unique_by=lambda m: m[0],
		),
	)
	def test_plan(self, names: list[str], made: list[tuple]) -> None:
		"""What waits is what is changed or removed; what isn't there is added; after it nothing is left to do."""
		rows = [{"name": name, "milestone": name, "outcome": "new", "step": 1} for name in names]
		milestones = [
			{
				"process_row": name,
				"status": status,
				"milestone": name,
				"outcome": "new" if same else "old",
				"step": 1,
			}
			for name, status, same in made
		]
		plan = plan_update(rows, milestones)
		waiting = {row["process_row"]: row for row in milestones if row["status"] == "Waiting"}
		self.assertEqual({row["name"] for row in plan.added}, set(names) - {name for name, *_rest in made})
		self.assertEqual({row["process_row"] for row in plan.removed}, set(waiting) - set(names))
		old = {name for name, row in waiting.items() if row["outcome"] == "old"}
		self.assertEqual({row["process_row"] for row, _row, _fields in plan.changed}, old & set(names))
		for milestone, row, fields in plan.changed:
			self.assertEqual(fields, {"outcome": ("old", "new")})
			milestone.update({field: row[field] for field in fields})
		for milestone in plan.removed:
			milestone["status"] = "Cancelled"
		milestones += [{**row, "process_row": row["name"], "status": "Waiting"} for row in plan.added]
		again = plan_update(rows, milestones)
		self.assertEqual((again.added, again.removed, again.changed), ([], [], []))


class TestDefinition(unittest.TestCase):
	ASKED = {
		"Form": [Question("wanted", "Wanted", "Select", "Yes\nNo"), Question("price", "Price", "Currency")]
	}
	FIELDS = {"territory": Question("territory", "Territory")}

	def codes(self, *rows: Planned) -> list[str]:
		return [problem.code for problem in definition.process_errors(rows, self.ASKED, self.FIELDS)]

	def conditional(self, step: int, on: str, *condition: str) -> Planned:
		return Planned("Then", step, None, on, Condition(*condition))

	def test_what_can_be_run(self) -> None:
		self.assertEqual(
			self.codes(Planned("First", 1, "Form"), Planned("Second", 1), Planned("Late", 7)), []
		)
		for condition in (("wanted", "=", "Yes"), ("price", ">", "100"), ("wanted", "is set", "")):
			row = self.conditional(2, definition.ON_ANSWER, *condition)
			self.assertEqual(self.codes(Planned("First", 1, "Form"), row), [])
		on_project = self.conditional(1, definition.ON_PROJECT, "territory", "in", "North, South")
		self.assertEqual(self.codes(on_project), [])

	def test_what_cannot(self) -> None:
		first = Planned("First", 1, "Form")
		answer, project = definition.ON_ANSWER, definition.ON_PROJECT
		for expected, rows in {
			"no_milestone": [],
			"too_many_milestones": [Planned(f"M{number}", 1) for number in range(100)],
			"repeated_milestone": [first, Planned(" first ", 2)],
			"bad_step": [Planned("First", 0)],
			"negative_days": [Planned("First", 1, expected_days=-1)],
			"bad_probability": [Planned("First", 1, probability=101)],
			"condition_without_subject": [Planned("First", 1, condition=Condition("a", "=", "b"))],
			"incomplete_condition": [first, self.conditional(2, answer, "wanted", "", "Yes")],
			"no_such_field": [self.conditional(1, project, "nonsense", "=", "x")],
			"not_asked_before": [first, self.conditional(1, answer, "wanted", "=", "Yes")],
			"bad_operator": [first, self.conditional(2, answer, "wanted", "~", "Yes")],
			"bad_condition_value": [first, self.conditional(2, answer, "wanted", "=", "Perhaps")],
			"condition_without_value": [first, self.conditional(2, answer, "price", ">", "")],
		}.items():
			with self.subTest(expected):
				self.assertIn(expected, self.codes(*rows))
