"""Until when something is to be done that may take so many working hours. Plain functions, no site."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sales_activity.sales_activity.milestones.due import ONE_DAY, Calendar

MOST_HOURS = 1000
MINUTE = timedelta(minutes=1)


def deadline(start: datetime, hours: float, calendar: Calendar, opens: time, closes: time) -> datetime:
	"""The moment at which ``hours`` of working time after ``start`` are over. Nobody works on holidays, before
	``opens`` or after ``closes``; where these make no day (not a minute), work goes on around the clock."""
	left = timedelta(hours=min(max(hours, 0), MOST_HOURS))
	if _end(start.date(), closes) - datetime.combine(start.date(), opens) < MINUTE:
		opens, closes = time.min, time.max
	day = start.date()
	while True:
		if calendar.works_on(day):
			begin, end = max(start, datetime.combine(day, opens)), _end(day, closes)
			if begin < end and left <= end - begin:
				return begin + left
			left -= max(end - begin, timedelta(0))
		day += ONE_DAY


def _end(day: datetime, closes: time) -> datetime:
	"""The end of a working day; one that lasts until midnight lasts until the next day begins."""
	return datetime.combine(day, time.min) + ONE_DAY if closes == time.max else datetime.combine(day, closes)
