"""The arithmetic of the open pipeline. Plain functions, no site needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sales_activity.sales_activity.credit.rules import Earned, Member

CERTAIN = 100.0


class OfferedLine(NamedTuple):
	"""A line of a Quotation (or Opportunity) of an open project, and how much of it was ordered.

	``amount`` is net in company currency, ``qty`` and ``ordered_qty`` are in stock units, ``probability`` is
	a percentage or None where nobody gave one.
	"""

	sales_project: str
	voucher_type: str
	voucher_no: str
	name: str
	item_group: str | None
	amount: float
	qty: float
	ordered_qty: float = 0.0
	probability: float | None = None
	expected_close_date: date | None = None


class OpenCredit(NamedTuple):
	"""What one member would earn from what is open of one line."""

	line: OfferedLine
	member: Member
	day: date
	open: Earned
	weighted: Earned


def open_share(line: OfferedLine) -> float:
	"""The part (0 to 1) of a line that nobody has ordered yet."""
	if line.qty <= 0:
		return 1.0 if not line.ordered_qty else 0.0
	return min(max(line.qty - line.ordered_qty, 0.0) / line.qty, 1.0)


def closing_day(expected: date | None, today: date) -> date:
	"""The day whose period the pipeline belongs to: the expected one, today without one or after it."""
	return expected if expected and expected > today else today


def open_credits(
	lines: Iterable[OfferedLine], teams: Mapping[str, Sequence[Member]], today: date
) -> Iterator[OpenCredit]:
	"""What every member of the lines' projects would earn from what is open, plain and weighted by
	probability. Lines of which nothing is open drop out."""
	for line in lines:
		share = open_share(line)
		if not share:
			continue
		likely = (CERTAIN if line.probability is None else line.probability) / 100
		day = closing_day(line.expected_close_date, today)
		for member in teams.get(line.sales_project, ()):
			factor = share * member.credit_percent / 100
			earned = Earned(line.amount * factor, line.qty * factor)
			yield OpenCredit(line, member, day, earned, Earned(earned.amount * likely, earned.qty * likely))
