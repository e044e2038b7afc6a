"""When a lead gets which step of a program, and what ends its run. Plain functions, no site.

A step stands on a day, counted in days from the enrolment. It is done at the first moment of that day, or after it,
at which the program works: within its hours, on a working day. No step is done twice, and none after a later
one: what is put into a running program before the place that a lead has reached comes too late for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, time, timedelta
from typing import NamedTuple

from sales_activity.sales_activity.milestones.due import ONE_DAY, Calendar

MOST_STEPS = 100
LAST_DAY = 3650
# states of a Lead Nurture in which others speak with the lead, or nobody does
NOT_TO_NURTURE = frozenset({"With Sales", "Converted", "Disqualified"})


class Step(NamedTuple):
	"""A step of a program. ``key`` stays the same when the step is changed or moved; ``number`` orders a day."""

	day: int
	number: int
	key: str


class Place(NamedTuple):
	"""How far a lead has come: day and number of the last step that was done, as they were then."""

	day: int
	number: int


class Hours(NamedTuple):
	"""Between which times of day, on which days, a program works. ``end`` is later than ``start``."""

	start: time
	end: time
	calendar: Calendar

	def from_moment(self, moment: datetime) -> datetime:
		"""The first moment of work at or after ``moment``."""
		day, at = moment.date(), moment.time()
		if at >= self.end:
			day, at = day + ONE_DAY, self.start
		working = self.calendar.due(day, 0)
		return datetime.combine(working, max(at, self.start) if working == day else self.start)


class Standing(NamedTuple):
	"""What decides whether a lead's run goes on."""

	status: str
	unsubscribed: bool = False
	replied: bool = False
	score: float = 0.0
	program_ended: bool = False


class StopRules(NamedTuple):
	"""What ends a run, apart from what always does. ``threshold``: the score that brings a lead back to
	qualification; 0: none."""

	on_reply: bool = True
	threshold: float = 0.0


def in_order(steps: Iterable[Step]) -> list[Step]:
	"""The steps as they follow each other."""
	return sorted(steps)


def next_step(steps: Iterable[Step], done: Collection[str], place: Place | None) -> Step | None:
	"""The step that a lead gets next, None when it has come to the end.

	``done``: the keys of the steps that it got, or that were left out for it.
	"""
	for step in in_order(steps):
		if step.key not in done and (place is None or (step.day, step.number) > place):
			return step
	return None


def too_late(steps: Iterable[Step], done: Collection[str], place: Place | None) -> list[Step]:
	"""The steps that this lead will never get, because it was past their place when they were put there."""
	if place is None:
		return []
	return [step for step in in_order(steps) if step.key not in done and (step.day, step.number) <= place]


def due_at(
	step: Step,
	enrolled_on: datetime,
	hours: Hours,
	paused: timedelta = timedelta(0),
	last: datetime | None = None,
) -> datetime:
	"""When a step is due.

	``paused``: for how long the run has stood still so far; ``last``: when the step before it was done. A first step on
	day 0 is due at once, others from the beginning of their day; a step that was held up holds up the next one only
	as far as they would change places.
	"""
	moment = enrolled_on + paused
	if step.day > 0:
		moment = datetime.combine(moment.date() + timedelta(days=step.day), time.min)
	return hours.from_moment(max(moment, last) if last else moment)


def stopped_by(standing: Standing, rules: StopRules) -> str | None:
	"""Why a run ends now, None if it goes on. What forbids contact comes first."""
	if standing.status == "Do Not Contact":
		return standing.status
	if standing.unsubscribed:
		return "Unsubscribed"
	if standing.status in NOT_TO_NURTURE:
		return standing.status
	if standing.replied and rules.on_reply:
		return "Replied"
	if rules.threshold and standing.score >= rules.threshold:
		return "Threshold"
	return "Program Ended" if standing.program_ended else None
