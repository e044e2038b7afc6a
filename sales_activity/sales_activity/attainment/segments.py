"""Cutting time into pieces on which nothing changes. Plain functions, no site needed.

A report's periods and the targets' periods begin and end where they like. Between two neighbouring such
days everything is constant: the same targets are in force, the same report period. So the ledger is summed
once for each piece, and any period is a union of pieces.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from sales_activity.sales_activity.targets.rules import ONE_DAY, Period

MONTHS_IN = {"Monthly": 1, "Quarterly": 3}


def report_periods(span: Period, periodicity: str) -> list[Period]:
	"""The span as one period ("Yearly"), or cut into months or quarters counted from its first day's month."""
	step = MONTHS_IN.get(periodicity)
	if not step:
		return [span]
	periods, start = [], span.start
	while start <= span.end:
		following = _first_of_month(start, step)
		periods.append(Period(start, min(following - ONE_DAY, span.end)))
		start = following
	return periods


def cut(span: Period, periods: Iterable[Period]) -> list[Period]:
	"""The span cut at every beginning and end of the periods that falls into it."""
	starts = {span.start}
	for period in periods:
		for day in (period.start, period.end + ONE_DAY):
			if span.start < day <= span.end:
				starts.add(day)
	ordered = sorted(starts)
	ends = [day - timedelta(days=1) for day in ordered[1:]] + [span.end]
	return [Period(start, end) for start, end in zip(ordered, ends, strict=True)]


def indexes_in(period: Period, segments: Sequence[Period]) -> range:
	"""The indexes of the segments that lie within the period. Segments must have been cut at its borders."""
	inside = [i for i, part in enumerate(segments) if period.start <= part.start and part.end <= period.end]
	return range(inside[0], inside[-1] + 1) if inside else range(0)


def index_of(day: date, segments: Sequence[Period]) -> int | None:
	"""The index of the segment that holds a day; None where none does."""
	index = bisect_right([part.start for part in segments], day) - 1
	return index if index >= 0 and day <= segments[index].end else None


def _first_of_month(day: date, months_later: int) -> date:
	month = day.month - 1 + months_later
	return date(day.year + month // 12, month % 12 + 1, 1)
