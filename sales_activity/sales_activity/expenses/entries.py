"""What is booked of locked expenses: debits by type, included tax apart, credits to what the employee is owed. No site.

Reckoned in whole units of the currency's precision, so that debits, credits and what was locked are the same to the cent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple


class Expense(NamedTuple):
	"""One locked line: ``amount`` in company currency, with the tax of ``tax_rate`` percent included."""

	claim: str
	amount: float
	account: str
	cost_center: str | None
	tax_account: str | None = None
	tax_rate: float = 0.0
	remark: str = ""


class Advance(NamedTuple):
	"""Money that an employee had before, and what of it is open."""

	voucher_type: str
	voucher_no: str
	posting_date: date
	amount: float


class Entry(NamedTuple):
	"""One row of a Journal Entry; ``of_employee``: the employee is its party."""

	claim: str
	account: str
	debit: float
	credit: float
	cost_center: str | None
	of_employee: bool
	remark: str


class SetOff(NamedTuple):
	"""What of an advance is set off against a claim."""

	claim: str
	advance: Advance
	amount: float


class Booking(NamedTuple):
	"""The rows of a Journal Entry, what is set off, and what each claim is still owed."""

	entries: list[Entry]
	set_offs: list[SetOff]
	payable: dict[str, float]


def tax_within(amount: float, rate: float, digits: int) -> float:
	"""The tax that an amount includes: 18 of 118 at 18 percent, rounded half up to ``digits`` decimals."""
	exact = _exact(amount) * _exact(rate) / (100 + _exact(rate))
	return _amount(_units(float(exact), digits), digits)


def booking(
	expenses: Iterable[Expense],
	advances: Sequence[Advance],
	payable_account: str,
	advance_account: str | None,
	cost_center: str | None,
	digits: int,
) -> Booking:
	"""Everything that is booked of the locked expenses of one employee, claim by claim in the order they come.

	Advances are set off in their order, as far as they go. ``cost_center`` is that of the credits.
	"""
	of_claims: dict[str, list[Expense]] = {}
	for expense in expenses:
		if _units(expense.amount, digits) > 0:
			of_claims.setdefault(expense.claim, []).append(expense)
	open_units = [_units(advance.amount, digits) for advance in advances] if advance_account else []
	entries: list[Entry] = []
	set_offs: list[SetOff] = []
	payable: dict[str, float] = {}
	for claim, rows in of_claims.items():
		entries.extend(entry for row in rows for entry in _debits(row, digits))
		owed = sum(_units(row.amount, digits) for row in rows)
		taken = _take(claim, owed, advances, open_units, digits)
		set_offs.extend(taken)
		set_off = sum(_units(one.amount, digits) for one in taken)
		vouchers = ", ".join(one.advance.voucher_no for one in taken)
		for account, units, remark in (
			(advance_account, set_off, vouchers),
			(payable_account, owed - set_off, ""),
		):
			if units:
				amount = _amount(units, digits)
				entries.append(
					Entry(claim, account, 0.0, amount, cost_center, True, f"{claim} {remark}".strip())
				)
		payable[claim] = _amount(owed - set_off, digits)
	return Booking(entries, set_offs, payable)


def still_open(movements: Iterable[tuple[str, str, date, float]], digits: int) -> list[Advance]:
	"""The advances that are open of an account's movements (voucher type, voucher, day, debit less credit), in their
	order: whatever was credited has used up the oldest."""
	debits: list[tuple[str, str, date, int]] = []
	credited = 0
	for voucher_type, voucher_no, day, amount in movements:
		units = _units(amount, digits)
		if units > 0:
			debits.append((voucher_type, voucher_no, day, units))
		credited -= min(units, 0)
	found = []
	for voucher_type, voucher_no, day, units in debits:
		used = min(units, credited)
		credited -= used
		if units > used:
			found.append(Advance(voucher_type, voucher_no, day, _amount(units - used, digits)))
	return found


def share_out(paid: float, payable: Sequence[tuple[str, float]], digits: int) -> dict[str, float]:
	"""How much of a payment each claim (name, what it is owed) got: in their order."""
	left = max(_units(paid, digits), 0)
	shares = {}
	for claim, owed in payable:
		got = min(left, _units(owed, digits))
		left -= got
		shares[claim] = _amount(got, digits)
	return shares


def _debits(expense: Expense, digits: int) -> list[Entry]:
	"""An expense, and the tax within it."""
	total = _units(expense.amount, digits)
	tax = 0
	if expense.tax_account:
		tax = _units(tax_within(_amount(total, digits), expense.tax_rate, digits), digits)
	return [
		Entry(expense.claim, account, _amount(units, digits), 0.0, expense.cost_center, False, expense.remark)
		for account, units in ((expense.account, total - tax), (expense.tax_account, tax))
		if units
	]


def _take(
	claim: str, owed: int, advances: Sequence[Advance], open_units: list[int], digits: int
) -> list[SetOff]:
	"""Set off what there is; ``open_units`` is what is left of each advance, and gets less."""
	taken = []
	for number in range(len(open_units)):
		units = min(owed, open_units[number])
		if units > 0:
			owed -= units
			open_units[number] -= units
			taken.append(SetOff(claim, advances[number], _amount(units, digits)))
	return taken


def _exact(value: float) -> Decimal:
	return Decimal(repr(float(value)))


def _units(amount: float, digits: int) -> int:
	"""An amount in its smallest units."""
	return int((_exact(amount) * 10**digits).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _amount(units: int, digits: int) -> float:
	return float(Decimal(units) / 10**digits)
