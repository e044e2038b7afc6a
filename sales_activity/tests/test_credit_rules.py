"""The arithmetic of credit, targets and teams against slow, obvious oracles. No site is needed.

The oracles count in fractions, day by day and entry by entry, and know nothing of how the rules do it.
"""

from __future__ import annotations

import calendar
import math
import unittest
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sales_activity.sales_activity.credit.rules import (
	Earned,
	Entries,
	EntryKey,
	Member,
	Order,
	OrderLine,
	counted_share,
	earned_entries,
	merged_team,
	missing_entries,
	rounded,
)
from sales_activity.sales_activity.projects.rules import overcredited_roles, repeated_members
from sales_activity.sales_activity.targets.rules import (
	Period,
	is_target,
	months_of,
	repeated_rows,
	share_of,
	uncovered_day,
)

SMALLEST = Fraction(1, 1_000_000)
HISTORIES = settings(max_examples=2000, deadline=None)
CASES = settings(max_examples=400, deadline=None)

people = st.sampled_from(["Asha", "Ravi", "Meera", "Priyesh"])
roles = st.sampled_from(["Sales Person", "Design Consultant", "Tele-sales"])
percents = st.one_of(
	st.sampled_from([100.0, 50.0, 33.333333, 66.666667, 0.1, 12.5]),
	st.floats(min_value=0.01, max_value=100).map(lambda value: round(value, 6)),
)
money = st.one_of(
	st.sampled_from([0.0, 0.01, 25.0, 33.33, 1_000_000_000.0]),
	st.floats(min_value=-1e6, max_value=1e9).map(lambda value: round(value, 2)),
)
quantities = st.floats(min_value=0, max_value=1e5).map(lambda value: round(value, 3))
shares = st.one_of(st.sampled_from([0.0, 0.5, 1.0, 1.5, -0.5, 1 / 3]), st.floats(min_value=-2, max_value=3))
members = st.builds(Member, people, roles, percents)
teams = st.lists(members, max_size=5).map(merged_team)
groups = st.sampled_from([None, "", "Active Equipment", "Enclosures"])


@st.composite
def order_lines(draw: st.DrawFn) -> tuple[OrderLine, ...]:
	"""Up to four lines; names say which line it is, as those of the database do."""
	names = draw(st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), max_size=4, unique=True))
	return tuple(
		OrderLine(
			name=name,
			item_group=draw(groups),
			amount=draw(money),
			qty=draw(quantities),
			delivered_share=draw(shares),
			billed_share=draw(shares),
			is_free=draw(st.booleans()),
		)
		for name in names
	)


@st.composite
def orders(draw: st.DrawFn) -> Order:
	"""An order in any state."""
	return Order(
		name="SO-1",
		company=draw(st.sampled_from(["One", "Two"])),
		posting_date=draw(st.sampled_from(["2026-01-31", "2026-02-01"])),
		sales_project=draw(st.sampled_from([None, "", "SPRJ-1"])),
		customer=draw(st.sampled_from([None, "Acme"])),
		territory=draw(st.sampled_from([None, "India"])),
		counts=draw(st.booleans()),
		is_closed=draw(st.booleans()),
		lines=draw(order_lines()),
		team=draw(teams),
	)


def slow_share(line: OrderLine, is_closed: bool) -> Fraction:
	"""Design, section 4: closed short counts the larger of delivered and billed, each at most 1."""
	if line.is_free:
		return Fraction(0)
	if not is_closed:
		return Fraction(1)
	delivered, billed = Fraction(line.delivered_share), Fraction(line.billed_share)
	if delivered > 1:
		delivered = Fraction(1)
	if billed > 1:
		billed = Fraction(1)
	larger = delivered if delivered > billed else billed
	return larger if larger > 0 else Fraction(0)


def slow_credit(order: Order) -> dict[tuple, tuple[Fraction, Fraction]]:
	"""Exact credit by (line, person, role); lines and members that earn nothing are there with zeros."""
	credit = {}
	for line in order.lines:
		for person, role, percent in order.team:
			part = (
				slow_share(line, order.is_closed) * Fraction(percent) / 100 if order.counts else Fraction(0)
			)
			credit[line.name, person, role] = (Fraction(line.amount) * part, Fraction(line.qty) * part)
	return credit


def apply(ledger: list[tuple[EntryKey, Earned]]) -> Entries:
	"""What a ledger holds, summed by key, as the database would."""
	sums: dict[EntryKey, list[float]] = {}
	for key, earned in ledger:
		total = sums.setdefault(key, [0.0, 0.0])
		total[0] = rounded(total[0] + earned.amount)
		total[1] = rounded(total[1] + earned.qty)
	return {key: Earned(*total) for key, total in sums.items()}


def without_zeros(entries: Entries) -> Entries:
	return {key: earned for key, earned in entries.items() if any(earned)}


class TestEarned(unittest.TestCase):
	def setUp(self) -> None:
		self.line = OrderLine("a", "Enclosures", amount=200.0, qty=4.0)
		self.team = (Member("Asha", "Sales Person", 60.0), Member("Ravi", "Sales Person", 40.0))

	def order(self, **values: object) -> Order:
		return Order("SO-1", "One", "2026-01-31", **{"lines": (self.line,), "team": self.team, **values})

	def test_split_credit(self) -> None:
		entries = earned_entries(self.order())
		self.assertEqual(sorted(entries.values()), [Earned(80.0, 1.6), Earned(120.0, 2.4)])

	def test_people_in_different_roles_are_credited_in_full_each(self) -> None:
		team = (Member("Asha", "Sales Person", 100.0), Member("Ravi", "Design Consultant", 100.0))
		entries = earned_entries(self.order(team=team))
		self.assertEqual(list(entries.values()), [Earned(200.0, 4.0)] * 2)

	def test_draft_or_cancelled_earns_nothing(self) -> None:
		self.assertEqual(earned_entries(self.order(counts=False)), {})

	def test_nobody_on_the_team_earns_nothing(self) -> None:
		self.assertEqual(earned_entries(self.order(team=())), {})

	def test_free_items_count_nothing(self) -> None:
		free = OrderLine("f", "Enclosures", amount=10.0, qty=1.0, delivered_share=1.0, is_free=True)
		self.assertEqual(earned_entries(self.order(lines=(free,))), {})

	def test_a_line_of_no_value_still_counts_its_volume(self) -> None:
		given_away = OrderLine("g", "Enclosures", amount=0.0, qty=2.0)
		entries = earned_entries(self.order(lines=(given_away,), team=self.team[:1]))
		self.assertEqual(list(entries.values()), [Earned(0.0, 1.2)])

	def test_empty_texts_become_none(self) -> None:
		"""The database gives NULL back where a document in memory holds an empty text."""
		(key,) = earned_entries(
			self.order(
				lines=(OrderLine("a", "", amount=1.0, qty=1.0),),
				team=self.team[:1],
				sales_project="",
				customer="",
				territory="",
			)
		)
		self.assertEqual(
			(key.item_group, key.sales_project, key.customer, key.territory), (None, None, None, None)
		)

	def test_closed_short(self) -> None:
		for delivered, billed, expected in (
			(0.25, 0.0, 0.25),
			(0.0, 0.5, 0.5),
			(0.25, 0.5, 0.5),
			(1.5, 0.5, 1.0),
			(0.0, 0.0, 0.0),
			(-1.0, 0.0, 0.0),
			(0.0, 7.0, 1.0),
		):
			with self.subTest(delivered=delivered, billed=billed):
				line = OrderLine("a", None, 1.0, 1.0, delivered_share=delivered, billed_share=billed)
				self.assertEqual(counted_share(line, is_closed=True), expected)
				self.assertEqual(counted_share(line, is_closed=False), 1.0)

	@CASES
	@given(orders())
	def test_equals_the_oracle(self, order: Order) -> None:
		expected = slow_credit(order)
		entries = earned_entries(order)
		self.assertTrue(all(any(earned) for earned in entries.values()))
		found = {(k.voucher_detail_no, k.sales_person, k.sales_role): v for k, v in entries.items()}
		self.assertEqual(len(found), len(entries), "one entry for a line and member")
		for who, (amount, qty) in expected.items():
			earned = found.get(who, Earned(0.0, 0.0))
			self.assert_close(earned.amount, amount)
			self.assert_close(earned.qty, qty)
		self.assertLessEqual(set(found), set(expected))

	@CASES
	@given(orders())
	def test_closing_short_never_credits_more(self, order: Order) -> None:
		line_shares = [(counted_share(row, True), counted_share(row, False)) for row in order.lines]
		self.assertTrue(all(0 <= closed <= open_ <= 1 for closed, open_ in line_shares))

	def assert_close(self, found: float, exact: Fraction) -> None:
		"""Half a unit of the sixth decimal, and what a float can't tell apart at this size."""
		allowed = SMALLEST / 2 + abs(exact) * Fraction(4, 2**52)
		self.assertLessEqual(abs(Fraction(found) - exact), allowed)


class TestLedgerHistories(unittest.TestCase):
	"""Histories on the level of the rules: whatever becomes of an order, the ledger ends where it should."""

	@HISTORIES
	@given(st.lists(orders(), min_size=1, max_size=8))
	def test_the_ledger_follows_the_order(self, states: list[Order]) -> None:
		ledger: list[tuple[EntryKey, Earned]] = []
		for order in states:
			due = earned_entries(order)
			written = missing_entries(due, apply(ledger))
			self.assertTrue(all(any(earned) for earned in written.values()))
			ledger += written.items()
			self.assertEqual(without_zeros(apply(ledger)), due)
			self.assertEqual(missing_entries(due, apply(ledger)), {}, "posted again it writes nothing")
		ledger += missing_entries({}, apply(ledger)).items()
		self.assertEqual(without_zeros(apply(ledger)), {})

	@CASES
	@given(st.lists(orders(), min_size=2, max_size=8))
	def test_only_the_last_state_matters(self, states: list[Order]) -> None:
		"""Killed in between and posted again later, the ledger comes out the same."""
		step_by_step: list[tuple[EntryKey, Earned]] = []
		for order in states:
			step_by_step += missing_entries(earned_entries(order), apply(step_by_step)).items()
		self.assertEqual(without_zeros(apply(step_by_step)), earned_entries(states[-1]))

	@CASES
	@given(orders(), orders())
	def test_reversals_come_first(self, before: Order, after: Order) -> None:
		posted, due = earned_entries(before), earned_entries(after)
		written = list(missing_entries(due, posted))
		known = [key in posted for key in written]
		self.assertEqual(known, sorted(known, reverse=True))

	def test_nothing_is_missing_in_an_equal_ledger(self) -> None:
		self.assertEqual(missing_entries({}, {}), {})

	def test_rounding_leaves_no_minus_zero(self) -> None:
		self.assertEqual(math.copysign(1, rounded(-0.0000001)), 1.0)


class TestTeams(unittest.TestCase):
	def test_repeated_members_add_up(self) -> None:
		rows = [Member("Asha", "Sales Person", 30.0), Member("Asha", "Sales Person", 20.0)]
		self.assertEqual(merged_team(rows), (Member("Asha", "Sales Person", 50.0),))

	def test_rows_without_person_role_or_share_drop_out(self) -> None:
		rows = [
			Member("", "Sales Person", 30.0),
			Member("Asha", None, 30.0),
			Member("Ravi", "Sales Person", None),
			Member("Meera", "Sales Person", 0.0),
		]
		self.assertEqual(merged_team(rows), ())

	@CASES
	@given(st.lists(members, max_size=8))
	def test_merging_keeps_every_percent(self, rows: list[Member]) -> None:
		merged = merged_team(rows)
		self.assertEqual(len({row[:2] for row in merged}), len(merged))
		for person, role, percent in merged:
			exact = sum(Fraction(row.credit_percent) for row in rows if row[:2] == (person, role))
			self.assertLess(abs(Fraction(percent) - exact), SMALLEST)
		self.assertEqual({row[:2] for row in merged}, {row[:2] for row in rows})
		self.assertEqual(merged_team(merged), merged)

	@CASES
	@given(st.lists(members, max_size=8))
	def test_more_than_a_hundred_in_a_role_is_found(self, rows: list[Member]) -> None:
		exact: dict[str, Fraction] = {}
		for _person, role, percent in rows:
			exact[role] = exact.get(role, Fraction(0)) + Fraction(percent)
		assume(all(abs(total - 100) > SMALLEST or total == 100 for total in exact.values()))
		expected = {role for role, total in exact.items() if total > 100}
		self.assertEqual(set(overcredited_roles(rows)), expected)

	def test_three_thirds_are_not_too_much(self) -> None:
		rows = [Member(name, "Sales Person", 33.333333) for name in ("a", "b", "c")]
		self.assertEqual(overcredited_roles(rows), {})
		rows = [Member(name, "Sales Person", 0.1) for name in map(str, range(1000))]
		self.assertEqual(overcredited_roles(rows), {})

	@CASES
	@given(st.lists(members, max_size=8))
	def test_repeated_members_are_found(self, rows: list[Member]) -> None:
		pairs = [row[:2] for row in rows]
		self.assertEqual(set(repeated_members(rows)), {pair for pair in pairs if pairs.count(pair) > 1})
		self.assertEqual(len(set(repeated_members(rows))), len(repeated_members(rows)))


days = st.dates(min_value=date(2023, 1, 1), max_value=date(2027, 12, 31))
periods = st.tuples(days, days).map(lambda pair: Period(min(pair), max(pair)))
short_periods = st.tuples(days, st.integers(0, 500)).map(
	lambda pair: Period(pair[0], pair[0] + timedelta(days=pair[1]))
)
weights = st.one_of(
	st.none(),
	st.dictionaries(st.integers(1, 12), st.sampled_from([0.0, 5.0, 8.333, 50.0]), max_size=12),
)


def every_day(period: Period) -> list[date]:
	return [period.start + timedelta(days=n) for n in range((period.end - period.start).days + 1)]


def day_weight(day: date, by_month: dict[int, float] | None) -> Fraction:
	"""A day's part of its month's weight."""
	weight = Fraction(1) if by_month is None else Fraction(by_month.get(day.month, 0))
	return weight / calendar.monthrange(day.year, day.month)[1]


def slow_target_share(target: Period, window: Period, by_month: dict[int, float] | None) -> Fraction:
	"""Day by day: what falls into the window of a target spread over its months by their weights."""
	whole = sum(day_weight(day, by_month) for day in every_day(target))
	if not whole:
		by_month, whole = None, sum(day_weight(day, None) for day in every_day(target))
	inside = [day for day in every_day(target) if window.start <= day <= window.end]
	return sum((day_weight(day, by_month) for day in inside), Fraction(0)) / whole


class TestTargetsOverTime(unittest.TestCase):
	@settings(max_examples=300, deadline=None)
	@given(short_periods, short_periods, weights)
	def test_share_equals_the_oracle(
		self, target: Period, window: Period, by_month: dict[int, float] | None
	) -> None:
		expected = slow_target_share(target, window, by_month)
		self.assertAlmostEqual(share_of(target, window, by_month), float(expected), places=12)

	@settings(max_examples=300, deadline=None)
	@given(short_periods, st.lists(days, max_size=5), weights)
	def test_parts_add_up_to_the_whole(
		self, target: Period, borders: list[date], by_month: dict[int, float] | None
	) -> None:
		starts = sorted({target.start, *(day for day in borders if target.start < day <= target.end)})
		ends = [day - timedelta(days=1) for day in starts[1:]] + [target.end]
		parts = [share_of(target, Period(*pair), by_month) for pair in zip(starts, ends, strict=True)]
		self.assertAlmostEqual(math.fsum(parts), 1.0, places=12)

	def test_whole_months_by_distribution_and_the_current_month_by_days(self) -> None:
		year = Period(date(2026, 1, 1), date(2026, 12, 31))
		by_month = {1: 40.0, 2: 20.0, **dict.fromkeys(range(3, 13), 4.0)}
		half_of_february = Period(date(2026, 1, 1), date(2026, 2, 14))
		self.assertAlmostEqual(share_of(year, half_of_february, by_month), 0.5)

	def test_no_overlap_no_share(self) -> None:
		year = Period(date(2026, 1, 1), date(2026, 12, 31))
		self.assertEqual(share_of(year, Period(date(2025, 1, 1), date(2025, 12, 31))), 0.0)

	def test_leap_day(self) -> None:
		february = Period(date(2024, 2, 1), date(2024, 2, 29))
		self.assertAlmostEqual(share_of(february, Period(date(2024, 2, 29), date(2024, 2, 29))), 1 / 29)

	@CASES
	@given(short_periods)
	def test_months_are_the_days(self, period: Period) -> None:
		parts = list(months_of(period))
		self.assertEqual([day for part in parts for day in every_day(part)], every_day(period))
		self.assertTrue(all((p.start.year, p.start.month) == (p.end.year, p.end.month) for p in parts))
		self.assertEqual(len({(p.start.year, p.start.month) for p in parts}), len(parts))

	@settings(max_examples=300, deadline=None)
	@given(short_periods, st.lists(short_periods, max_size=4))
	def test_uncovered_day(self, period: Period, years: list[Period]) -> None:
		bare = [day for day in every_day(period) if not any(y.start <= day <= y.end for y in years)]
		self.assertEqual(uncovered_day(period, years), bare[0] if bare else None)

	@CASES
	@given(periods, periods)
	def test_overlap(self, one: Period, other: Period) -> None:
		shared = one.overlap(other)
		self.assertEqual(shared, other.overlap(one))
		self.assertEqual(shared is None, one.end < other.start or other.end < one.start)
		if shared:
			self.assertEqual(shared.days, len(every_day(shared)))

	@CASES
	@given(st.lists(st.tuples(people, roles, st.sampled_from(["x", "y"])), max_size=8))
	def test_repeated_rows(self, rows: list[tuple[str, str, str]]) -> None:
		expected = [(rows.index(row), i) for i, row in enumerate(rows) if rows.index(row) < i]
		self.assertEqual(repeated_rows(rows), expected)

	def test_what_can_be_a_target(self) -> None:
		for value in (0, 0.0, 1, 1e12):
			self.assertTrue(is_target(value), value)
		for value in (None, -0.01, -1, math.inf, -math.inf, math.nan):
			self.assertFalse(is_target(value), value)
