"""Speed to Lead: exact rows, every filter, hand-overs that follow each other, what each user sees, the way to the leads;
random histories against a slow oracle."""

from __future__ import annotations

import random
import statistics
from datetime import datetime, timedelta
from typing import Any

import frappe
from frappe.utils import add_to_date, now_datetime

from sales_activity.tests import factories, lead_house, lead_report_house, lead_rows
from sales_activity.tests.base import TestCase
from sales_activity.tests.lead_house import (
	MAX,
	MAX_USER,
	OPERATIONS,
	QUALIFIER,
	SAM,
	SAM_USER,
	SARA,
	SARA_USER,
)
from sales_activity.tests.lead_report_house import (
	NORTH,
	NORTH_EAST,
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

SPEED = "Speed to Lead"
GROUPS = ("Sales Person", "Qualifier", "Source", "Territory")
RANDOM_COMPANY = lead_report_house.COMPANY


class SpeedTests(ReportChecks):
	reports = (SPEED,)
	filters = {SPEED: ("sales_person", "source", "campaign", "territory", "qualifier", "definition")}
	groups = {SPEED: GROUPS}
	TOUCHED = ("key", "leads", "touched", "untouched", "touch_median", "touch_p90")
	HANDED = (
		*("key", "handed", "accepted", "rejected", "ended", "open", "late", "escalated", "in_time"),
		*("median", "p90"),
	)

	def handed(self, **filters: Any) -> list[tuple]:
		return self.table(self.rows(SPEED, **filters), *self.HANDED)

	def touched(self, **filters: Any) -> list[tuple]:
		return self.table(self.rows(SPEED, **filters), *self.TOUCHED)

	def test_by_person(self) -> None:
		self.assertEqual(
			self.handed(),
			[(SAM, 2, 1, 0, 0, 1, 2, 1, 0, 72, 72), (SARA, 1, 0, 1, 0, 0, 0, 0, 0, 48, 48)],
		)
		self.assertEqual({row["leads"] for row in self.rows(SPEED)}, {None})

	def test_by_qualifier(self) -> None:
		asked = {"group_by": "Qualifier"}
		self.assertEqual(
			self.handed(**asked),
			[
				(QUALIFIER, 2, 1, 1, 0, 0, 1, 0, 0, 60, 69.6),
				(OPERATIONS, 1, 0, 0, 0, 1, 1, 1, 0, None, None),
				(None, 0, 0, 0, 0, 0, 0, 0, None, None, None),
			],
		)
		self.assertEqual(
			self.touched(**asked),
			[
				(QUALIFIER, 2, 2, 0, 36, 45.6),
				(OPERATIONS, 1, 1, 0, 72, 72),
				(None, 3, 0, 1, None, None),
			],
		)

	def test_by_source_and_territory(self) -> None:
		for group_by, wanted in (
			("Source", [("Web", 2, 2, 0, 36, 45.6), (None, 2, 1, 0, 72, 72), ("Fair", 2, 0, 1, None, None)]),
			(
				"Territory",
				[
					(None, 3, 1, 0, 72, 72),
					(NORTH_EAST, 1, 1, 0, 24, 24),
					(SOUTH, 1, 1, 0, 48, 48),
					(NORTH, 1, 0, 1, None, None),
				],
			),
		):
			with self.subTest(group_by):
				self.assertEqual(self.touched(group_by=group_by), wanted)

	def test_each_hand_over_counts(self) -> None:
		"""Rejected late by Sam, after his manager was told; accepted in time by Sara; another one is stopped."""
		again = (Go(1, "Qualifying"), Go(0, "Qualified"), Go(0, "With Sales", SAM, 1))
		self.house.lead(
			60,
			*again,
			Go(2, "Qualifying", escalated=True),
			*(Go(1, "Qualified"), Go(1, "With Sales", SARA, 1), Go(0.5, "Converted")),
			campaign="Twice",
		)
		self.house.lead(61, *again, Go(0.25, "Do Not Contact"), campaign="Twice")
		self.assertEqual(
			self.handed(campaign="Twice"),
			[(SAM, 2, 0, 1, 1, 0, 1, 1, 0, 27, 43.8), (SARA, 1, 1, 0, 0, 0, 0, 0, 100, 12, 12)],
		)
		cards = {card["label"]: card["value"] for card in execute(SPEED, {**SPAN, "campaign": "Twice"})[4]}
		self.assertEqual(
			(cards["Handed Over"], cards["Late"], cards["Accepted in Time (%)"]),
			(3, 1, 50),
		)
		self.assertEqual(cards["Until Answered (median hours)"], 12)

	def test_still_in_time(self) -> None:
		name = lead_rows.lead(
			lead_report_house.COMPANY,
			now_datetime() - timedelta(hours=3),
			*(Go(0, "Qualifying"), Go(0, "Qualified"), Go(0, "With Sales", SAM, 1)),
		)
		now = frappe.utils.today()
		asked = {"from_date": frappe.utils.add_days(now, -1), "to_date": now}
		self.assertEqual(self.handed(**asked), [(SAM, 1, 0, 0, 0, 1, 0, 0, None, None, None)])
		frappe.db.set_value("Lead Nurture", name, "accept_by", add_to_date(now_datetime(), seconds=-1))
		self.assertEqual(self.handed(**asked), [(SAM, 1, 0, 0, 0, 1, 1, 0, 0, None, None)])

	def test_a_deadline_that_nobody_kept_is_not_judged(self) -> None:
		frappe.db.sql("update `tabLead Move` set accept_by = null where lead = %s", self.house.sold)
		found = {row["key"]: row for row in self.rows(SPEED)}
		self.assertEqual((found[SAM]["accepted"], found[SAM]["late"], found[SAM]["in_time"]), (1, 1, 0))
		frappe.db.delete("Lead Nurture", self.house.open)
		(sam,) = [row for row in self.rows(SPEED) if row["key"] == SAM]
		self.assertEqual((sam["late"], sam["in_time"]), (0, None))

	def test_a_lead_that_is_older_than_its_nurture(self) -> None:
		made = datetime(YEAR, 7, 1)
		lead_rows.lead(
			lead_report_house.COMPANY,
			made,
			Go(1, "Qualifying"),
			lead_made=made - timedelta(days=9),
			source="Old",
		)
		lead_rows.lead(lead_report_house.COMPANY, made, state="Qualifying", source="Older")
		found = self.touched(group_by="Source")
		self.assertIn(("Old", 1, 1, 0, 240, 240), found)
		self.assertIn(("Older", 1, 0, 0, None, None), found)

	def test_filters(self) -> None:
		handed = lambda **filters: sum(row["handed"] for row in self.rows(SPEED, **filters))  # noqa: E731
		for filters, wanted in (
			({"sales_person": SAM}, 2),
			({"sales_person": MAX}, 3),
			({"sales_person": SARA}, 1),
			({"source": "Web"}, 2),
			({"campaign": "Spring"}, 2),
			({"territory": NORTH}, 1),
			({"qualifier": QUALIFIER}, 2),
			({"to_date": f"{YEAR}-01-01"}, 1),
			({"from_date": f"{YEAR}-01-02"}, 2),
			({"company": lead_house.COMPANY}, 0),
		):
			for group_by in GROUPS:
				with self.subTest(filters, group_by=group_by):
					self.assertEqual(handed(group_by=group_by, **filters), wanted)
		leads = sum(row["leads"] for row in self.rows(SPEED, group_by="Source", sales_person=MAX))
		self.assertEqual(leads, 3)

	def test_what_each_user_sees(self) -> None:
		for user, wanted in (
			(QUALIFIER, {SAM, SARA}),
			(OPERATIONS, {SAM, SARA}),
			(MAX_USER, {SAM}),
			(SAM_USER, {SAM}),
		):
			with self.subTest(user):
				self.as_user(user)
				self.assertEqual({row["key"] for row in self.rows(SPEED)}, wanted)

	def test_names_of_others_stay_hidden(self) -> None:
		"""Sam has a lead that Sara had before: by name he sees his own hand-over alone."""
		self.house.lead(
			70,
			*(Go(1, "Qualifying"), Go(1, "Qualified"), Go(0, "With Sales", SARA, 1), Go(1, "Qualifying")),
			*(Go(1, "Qualified"), Go(0, "With Sales", SAM, 1)),
			campaign="Both",
		)
		self.as_user(SAM_USER)
		self.assertEqual(
			[(row["key"], row["handed"]) for row in self.rows(SPEED, campaign="Both")], [(SAM, 1)]
		)
		self.as_user(MAX_USER)
		self.assertEqual({row["key"] for row in self.rows(SPEED, campaign="Both")}, {SAM, SARA})

	def test_user_permissions(self) -> None:
		self.restrict(QUALIFIER, "Sales Person", SARA)
		self.as_user(QUALIFIER)
		self.assertNotIn(SAM, {row["key"] for row in self.rows(SPEED)})
		self.restrict(OPERATIONS, "Territory", SOUTH)
		self.as_user(OPERATIONS)
		self.assertNotIn(NORTH_EAST, {row["key"] for row in self.rows(SPEED, group_by="Territory")})

	def test_figures_lead_to_their_leads(self) -> None:
		followed = 0
		for user in ("Administrator", OPERATIONS, SAM_USER):
			self.as_user(user)
			for group_by in GROUPS:
				for filters in ({}, {"territory": NORTH}, {"sales_person": MAX}, {"source": "Web"}):
					followed += self.follow({**SPAN, "group_by": group_by, **filters})
		self.assertGreater(followed, 40)

	def follow(self, filters: dict) -> int:
		columns, rows = execute(SPEED, filters)[:2]
		followed = 0
		for row in rows:
			for column in columns:
				documents = column.get("documents")
				if not documents or not row[column["fieldname"]]:
					continue
				asked = {**documents["filters"], **row["documents"][documents["kind"]]}
				with self.subTest(column["fieldname"], asked=asked, filters=filters):
					self.assertEqual(len(listed("Lead Nurture", asked)), row[column["fieldname"]])
				followed += 1
		return followed


class TestSpeedToLead(SpeedTests, TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.house = House()

	def setUp(self) -> None:
		super().setUp()
		forget_requests()


class TestSpeedOfRealDocuments(RealDocuments):
	def test_what_people_did(self) -> None:
		"""A lead that leaves sales leaves its deadline in the log."""
		first, second = (lead_house.lead(f"Speed {number}", company=self.company) for number in range(2))
		lead_house.with_sales(first)
		late = add_to_date(now_datetime(), hours=-1)
		frappe.db.set_value("Lead Nurture", first, {"accept_by": late, "escalated_on": late})
		lead_house.act(first, "Qualifying", SAM_USER, reason="No budget")
		lead_house.act(first, "Qualified")
		lead_house.act(first, "With Sales", sales_person=SARA)
		lead_house.act(first, "Converted", SARA_USER)
		lead_house.with_sales(second)
		frappe.get_doc("Lead", second).update({"status": "Do Not Contact"}).save()
		rows = self.of_today(SPEED)
		names = ("handed", "accepted", "rejected", "ended", "open", "late", "escalated", "in_time")
		found = {row["key"]: tuple(row[name] for name in names) for row in rows}
		self.assertEqual(found, {SAM: (2, 0, 1, 1, 0, 1, 1, 0), SARA: (1, 1, 0, 0, 0, 0, 0, 100)})


class TestSpeedAgainstOracle(TestCase):
	"""Leads that go to and fro between the team and sales; the oracle walks through each one's moves."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		lead_house.build()
		factories.company(RANDOM_COMPANY, "LRP")
		dice = random.Random("speed")
		for _number in range(60):
			moves = [Go(dice.uniform(0, 9), "Qualifying")]
			for _again in range(dice.randint(0, 4)):
				moves += [
					Go(dice.uniform(0, 9), "Qualified"),
					Go(0, "With Sales", dice.choice((SAM, SARA)), 2),
				]
				if dice.random() < 0.2:
					break
				answer = dice.choice(("Qualifying", "Qualifying", "Converted", "Do Not Contact"))
				moves.append(Go(dice.uniform(0, 4), answer, escalated=dice.random() < 0.3))
				if answer != "Qualifying":
					break
			made = datetime(YEAR, 1, 1) + timedelta(days=dice.uniform(0, 300))
			lead_rows.lead(RANDOM_COMPANY, made, *moves, source=dice.choice(("Web", None)))

	def setUp(self) -> None:
		super().setUp()
		forget_requests()

	def test_every_figure(self) -> None:
		for user in ("Administrator", MAX_USER):
			for group_by in ("Sales Person", "Source"):
				lead_house.as_user(user)
				rows = execute(SPEED, {**SPAN, "company": RANDOM_COMPANY, "group_by": group_by})[1]
				names = frappe.get_list("Lead Nurture", {"company": RANDOM_COMPANY}, pluck="name", limit=0)
				lead_house.as_user("Administrator")
				expected = self.walk(names, group_by)
				with self.subTest(user, group_by=group_by):
					self.assertEqual({row["key"] for row in rows}, set(expected))
					for row in rows:
						self.check(row, expected[row["key"]])

	def walk(self, names: list[str], group_by: str) -> dict:
		"""Every hand-over: person or source > (answer, hours, whether late, whether escalated)."""
		found: dict = {}
		for name in names:
			nurture = frappe.get_doc("Lead Nurture", name)
			moves = frappe.get_all("Lead Move", {"lead_nurture": name}, ["*"], order_by="at", limit=0)
			moves.sort(key=lambda move: move.at)
			found.setdefault(nurture.source if group_by == "Source" else None, [])
			for came in [move for move in moves if move.to_state == "With Sales"]:
				left = [move for move in moves if move.from_state == "With Sales" and move.at >= came.at]
				answer = (nurture, None) if not left else (left[0], left[0].to_state)
				record, state = answer
				hours = float(left[0].seconds) / 3600 if left else None
				late = (left[0].at if left else now_datetime()) > record.accept_by
				key = nurture.source if group_by == "Source" else came.sales_person
				found.setdefault(key, []).append((state, hours, late, bool(record.escalated_on)))
		if group_by != "Source":
			found.pop(None, None)
		return found

	def check(self, row: dict, hand_overs: list[tuple]) -> None:
		states = [state for state, *_rest in hand_overs]
		self.assertEqual(row["handed"], len(hand_overs))
		counts = (row["accepted"], row["rejected"], row["ended"], row["open"])
		wanted = ("Converted", "Qualifying", "Do Not Contact", None)
		self.assertEqual(counts, tuple(states.count(state) for state in wanted))
		self.assertEqual(row["late"], sum(late for *_rest, late, _told in hand_overs))
		self.assertEqual(row["escalated"], sum(told for *_rest, told in hand_overs))
		due = [one for one in hand_overs if one[0] in ("Converted", "Qualifying") or (not one[0] and one[2])]
		in_time = sum(state == "Converted" and not late for state, _hours, late, _told in hand_overs)
		if due:
			self.assertAlmostEqual(row["in_time"], in_time / len(due) * 100, places=1)
		hours = [hours for _state, hours, *_rest in hand_overs if hours is not None]
		if len(hours) > 1:
			self.assertAlmostEqual(row["median"], statistics.median(hours), places=3)
			tenths = statistics.quantiles(hours, n=10, method="inclusive")
			self.assertAlmostEqual(row["p90"], tenths[8], places=3)
