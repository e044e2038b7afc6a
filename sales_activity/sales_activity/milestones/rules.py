"""The course of a process: which step opens, whose turn it is, which moves there are. No site needed.

Functions that look at milestones take anything with the attributes of ``Placed``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol, TypeVar

from sales_activity.sales_activity.credit.rules import Member

WAITING = "Waiting"
READY = "Ready"
IN_PROGRESS = "In Progress"
ACHIEVED = "Achieved"
RETURNED = "Returned"
SKIPPED = "Skipped"
CANCELLED = "Cancelled"

STATES = (WAITING, READY, IN_PROGRESS, ACHIEVED, RETURNED, SKIPPED, CANCELLED)
DONE = frozenset({ACHIEVED, SKIPPED, CANCELLED})
OPENED = frozenset({READY, IN_PROGRESS, RETURNED})

# states of a project in which its milestones stand still
STANDING = frozenset({"On Hold", "Lost"})


class Placed(Protocol):
	"""What the rules look at in a milestone."""

	step: int
	position: int
	status: str


M = TypeVar("M", bound=Placed)


class Move(NamedTuple):
	"""What a person can do with a milestone: from these states to that one, saying something in ``needs``."""

	action: str
	from_states: frozenset[str]
	to_state: str
	needs: str | None = None


ACCEPT = Move("Accept", frozenset({READY}), IN_PROGRESS)
ACHIEVE = Move("Achieve", frozenset({READY, IN_PROGRESS}), ACHIEVED)
RETURN = Move("Return", frozenset({READY, IN_PROGRESS}), RETURNED, "question")
HAND_OVER_AGAIN = Move("Hand Over Again", frozenset({RETURNED}), READY, "reply")
SKIP = Move("Skip", frozenset({WAITING, *OPENED}), SKIPPED, "reason")
CANCEL = Move("Cancel", frozenset({WAITING, *OPENED}), CANCELLED, "reason")

MOVES = (ACCEPT, ACHIEVE, RETURN, HAND_OVER_AGAIN, SKIP, CANCEL)
SETTING_ASIDE = (SKIP, CANCEL)


class TimeSpent(NamedTuple):
	"""Time in a state, in seconds: while the project's clock ran, and while it stood."""

	running: float
	held: float


def move_between(from_state: str, to_state: str) -> Move | None:
	"""What a person does who takes a milestone from one state to another; None if nobody can."""
	return next(
		(move for move in MOVES if from_state in move.from_states and to_state == move.to_state), None
	)


def step_in_work(milestones: Iterable[Placed]) -> int | None:
	"""The first step that isn't done: the one that is open, or opens now. None when all is done."""
	return min((row.step for row in milestones if row.status not in DONE), default=None)


def to_open(milestones: Sequence[M]) -> list[M]:
	"""The waiting milestones whose turn it is, by position: every step before theirs is done."""
	step = step_in_work(milestones)
	return sorted(
		(row for row in milestones if row.step == step and row.status == WAITING),
		key=lambda row: row.position,
	)


def current(milestones: Iterable[M]) -> M | None:
	"""The milestone that stands for the whole project: the first opened one by step and position."""
	opened = [row for row in milestones if row.status in OPENED]
	return min(opened, key=lambda row: (row.step, row.position), default=None)


def responsible(team: Sequence[Member], role: str) -> str | None:
	"""Who answers for a milestone: whoever has the highest percent in its role, the first of equals; with
	nobody in the role the first of the team; None for an empty team."""
	in_role = [member for member in team if member.sales_role == role]
	if in_role:
		return max(in_role, key=lambda member: member.credit_percent).sales_person
	return team[0].sales_person if team else None


def turn_of(
	status: str, responsible: str, delegated_to: str | None, sender: str | None, last: str | None
) -> str:
	"""Whose turn it is: of a returned one the sender's, else the delegate's or the responsible person's. What is
	done stays with whoever had it last."""
	if status in DONE and last:
		return last
	if status == RETURNED and sender:
		return sender
	return delegated_to or responsible


def time_spent(since: datetime, until: datetime, held: float, stopped_on: datetime | None) -> TimeSpent:
	"""How long something was in its state, from ``since`` to ``until``.

	``held`` are the seconds of earlier stops within that time; ``stopped_on`` is when the present stop began,
	which may be before ``since``.
	"""
	all_held = held + held_now(since, until, stopped_on)
	return TimeSpent((until - since).total_seconds() - all_held, all_held)


def held_now(since: datetime, until: datetime, stopped_on: datetime | None) -> float:
	"""The seconds of the present stop that fall after ``since``."""
	if not stopped_on:
		return 0.0
	return max((until - max(since, stopped_on)).total_seconds(), 0.0)


def last_achieved(milestones: Iterable[M], before_step: int) -> M | None:
	"""The milestone of an earlier step that was achieved last: its achiever hands over to this step."""
	achieved = [row for row in milestones if row.step < before_step and row.status == ACHIEVED]
	return max(achieved, key=lambda row: (row.step, row.achieved_on, row.position), default=None)
