"""What the figures of the velocity reports are. Plain functions over plain values, no site needed.

Times are in seconds or days of the calendar, nights and weekends included; amounts in company currency; shares
from 0 to 1.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

SECONDS_A_DAY = 86400


class Flow(NamedTuple):
	"""What became of some projects in a period.

	``started``, ``won`` and ``lost`` count those to which it happened in the period. ``in_work`` is how many were
	in work at a time, on average; ``value`` what the won ones are worth together; ``cycle`` the median of the days
	from the start to the winning of the won ones, None where none was won.
	"""

	started: int = 0
	won: int = 0
	lost: int = 0
	in_work: float = 0.0
	value: float = 0.0
	cycle: float | None = None

	@property
	def win_rate(self) -> float | None:
		"""The share of the won among the decided; None where nothing was decided."""
		decided = self.won + self.lost
		return self.won / decided if decided else None

	@property
	def average_value(self) -> float | None:
		"""What a won project is worth; None where none was won."""
		return self.value / self.won if self.won else None

	@property
	def velocity(self) -> float | None:
		"""What is won a day: projects in work x win rate x average value / cycle.

		None where nothing was decided, or where projects were won on the spot; 0 where all were lost.
		"""
		if self.win_rate is None:
			return None
		if not self.won:
			return 0.0
		return self.in_work * self.win_rate * self.average_value / self.cycle if self.cycle else None


class Handed(NamedTuple):
	"""What became of some hand-offs. ``returned`` counts those that came back at least once, ``returns`` how often
	they came back altogether; ``waited`` is the median of the seconds until they were accepted or returned."""

	hand_offs: int
	returned: int
	returns: int
	reminders: int
	escalations: int
	waited: float | None

	@property
	def return_rate(self) -> float | None:
		"""The share of the hand-offs that came back at least once."""
		return self.returned / self.hand_offs if self.hand_offs else None


def value_of_sale(is_won: bool, ordered: float, offered: float, deal: float) -> float:
	"""What a sale is worth: what was ordered, or as long as it isn't won what is offered if that is more; without
	either what the Opportunity says."""
	size = ordered if is_won and ordered else max(ordered, offered)
	return size or deal


def seconds_in_work(started: datetime, closed: datetime | None, start: datetime, end: datetime) -> float:
	"""How long a project was in work between ``start`` and ``end``."""
	first, last = max(started, start), min(closed or end, end)
	return max((last - first).total_seconds(), 0.0)


def time_spent(opened: datetime, done: datetime, held: float) -> float:
	"""Seconds from the opening of a milestone to its end, without those while the project was on hold or lost."""
	return (done - opened).total_seconds() - held


def days(seconds: float | None) -> float | None:
	"""Seconds as days, None for None."""
	return None if seconds is None else float(seconds) / SECONDS_A_DAY


def percent(share: float | None) -> float | None:
	"""A share as a percentage, two decimals; None for None."""
	return None if share is None else round(float(share) * 100, 2)


def place(share: float, count: int) -> tuple[int, float]:
	"""Where the percentile of ``count`` sorted values lies: how many of them come before the lower of its two
	neighbours, and how far (0 to below 1) it lies from that one towards the next.

	As in ``PERCENTILE_CONT`` of SQL and ``statistics.quantiles(method="inclusive")``.
	"""
	position = share * (count - 1)
	return int(position), position - int(position)
