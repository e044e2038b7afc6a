"""Nurtures for Leads that have none: in batches, from what the Leads say, resumable, twice at once no twice."""

from __future__ import annotations

from unittest.mock import patch

import frappe

from sales_activity.sales_activity.nurture import making
from sales_activity.tests import lead_house
from sales_activity.tests.lead_house import QUALIFIER, lead, nurture
from sales_activity.tests.test_lead_nurture import LeadCase


class TestMaking(LeadCase):
	def old(self, name: str, **values: object) -> str:
		"""A Lead from before the app."""
		made = lead(name)
		frappe.db.delete("Lead Nurture", {"name": made})
		frappe.db.delete("Lead Move", {"lead": made})
		if values:
			frappe.db.set_value("Lead", made, values, update_modified=False)
		return made

	def run_all(self, batch: int = 2) -> int:
		"""The job, within the test's transaction."""
		with patch.object(making, "BATCH", batch), patch.object(frappe.db, "commit"):
			return making.run(lambda done, total: self.seen.append((done, total)))

	def setUp(self) -> None:
		super().setUp()
		self.seen: list[tuple[int, int]] = []
		with patch.object(frappe.db, "commit"):
			making.run(lambda done, total: None)  # whatever other tests left

	def test_from_what_the_lead_says(self) -> None:
		qualified = {
			"qualification_status": "Qualified",
			"qualified_by": QUALIFIER,
			"qualified_on": "2026-01-05",
		}
		wanted = {
			self.old("Plain"): "New",
			self.old("Called", qualification_status="In Process"): "Qualifying",
			self.old("Ripe", **qualified): "Qualified",
			self.old("Sold", status="Quotation"): "Converted",
			self.old("Stopped", status="Do Not Contact", qualification_status="Qualified"): "Do Not Contact",
		}
		self.assertEqual(making.count_missing(), 5)
		self.assertEqual(self.run_all(), 5)
		self.assertEqual(self.seen, [(2, 5), (4, 5), (5, 5)])
		for name, state in wanted.items():
			kept = nurture(name)
			self.assertEqual(
				(kept.status, kept.workflow_state, lead_house.moves(name)), (state, state, [state])
			)
			self.assertEqual((kept.definition, kept.fit_score, kept.score), (self.definition, 10, 10))
		ripe = nurture(next(name for name, state in wanted.items() if state == "Qualified"))
		self.assertEqual((ripe.qualified_by, str(ripe.qualified_on.date())), (QUALIFIER, "2026-01-05"))
		lead_house.act(ripe.name, "With Sales", sales_person=lead_house.SAM)
		self.assertEqual((making.count_missing(), self.run_all()), (0, 0))

	def test_it_goes_on_where_it_died(self) -> None:
		names = [self.old(f"Many {number}") for number in range(5)]
		frappe.db.set_single_value("Sales Activity Settings", making.WANTED_BY, QUALIFIER)
		with patch.object(
			making, "make", side_effect=[making.make(sorted(names)[:2]), RuntimeError("killed")]
		):
			self.assertRaises(RuntimeError, self.run_all)
		self.assertEqual(frappe.db.count("Lead Nurture", {"lead": ("in", names)}), 2)
		with patch.object(frappe, "enqueue") as queued:
			making.resume()
		self.assertEqual(queued.call_count, 1)
		self.assertEqual(self.run_all(), 3)
		self.assertEqual(frappe.db.count("Lead Move", {"lead": ("in", names)}), 5)
		self.assertFalse(frappe.db.get_single_value("Sales Activity Settings", making.WANTED_BY))
		with patch.object(frappe, "enqueue") as queued:
			making.resume()
		self.assertEqual(queued.call_count, 0)

	def test_queries_do_not_grow_with_the_leads(self) -> None:
		few = [self.old(f"Few {number}") for number in range(2)]
		many = [self.old(f"More {number}") for number in range(12)]
		making.make([self.old("Warm")])
		self.assertEqual(self.queries(making.make, few), self.queries(making.make, many))

	def test_asked_for_by_sales_operations(self) -> None:
		from sales_activity.api import leads as api

		self.old("Asked")
		lead_house.as_user(lead_house.OPERATIONS)
		with patch.object(frappe, "enqueue") as queued:
			self.assertEqual(api.make_missing()["queued"], 1)
		self.assertEqual(queued.call_args.kwargs["job_id"], making.JOB)
		self.assertEqual(api.count_without_nurture(), 1)
