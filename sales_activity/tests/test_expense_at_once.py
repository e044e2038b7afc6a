"""People deciding on claims at the same time, and workers that die, on real connections that commit.

What they claim is removed afterwards; the people are there for the next.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from unittest.mock import patch

import frappe

from sales_activity.sales_activity.expenses import deciding, escalation, limits, receipts, records
from sales_activity.tests import expense_house as house
from sales_activity.tests import factories
from sales_activity.tests.base import TestCase
from sales_activity.tests.expense_house import ESHA, MAX, TARA, VERA, act, decide, fresh
from sales_activity.tests.parallel import run_together, run_until_killed

HERE = __name__
COMPANY = "Expense At Once House"
SETTINGS = "Sales Activity Settings"
DENY = ("Denied", None, "Not for us")


# --- what the workers do -------------------------------------------------------------------------------------


def decide_all(name: str, user: str, kinds: list) -> list[str]:
	decisions = [tuple(kind) if isinstance(kind, list) else kind for kind in kinds]
	return [result.status for result in decide(name, user, *decisions)]


def move(name: str, action: str, user: str, reason: str | None = None) -> str:
	return act(name, action, user, **({"reason": reason} if reason else {})).status


def remind() -> int:
	return escalation.escalate()


def decide_until_killed(name: str, where: str) -> None:
	"""The worker is gone once it has come to a step, with everything before it written."""
	target, attribute = {
		"lines moved": (receipts, "follow"),
		"before the end": (deciding, "Result"),
	}[where]
	original = getattr(target, attribute)

	def die(*args: object, **kwargs: object) -> object:
		original(*args, **kwargs)
		os.kill(os.getpid(), signal.SIGKILL)

	with patch.object(target, attribute, die):
		decide(name, MAX, "Approved", DENY, None, ("Clarification", None, "Why?"))


# --- the tests -----------------------------------------------------------------------------------------------


class TestAtOnce(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		factories.company(COMPANY, abbr="EAOH")
		house.build(COMPANY)
		house.stand_in(MAX, TARA)
		frappe.db.commit()
		cls.addClassCleanup(remove_everything)

	def tearDown(self) -> None:
		"""Everything was committed: there is no savepoint to go back to."""
		frappe.db.rollback()

	def lines(self, name: str) -> Counter:
		"""What is in which state, over all parts of a claim; every line once."""
		parts = [fresh(part) for part in house.parts(name)]
		keys = [row.line_key for part in parts for row in part.expenses]
		self.assertEqual(len(keys), len(set(keys)))
		for part in parts:
			self.assertEqual(part.total_claimed, sum(row.base_amount for row in part.expenses))
			self.assertTrue(part.expenses)
			self.assertEqual(house.moves(part.name)[-1], part.status)
		return Counter({part.status: len(part.expenses) for part in parts})

	def test_two_managers_at_once(self) -> None:
		"""One decides, the other is told, whoever is first."""
		doc = house.sent(100, 50, 25)
		calls = [[doc.name, MAX, ["Approved", DENY, DENY]], [doc.name, TARA, [DENY, "Approved", None]]]
		outcomes = run_together([(f"{HERE}.decide_all", call) for call in calls])
		self.assertEqual(sorted(outcome.error is None for outcome in outcomes), [False, True])
		first = {"Approved": 1, "Denied": 2}
		second = {"Approved": 1, "Denied": 1, "Pending Area Manager": 1}
		self.assertEqual(self.lines(doc.name), second if outcomes[0].error else first)

	def test_decided_while_it_is_withdrawn(self) -> None:
		doc = house.sent(100, 50)
		outcomes = run_together(
			[
				(f"{HERE}.decide_all", [doc.name, MAX, ["Approved", None]]),
				(f"{HERE}.move", [doc.name, "Withdraw", ESHA]),
			]
		)
		self.assertEqual(sorted(outcome.error is None for outcome in outcomes), [False, True])
		wanted = {"Draft": 2} if outcomes[0].error else {"Approved": 1, "Pending Area Manager": 1}
		self.assertEqual(self.lines(doc.name), wanted)

	def test_two_actions_at_once(self) -> None:
		doc = house.with_accounts(100)
		call = (f"{HERE}.move", [doc.name, "Lock", house.ANIL])
		outcomes = run_together([call, call])
		self.assertEqual(sorted(outcome.error is None for outcome in outcomes), [False, True])
		self.assertEqual(house.moves(doc.name).count("Approved and Locked"), 1)
		self.assertEqual(len(frappe.get_all("Journal Entry", {"user_remark": ["like", f"%{doc.name}%"]})), 1)

	def test_a_limit_holds_for_two_claims_of_a_day(self) -> None:
		names = [house.claim(house.line(400, house.MEALS)).name for _number in range(3)]
		outcomes = run_together([(f"{HERE}.move", [name, "Send", ESHA]) for name in names])
		self.assertEqual(sorted(outcome.error or "" for outcome in outcomes), ["", "", "LimitExceededError"])

	def test_killed_in_the_middle_of_a_split(self) -> None:
		"""Nothing half is left; decided again, it is whole."""
		for where in ("lines moved", "before the end"):
			doc = house.sent(100, 50, 25, 10)
			self.assertEqual(
				run_until_killed(f"{HERE}.decide_until_killed", [doc.name, where]), -signal.SIGKILL
			)
			self.assertEqual(self.lines(doc.name), {"Pending Area Manager": 4}, where)
			self.assertEqual(house.parts(doc.name), [doc.name])
			decide(doc.name, MAX, "Approved", DENY, None, ("Clarification", None, "Why?"))
			frappe.db.commit()
			wanted = dict.fromkeys(("Approved", "Denied", "Pending Area Manager", "Clarification"), 1)
			self.assertEqual(self.lines(doc.name), wanted)

	def test_each_escalation_once(self) -> None:
		settings = frappe.get_single(SETTINGS)
		settings.update({field: 0 for field in limits.FIELDS.values()} | {"days_for_manager": 1}).save()
		names = [house.sent(100).name for _number in range(3)]
		self.addCleanup(_forget_limits)
		for level in (1, 2):
			for name in names:
				house.wait(name, 2)
			outcomes = run_together([(f"{HERE}.remind", [])] * 2)
			self.assertEqual([outcome.error for outcome in outcomes], [None, None])
			for name in names:
				self.assertEqual(fresh(name).escalation_level, level)
				said = frappe.get_all("Expense Move", {"claim": name, "via": ["like", "%d%"]}, pluck="via")
				self.assertEqual(len([via for via in said if via]), level)
				told = frappe.get_all("Notification Log", {"document_name": name}, pluck="for_user")
				self.assertEqual(Counter(told), {1: {TARA: 2}, 2: {TARA: 2, VERA: 1}}[level])


def _forget_limits() -> None:
	settings = frappe.get_single(SETTINGS)
	defaults = {field: settings.meta.get_field(field).default for field in limits.FIELDS.values()}
	settings.update(defaults).save()
	frappe.db.commit()


def remove_everything() -> None:
	frappe.db.rollback()
	frappe.set_user("Administrator")
	claims = frappe.get_all(records.CLAIM, {"company": COMPANY}, pluck="name") or [""]
	lines = frappe.get_all(records.LINE, {"parent": ["in", claims]}, pluck="name") or [""]
	for entry in frappe.get_all("Journal Entry", {"company": COMPANY}, pluck="name"):
		frappe.db.delete("Journal Entry Account", {"parent": entry})
		for ledger in ("GL Entry", "Payment Ledger Entry"):
			frappe.db.delete(ledger, {"voucher_no": entry})
		frappe.db.delete("Journal Entry", {"name": entry})
	for doctype in ("ToDo", "Comment", "Notification Log", "Email Queue", "Version"):
		field = {"Notification Log": "document_name", "Version": "docname"}.get(doctype, "reference_name")
		frappe.db.delete(doctype, {field: ["in", claims]})
	frappe.db.delete("File", {"attached_to_name": ["in", [*claims, *lines]]})
	frappe.db.delete(records.LINE, {"parent": ["in", claims]})
	frappe.db.delete(records.MOVE, {"company": COMPANY})
	frappe.db.delete(records.CLAIM, {"company": COMPANY})
	frappe.db.delete("Expense Stand-in", {"user": MAX})
	frappe.db.commit()
