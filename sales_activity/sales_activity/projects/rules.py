"""Rules of a project's team. Plain functions, no site needed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sales_activity.sales_activity.credit.rules import Member, rounded

FULL_CREDIT = 100.0


def repeated_members(team: Iterable[Member]) -> list[tuple[str, str]]:
	"""The (person, role) pairs that stand in the team more than once, in the order met."""
	seen: set[tuple[str, str]] = set()
	repeated: list[tuple[str, str]] = []
	for person, role, _percent in team:
		if (person, role) in seen and (person, role) not in repeated:
			repeated.append((person, role))
		seen.add((person, role))
	return repeated


def overcredited_roles(team: Iterable[Member]) -> dict[str, float]:
	"""The roles whose percents total more than 100, with that total."""
	totals: dict[str, float] = defaultdict(float)
	for _person, role, percent in team:
		totals[role] += percent
	return {role: rounded(total) for role, total in totals.items() if rounded(total) > FULL_CREDIT}
