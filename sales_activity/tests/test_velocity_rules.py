"""The figures of the velocity reports against slow oracles: as plain functions, and as the database works them
out."""

from __future__ import annotations

import random
import statistics
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import frappe
from frappe.utils import getdate

from sales_activity.sales_activity.milestones.rules import OPENED
from sales_activity.sales_activity.milestones.velocity import rules
from sales_activity.sales_activity.milestones.velocity.projects import flows
from sales_activity.sales_activity.milestones.velocity.quality import HAND_OFF, SENDER, groups
from sales_activity.sales_activity.milestones.velocity.rules import Flow, Handed
from sales_activity.sales_activity.milestones.velocity.stalls import Late, worst_of_projects
from sales_activity.sales_activity.milestones.velocity.times import times
from sales_activity.sales_activity.reports import percentiles
from sales_activity.sales_activity.targets.rules import Period
from sales_activity.tests import factories
from sales_activity.tests import milestone_rows as rows
from sales_activity.tests.base import TestCase
from sales_activity.tests.milestone_rows import Stay

COMPANY, ABBR = "Velocity House", "VLH"
YEAR = getdate().year - 1
SPAN = Period(date(YEAR, 3, 1), date(YEAR, 10, 31))
START = datetime(YEAR, 3, 1)
SEEDS = range(6)
SHARES = (0.0, 0.1, 0.25, 0.5, 0.9, 1.0)


def oracle_percentile(values: Sequence[float], share: float) -> float | None:
	"""By Python's own statistics."""
	if not values:
		return None
	if share == 0.5:
		return statistics.median(values)
	if len(values) == 1 or share in (0.0, 1.0):
		return min(values) if share == 0.0 else max(values)
	return statistics.quantiles(values, n=100, method="inclusive")[round(share * 100) - 1]


class TestRules(TestCase):
	def test_velocity_is_the_formula(self) -> None:
		flow = Flow(started=9, won=3, lost=1, in_work=8, value=6000, cycle=40)
		self.assertEqual((flow.win_rate, flow.average_value), (0.75, 2000))
		self.assertAlmostEqual(flow.velocity, 8 * 0.75 * 2000 / 40)

	def test_velocity_at_the_edges(self) -> None:
		for flow, wanted in (
			(Flow(), (None, None, None)),
			(Flow(started=5, in_work=5), (None, None, None)),
			(Flow(lost=2, in_work=2), (0, None, 0)),
			(Flow(won=1, in_work=1, value=100, cycle=0.0), (1, 100, None)),
		):
			with self.subTest(flow):
				self.assertEqual((flow.win_rate, flow.average_value, flow.velocity), wanted)

	def test_steady_flow_wins_its_velocity(self) -> None:
		"""Little's law: where projects come and go evenly, velocity is what is really won a day."""
		days, cycle, value = 400, 25, 1000.0
		start, end = datetime(2026, 1, 1), datetime(2026, 1, 1) + timedelta(days=days)
		begun = [start + timedelta(days=number) for number in range(-cycle, days)]
		closed = [day + timedelta(days=cycle) for day in begun]
		in_work = sum(rules.seconds_in_work(s, c, start, end) for s, c in zip(begun, closed, strict=True))
		decided = sum(start <= day < end for day in closed)
		flow = Flow(
			days, decided // 4, decided - decided // 4, in_work / (days * 86400), decided // 4 * value, cycle
		)
		self.assertAlmostEqual(flow.velocity, flow.value / days, delta=0.01 * flow.velocity)

	def test_return_rate(self) -> None:
		self.assertEqual(Handed(8, 2, 5, 0, 0, None).return_rate, 0.25)
		self.assertIsNone(Handed(0, 0, 0, 0, 0, None).return_rate)

	def test_value_of_a_sale(self) -> None:
		for facts, wanted in (
			((True, 100, 900, 5), 100),  # won for less than was offered
			((True, 0, 900, 5), 900),  # won without an order yet
			((False, 100, 900, 5), 900),  # partly ordered
			((False, 100, 0, 5), 100),
			((False, 0, 0, 5), 5),
			((True, 0, 0, 0), 0),
		):
			with self.subTest(facts):
				self.assertEqual(rules.value_of_sale(*facts), wanted)

	def test_place_gives_the_percentile(self) -> None:
		for seed in range(200):
			chance = random.Random(seed)
			values = sorted(chance.uniform(0, 1e6) for _ in range(chance.randint(1, 40)))
			for share in SHARES:
				before, way = rules.place(share, len(values))
				upper = values[min(before + 1, len(values) - 1)]
				found = values[before] * (1 - way) + upper * way
				self.assertAlmostEqual(found, oracle_percentile(values, share), places=4)

	def test_units(self) -> None:
		self.assertEqual((rules.days(None), rules.days(129600)), (None, 1.5))
		self.assertEqual((rules.percent(None), rules.percent(1 / 3)), (None, 33.33))

	def test_worst_of_projects(self) -> None:
		def late(project: str, name: str, day: int) -> Late:
			return Late(project, "", "", "", None, name, "", "", None, None, 1, date(2026, 1, day), None, 0)

		many = [late("a", "a1", 5), late("b", "b1", 2), late("a", "a2", 3), late("a", "a3", 3)]
		worst, counts = worst_of_projects(many)
		self.assertEqual([one.sales_milestone for one in worst], ["a2", "b1"])
		self.assertEqual(counts, {"a": 3, "b": 1})


class TestPercentilesOfTheDatabase(TestCase):
	def test_against_statistics(self) -> None:
		for seed in SEEDS:
			values = self.values(seed)
			with self.subTest(seed):
				self.assert_same(values, self.asked(values))

	def test_parts_add_up_to_the_percentile_of_all(self) -> None:
		for seed in SEEDS:
			values = self.values(seed)
			known = [value for _key, value in values if value is not None]
			source = " union all ".join(["select %s as `key`, %s as x"] * len(values))
			columns = {f"p{n}": percentiles.part_of_percentile("x", share) for n, share in enumerate(SHARES)}
			query = percentiles.by_group(source, ["`key`"], "x", columns, outer=())
			found = frappe.db.sql(query, [part for value in values for part in value])
			for number, share in enumerate(SHARES, start=1):
				total = sum(float(row[number] or 0) for row in found)
				with self.subTest(seed, share=share):
					self.assertAlmostEqual(total, oracle_percentile(known, share), places=6)

	def test_parts_add_up_within_an_outer_group(self) -> None:
		for seed in SEEDS:
			values = [(key, number % 3, value) for number, (key, value) in enumerate(self.values(seed))]
			source = " union all ".join(["select %s as `key`, %s as part, %s as x"] * len(values))
			columns = {"median": percentiles.part_of_percentile("x", 0.5)}
			query = percentiles.by_group(source, ["`key`", "part"], "x", columns, outer=["`key`"])
			found: dict = defaultdict(float)
			for key, _part, median in frappe.db.sql(query, [one for value in values for one in value]):
				found[key] += float(median or 0)
			for key in ("a", "b", "c", None):
				known = [value for one, _part, value in values if one == key and value is not None]
				with self.subTest(seed, key=key):
					self.assertAlmostEqual(found[key], oracle_percentile(known, 0.5) or 0, places=6)

	def values(self, seed: int) -> list[tuple[str | None, float | None]]:
		"""Groups of one to 30 values, some equal, some missing."""
		chance = random.Random(f"percentiles {seed}")
		keys = [None, "a", "b", "c", "nothing"]
		return [
			(key, None if key == "nothing" or chance.random() < 0.1 else float(chance.randint(0, 50)))
			for key in keys
			for _number in range(chance.randint(1, 30))
		]

	def asked(self, values: list[tuple[str | None, float | None]]) -> dict:
		source = " union all ".join(["select %s as `key`, %s as x"] * len(values))
		columns = {f"p{index}": percentiles.percentile("x", share) for index, share in enumerate(SHARES)}
		query = percentiles.by_group(source, ["`key`"], "x", {"n": "count(*)", **columns})
		return {
			key: found for key, *found in frappe.db.sql(query, [part for value in values for part in value])
		}

	def assert_same(self, values: list[tuple[str | None, float | None]], found: dict) -> None:
		groups_of = defaultdict(list)
		for key, value in values:
			groups_of[key].append(value)
		self.assertEqual(set(found), set(groups_of))
		for key, all_values in groups_of.items():
			known = [value for value in all_values if value is not None]
			self.assertEqual(found[key][0], len(all_values))
			for share, figure in zip(SHARES, found[key][1:], strict=True):
				wanted = oracle_percentile(known, share)
				if wanted is None:
					self.assertIsNone(figure)
				else:
					self.assertAlmostEqual(float(figure), wanted, places=6)


class TestAgainstOracles(TestCase):
	"""Random histories, put into the tables; what the reports read against loops over the same rows."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		factories.company(COMPANY, ABBR)
		cls.customer = factories.customer()

	def project(self, **values: object) -> str:
		common = {"company": COMPANY, "party_type": "Customer", "party": self.customer, "title": "Velocity"}
		(name,) = rows.insert("Sales Project", [{"status": "Open", **common, **values}])
		return name

	def asked(self, **filters: str) -> frappe._dict:
		return frappe._dict(company=COMPANY, **filters)

	def test_milestone_times(self) -> None:
		for seed in SEEDS:
			with self.subTest(seed):
				frappe.db.savepoint("history")
				self.assert_times(self.make_milestones(random.Random(f"times {seed}")))
				frappe.db.rollback(save_point="history")

	def make_milestones(self, chance: random.Random) -> list[frappe._dict]:
		made = []
		for _number in range(12):
			project, at = self.project(), START + chance.uniform(-30, 200) * rows.DAY
			for position in range(1, 5):
				stays = [
					Stay(
						chance.choice(sorted(OPENED)),
						round(chance.uniform(0, 9), 3),
						chance.choice((0, 0, 1.5)),
					)
					for _stay in range(chance.randint(1, 4))
				]
				status = chance.choice(("Achieved", "Achieved", "Achieved", "Skipped", "Ready"))
				values = {
					"sales_process": chance.choice("AB"),
					"due_date": (at + chance.randint(0, 12) * rows.DAY).date(),
					"expected_days": chance.randint(0, 9),
					"returns": sum(stay.state == "Returned" for stay in stays),
				}
				name = rows.milestone(project, COMPANY, at, stays, status, **values)
				total = sum(stay.days + stay.held for stay in stays)
				at += total * rows.DAY
				made.append(
					frappe._dict(values, name=name, done=at, status=status, milestone=f"Milestone {position}")
				)
		return made

	def assert_times(self, made: list[frappe._dict]) -> None:
		seconds: dict[str, float] = defaultdict(float)
		for move in frappe.get_all(
			"Milestone Move", {"company": COMPANY}, ["sales_milestone", "from_state", "seconds"]
		):
			seconds[move.sales_milestone] += move.seconds if move.from_state in OPENED else 0
		found = times(self.asked(), SPAN, "Process")
		wanted = defaultdict(list)
		for one in made:
			if one.status == "Achieved" and SPAN.start <= one.done.date() <= SPAN.end:
				wanted[one.sales_process, one.milestone].append(one)
		self.assertEqual([(one.key, one.milestone) for one in found], sorted(wanted))
		for one in found:
			some = wanted[one.key, one.milestone]
			spent = [seconds[each.name] / 86400 for each in some]
			self.assertEqual(one.count, len(some))
			self.assertEqual(one.late, sum(each.done.date() > each.due_date for each in some))
			self.assertEqual(one.returns, sum(each.returns for each in some))
			self.assertAlmostEqual(one.expected, statistics.mean(each.expected_days for each in some))
			self.assertAlmostEqual(one.median, statistics.median(spent), places=4)
			self.assertAlmostEqual(one.p90, oracle_percentile(spent, 0.9), places=4)

	def test_flows(self) -> None:
		for seed in SEEDS:
			with self.subTest(seed):
				frappe.db.savepoint("history")
				self.assert_flows(self.make_projects(random.Random(f"flows {seed}")))
				frappe.db.rollback(save_point="history")

	def make_projects(self, chance: random.Random) -> list[frappe._dict]:
		made = []
		for _number in range(40):
			started = (START + chance.uniform(-150, 300) * rows.DAY).replace(microsecond=0)
			status = chance.choice(("Open", "On Hold", "Won", "Won", "Lost"))
			closed = started + chance.randint(0, 100 * 86400) * timedelta(seconds=1)
			values = {
				"sales_process": chance.choice(("A", "B", None)),
				"status": status,
				"closed_on": closed if status in ("Won", "Lost") else None,
				"process_started_on": chance.choice((started, None)),
				"creation": started,
			}
			self.project(**values)
			made.append(frappe._dict(values, started=started))
		return made

	def assert_flows(self, made: list[frappe._dict]) -> None:
		found = flows(self.asked(), SPAN, "Process")
		end = START + SPAN.days * rows.DAY
		touching = [
			one for one in made if one.started < end and (one.closed_on is None or one.closed_on >= START)
		]
		self.assertEqual(set(found.groups), {one.sales_process for one in touching})
		for key, flow in [*found.groups.items(), (..., found.total)]:
			some = [one for one in touching if key in (..., one.sales_process)]
			closed = [one for one in some if one.closed_on and START <= one.closed_on < end]
			cycles = [
				(one.closed_on - one.started).total_seconds() / 86400 for one in closed if one.status == "Won"
			]
			in_work = sum(rules.seconds_in_work(one.started, one.closed_on, START, end) for one in some)
			self.assertEqual(flow.started, sum(START <= one.started < end for one in some))
			self.assertEqual((flow.won, flow.lost), (len(cycles), len(closed) - len(cycles)))
			self.assertAlmostEqual(flow.in_work, in_work / (SPAN.days * 86400), places=6)
			if cycles:
				self.assertAlmostEqual(flow.cycle, statistics.median(cycles), places=6)

	def test_hand_offs(self) -> None:
		for seed in SEEDS:
			with self.subTest(seed):
				frappe.db.savepoint("history")
				self.assert_hand_offs(self.make_hand_offs(random.Random(f"hand-offs {seed}")))
				frappe.db.rollback(save_point="history")

	def make_hand_offs(self, chance: random.Random) -> list[frappe._dict]:
		made = []
		for _number in range(12):
			project, before = self.project(), None
			for position in range(1, 5):
				name = rows.milestone(project, COMPANY, START, [Stay("Ready", 1)], sales_role=f"R{position}")
				one = frappe._dict(
					sent=START + chance.uniform(-30, 280) * rows.DAY,
					waited=chance.choice((None, round(chance.uniform(0, 9), 3))),
					sender=chance.choice(("Asha", "Ravi", None)),
					ends=(before and f"Milestone {before}", f"Milestone {position}"),
					**{kind: chance.choice((0, 0, 1, 2)) for kind in ("Return", "Reminder", "Escalation")},
				)
				origin = before and f"{project}-{before:02}"
				rows.hand_off(
					name, "Hand-off", one.sent, one.waited, from_milestone=origin, from_person=one.sender
				)
				for kind in ("Return", "Reminder", "Escalation"):
					for _time in range(one[kind]):
						rows.hand_off(name, kind, one.sent + rows.DAY, 1.0)
				rows.hand_off(name, chance.choice(("Reply", "Delegation")), one.sent + rows.DAY, 1.0)
				made.append(one)
				before = position
		return made

	def assert_hand_offs(self, made: list[frappe._dict]) -> None:
		made = [one for one in made if SPAN.start <= one.sent.date() <= SPAN.end]
		for group_by, key_of in (
			(HAND_OFF, lambda one: one.ends),
			(SENDER, lambda one: (one.sender,)),
		):
			wanted = defaultdict(list)
			for one in made:
				wanted[key_of(one)].append(one)
			found = {
				(key[1], key[3]) if group_by == HAND_OFF else key: handed
				for key, handed in groups(self.asked(), SPAN, group_by)
			}
			self.assertEqual(set(found), set(wanted))
			for key, handed in found.items():
				some = wanted[key]
				waited = [one.waited * 86400 for one in some if one.waited is not None]
				counts = (sum(one[kind] for one in some) for kind in ("Return", "Reminder", "Escalation"))
				returned = sum(one.Return > 0 for one in some)
				self.assertEqual(tuple(handed)[:5], (len(some), returned, *counts))
				if waited:
					self.assertAlmostEqual(handed.waited, statistics.median(waited), places=2)
				else:
					self.assertIsNone(handed.waited)
