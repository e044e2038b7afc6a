"""To whom a qualified lead goes. Plain functions, no site.

Of the rules that fit, the highest priority decides, then the one that says most exactly where, then what. Within a
rule the lead goes to whoever has the fewest leads waiting to be accepted, and of those to whoever waited longest. A
rule whose people all have as many as they may have leaves the lead to the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple


class Place(NamedTuple):
	"""Somebody in a rule; ``most_open``: leads waiting for them at most, 0 for any number."""

	sales_person: str
	most_open: int = 0


class Rule(NamedTuple):
	"""A rule: territory and item group with everything below them, None for all."""

	name: str
	title: str
	priority: int
	territory: str | None
	item_group: str | None
	people: tuple[Place, ...]


class Load(NamedTuple):
	"""How many leads wait for somebody, and when they got their last one."""

	waiting: int = 0
	last: datetime | None = None


class Choice(NamedTuple):
	"""Whom a lead goes to, and by which rule."""

	sales_person: str
	rule: Rule


def fitting(rules: Iterable[Rule], territories: Sequence[str], groups: Sequence[str]) -> list[Rule]:
	"""The rules that fit a lead, the one that decides first. ``territories``, ``groups``: the lead's own and those
	above, from the own one to the root; empty where the lead has none."""
	fit = [
		rule for rule in rules if _covers(rule.territory, territories) and _covers(rule.item_group, groups)
	]
	return sorted(
		fit,
		key=lambda rule: (
			-rule.priority,
			_distance(rule.territory, territories),
			_distance(rule.item_group, groups),
			rule.name,
		),
	)


def choose(rules: Iterable[Rule], loads: Mapping[str, Load]) -> Choice | None:
	"""Whom the lead goes to; None where nobody may get one more. ``rules``: those that fit, in order; ``loads`` holds
	everybody who can get a lead at all."""
	for rule in rules:
		free = [place for place in rule.people if place.sales_person in loads and _has_room(place, loads)]
		if free:
			return Choice(min(free, key=lambda place: _turn(loads[place.sales_person])).sales_person, rule)
	return None


def _covers(node: str | None, way: Sequence[str]) -> bool:
	return not node or node in way


def _distance(node: str | None, way: Sequence[str]) -> int:
	return way.index(node) if node else len(way)


def _has_room(place: Place, loads: Mapping[str, Load]) -> bool:
	return not place.most_open or loads[place.sales_person].waiting < place.most_open


def _turn(load: Load) -> tuple[int, datetime]:
	"""Sorted by it, whoever's turn it is comes first."""
	return load.waiting, load.last or datetime.min
