"""The rules of claims, without a site."""

from __future__ import annotations

from datetime import datetime
from unittest import TestCase

from hypothesis import given, settings
from hypothesis import strategies as st

from sales_activity.sales_activity.expenses import rules
from sales_activity.sales_activity.expenses.rules import ACCOUNTS_SIDE, MANAGER_SIDE, Decision

AT = datetime(2026, 11, 22, 10)
LINE = {"base_amount": 100.0, "manager_amount": 60.0, "accounts_amount": 0.0}


class TestMoves(TestCase):
	def test_every_way_is_one_move(self) -> None:
		ways = [(state, move.to_state) for move in rules.MOVES for state in move.from_states]
		self.assertEqual(len(ways), len(set(ways)))
		for move in rules.MOVES:
			for state in move.from_states:
				self.assertEqual(rules.move_between(state, move.to_state), move)

	def test_there_is_no_other_way(self) -> None:
		ways = {(state, move.to_state) for move in rules.MOVES for state in move.from_states}
		for state in rules.STATES:
			for to_state in rules.STATES:
				if (state, to_state) not in ways:
					self.assertIsNone(rules.move_between(state, to_state))

	def test_docstatus_never_goes_back(self) -> None:
		for move in rules.MOVES:
			for state in move.from_states:
				before, after = rules.DOCSTATUS.get(state, 0), rules.DOCSTATUS.get(move.to_state, 0)
				self.assertIn(after - before, (0, 1))

	def test_times_count_anew(self) -> None:
		for move in rules.MOVES:
			values = rules.values_after(move, AT)
			self.assertEqual((values["status"], values["workflow_state"]), (move.to_state, move.to_state))
			self.assertEqual((values["state_since"], values["escalation_level"]), (AT, 0))

	def test_who_asked(self) -> None:
		self.assertEqual(rules.values_after(rules.ASK, AT)["asked_by"], "Area Manager")
		self.assertEqual(rules.values_after(rules.ASK_EMPLOYEE, AT)["asked_by"], "Accounts")
		self.assertEqual(rules.values_after(rules.REPLY, AT)["asked_by"], "")
		self.assertEqual(rules.replies_to("Accounts").to_state, rules.WITH_ACCOUNTS)
		self.assertEqual(rules.replies_to("Area Manager").to_state, rules.PENDING)


class TestAmounts(TestCase):
	def test_what_is_an_amount(self) -> None:
		for value in (0, 1, 0.5, rules.MOST):
			self.assertTrue(rules.is_amount(value), value)
		for value in (-1, rules.MOST * 2, float("nan"), float("inf"), True, "1", None):
			self.assertFalse(rules.is_amount(value), value)

	def test_the_chain(self) -> None:
		for amounts in ((100, 100, 100), (100, 60, 0), (100, 0, 0), (0, 0, 0), (100, None, None)):
			self.assertTrue(rules.chain_holds(self.line(*amounts)), amounts)
		for amounts in ((100, 101, 0), (100, 50, 51), (-1, -2, -3), (100, -1, -1), (float("nan"), 0, 0)):
			self.assertFalse(rules.chain_holds(self.line(*amounts)), amounts)

	def line(self, *amounts: float | None) -> dict:
		return dict(zip(("base_amount", "manager_amount", "accounts_amount"), amounts, strict=True))


class TestDecisions(TestCase):
	def code(self, side: rules.Side, *decision: object) -> str | None:
		problem = rules.problem(side, LINE, Decision(*decision))
		return problem and problem.code

	def test_the_manager(self) -> None:
		self.assertIsNone(self.code(MANAGER_SIDE, "Approved"))
		self.assertIsNone(self.code(MANAGER_SIDE, "Approved", 100))
		self.assertIsNone(self.code(MANAGER_SIDE, ""))
		for amount in (0, -1, 100.01, float("nan")):
			self.assertEqual(self.code(MANAGER_SIDE, "Approved", amount), "not_granted")
		self.assertEqual(self.code(MANAGER_SIDE, "Denied"), "no_reason")
		self.assertEqual(self.code(MANAGER_SIDE, "Clarification", None, " "), "no_question")
		self.assertEqual(self.code(MANAGER_SIDE, "Denied", 5, "Why"), "no_amount_here")
		self.assertEqual(self.code(MANAGER_SIDE, "Ask Manager", None, "Why"), "no_such_decision")
		self.assertEqual(self.code(MANAGER_SIDE, "", 5), "nothing_decided")

	def test_accounts(self) -> None:
		self.assertIsNone(self.code(ACCOUNTS_SIDE, "Approved", 60))
		self.assertEqual(self.code(ACCOUNTS_SIDE, "Approved", 61), "not_granted")
		self.assertEqual(self.code(ACCOUNTS_SIDE, "Ask Manager"), "no_question")
		self.assertEqual(self.code(ACCOUNTS_SIDE, "Denied"), "no_reason")

	def test_what_is_written(self) -> None:
		approved = rules.decided(MANAGER_SIDE, LINE, Decision("Approved", 30, "Half"))
		self.assertEqual(approved, {"decision": "Approved", "manager_amount": 30, "manager_reason": "Half"})
		self.assertEqual(rules.decided(ACCOUNTS_SIDE, LINE, Decision("Approved"))["accounts_amount"], 60)
		asked = rules.decided(ACCOUNTS_SIDE, LINE, Decision("Ask Manager", None, "Why?"))
		self.assertEqual((asked["question"], asked["accounts_amount"]), ("Why?", 0))
		self.assertNotIn("manager_amount", asked)
		self.assertEqual(rules.decided(MANAGER_SIDE, LINE, Decision("")), {})


class TestParts(TestCase):
	def order(self, side: rules.Side, *kinds: str) -> list[str]:
		found = rules.parts(side, [(str(number), kind) for number, kind in enumerate(kinds)])
		return [part.move.action if part.move else "" for part in found]

	def test_what_stays(self) -> None:
		self.assertEqual(self.order(MANAGER_SIDE, "Denied", "Denied", "Approved")[0], "Approve")
		self.assertEqual(self.order(MANAGER_SIDE, "Denied", "Clarification", "Denied")[0], "Deny")
		self.assertEqual(self.order(MANAGER_SIDE, "Denied", "Clarification")[0], "Ask")
		self.assertEqual(self.order(MANAGER_SIDE, "", "", "Denied")[0], "")
		self.assertEqual(self.order(MANAGER_SIDE, "", "Denied"), ["Deny", ""])
		self.assertEqual(self.order(ACCOUNTS_SIDE, "Ask Manager", "Approved", "Ask Manager")[0], "Lock")

	@settings(max_examples=200, deadline=None)
	@given(
		st.sampled_from([MANAGER_SIDE, ACCOUNTS_SIDE]).flatmap(
			lambda side: st.tuples(
				st.just(side),
				st.lists(st.sampled_from(["", *(kind.name for kind in side.kinds)]), min_size=1, max_size=9),
			)
		)
	)
	def test_each_line_is_in_exactly_one_part(self, drawn: tuple) -> None:
		side, kinds = drawn
		found = rules.parts(side, [(str(number), kind) for number, kind in enumerate(kinds)])
		keys = [key for part in found for key in part.keys]
		self.assertEqual(sorted(keys), sorted(map(str, range(len(kinds)))))
		for part in found:
			names = {kinds[int(key)] for key in part.keys}
			self.assertEqual(len(names), 1)
			name = names.pop()
			self.assertEqual(part.move, side.kind(name).move if name else None)
