"""What a Response Type may say. Plain functions, no site.

A response gives the points of its type. After ``half_life_days`` it counts half, after twice that a quarter; 0 means
that it never fades. All responses of a type together give, or take, at most its ``cap``. Points have two digits, so
sums are exact; ``scoring`` holds the arithmetic itself.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from sales_activity.sales_activity.milestones import notation

MOST_POINTS = Decimal(1000)
LONGEST_HALF_LIFE = Decimal(36_500)
GREATEST_CAP = Decimal(1_000_000)

_CENT = Decimal("0.01")


class Setting(NamedTuple):
	"""A number of a Response Type and where it must lie."""

	fieldname: str
	least: Decimal
	most: Decimal


SETTINGS = (
	Setting("points", -MOST_POINTS, MOST_POINTS),
	Setting("half_life_days", Decimal(0), LONGEST_HALF_LIFE),
	Setting("cap", Decimal(0), GREATEST_CAP),
)


def is_fit(raw: object, setting: Setting) -> bool:
	"""Whether a value can be used: a number in its limits with at most two digits behind the point. What is empty
	counts as 0."""
	number = notation.decimal_of(raw if raw not in (None, "") else 0)
	if number is None or not setting.least <= number <= setting.most:
		return False
	return number == number.quantize(_CENT)
