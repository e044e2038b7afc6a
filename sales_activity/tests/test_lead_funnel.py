"""Nurture Funnel: exact rows, every filter, what each user sees; that it adds up, against a slow oracle."""

from __future__ import annotations

import random
import statistics
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import frappe
from frappe.utils import get_datetime, now_datetime

from sales_activity.sales_activity.nurture.rules import STATES, move_between
from sales_activity.tests import factories, lead_house, lead_report_house, lead_rows
from sales_activity.tests.base import TestCase
from sales_activity.tests.lead_house import MAX_USER, OPERATIONS, QUALIFIER, SAM, SAM_USER, SARA
from sales_activity.tests.lead_report_house import (
	NORTH,
	SOUTH,
	SPAN,
	YEAR,
	House,
	RealDocuments,
	ReportChecks,
)
from sales_activity.tests.lead_rows import Go
from sales_activity.tests.test_reports import execute, forget_requests
from sales_activity.tests.test_velocity_reports import listed

FUNNEL = "Nurture Funnel"
SEEDS = range(4)
RANDOM_COMPANY = lead_report_house.COMPANY


class FunnelTests(ReportChecks):
	reports = (FUNNEL,)
	filters = {FUNNEL: ("source", "campaign", "territory", "qualifier", "definition")}
	FIELDS = ("state", "to_state", "leads", "share", "came", "left", "there", "left_share", "median", "p90")

	def leads(self, **filters: Any) -> int:
		cards = execute(FUNNEL, {**SPAN, **filters})[4]
		return next(card["value"] for card in cards if card["label"] == "Leads")

	def test_rows(self) -> None:
		self.assertEqual(
			self.table(self.rows(FUNNEL), *self.FIELDS),
			[
				("New", None, 5, 83.33, 5, 4, 1, None, 2.5, 4.4),
				("New", "Qualifying", 3, None, None, 3, None, 75, 2, 2.8),
				("New", "Disqualified", 1, None, None, 1, None, 25, 5, 5),
				("Qualifying", None, 3, 50, 5, 4, 1, None, 1.5, 3.4),
				("Qualifying", "Qualified", 3, None, None, 3, None, 75, 1, 1.8),
				("Qualifying", "Nurturing", 1, None, None, 1, None, 25, 4, 4),
				("Qualified", None, 3, 50, 3, 3, 0, None, 0, 1.6),
				("Qualified", "With Sales", 3, None, None, 3, None, 100, 0, 1.6),
				("With Sales", None, 3, 50, 3, 2, 1, None, 2.5, 2.9),
				("With Sales", "Qualifying", 1, None, None, 1, None, 50, 2, 2),
				("With Sales", "Converted", 1, None, None, 1, None, 50, 3, 3),
				("Nurturing", None, 1, 16.67, 1, 1, 0, None, 10, 10),
				("Nurturing", "Qualifying", 1, None, None, 1, None, 100, 10, 10),
				("Converted", None, 2, 33.33, 2, 0, 2, None, None, None),
				("Disqualified", None, 1, 16.67, 1, 0, 1, None, None, None),
				("Do Not Contact", None, 0, 0, 0, 0, 0, None, None, None),
			],
		)

	def test_how_long_they_have_waited(self) -> None:
		waiting = {row["state"]: row["waiting"] for row in self.rows(FUNNEL) if row["indent"] == 0}
		since = frappe.db.get_value("Lead Nurture", self.house.new, "state_since")
		self.assertAlmostEqual(waiting["New"], (now_datetime() - since) / lead_rows.DAY, places=3)
		self.assertIsNone(waiting["Qualified"])

	def test_cards_chart_and_message(self) -> None:
		_columns, _rows, message, chart, summary = execute(FUNNEL, SPAN)
		self.assertEqual([card["value"] for card in summary], [6, 3, 3, 2, 33.33])
		self.assertEqual(chart["data"]["datasets"][0]["values"], [5, 3, 3, 3, 1, 2, 1, 0])
		self.assertEqual(chart["data"]["datasets"][1]["values"], [1, 1, 0, 1, 0, 2, 1, 0])
		self.assertIn("6 leads", message)

	def test_filters(self) -> None:
		measure = lead_house.definition(company=lead_report_house.COMPANY).name
		frappe.db.set_value("Lead Nurture", self.house.new, "definition", measure)
		for filters, wanted in (
			({"source": "Web"}, 2),
			({"source": "Fair"}, 2),
			({"campaign": "Spring"}, 2),
			({"campaign": "Spring", "source": "Web"}, 1),
			({"territory": NORTH}, 2),
			({"territory": SOUTH}, 1),
			({"qualifier": QUALIFIER}, 2),
			({"qualifier": OPERATIONS}, 1),
			({"definition": measure}, 1),
			({"from_date": f"{YEAR}-01-05", "to_date": f"{YEAR}-01-05"}, 1),
			({"from_date": f"{YEAR}-01-05"}, 2),
			({"to_date": f"{YEAR}-01-04"}, 4),
			({"from_date": f"{YEAR - 1}-12-31"}, 7),
			({"to_date": f"{YEAR + 1}-01-01"}, 7),
			({"company": lead_house.COMPANY}, 1),
		):
			with self.subTest(filters):
				self.assertEqual(self.leads(**filters), wanted)

	def test_the_last_day_counts_to_its_end(self) -> None:
		late = datetime(YEAR, 12, 31, 23, 59, 59, 999999)
		frappe.db.set_value("Lead Nurture", self.house.new, "creation", late, update_modified=False)
		self.assertEqual(self.leads(), 6)

	def test_what_each_user_sees(self) -> None:
		for user, wanted in ((QUALIFIER, 6), (OPERATIONS, 6), (MAX_USER, 2), (SAM_USER, 3)):
			with self.subTest(user):
				self.as_user(user)
				self.assertEqual(self.leads(), wanted)

	def test_user_permission_on_a_territory(self) -> None:
		self.restrict(OPERATIONS, "Territory", SOUTH)
		self.as_user(OPERATIONS)
		allowed = frappe.get_list("Lead Nurture", {"company": SPAN["company"]}, pluck="name", limit=0)
		self.assertIn(self.house.rejected, allowed)
		self.assertNotIn(self.house.sold, allowed)
		inside = frappe.get_all(
			"Lead Nurture",
			{"name": ["in", allowed], "creation": ["between", [SPAN["from_date"], SPAN["to_date"]]]},
			pluck="name",
		)
		self.assertEqual(self.leads(), len(inside))

	def test_there_now_leads_to_the_leads(self) -> None:
		followed = 0
		for user in ("Administrator", OPERATIONS, SAM_USER):
			self.as_user(user)
			for filters in ({}, {"territory": NORTH}, {"source": "Web"}, {"from_date": f"{YEAR}-01-05"}):
				columns, rows = execute(FUNNEL, {**SPAN, **filters})[:2]
				(column,) = [column for column in columns if "documents" in column]
				for row in rows:
					if not row["there"]:
						continue
					asked = {**column["documents"]["filters"], **row["documents"]["there"]}
					with self.subTest(user=user, asked=asked):
						self.assertEqual(len(listed("Lead Nurture", asked)), row["there"])
					followed += 1
		self.assertGreater(followed, 15)

	def test_a_state_that_an_admin_added(self) -> None:
		"""Whatever the Workflow was made to say: no lead is lost."""
		frappe.db.set_value("Lead Nurture", self.house.new, "status", "On the Shelf")
		rows = [row for row in self.rows(FUNNEL) if row["indent"] == 0]
		self.assertEqual(sum(row["there"] for row in rows), 6)
		self.assertEqual((rows[-1]["state"], rows[-1]["there"]), ("On the Shelf", 1))

	def test_the_indexes_that_it_reads_from(self) -> None:
		for doctype, index in (("Lead Nurture", "nurture_cohort"), ("Lead Move", "move_ways")):
			self.assertTrue(frappe.db.has_index(f"tab{doctype}", index), index)


class TestNurtureFunnel(FunnelTests, TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.house = House()

	def setUp(self) -> None:
		super().setUp()
		forget_requests()


class TestFunnelOfRealDocuments(RealDocuments):
	def test_what_people_did_adds_up(self) -> None:
		names = [lead_house.lead(f"Funnel {number}", company=self.company) for number in range(6)]
		lead_house.with_sales(names[0])
		lead_house.act(names[0], "Converted", SAM_USER)
		lead_house.with_sales(names[1], SARA)
		lead_house.act(names[1], "Qualifying", lead_house.SARA_USER, reason="No budget")
		lead_house.act(names[2], "Nurturing")
		lead_house.act(names[3], "Disqualified", reason="A student")
		frappe.get_doc("Lead", names[4]).update({"status": "Do Not Contact"}).save()
		rows = self.of_today(FUNNEL)
		states = {row["state"]: row for row in rows if row["indent"] == 0}
		there = {state: row["there"] for state, row in states.items() if row["there"]}
		ones = ("New", "Qualifying", "Nurturing", "Converted", "Disqualified", "Do Not Contact")
		self.assertEqual(there, dict.fromkeys(ones, 1))
		self.assertEqual([states[state]["leads"] for state in STATES], [6, 2, 2, 2, 1, 1, 1, 1])
		for state in states.values():
			self.assertEqual(state["came"] - state["left"], state["there"])


class TestFunnelAgainstOracle(TestCase):
	"""Random histories, as the rules allow them; the oracle walks through each lead's moves."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		lead_house.build()
		factories.company(RANDOM_COMPANY, "LRP")
		for seed in SEEDS:
			cls.fill(seed)

	@classmethod
	def fill(cls, seed: int) -> None:
		dice = random.Random(f"funnel {seed}")
		for _number in range(dice.randint(1, 60)):
			made = datetime(YEAR - seed, 1, 1) + timedelta(days=dice.uniform(-20, 380))
			state = dice.choice(("New", "New", "New", "Converted", "Qualified"))
			moves, at = [], state
			for _step in range(dice.randint(0, 8)):
				ways = [to_state for to_state in STATES if move_between(at, to_state)]
				if not ways:
					break
				at = dice.choice(ways)
				person = dice.choice((SAM, SARA)) if at == "With Sales" else None
				moves.append(Go(dice.choice((0, 1, 2.5, dice.uniform(0, 30))), at, person))
			source = dice.choice(("Web", "Fair", None))
			lead_rows.lead(RANDOM_COMPANY, made, *moves, state=state, source=source)

	def test_every_figure(self) -> None:
		for seed in SEEDS:
			for user in ("Administrator", SAM_USER, MAX_USER):
				for filters in ({}, {"source": "Web"}, {"to_date": f"{YEAR - seed}-06-30"}):
					dates = {"from_date": f"{YEAR - seed}-01-01", "to_date": f"{YEAR - seed}-12-31"}
					asked = {"company": RANDOM_COMPANY, **dates, **filters}
					lead_house.as_user(user)
					rows = execute(FUNNEL, asked)[1]
					lead_house.as_user("Administrator")
					with self.subTest(seed, user=user, filters=filters):
						self.check(rows, self.of(asked, user))

	def of(self, asked: dict, user: str) -> list[frappe._dict]:
		"""The leads that the user's own list shows."""
		lead_house.as_user(user)
		names = frappe.get_list("Lead Nurture", {"company": asked["company"]}, pluck="name", limit=0)
		lead_house.as_user("Administrator")
		rows = frappe.get_all("Lead Nurture", {"name": ["in", names]}, ["*"], limit=0)
		return [
			row
			for row in rows
			if asked["from_date"] <= str(row.creation.date()) <= asked["to_date"]
			and asked.get("source") in (None, row.source)
		]

	def check(self, rows: Sequence[dict], leads: Sequence[frappe._dict]) -> None:
		states = {row["state"]: row for row in rows if row["indent"] == 0}
		self.assertEqual(sum(row["there"] for row in states.values()), len(leads))
		came, stays = self.walk(leads)
		for state, row in states.items():
			left = [days for (one, _to), found in stays.items() if one == state for days in found]
			self.assertEqual(row["came"], len(came[state]))
			self.assertEqual(row["leads"], len(set(came[state])))
			self.assertEqual(row["left"], len(left))
			self.assertEqual(row["there"], sum(lead.status == state for lead in leads))
			self.assertEqual(row["came"] - row["left"], row["there"])
			self.assert_times(row, left)
		ways = {(row["state"], row["to_state"]): row for row in rows if row["indent"]}
		self.assertEqual(set(ways), set(stays))
		for way, row in ways.items():
			self.assertEqual(row["left"], len(stays[way]))
			self.assert_times(row, stays[way])

	def walk(self, leads: Sequence[frappe._dict]) -> tuple[dict, dict]:
		"""Which leads came into each state, as often as they did; how long each stay before each way was."""
		came: dict = defaultdict(list)
		stays: dict = defaultdict(list)
		for lead in leads:
			moves = frappe.get_all("Lead Move", {"lead_nurture": lead.name}, ["*"], limit=0)
			at = {move.at for move in moves}
			for move in moves:
				came[move.to_state].append(lead.name)
				if move.from_state:
					stays[move.from_state, move.to_state].append(float(move.seconds) / 86400)
			total = sum(float(move.seconds) for move in moves)
			self.assertAlmostEqual(total, (max(at) - get_datetime(lead.creation)).total_seconds(), delta=1)
		return came, stays

	def assert_times(self, row: dict, stays: Sequence[float]) -> None:
		if not stays:
			self.assertIsNone(row["median"])
			return
		self.assertAlmostEqual(row["median"], statistics.median(stays), places=4)
		tenths = statistics.quantiles(stays * 2, n=10, method="inclusive") if len(stays) == 1 else None
		tenths = tenths or statistics.quantiles(stays, n=10, method="inclusive")
		self.assertAlmostEqual(row["p90"], tenths[8], places=4)
