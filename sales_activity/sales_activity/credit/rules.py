"""The arithmetic of credit: what an order earns for its team, and what the ledger still lacks.

Plain functions over plain values: they need neither a site nor a database. Amounts are in company
currency, quantities in stock units, percents run from 0 to 100. Everything is rounded to six decimals,
so that sums read back from the database compare exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

PRECISION = 6


class Earned(NamedTuple):
	"""What somebody earned: net amount in company currency, quantity in stock units."""

	amount: float
	qty: float


class Member(NamedTuple):
	"""One row of the team that an order is won with."""

	sales_person: str
	sales_role: str
	credit_percent: float


@dataclass(frozen=True)
class OrderLine:
	"""A line of a Sales Order, as far as credit goes.

	``amount`` is ERPNext's ``base_net_amount``, ``qty`` its ``stock_qty``. The shares say how much of the
	line was delivered and billed; they may exceed 1 (over-delivery) and count as 1 then.
	"""

	name: str
	item_group: str | None
	amount: float
	qty: float
	delivered_share: float = 0.0
	billed_share: float = 0.0
	is_free: bool = False


@dataclass(frozen=True)
class Order:
	"""A Sales Order, as far as credit goes. ``counts`` is True for submitted orders only."""

	name: str
	company: str
	posting_date: str
	sales_project: str | None = None
	customer: str | None = None
	territory: str | None = None
	counts: bool = True
	is_closed: bool = False
	lines: tuple[OrderLine, ...] = ()
	team: tuple[Member, ...] = field(default=())


class EntryKey(NamedTuple):
	"""What tells one credit of an order from another. Amounts of equal keys add up."""

	voucher_detail_no: str
	sales_person: str
	sales_role: str
	credit_percent: float
	item_group: str | None
	company: str
	posting_date: str
	sales_project: str | None
	customer: str | None
	territory: str | None


Entries = dict[EntryKey, Earned]


def rounded(value: float) -> float:
	"""Round to the ledger's six decimals; never returns minus zero."""
	return round(value, PRECISION) + 0.0


def counted_share(line: OrderLine, is_closed: bool) -> float:
	"""The part of a line that counts: all of it, or for an order closed short the larger of the delivered
	and the billed share, each at most 1 and at least 0. Free items count nothing."""
	if line.is_free:
		return 0.0
	if not is_closed:
		return 1.0
	return max(min(max(share, 0.0), 1.0) for share in (line.delivered_share, line.billed_share))


def earned_entries(order: Order) -> Entries:
	"""What the ledger should hold for an order: one entry for each line and member that earn something.

	Returns an empty dict for an order that does not count (draft or cancelled).
	"""
	if not order.counts:
		return {}
	entries: Entries = {}
	for line in order.lines:
		share = counted_share(line, order.is_closed)
		for member in order.team:
			factor = share * member.credit_percent / 100
			earned = Earned(rounded(line.amount * factor), rounded(line.qty * factor))
			if any(earned):
				entries[_key(order, line, member)] = earned
	return entries


def missing_entries(due: Mapping[EntryKey, Earned], posted: Mapping[EntryKey, Earned]) -> Entries:
	"""What has to be written so that the ledger, now ``posted``, holds what is ``due``.

	Reversals come first, so that a reader of the ledger sees what went before what came.
	"""
	zero = Earned(0.0, 0.0)
	differences: Entries = {}
	for key in (*posted, *(key for key in due if key not in posted)):
		want, have = due.get(key, zero), posted.get(key, zero)
		difference = Earned(rounded(want.amount - have.amount), rounded(want.qty - have.qty))
		if any(difference):
			differences[key] = difference
	return differences


def merged_team(rows: Iterable[Member]) -> tuple[Member, ...]:
	"""One row for each person and role; the percents of repeated rows add up (ERPNext accepts the same
	person twice in a Sales Team). Rows without a person, a role or a share drop out."""
	shares: dict[tuple[str, str], float] = {}
	for person, role, percent in rows:
		if person and role:
			shares[person, role] = shares.get((person, role), 0.0) + (percent or 0.0)
	return tuple(Member(*who, rounded(percent)) for who, percent in shares.items() if rounded(percent))


def _key(order: Order, line: OrderLine, member: Member) -> EntryKey:
	return EntryKey(
		voucher_detail_no=line.name,
		sales_person=member.sales_person,
		sales_role=member.sales_role,
		credit_percent=rounded(member.credit_percent),
		item_group=line.item_group or None,
		company=order.company,
		posting_date=order.posting_date,
		sales_project=order.sales_project or None,
		customer=order.customer or None,
		territory=order.territory or None,
	)
