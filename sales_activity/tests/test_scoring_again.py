"""A new version of a definition, taken over by all leads that may: in batches, resumable, and nothing else is touched."""

from __future__ import annotations

from unittest.mock import patch

import frappe
from frappe.permissions import add_user_permission

from sales_activity.api import leads as api
from sales_activity.sales_activity.nurture import definition, scoring_again
from sales_activity.tests import factories, lead_house
from sales_activity.tests.lead_house import OPERATIONS, QUALIFIER, lead, nurture
from sales_activity.tests.test_lead_nurture import LeadCase


class AgainCase(LeadCase):
	def setUp(self) -> None:
		super().setUp()
		self.addCleanup(lead_house.as_user, "Administrator")

	def newer(self) -> frappe.model.document.Document:
		"""A version that asks for the budget only, for 70 points, and wants 60."""
		return lead_house.definition([lead_house.tick("Budget", 70)], threshold=60)

	def states(self) -> dict[str, str]:
		"""Leads in every state that matters, measured by the version of the class."""
		found = {"New": lead("Again New")}
		for state in ("Qualifying", "Nurturing", "Disqualified"):
			found[state] = lead(f"Again {state}")
			lead_house.act(found[state], "Qualifying")
			lead_house.act(found[state], "Qualifying", answers={"budget": 1})
			if state != "Qualifying":
				lead_house.act(found[state], state, reason="Later")
		found["Qualified"] = lead("Again Qualified")
		lead_house.qualified(found["Qualified"])
		return found

	def run_all(self, doc: frappe.model.document.Document, batch: int = 2) -> int:
		"""The job, within the test's transaction."""
		self.seen = []
		with patch.object(scoring_again, "BATCH", batch), patch.object(frappe.db, "commit"):
			return scoring_again.run(doc.name, lambda done, total: self.seen.append((done, total)))


class TestScoringAgain(AgainCase):
	def test_who_is_measured_and_who_stays(self) -> None:
		names = self.states()
		kept = {state: nurture(names[state]).as_dict() for state in ("Disqualified", "Qualified")}
		doc = self.newer()
		self.assertEqual(scoring_again.count(doc), 3)
		self.assertEqual(self.run_all(doc), 3)
		self.assertEqual(self.seen, [(2, 3), (3, 3)])
		for state, fit in (("New", 0), ("Qualifying", 70), ("Nurturing", 70)):
			found = nurture(names[state])
			self.assertEqual((found.definition, found.status, found.fit_score), (doc.name, state, fit))
			self.assertEqual((found.fit_threshold, found.qualifies), (60, int(fit >= 60)))
			self.assertEqual(found.score, fit + found.engagement_score)
			self.assertEqual([row.points for row in found.answers], [70] if fit else [])
		for state, before in kept.items():
			self.assertEqual(nurture(names[state]).as_dict(), before)
		self.assertEqual((scoring_again.count(doc), self.run_all(doc)), (0, 0))

	def test_as_one_by_one(self) -> None:
		"""All at once gives what a save of each gives."""
		names = self.states()
		twin = self.states()
		doc = self.newer()
		api.score_again([names[state] for state in ("New", "Qualifying", "Nurturing")])
		self.assertEqual(self.run_all(doc), 3)
		fields = (
			"definition",
			"fit_score",
			"fit_threshold",
			"qualifies",
			"missing",
			"score",
			"engagement_score",
		)
		for state in ("New", "Qualifying", "Nurturing"):
			one, other = nurture(names[state]), nurture(twin[state])
			self.assertEqual([one.get(field) for field in fields], [other.get(field) for field in fields])
			self.assertEqual([row.points for row in one.answers], [row.points for row in other.answers])

	def test_a_score_set_by_hand_stands(self) -> None:
		name = lead("Again Override")
		values = {"override_score": 99, "override_until": frappe.utils.nowdate(), "override_reason": "Known"}
		frappe.db.set_value("Lead Nurture", name, values)
		self.run_all(self.newer())
		self.assertEqual((nurture(name).score, nurture(name).fit_score), (99, 0))

	def test_other_companies_stay(self) -> None:
		name = lead("Again Other")
		frappe.db.set_value("Lead Nurture", name, "company", "Another")
		doc = self.newer()
		self.assertEqual(self.run_all(doc), 0)
		self.assertEqual(scoring_again.score(doc, [name]), 0)
		self.assertEqual(nurture(name).definition, self.definition)

	def test_only_by_the_active_one(self) -> None:
		lead("Again Old")
		old = self.newer()
		newest = lead_house.definition([lead_house.tick("Budget", 50)])
		old.reload()
		self.assertEqual(self.run_all(old), 0)
		self.assertRaisesRegex(definition.DefinitionError, "Replaced", scoring_again.ask, old, QUALIFIER)
		draft = lead_house.definition(submit=False)
		self.assertRaisesRegex(definition.DefinitionError, "Draft", scoring_again.ask, draft, QUALIFIER)
		self.assertEqual(self.run_all(newest), 1)

	def test_it_goes_on_where_it_died(self) -> None:
		names = [lead(f"Again Many {number}") for number in range(5)]
		doc = self.newer()
		with patch.object(frappe, "enqueue"):
			scoring_again.ask(doc, QUALIFIER)
		real = scoring_again.score
		with patch.object(scoring_again, "score", side_effect=[real(doc, sorted(names)[:2]), RuntimeError]):
			self.assertRaises(RuntimeError, self.run_all, doc)
		with patch.object(frappe, "enqueue") as queued:
			scoring_again.resume()
		self.assertEqual(queued.call_args.kwargs["name"], doc.name)
		self.assertEqual(self.run_all(doc), 3)
		with patch.object(frappe, "enqueue") as queued:
			scoring_again.resume()
		self.assertEqual(queued.call_count, 0)

	def test_queries_do_not_grow_with_the_leads(self) -> None:
		few = [lead(f"Again Few {number}") for number in range(2)]
		many = [lead(f"Again More {number}") for number in range(12)]
		warm = lead("Again Warm")
		for name in (few[0], *many[:6]):
			lead_house.act(name, "Qualifying", answers={})
			lead_house.act(name, "Qualifying", answers={"budget": 1})
		doc = self.newer()
		scoring_again.score(doc, [warm])
		self.assertEqual(
			self.queries(scoring_again.score, doc, few), self.queries(scoring_again.score, doc, many)
		)
		self.assertLessEqual(self.queries(scoring_again.score, doc, many), 10)

	def test_over_the_api(self) -> None:
		lead("Again Api")
		doc = self.newer()
		lead_house.as_user(QUALIFIER)
		self.assertRaises(frappe.PermissionError, api.count_older, doc.name)
		self.assertRaises(frappe.PermissionError, api.score_again_all, doc.name)
		lead_house.as_user(OPERATIONS)
		self.assertEqual(api.count_older(doc.name), 1)
		self.assertEqual(api.count_older(lead_house.definition(submit=False, as_user=True).name), 0)
		with patch.object(frappe, "enqueue") as queued:
			self.assertEqual(api.score_again_all(doc.name)["queued"], 1)
		self.assertEqual(queued.call_args.args[0], scoring_again.JOB)
		self.run_all(doc)
		with patch.object(frappe, "enqueue") as queued:
			self.assertEqual(api.score_again_all(doc.name)["queued"], 0)
		self.assertEqual(queued.call_count, 0)

	def test_of_another_company_over_the_api(self) -> None:
		"""Sales Operations of one company neither count nor change the leads of another."""
		lead("Again Elsewhere")
		doc = self.newer()
		add_user_permission("Company", factories.company("Again Own Company", "AOC"), OPERATIONS)
		self.addCleanup(frappe.clear_cache, user=OPERATIONS)
		lead_house.as_user(OPERATIONS)
		with patch.object(frappe, "enqueue") as queued:
			self.assertRaises(frappe.PermissionError, api.count_older, doc.name)
			self.assertRaises(frappe.PermissionError, api.score_again_all, doc.name)
		self.assertEqual(queued.call_count, 0)
