"""Answers as text in Frappe's own notation (2026-01-31, 12.5, 1), and as Python values.

Plain functions, no site. Numbers have at most twelve digits before and nine behind the point, which is what
a Float column of Frappe holds.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal

PLACES = Decimal("0.000000001")
LARGEST = 10**12
EARLIEST_YEAR = 1000  # of a date in MariaDB
LONGEST = 60  # characters of any number or date

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_DURATION = re.compile(r"(?:(\d+)d)?\s*(?:(\d+)h)?\s*(?:(\d+)m)?\s*(?:(\d+)s)?", re.ASCII | re.IGNORECASE)
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_DATETIME = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?", re.ASCII)
_SECONDS = (86_400, 3_600, 60, 1)
_CHECKS = {"1": 1, "true": 1, "yes": 1, "0": 0, "false": 0, "no": 0}


def decimal_of(raw: object) -> Decimal | None:
	"""A number, rounded to nine places; None for what isn't one, is infinite or has too many digits."""
	if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal | str):
		return None
	if isinstance(raw, int) and abs(raw) >= LARGEST:
		return None  # Python won't even write down thousands of digits
	text = str(raw).strip()
	if len(text) > LONGEST or not _NUMBER.fullmatch(text):
		return None
	number = Decimal(text)
	if abs(number) >= LARGEST:
		return None
	number = number.quantize(PLACES, rounding=ROUND_HALF_UP)
	return number if abs(number) < LARGEST else None


def number_of(raw: object) -> int | float | None:
	"""A number as Python's int where it is whole, else as float; None for what isn't one."""
	number = decimal_of(raw)
	if number is None:
		return None
	return int(number) if number == number.to_integral_value() else float(number)


def whole_number_of(raw: object) -> int | None:
	"""A whole number; None for what isn't one."""
	number = number_of(raw)
	return number if isinstance(number, int) else None


def duration_of(raw: object) -> int | None:
	"""Seconds, from whole seconds or from a text like ``1d 2h 30m 10s``; None for anything else."""
	seconds = whole_number_of(raw)
	if seconds is None and isinstance(raw, str) and len(raw) <= LONGEST:
		parts = _DURATION.fullmatch(raw.strip())
		if parts and any(parts.groups()):
			pairs = zip(parts.groups(), _SECONDS, strict=True)
			seconds = sum(int(amount or 0) * size for amount, size in pairs)
	return seconds if seconds is not None and 0 <= seconds < LARGEST else None


def check_of(raw: object) -> int | None:
	"""1 or 0, from numbers, truth values and words; None for anything else."""
	if isinstance(raw, bool | int | float):
		return int(raw) if raw in (0, 1) else None
	return _CHECKS.get(raw.strip().casefold()) if isinstance(raw, str) else None


def date_of(raw: object) -> date | None:
	"""A date, from a date, a moment at midnight, or text as ``2026-01-31``; None for anything else."""
	if isinstance(raw, date) and not isinstance(raw, datetime):
		return raw if raw.year >= EARLIEST_YEAR else None
	if isinstance(raw, str) and _DATE.fullmatch(raw.strip()):
		return _date(raw.strip())
	moment = _moment(raw)
	return moment.date() if moment and moment.time() == time.min else None


def datetime_of(raw: object) -> datetime | None:
	"""A moment without time zone, from a datetime, a date (midnight), or text as ``2026-01-31 14:30:00``."""
	day = None if isinstance(raw, datetime) else date_of(raw)
	return datetime.combine(day, time.min) if day else _moment(raw)


def text_of(value: object) -> str:
	"""The canonical text of a Python value; '' for None."""
	if value is None:
		return ""
	if isinstance(value, float):
		number = decimal_of(value)
		text = str(value) if number is None else format(number, "f")
		return text.rstrip("0").rstrip(".") if "." in text else text
	return str(int(value)) if isinstance(value, bool) else str(value)


def _moment(raw: object) -> datetime | None:
	if isinstance(raw, datetime):
		return raw if raw.tzinfo is None and raw.year >= EARLIEST_YEAR else None
	found = _DATETIME.fullmatch(raw.strip()) if isinstance(raw, str) else None
	day = _date(found[1]) if found else None
	if not day:
		return None
	hour, minute, second = (int(found[group] or 0) for group in (2, 3, 4))
	micro = int((found[5] or "0").ljust(6, "0"))
	try:
		return datetime(day.year, day.month, day.day, hour, minute, second, micro)
	except ValueError:
		return None


def _date(text: str) -> date | None:
	try:
		day = date(*(int(part) for part in text.split("-")))
	except ValueError:
		return None
	return day if day.year >= EARLIEST_YEAR else None
