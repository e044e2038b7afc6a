"""Working days: when a milestone is due, and how many days it is late.

The holidays are those of the company's Holiday List (``default_holiday_list``, weekly offs are rows of it). A
company without one works every day, and so does everybody on days that the list doesn't reach: ERPNext's lists are
made by the year (``erpnext.setup.doctype.holiday_list.holiday_list.is_holiday`` looks at the rows, no more).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, Decimal

import frappe
from frappe.utils import getdate

ONE_DAY = timedelta(days=1)
# what a floating-point number carries by way of computation is no part of a day
DIGITS_OF_DAYS = 6


class Calendar:
	"""A company's working days. Pure: made of its holidays."""

	def __init__(self, holidays: Iterable[date] = ()) -> None:
		"""``holidays``: the days on which nobody works."""
		self.holidays = frozenset(holidays)

	def works_on(self, day: date) -> bool:
		"""Whether it is a working day."""
		return day not in self.holidays

	def due(self, day: date, days: float) -> date:
		"""The working day that is so many working days after ``day``; part of a day counts as one.

		For 0 days (or fewer): the day itself, or the next working day if it is none.
		"""
		left = whole_days(days)
		while left > 0 or not self.works_on(day):
			day += ONE_DAY
			if self.works_on(day):
				left -= 1
		return day

	def between(self, start: date, end: date) -> int:
		"""How many working days come after ``start``, up to and with ``end``; 0 unless ``end`` is later."""
		days = max((end - start).days, 0)
		return days - sum(1 for holiday in self.holidays if start < holiday <= end)


def whole_days(days: float | None) -> int:
	"""Days rounded up; not below zero. 0.5 is 1, and so is 1.0000000001."""
	exact = round(Decimal(str(days or 0)), DIGITS_OF_DAYS)
	return max(int(exact.to_integral_value(ROUND_CEILING)), 0)


def due_date(company: str, day: date | datetime | str, days: float) -> date:
	"""When something is due that begins on ``day`` and may take so many working days of the company."""
	return calendar(company).due(getdate(day), days)


def working_days_between(company: str, start: date | datetime | str, end: date | datetime | str) -> int:
	"""How many working days of the company come after ``start``, up to and with ``end``; 0 unless it is later."""
	return calendar(company).between(getdate(start), getdate(end))


def calendar(company: str) -> Calendar:
	"""The company's calendar. Take it once for many milestones. Both documents come from Frappe's cache, which
	forgets them when they are saved: no query as a rule."""
	holiday_list = frappe.get_cached_value("Company", company, "default_holiday_list")
	if not holiday_list:
		return Calendar()
	rows = frappe.get_cached_doc("Holiday List", holiday_list).get("holidays")
	return Calendar(getdate(row.holiday_date) for row in rows)
