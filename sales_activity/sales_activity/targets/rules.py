"""Rules of targets over time. Plain functions over dates and numbers, no site needed.

A target spreads over its period by months. Each month weighs as much as its Monthly Distribution says, or
as much as any other without one; a month that the period only touches weighs by its days. Within a month the
target spreads evenly over the days.
"""

from __future__ import annotations

import calendar
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

ONE_DAY = timedelta(days=1)
MONTHS = tuple(calendar.month_name)[1:]


def month_number(name: str | None) -> int | None:
	"""1 to 12 for a month's English name or the beginning of it ("Jan"); None for anything else. ERPNext keeps
	the months of a Monthly Distribution as free text."""
	word = (name or "").strip().lower()
	found = [number for number, month in enumerate(MONTHS, start=1) if month.lower().startswith(word)]
	return found[0] if len(word) >= 3 and found else None


class Period(NamedTuple):
	"""From the first to the last day, both included."""

	start: date
	end: date

	def overlap(self, other: Period) -> Period | None:
		"""The days that both hold, None where there are none."""
		start, end = max(self.start, other.start), min(self.end, other.end)
		return Period(start, end) if start <= end else None

	@property
	def days(self) -> int:
		"""How many days the period holds."""
		return (self.end - self.start).days + 1


def months_of(period: Period) -> Iterator[Period]:
	"""The parts of a period that lie in one calendar month each, in order."""
	start = period.start
	while start <= period.end:
		last = start.replace(day=calendar.monthrange(start.year, start.month)[1])
		yield Period(start, min(last, period.end))
		start = last + ONE_DAY


def share_of(target: Period, window: Period, weights: Mapping[int, float] | None = None) -> float:
	"""The part (0 to 1) of a target over ``target`` that falls into ``window``.

	``weights`` gives the percentage of each calendar month (1 to 12) of a Monthly Distribution; None means
	even months. Weights that are all zero within the period can't spread anything; months count evenly then.
	"""
	by_month = None if weights is None else tuple(weights.get(month, 0.0) for month in range(1, 13))
	return _share(target, window, by_month)


def uncovered_day(period: Period, years: Iterable[Period]) -> date | None:
	"""The first day of the period that lies in none of the fiscal years; None when all do."""
	day = period.start
	for year in sorted(years):
		if year.start <= day <= year.end:
			day = year.end + ONE_DAY
	return None if day > period.end else day


def repeated_rows(rows: Sequence[tuple[str, str, str]]) -> list[tuple[int, int]]:
	"""Pairs of indexes (first, repeated) of rows that name the same person, role and item group."""
	first: dict[tuple[str, str, str], int] = {}
	pairs = []
	for index, row in enumerate(rows):
		if row in first:
			pairs.append((first[row], index))
		else:
			first[row] = index
	return pairs


def is_target(value: float | None) -> bool:
	"""Whether a number can be a target: finite and not negative."""
	return value is not None and math.isfinite(value) and value >= 0


@lru_cache(maxsize=4096)  # a thousand rows of one target share their period and a few distributions
def _share(target: Period, window: Period, weights: tuple[float, ...] | None) -> float:
	wanted = target.overlap(window)
	if not wanted:
		return 0.0
	total = _weight(target, weights)
	if not total:
		weights, total = None, _weight(target, None)
	return _weight(wanted, weights) / total


def _weight(period: Period, weights: tuple[float, ...] | None) -> float:
	"""The weight of a period: of each month in it, by the part of the month's days that it holds.

	``weights`` are those of January to December; None weighs months evenly."""
	return math.fsum(
		(1.0 if weights is None else weights[part.start.month - 1])
		* part.days
		/ calendar.monthrange(part.start.year, part.start.month)[1]
		for part in months_of(period)
	)
