"""Whose order it is. Plain functions over plain values, no site needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple

# or the database's text of it, which sorts alike and is read in a tenth of the time
Moment = datetime | str


class Placed(NamedTuple):
	"""A submitted Sales Order of a customer that was made from a lead."""

	order: str
	customer: str
	lead: str
	day: date
	creation: Moment


def first_orders(orders: Iterable[Placed]) -> list[tuple[str, str]]:
	"""Order and lead of each customer's first order: by its date, of one day by when it was written down."""
	first: dict[str, Placed] = {}
	for placed in orders:
		known = first.get(placed.customer)
		if not known or _place(placed) < _place(known):
			first[placed.customer] = placed
	return [(placed.order, placed.lead) for placed in first.values()]


def owners(claims: Iterable[tuple[str, str]], came: Mapping[str, Moment]) -> dict[str, str]:
	"""Order > the lead that it belongs to: of those who claim it the one that came in first. ``claims`` are orders and
	leads, in any order, also repeatedly; leads that are not in ``came`` claim nothing."""
	found: dict[str, str] = {}
	for order, lead in claims:
		if lead not in came:
			continue
		known = found.get(order)
		if known is None or (came[lead], lead) < (came[known], known):
			found[order] = lead
	return found


def _place(placed: Placed) -> tuple[date, Moment, str]:
	return placed.day, placed.creation, placed.order
