"""Responses on several real connections at once, and a rescoring killed in the middle: nothing is stored twice,
nothing is lost, and the score is that of what is stored."""

from __future__ import annotations

import os
import signal

import frappe
from frappe.utils import add_days, getdate

from sales_activity.sales_activity.nurture import rescoring, responses, scoring
from sales_activity.sales_activity.nurture.response_rules import Response
from sales_activity.sales_activity.nurture.scoring import NURTURE, RESPONSE
from sales_activity.tests import response_house as house
from sales_activity.tests.base import TestCase
from sales_activity.tests.parallel import Outcome, run_together, run_until_killed
from sales_activity.tests.response_house import CLICK, FAIR, VISIT

PREFIX = "At Once"
LEADS = [f"{PREFIX} {number:02}" for number in range(12)]


# --- what the workers do -------------------------------------------------------------------------------------


def record(lead: str, response_type: str, key: str, title: str) -> list:
	outcome = responses.record(Response(lead, response_type, "API", house.midday(), title, key=key))
	return [outcome.name, outcome.is_new]


def record_many(leads: list[str], keys: list[str]) -> int:
	"""Bulk, as the endpoint does it: everything again where MariaDB ended it in favour of another."""
	sent = [
		Response(leads[number % len(leads)], VISIT, "API", house.midday(), key=key)
		for number, key in enumerate(keys)
	]
	for _ in range(10):
		try:
			found = responses.record_many(sent)
			frappe.db.commit()
			return sum(outcome.is_new for outcome in found)
		except frappe.QueryDeadlockError:
			frappe.db.rollback()
	raise AssertionError("ten deadlocks in a row")


def record_in_turn(lead: str, count: int) -> int:
	"""One after the other, each in a transaction of its own, that has seen the table before."""
	for number in range(count):
		frappe.db.count(RESPONSE)
		responses.record(Response(lead, VISIT, "Desk", house.midday(), title=str(number)))
		frappe.db.commit()
	return count


def rescore(batch: int) -> int:
	return rescoring.rescore(batch=batch)


def die_while_rescoring(batch: int, after: int) -> None:
	"""The process is killed in a batch, after it wrote and before it committed."""
	original, calls = scoring.refresh, []

	def refresh(*args: object) -> None:
		original(*args)
		calls.append(args)
		if len(calls) > after:
			os.kill(os.getpid(), signal.SIGKILL)

	scoring.refresh = refresh
	rescoring.rescore(batch=batch)


# --- the tests -----------------------------------------------------------------------------------------------


class TestAtOnce(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		house.types()
		cls.leads = [house.lead(name) for name in LEADS]
		frappe.db.commit()
		cls.addClassCleanup(remove_everything)

	def setUp(self) -> None:
		super().setUp()
		frappe.db.delete(RESPONSE, {"lead": ("in", self.leads)})
		scoring.refresh(self.leads)
		frappe.db.commit()

	def tearDown(self) -> None:
		"""Everything was committed: there is no savepoint to go back to."""
		frappe.db.rollback()

	def together(self, *calls: tuple) -> list[Outcome]:
		outcomes = run_together(
			[(f"{call[0].__module__}.{call[0].__name__}", list(call[1:])) for call in calls]
		)
		unexpected = [outcome for outcome in outcomes if outcome.error not in (None, "KeyUsedError")]
		self.assertEqual(unexpected, [])
		return outcomes

	def check(self) -> None:
		"""Every lead's running score is that of its responses, to the digit."""
		for lead in self.leads:
			rows = frappe.get_all(
				RESPONSE, {"lead": lead}, ["response_type", "responded_on", "name"], limit=0
			)
			history = [
				Response(lead, row.response_type, "API", row.responded_on, key=row.name) for row in rows
			]
			self.assertEqual(house.engagement(lead), sum(house.oracle(history).values()), lead)

	def test_one_key_from_many_sides(self) -> None:
		outcomes = self.together(*[(record, self.leads[0], CLICK, "once", "Prices")] * 6)
		self.assertEqual(len({outcome.result[0] for outcome in outcomes}), 1)
		self.assertEqual(sum(outcome.result[1] for outcome in outcomes), 1)
		self.assertEqual(house.count(self.leads[0]), 1)
		self.check()

	def test_one_key_for_several_leads(self) -> None:
		outcomes = self.together(*((record, lead, CLICK, "shared", "Prices") for lead in self.leads[:5]))
		self.assertEqual(sorted(outcome.error or "" for outcome in outcomes), ["", *["KeyUsedError"] * 4])
		self.assertEqual(sum(map(house.count, self.leads)), 1)
		self.check()

	def test_bulk_over_the_same_leads_and_keys(self) -> None:
		keys = [f"bulk-{number:03}" for number in range(120)]
		outcomes = self.together(
			*((record_many, self.leads, keys) for _ in range(2)),
			(record_many, self.leads, keys[:60]),
			(record_many, self.leads[:6], [f"other-{number}" for number in range(90)]),
			(record_many, self.leads[::-1], [f"third-{number}" for number in range(90)]),
		)
		self.assertEqual(sum(outcome.result for outcome in outcomes), 120 + 90 + 90)
		self.assertEqual(sum(map(house.count, self.leads)), 300)
		self.check()

	def test_one_lead_from_many_sides_while_it_is_rescored(self) -> None:
		lead = self.leads[3]
		stale(self.leads)
		self.together(
			*[(record_in_turn, lead, 15)] * 4, (rescore, 2), (record, lead, FAIR, "fair", ""), (rescore, 3)
		)
		self.assertEqual(house.count(lead), 61)
		self.check()

	def test_killed_in_the_middle_it_goes_on(self) -> None:
		for number, lead in enumerate(self.leads):
			house.record(lead, CLICK, ago=number)
		stale(self.leads)
		self.assertEqual(run_until_killed(f"{__name__}.die_while_rescoring", [5, 1]), -signal.SIGKILL)
		left = self.left()
		self.assertTrue(0 < len(left) < len(self.leads), left)
		self.assertEqual(rescoring.rescore(batch=5), len(rescored(left)))
		self.assertEqual(self.left(), [])
		self.check()
		self.assertEqual(rescoring.rescore(), 0)

	def left(self) -> list[str]:
		return [name for name in rescoring.out_of_date(getdate(), batch=10_000) if name in self.leads]


def rescored(left: list[str]) -> list[str]:
	"""All that is out of date on the site is what the test made so."""
	frappe.db.commit()
	return rescoring.out_of_date(getdate(), batch=10_000) or left


def stale(leads: list[str]) -> None:
	"""As if they were scored yesterday, and wrongly."""
	yesterday = add_days(getdate(), -1)
	frappe.db.set_value(NURTURE, {"lead": ("in", leads)}, {"scored_on": yesterday, "engagement_score": 1})
	frappe.db.commit()


def remove_everything() -> None:
	"""Delete what the tests committed."""
	frappe.db.rollback()
	leads = frappe.get_all("Lead", {"lead_name": ("like", f"{PREFIX}%")}, pluck="name")
	for doctype in (RESPONSE, NURTURE):
		frappe.db.delete(doctype, {"lead": ("in", leads or [""])})
	frappe.db.delete("Lead", {"name": ("in", leads or [""])})
	frappe.db.delete("Response Type", {"name": ("in", house.TYPES)})
	frappe.db.commit()
