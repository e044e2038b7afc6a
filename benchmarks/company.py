"""A made-up company of any size: who sells what in which team. Plain values, no site needed.

The same number of orders gives the same company every time. Half of the orders belong to a project, whose team
plays roles, and came from its quotation; the others have nothing but ERPNext's Sales Team of salespeople. A team
has one or two members, 1.5 on average.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

PEOPLE, MANAGERS = 200, 10
MAIN_GROUPS, GROUPS_EACH = 5, 7
TARGETS_EACH = 5
LINES = 3
ORDERS_PER_PROJECT = 5
ORDERS_PER_OPEN_PROJECT = 100
DEFAULT_ROLE = "Bench Sales Person"
ROLES = (DEFAULT_ROLE, "Bench Design Consultant", "Bench Account Manager")


@dataclass(frozen=True)
class Member:
	"""One of a team, with the percent that is credited."""

	person: str
	role: str
	percent: float


@dataclass(frozen=True)
class Line:
	"""A line of an order or a quotation: quantity in stock units, net rate in company currency."""

	item_group: str
	qty: int
	rate: int


@dataclass(frozen=True)
class Deal:
	"""An order, or a quotation of an open project. ``project`` counts from 0; None for orders without."""

	number: int
	day: date
	project: int | None
	team: tuple[Member, ...]
	lines: tuple[Line, ...]

	@property
	def total(self) -> int:
		"""The net total."""
		return sum(line.qty * line.rate for line in self.lines)


def people() -> Iterator[tuple[str, str | None]]:
	"""Names with their manager's: a head, managers, sellers. Managers come before those below them."""
	head, *others = (f"Bench Person {number:03}" for number in range(PEOPLE))
	managers, sellers = others[:MANAGERS], others[MANAGERS:]
	yield head, None
	yield from ((name, head) for name in managers)
	yield from ((name, managers[number % MANAGERS]) for number, name in enumerate(sellers))


def groups() -> Iterator[tuple[str, str | None]]:
	"""Item groups with their parent's name, parents first."""
	for main in range(MAIN_GROUPS):
		yield f"Bench Group {main}", None
		yield from ((f"Bench Group {main}.{number}", f"Bench Group {main}") for number in range(GROUPS_EACH))


def leaf_groups() -> list[str]:
	"""The groups that items belong to."""
	return [name for name, parent in groups() if parent]


def role_of(person: str) -> str:
	"""The role that somebody plays on projects: three in five sell."""
	return ROLES[(0, 0, 0, 1, 2)[int(person[-3:]) % 5]]


def targets() -> Iterator[tuple[str, str, str, int]]:
	"""Target rows (person, role, item group, amount): one of a main group, the others of its branches."""
	rng = random.Random("targets")
	for person, _manager in people():
		main = rng.randrange(MAIN_GROUPS)
		branches = rng.sample([name for name in leaf_groups() if f" {main}." not in name], TARGETS_EACH - 1)
		for group in (f"Bench Group {main}", *branches):
			yield person, role_of(person), group, 1000 * rng.randint(50, 500)


def orders(count: int, year: int) -> Iterator[Deal]:
	"""The orders of a year, in the order of their dates."""
	rng = random.Random(f"orders {count}")
	first, days = date(year, 1, 1), 365
	projects = list(_teams(rng, max(count // 2 // ORDERS_PER_PROJECT, 1)))
	salespeople = [person for person, _manager in people() if role_of(person) == DEFAULT_ROLE]
	for number in range(count):
		day = first + timedelta(days=number * days // count)
		project = rng.randrange(len(projects)) if number % 2 else None
		team = next(_teams(rng, 1, salespeople)) if project is None else projects[project]
		yield Deal(number, day, project, team, _lines(rng))


def project_teams(count: int, year: int) -> dict[int, tuple[Member, ...]]:
	"""The teams of the projects that the orders belong to."""
	return {deal.project: deal.team for deal in orders(count, year) if deal.project is not None}


def open_quotations(count: int, day: date) -> Iterator[Deal]:
	"""What is open besides ``count`` orders: projects with a quotation each."""
	rng = random.Random(f"quotations {count}")
	for number, team in enumerate(_teams(rng, max(count // ORDERS_PER_OPEN_PROJECT, 1))):
		yield Deal(number, day, number, team, _lines(rng))


def won_quotations(count: int, year: int) -> Iterator[Deal]:
	"""The quotations that the projects were won with: of each the first order's lines."""
	seen = set()
	for deal in orders(count, year):
		if deal.project is not None and deal.project not in seen:
			seen.add(deal.project)
			yield Deal(deal.project, deal.day, deal.project, deal.team, deal.lines)


def _teams(rng: random.Random, count: int, names: Sequence[str] = ()) -> Iterator[tuple[Member, ...]]:
	names = names or [name for name, _manager in people()]
	for _number in range(count):
		one, other = ((name, role_of(name)) for name in rng.sample(names, 2))
		yield (Member(*one, 60.0), Member(*other, 40.0)) if rng.random() < 0.5 else (Member(*one, 100.0),)


def _lines(rng: random.Random) -> tuple[Line, ...]:
	def line() -> Line:
		group = f"Bench Group {rng.randrange(MAIN_GROUPS)}.{rng.randrange(GROUPS_EACH)}"
		return Line(group, rng.randint(1, 20), rng.randint(10, 900))

	return tuple(islice(iter(line, None), LINES))
