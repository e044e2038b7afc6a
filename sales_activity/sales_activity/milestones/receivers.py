"""Who is told: the user of a Sales Person, or of the nearest manager above who has one.

The way from a Sales Person to the user is the Employee (``employee``, ``user_id``). An Employee who left, a user who
is disabled and no user at all come to the same: nobody reads what is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import frappe

GONE = "Left"


class Receiver(NamedTuple):
	"""A Sales Person and the user to tell; None where nobody can be told."""

	person: str
	user: str | None


def receivers(persons: Iterable[str]) -> dict[str, Receiver]:
	"""For each Sales Person who is told: the person, else the nearest above with a user. Unknown names are left
	out. One query, however many."""
	return {person: nearest(way) for person, way in ways_up(persons).items()}


def managers(persons: Iterable[str]) -> dict[str, Receiver]:
	"""For each Sales Person the nearest above with a user; people at the top are left out. One query."""
	return {person: nearest(way[1:]) for person, way in ways_up(persons).items() if way[1:]}


def nearest(way: Sequence[Receiver]) -> Receiver:
	"""The first on the way up who has a user; where nobody has, the one it began with."""
	return next((step for step in way if step.user), way[0])


def ways_up(persons: Iterable[str]) -> dict[str, list[Receiver]]:
	"""For each Sales Person the way from there to the top of the tree, each with a user who can read, or None."""
	names = sorted({person for person in persons if person})
	if not names:
		return {}
	below, above = (
		frappe.qb.DocType("Sales Person").as_("below"),
		frappe.qb.DocType("Sales Person").as_("above"),
	)
	employee, user = frappe.qb.DocType("Employee"), frappe.qb.DocType("User")
	rows = (
		frappe.qb.from_(below)
		.inner_join(above)
		.on((above.lft <= below.lft) & (above.rgt >= below.rgt))
		.left_join(employee)
		.on((employee.name == above.employee) & (employee.status != GONE))
		.left_join(user)
		.on((user.name == employee.user_id) & (user.enabled == 1))
		.select(below.name, above.name, user.name)
		.where(below.name.isin(names))
		.orderby(above.lft, order=frappe.qb.desc)
	).run()
	ways: dict[str, list[Receiver]] = {}
	for person, step, reader in rows:
		ways.setdefault(person, []).append(Receiver(step, reader))
	return ways
