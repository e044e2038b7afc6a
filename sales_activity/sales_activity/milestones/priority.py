"""In which order somebody's next steps come, and why. Plain functions over plain values, no site needed.

A step gets at most 100 points: for the level of interest of the project, its value, the probability of winning
it, and how late the step is. Each part is kept, so that the list can say why a step stands where it stands.
The words for it are in ``next_steps``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

INTEREST, VALUE, PROBABILITY, DELAY = "interest", "value", "probability", "delay"

# the most points that each part gives
OUT_OF = {INTEREST: 25, VALUE: 25, PROBABILITY: 20, DELAY: 30}

POINTS_OF_INTEREST = {"High": 25, "Medium": 15, "Low": 5}
DUE_TODAY = 14
BY_THE_DAY = 2


class Facts(NamedTuple):
	"""What is known of a step. ``value``: of its project, in company currency; ``probability``: 0 to 100. None
	or empty: not known."""

	interest: str | None = None
	value: float | None = None
	probability: float | None = None
	due: date | None = None


class Part(NamedTuple):
	"""Why a step has some of its points. ``fact``: the level, the value, the percentage, or the days late (below
	zero: days left); None: not known, which gives no points."""

	kind: str
	points: float
	fact: str | float | None

	@property
	def out_of(self) -> int:
		"""The most points that this part could give."""
		return OUT_OF[self.kind]


class Priority(NamedTuple):
	"""The points of a step and the parts that they are the sum of."""

	points: float
	parts: tuple[Part, ...]


def priority(facts: Facts, largest_value: float, today: date) -> Priority:
	"""The priority of a step in a list whose most valuable project is worth ``largest_value``.

	More of anything never gives fewer points; a date that is nearer or longer past never fewer.
	"""
	parts = (
		_part(INTEREST, facts.interest or None, POINTS_OF_INTEREST.get(facts.interest or "", 0)),
		_part(VALUE, facts.value, points_of_value(facts.value or 0, largest_value)),
		_part(PROBABILITY, facts.probability, points_of_probability(facts.probability or 0)),
		_delay(facts.due, today),
	)
	return Priority(round(sum(part.points for part in parts), 1), parts)


def points_of_value(value: float, largest: float) -> float:
	"""In proportion to the most valuable project of the list."""
	return OUT_OF[VALUE] * _within(value / largest) if largest > 0 else 0.0


def points_of_probability(probability: float) -> float:
	"""In proportion to the percentage."""
	return OUT_OF[PROBABILITY] * _within(probability / 100)


def points_of_delay(days_late: int) -> float:
	"""Fewer by the day while there is time, more by the day when it is late, up to the most there is."""
	return float(min(max(DUE_TODAY + days_late * BY_THE_DAY, 0), OUT_OF[DELAY]))


def largest_value(all_facts: Iterable[Facts]) -> float:
	"""What the values of a list are compared with; 0 where none is known."""
	return max((facts.value or 0.0 for facts in all_facts), default=0.0)


def order(facts: Facts, found: Priority) -> tuple[float, bool, date]:
	"""What a list is sorted by: most points first; of equal ones the earlier date, those without a date last."""
	return (-found.points, facts.due is None, facts.due or date.max)


def _delay(due: date | None, today: date) -> Part:
	if due is None:
		return _part(DELAY, None, 0)
	days_late = (today - due).days
	return _part(DELAY, days_late, points_of_delay(days_late))


def _part(kind: str, fact: str | float | None, points: float) -> Part:
	return Part(kind, round(points, 1), fact)


def _within(share: float) -> float:
	return min(max(share, 0.0), 1.0)
