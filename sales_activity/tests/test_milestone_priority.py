"""The order of next steps: what each part gives, and that more of anything never puts a step further down."""

from __future__ import annotations

import unittest
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sales_activity.sales_activity.milestones.priority import (
	DELAY,
	INTEREST,
	OUT_OF,
	PROBABILITY,
	VALUE,
	Facts,
	Part,
	largest_value,
	order,
	priority,
)

TODAY = date(2026, 11, 20)
LEVELS = [None, "", "Low", "Medium", "High"]

values = st.none() | st.floats(0, 1e12)
facts = st.builds(
	Facts,
	interest=st.sampled_from(LEVELS),
	value=values,
	probability=st.none() | st.floats(0, 100),
	due=st.none() | st.dates(date(2020, 1, 1), date(2032, 12, 31)),
)


class TestPriority(unittest.TestCase):
	def test_an_example(self) -> None:
		found = priority(Facts("High", 500, 50, TODAY - timedelta(days=3)), 1000, TODAY)
		self.assertEqual(
			found.parts,
			(
				Part(INTEREST, 25, "High"),
				Part(VALUE, 12.5, 500),
				Part(PROBABILITY, 10, 50),
				Part(DELAY, 20, 3),
			),
		)
		self.assertEqual(found.points, 67.5)

	def test_what_is_not_known_gives_no_points(self) -> None:
		found = priority(Facts(), 1000, TODAY)
		self.assertEqual([(part.points, part.fact) for part in found.parts], [(0, None)] * 4)

	def test_days(self) -> None:
		for days_late, points in ((-30, 0), (-7, 0), (-1, 12), (0, 14), (1, 16), (8, 30), (400, 30)):
			with self.subTest(days_late):
				delay = priority(Facts(due=TODAY - timedelta(days=days_late)), 0, TODAY).parts[-1]
				self.assertEqual((delay.points, delay.fact), (points, days_late))

	@given(facts, values)
	def test_the_points_are_the_sum_of_parts_within_their_limits(self, known: Facts, largest: float) -> None:
		found = priority(known, largest or 0, TODAY)
		self.assertEqual({part.kind for part in found.parts}, set(OUT_OF))
		self.assertAlmostEqual(found.points, sum(part.points for part in found.parts), places=1)
		for part in found.parts:
			self.assertTrue(0 <= part.points <= part.out_of, part)

	@given(facts, values, st.floats(0, 1e12))
	def test_more_never_gives_fewer_points(self, known: Facts, largest: float, more: float) -> None:
		largest = largest or 0
		base = priority(known, largest, TODAY).points
		for level in LEVELS[LEVELS.index(known.interest) :]:
			self.assertGreaterEqual(priority(known._replace(interest=level), largest, TODAY).points, base)
		richer = known._replace(value=(known.value or 0) + more)
		self.assertGreaterEqual(priority(richer, largest, TODAY).points, base)
		surer = known._replace(probability=min((known.probability or 0) + more % 100, 100))
		self.assertGreaterEqual(priority(surer, largest, TODAY).points, base)
		if known.due:
			for days in (1, 3, 300):
				earlier = known._replace(due=known.due - timedelta(days=days))
				self.assertGreaterEqual(priority(earlier, largest, TODAY).points, base)

	@given(st.lists(facts, max_size=8))
	def test_the_list_is_in_order(self, many: list[Facts]) -> None:
		largest = largest_value(many)
		found = sorted(
			((known, priority(known, largest, TODAY)) for known in many), key=lambda pair: order(*pair)
		)
		points = [each.points for _known, each in found]
		self.assertEqual(points, sorted(points, reverse=True))
		for (one, first), (other, second) in pairwise(found):
			if first.points == second.points and other.due:
				self.assertIsNotNone(one.due)
				self.assertLessEqual(one.due, other.due)


if __name__ == "__main__":
	unittest.main()
