"""What happens in the demo company's year: which sales, quoted and ordered when, by whom, with what end.

Plain functions, no site: the same day and size always give the same plan. Each sale draws from a random
generator of its own, so that one more of a kind changes nothing about the others. Amounts are in the currency
of the sale; days are dates.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from sales_activity.demo import catalogue
from sales_activity.demo.catalogue import Product

SEED = "meridian"
DAYS = 364  # the year that ends today
VALIDITY = 30
ROUNDING = 50_000
PRODUCTS = {product.code: product for product in catalogue.PRODUCTS}
TOP_GROUP = {group: top for top, groups in catalogue.ITEM_GROUPS.items() for group in groups}

# how many sales of each kind a demo of full size holds: about 150 quotations and 90 orders
KINDS = {
	"won": 30,
	"revised": 8,
	"won in parts": 6,
	"ordered at once": 6,
	"open": 22,
	"open twice": 8,
	"partly ordered": 10,
	"expired": 10,
	"lost": 14,
	"on hold": 6,
	"not quoted": 8,
	"order cancelled": 5,
	"order amended": 3,
	"closed short": 8,
	"order without project": 9,
	"quotation without project": 6,
}


class Line(NamedTuple):
	"""A line of a quotation or order; an alternative stands for the line above it."""

	code: str
	qty: int
	rate: float
	is_alternative: bool = False


class Order(NamedTuple):
	"""An order: `share` of what is quoted (1 for all that is left); `fate` says what becomes of it: open,
	delivered, closed short, cancelled, amended."""

	day: date
	fate: str = "open"
	share: float = 1.0


class Offer(NamedTuple):
	"""A quotation; `valid_till` None is without end; `fate`: open, lost, cancelled."""

	day: date
	valid_till: date | None
	lines: tuple[Line, ...]
	discount: float = 0.0
	fate: str = "open"
	orders: tuple[Order, ...] = ()


class Member(NamedTuple):
	"""A row of the team; credit in percent."""

	person: str
	role: str
	credit: float


class Sale(NamedTuple):
	"""A sale from beginning to end. `kind` is one of KINDS; `action` the workflow action that ends its project;
	`orders` are those of no quotation, of `lines`; `party` is a customer, or a lead."""

	kind: str
	title: str
	party_type: str
	party: str
	territory: str
	currency: str
	begins: date
	team: tuple[Member, ...]
	interest: str
	closes: date | None
	lines: tuple[Line, ...]
	offers: tuple[Offer, ...] = ()
	orders: tuple[Order, ...] = ()
	from_opportunity: bool = False
	action: str | None = None
	lost_reason: str | None = None

	@property
	def has_project(self) -> bool:
		"""Some companies start without projects; their orders name a Sales Team of ERPNext's own."""
		return not self.kind.endswith("without project")


def sales(today: date, scale: float = 1.0) -> list[Sale]:
	"""The plan of the year that ends today, at least one sale of each kind, in the order of their beginnings."""
	made = [
		_sale(kind, today, Random(f"{SEED} {kind} {number}"))
		for kind, count in KINDS.items()
		for number in range(max(1, round(count * scale)))
	]
	return _with_distinct_titles(sorted(made, key=lambda sale: (sale.begins, sale.title)))


def credit_of(
	year: Iterable[Sale], start: date, end: date, by_quantity: bool = False
) -> dict[tuple[str, str, str], float]:
	"""Roughly what the orders of the days from `start` to `end` bring each (person, role, top item group): in
	the company's currency, or in pieces. Good enough to set targets by."""
	earned: dict[tuple[str, str, str], float] = defaultdict(float)
	for sale in year:
		rate = catalogue.EXCHANGE_RATE if sale.currency != catalogue.CURRENCY else 1.0
		placed = [(order, offer.lines) for offer in sale.offers for order in offer.orders]
		placed += [(order, sale.lines) for order in sale.orders]
		for order, lines in placed:
			if not start <= order.day <= end or order.fate == "cancelled":
				continue
			for line in lines:
				size = line.qty if by_quantity else line.qty * line.rate * rate
				for member in () if line.is_alternative else sale.team:
					key = (member.person, member.role, TOP_GROUP[PRODUCTS[line.code].group])
					earned[key] += size * order.share * member.credit / 100
	return dict(earned)


def target_amount(credit: float, chance: Random, rounding: int = ROUNDING) -> float:
	"""A target for somebody who will earn this credit: some are surpassed, some are missed."""
	return max(rounding, math.ceil(credit * chance.uniform(0.75, 1.6) / rounding) * rounding)


# --- one sale ------------------------------------------------------------------------------------------------


def _sale(kind: str, today: date, chance: Random) -> Sale:
	party_type, party, territory = _party(kind, chance)
	currency = catalogue.FOREIGN_CURRENCY if territory == "Export" else catalogue.CURRENCY
	lines = lines_of(currency, chance)
	days = _Days(today, chance)
	draft = Sale(
		kind=kind,
		title=f"{chance.choice(catalogue.SUBJECTS)}, {party}",
		party_type=party_type,
		party=party,
		territory=territory,
		currency=currency,
		begins=today,
		team=_team(kind, territory, chance),
		interest=chance.choice(("Low", "Medium", "Medium", "High")),
		closes=days.closing(),
		lines=lines,
		from_opportunity=kind == "not quoted" or chance.random() < 0.35,
	)
	sale = _HISTORIES[kind](draft, days)
	return sale._replace(begins=min(_days_of(sale)) - timedelta(days=chance.randint(1, 12)))


class _Days:
	"""Days of the year before today, drawn by season where business follows it."""

	def __init__(self, today: date, chance: Random) -> None:
		self.today, self.chance = today, chance

	def ago(self, least: int, most: int) -> date:
		return self.today - timedelta(days=self.chance.randint(least, most))

	def of_order(self, least: int = 4, most: int = 345) -> date:
		days = [self.today - timedelta(days=number) for number in range(least, most + 1)]
		return self.chance.choices(days, weights=[catalogue.SEASON[day.month - 1] for day in days])[0]

	def before(self, day: date) -> date:
		return day - timedelta(days=self.chance.randint(6, 40))

	def closing(self) -> date | None:
		"""Mostly ahead, sometimes overdue, sometimes unknown."""
		if self.chance.random() < 0.1:
			return None
		return self.today + timedelta(days=self.chance.randint(-15, 120))

	def valid_till(self, day: date) -> date | None:
		"""ERPNext makes no order of an expired quotation, so the old ones that were ordered have no end."""
		end = day + timedelta(days=VALIDITY)
		return end if end > self.today + timedelta(days=VALIDITY // 2) else None


def _ordered(sale: Sale, days: _Days, fate: str, day: date | None = None, share: float = 1.0) -> Offer:
	ordered_on = day or days.of_order()
	quoted_on = days.before(ordered_on)
	order = Order(ordered_on, fate, share)
	offered = _with_alternative(sale.lines, sale.currency, days.chance)
	discount = days.chance.choice((0, 0, 0, 0, 3, 5))
	return Offer(quoted_on, days.valid_till(quoted_on), offered, discount, orders=(order,))


def _fate(day: date, days: _Days) -> str:
	"""Older orders are mostly delivered."""
	old = day < days.today - timedelta(days=30)
	return "delivered" if old and days.chance.random() < 0.4 else "open"


def _won(sale: Sale, days: _Days) -> Sale:
	day = days.of_order()
	offer = _ordered(sale, days, _fate(day, days), day)
	recent = day > days.today - timedelta(days=20)
	return sale._replace(offers=(offer,), action=None if recent else "Win", closes=day)


def _revised(sale: Sale, days: _Days) -> Sale:
	won = _won(sale, days)
	(final,) = won.offers
	dearer = tuple(line._replace(rate=round(line.rate * 1.08, 2)) for line in sale.lines)
	first = Offer(days.before(final.day), None, dearer, fate=days.chance.choice(("lost", "cancelled")))
	return won._replace(offers=(first, final))


def _won_in_parts(sale: Sale, days: _Days) -> Sale:
	first = days.of_order(least=40)
	offer = _ordered(sale, days, "delivered", first, share=0.5)
	rest = Order(first + timedelta(days=days.chance.randint(10, 35)), "open")
	return sale._replace(
		offers=(offer._replace(orders=(*offer.orders, rest)),), action="Win", closes=rest.day
	)


def _ordered_at_once(sale: Sale, days: _Days) -> Sale:
	day = days.of_order()
	return sale._replace(
		orders=(Order(day, _fate(day, days)),), from_opportunity=False, action="Win", closes=day
	)


def _open(sale: Sale, days: _Days) -> Sale:
	day = days.ago(2, 40)
	lines = _with_alternative(sale.lines, sale.currency, days.chance)
	return sale._replace(offers=(Offer(day, days.today + timedelta(days=2 * VALIDITY), lines),))


def _open_twice(sale: Sale, days: _Days) -> Sale:
	once = _open(sale, days)
	day = days.ago(1, 20)
	upkeep = Offer(day, day + timedelta(days=3 * VALIDITY), (_line(PRODUCTS["MC-STD"], 3, sale.currency),))
	return once._replace(offers=(*once.offers, upkeep))


def _partly_ordered(sale: Sale, days: _Days) -> Sale:
	offer = _ordered(sale, days, "open", days.of_order(most=90), share=0.5)
	return sale._replace(offers=(offer,))


def _expired(sale: Sale, days: _Days) -> Sale:
	day = days.ago(VALIDITY + 10, 300)
	return sale._replace(offers=(Offer(day, day + timedelta(days=VALIDITY), sale.lines),))


def _lost(sale: Sale, days: _Days) -> Sale:
	day = days.ago(20, 330)
	reason = days.chance.choice(catalogue.LOST_REASONS)
	offer = Offer(day, day + timedelta(days=VALIDITY), sale.lines, fate="lost")
	return sale._replace(offers=(offer,), action="Lose", lost_reason=reason)


def _on_hold(sale: Sale, days: _Days) -> Sale:
	return sale._replace(offers=(Offer(days.ago(30, 120), None, sale.lines),), action="Hold")


def _not_quoted(sale: Sale, days: _Days) -> Sale:
	return sale._replace(begins=days.ago(1, 45))


def _order_cancelled(sale: Sale, days: _Days) -> Sale:
	return sale._replace(offers=(_ordered(sale, days, "cancelled"),))


def _order_amended(sale: Sale, days: _Days) -> Sale:
	return sale._replace(offers=(_ordered(sale, days, "amended"),), action="Win")


def _closed_short(sale: Sale, days: _Days) -> Sale:
	return sale._replace(
		offers=(_ordered(sale, days, "closed short", days.of_order(least=40)),), action="Win"
	)


def _order_without_project(sale: Sale, days: _Days) -> Sale:
	return sale._replace(orders=(Order(days.of_order()),), from_opportunity=False)


def _quotation_without_project(sale: Sale, days: _Days) -> Sale:
	return _open(sale, days)._replace(from_opportunity=False)


_HISTORIES = {
	"won": _won,
	"revised": _revised,
	"won in parts": _won_in_parts,
	"ordered at once": _ordered_at_once,
	"open": _open,
	"open twice": _open_twice,
	"partly ordered": _partly_ordered,
	"expired": _expired,
	"lost": _lost,
	"on hold": _on_hold,
	"not quoted": _not_quoted,
	"order cancelled": _order_cancelled,
	"order amended": _order_amended,
	"closed short": _closed_short,
	"order without project": _order_without_project,
	"quotation without project": _quotation_without_project,
}
# sales that end without an order can be those of a lead
_MAY_BE_A_LEAD = ("open", "expired", "lost", "not quoted")


def _days_of(sale: Sale) -> list[date]:
	return [sale.begins, *(offer.day for offer in sale.offers), *(order.day for order in sale.orders)]


def _party(kind: str, chance: Random) -> tuple[str, str, str]:
	"""Party type, name (of a lead: its organisation's) and territory."""
	if kind in _MAY_BE_A_LEAD and chance.random() < 0.3:
		organisation, territory = chance.choice(list(catalogue.LEADS.values()))
		return "Lead", organisation, territory
	customer = chance.choice(list(catalogue.CUSTOMERS))
	return "Customer", customer, catalogue.CUSTOMERS[customer]


def _team(kind: str, territory: str, chance: Random) -> tuple[Member, ...]:
	"""One or two sellers, who share; the others are credited in full beside them."""
	sellers, leader = catalogue.REGIONS[territory]
	main, second = chance.sample(sellers, 2)
	if chance.random() < 0.3 or kind == "order without project":
		part = chance.choice((50.0, 60.0, 70.0))
		team = [Member(main, catalogue.SELLER, part), Member(second, catalogue.SELLER, 100 - part)]
	else:
		team = [Member(main, catalogue.SELLER, 100.0)]
	others = (
		(catalogue.DESIGNER, catalogue.DESIGNERS, 0.65),
		(catalogue.CALLER, catalogue.CALLERS, 0.3),
		(catalogue.ACCOUNT_MANAGER, (leader,), 0.25),
		(catalogue.COORDINATOR, catalogue.COORDINATORS, 0.25),
	)
	for role, people, likelihood in others:
		if chance.random() < likelihood:
			team.append(Member(chance.choice(people), role, 100.0))
	return tuple(team)


def lines_of(currency: str, chance: Random) -> tuple[Line, ...]:
	"""Two to four items, fewer of the dear ones."""
	products = chance.sample(catalogue.PRODUCTS, chance.randint(2, 4))
	return tuple(_line(p, _quantity(p, chance), currency, chance.uniform(0, 0.12)) for p in products)


def _quantity(product: Product, chance: Random) -> int:
	return chance.randint(1, max(2, min(24, 600_000 // product.price)))


def _line(
	product: Product, qty: int, currency: str, discount: float = 0.0, alternative: bool = False
) -> Line:
	rate = product.price * (1 - discount)
	if currency != catalogue.CURRENCY:
		return Line(product.code, qty, round(rate / catalogue.EXCHANGE_RATE, 2), alternative)
	return Line(product.code, qty, float(round(rate, -2)), alternative)


def _with_alternative(lines: tuple[Line, ...], currency: str, chance: Random) -> tuple[Line, ...]:
	"""Sometimes another product of the same group, offered in place of the first line."""
	used = {line.code for line in lines}
	group = PRODUCTS[lines[0].code].group
	others = [
		product for product in catalogue.PRODUCTS if product.group == group and product.code not in used
	]
	if not others or chance.random() > 0.2:
		return lines
	other = _line(chance.choice(others), lines[0].qty, currency, alternative=True)
	return (lines[0], other, *lines[1:])


def _with_distinct_titles(year: list[Sale]) -> list[Sale]:
	"""Records are found again by their titles: number the repeated ones."""
	seen: dict[str, int] = defaultdict(int)
	distinct = []
	for sale in year:
		seen[sale.title] += 1
		number = seen[sale.title]
		distinct.append(sale._replace(title=f"{sale.title} ({number})") if number > 1 else sale)
	return distinct
