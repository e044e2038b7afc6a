"""When a lead gets which step: plain rules, and random programs that change while leads run through them."""

from __future__ import annotations

import unittest
from datetime import date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sales_activity.sales_activity.milestones.due import Calendar
from sales_activity.sales_activity.nurture.schedule import (
	Hours,
	Place,
	Standing,
	Step,
	StopRules,
	due_at,
	next_step,
	stopped_by,
	too_late,
)

MONDAY = date(2026, 3, 2)
WEEKENDS = [MONDAY + timedelta(days=7 * week + day) for week in range(-2, 600) for day in (5, 6)]
OFFICE = Hours(time(9), time(17), Calendar([*WEEKENDS, date(2026, 3, 4)]))
FIRST, SECOND, THIRD = Step(0, 1, "a"), Step(3, 2, "b"), Step(7, 3, "c")


def at(day: int, hour: int, minute: int = 0) -> datetime:
	"""A moment of March 2026."""
	return datetime(2026, 3, day, hour, minute)


class TestHours(unittest.TestCase):
	def test_the_first_moment_of_work(self) -> None:
		for moment, expected in (
			(at(2, 10), at(2, 10)),
			(at(2, 8), at(2, 9)),
			(at(2, 9), at(2, 9)),
			(at(2, 17), at(3, 9)),
			(at(3, 18), at(5, 9)),  # the 4th is a holiday
			(at(4, 12), at(5, 9)),
			(at(6, 16, 59), at(6, 16, 59)),
			(at(6, 17), at(9, 9)),
			(at(7, 12), at(9, 9)),
		):
			with self.subTest(moment):
				self.assertEqual(OFFICE.from_moment(moment), expected)

	@given(st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)))
	def test_always_in_hours_and_never_early(self, moment: datetime) -> None:
		found = OFFICE.from_moment(moment)
		self.assertGreaterEqual(found, moment)
		self.assertTrue(time(9) <= found.time() < time(17) and OFFICE.calendar.works_on(found.date()))
		self.assertEqual(OFFICE.from_moment(found), found)


class TestDue(unittest.TestCase):
	def test_day_zero_is_now_and_others_in_the_morning(self) -> None:
		self.assertEqual(due_at(FIRST, at(2, 11), OFFICE), at(2, 11))
		self.assertEqual(due_at(SECOND, at(2, 11), OFFICE), at(5, 9))
		self.assertEqual(due_at(THIRD, at(2, 11), OFFICE), at(9, 9))

	def test_a_pause_moves_what_comes(self) -> None:
		self.assertEqual(due_at(SECOND, at(2, 11), OFFICE, paused=timedelta(days=4)), at(9, 9))

	def test_not_before_the_step_before(self) -> None:
		self.assertEqual(due_at(SECOND, at(2, 11), OFFICE, last=at(5, 14)), at(5, 14))
		self.assertEqual(due_at(SECOND, at(2, 11), OFFICE, last=at(6, 18)), at(9, 9))


class TestNext(unittest.TestCase):
	def test_one_after_the_other(self) -> None:
		steps = [THIRD, FIRST, SECOND]
		self.assertEqual(next_step(steps, [], None), FIRST)
		self.assertEqual(next_step(steps, ["a"], Place(0, 1)), SECOND)
		self.assertEqual(next_step(steps, ["a", "b", "c"], Place(7, 3)), None)
		self.assertEqual(next_step([], [], None), None)

	def test_put_in_before_the_place_reached(self) -> None:
		late = Step(1, 9, "late")
		self.assertEqual(next_step([FIRST, late, SECOND, THIRD], ["a", "b"], Place(3, 2)), THIRD)
		self.assertEqual(too_late([FIRST, late, SECOND, THIRD], ["a", "b"], Place(3, 2)), [late])
		self.assertEqual(too_late([FIRST, late], [], None), [])

	def test_a_step_that_was_done_is_moved_behind(self) -> None:
		moved = Step(9, 1, "a")
		self.assertEqual(next_step([SECOND, moved], ["a"], Place(0, 1)), SECOND)
		self.assertIsNone(next_step([SECOND, moved], ["a", "b"], Place(3, 2)))

	@given(st.data())
	def test_random_programs_that_change_while_they_run(self, data: st.DataObject) -> None:
		"""No step twice, none before an earlier one, never out of hours."""
		keys = st.sampled_from("abcdefgh")
		program = st.dictionaries(keys, st.tuples(st.integers(0, 20), st.integers(1, 8)), max_size=6)
		enrolled = data.draw(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)))
		done: list[str] = []
		place, last, places = None, None, []
		for _ in range(12):
			steps = [Step(day, number, key) for key, (day, number) in data.draw(program).items()]
			step = next_step(steps, done, place)
			if step is None:
				open_ones = {found.key for found in steps if found.key not in done}
				self.assertEqual({found.key for found in too_late(steps, done, place)}, open_ones)
				continue
			moment = due_at(step, enrolled, OFFICE, last=last)
			self.assertTrue(last is None or moment >= last)
			self.assertGreaterEqual(moment.date(), enrolled.date() + timedelta(days=step.day))
			self.assertEqual(OFFICE.from_moment(moment), moment)
			done.append(step.key)
			place, last = Place(step.day, step.number), moment
			places.append(place)
		self.assertEqual(len(done), len(set(done)))
		self.assertEqual(places, sorted(places))


class TestStops(unittest.TestCase):
	def test_what_ends_a_run(self) -> None:
		rules = StopRules(on_reply=True, threshold=50)
		for standing, reason in (
			(Standing("Nurturing"), None),
			(Standing("Nurturing", score=49.99), None),
			(Standing("Nurturing", score=50), "Threshold"),
			(Standing("Nurturing", replied=True, score=80), "Replied"),
			(Standing("Converted", replied=True), "Converted"),
			(Standing("With Sales"), "With Sales"),
			(Standing("Disqualified"), "Disqualified"),
			(Standing("Converted", unsubscribed=True), "Unsubscribed"),
			(Standing("Do Not Contact", unsubscribed=True), "Do Not Contact"),
			(Standing("Nurturing", program_ended=True), "Program Ended"),
		):
			with self.subTest(standing):
				self.assertEqual(stopped_by(standing, rules), reason)

	def test_what_the_program_does_not_stop_at(self) -> None:
		rules = StopRules(on_reply=False, threshold=0)
		self.assertIsNone(stopped_by(Standing("Nurturing", replied=True, score=999), rules))
