"""Random histories of a claim, on real documents, against a plain model of what holds.

Whoever does whatever: what was allowed is exactly what the model allows, and what became of it what the model says. On
every line, at every moment, locked <= approved <= claimed; the parts add up to what was claimed; each line is in exactly one
claim; the log of each claim leads from state to state.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import frappe
from hypothesis import given
from hypothesis import strategies as st

from sales_activity.sales_activity.expenses import records
from sales_activity.tests import expense_house as house
from sales_activity.tests.expense_house import ANIL, ANITA, ESHA, MAX, RAVI, TARA, VERA, decide, fresh
from sales_activity.tests.random_histories import histories
from sales_activity.tests.test_expense_claim import REFUSALS, ExpenseCase

ACCOUNTS = {ANIL, ANITA}
# action: from these states, to that one, by these users, whether something has to be said
ACTIONS = {
	"Send": ({"Draft", "Denied"}, "Pending Area Manager", {ESHA}, False),
	"Withdraw": ({"Pending Area Manager"}, "Draft", {ESHA}, False),
	"Approve": ({"Pending Area Manager"}, "Approved", {MAX, TARA}, False),
	"Ask": ({"Pending Area Manager"}, "Clarification", {MAX, TARA}, True),
	"Deny": ({"Pending Area Manager"}, "Denied", {MAX, TARA}, True),
	"Reply": ({"Clarification"}, None, {ESHA}, True),
	"Lock": ({"With Accounts"}, "Approved and Locked", ACCOUNTS, False),
	"Deny and Lock": ({"With Accounts"}, "Denied and Locked", ACCOUNTS, True),
	"Ask Manager": ({"With Accounts"}, "Returned to Area Manager", ACCOUNTS, True),
	"Ask Employee": ({"With Accounts"}, "Clarification", ACCOUNTS, True),
	"Answer": ({"Returned to Area Manager"}, "With Accounts", {MAX, TARA}, True),
	"Cancel": ({"Approved and Locked", "Denied and Locked"}, "Cancelled", {ANITA}, False),
}
# a decision on a line: what its action is, in the order in which one of equally many stays
BY_MANAGER = {"Approved": "Approve", "Clarification": "Ask", "Denied": "Deny"}
BY_ACCOUNTS = {
	**{"Approved": "Lock", "Denied": "Deny and Lock"},
	**{"Ask Manager": "Ask Manager", "Ask Employee": "Ask Employee"},
}
KINDS = [None, None, "Approved", "Approved", "Clarification", "Denied", "Ask Manager", "Ask Employee"]
decisions = st.tuples(st.sampled_from(KINDS), st.sampled_from([None, None, 0, 0.25, 1, 1.01]), st.booleans())
USERS = [ESHA, ESHA, MAX, MAX, TARA, ANIL, ANIL, ANITA, RAVI, VERA, "Administrator"]
steps = st.tuples(
	st.sampled_from(["decide", "decide", "decide", "forward", "whoever may", "whoever may", *ACTIONS]),
	st.integers(0, 7),
	st.sampled_from(USERS),
	st.booleans(),
	st.lists(decisions, min_size=4, max_size=4),
)


class TestHistories(ExpenseCase):
	@histories(examples=6)
	@given(
		st.lists(st.sampled_from([10, 33.33, 100]), min_size=2, max_size=4),
		st.lists(steps, min_size=6, max_size=14),
	)
	def test_random_histories(self, amounts: list, history: list) -> None:
		frappe.db.savepoint("history")
		try:
			house.stand_in(MAX, TARA)
			model = Model(self, amounts)
			model.check()
			for step in history:
				model.do(*step)
				model.check()
		finally:
			frappe.db.rollback(save_point="history")


class Model:
	"""What is known of the parts of one claim, and of each of its lines."""

	def __init__(self, case: ExpenseCase, amounts: list) -> None:
		self.case = case
		doc = house.sent(*amounts)
		self.lines = {
			row.line_key: {"claimed": row.base_amount, "approved": 0.0, "locked": 0.0} for row in doc.expenses
		}
		self.claimed = sum(line["claimed"] for line in self.lines.values())
		# claim > its state, who asked, its lines
		self.parts = {doc.name: ["Pending Area Manager", "", list(self.lines)]}

	# --- what happens --------------------------------------------------------------------------------------

	def do(self, what: str, which: int, user: str, says: bool, drawn: list) -> None:
		name = list(self.parts)[which % len(self.parts)]
		state = self.parts[name][0]
		if what == "forward":
			if state == "Approved":
				house.forward(name)
				self.parts[name][0] = "With Accounts"
		elif what == "decide":
			# rather somebody whose turn it is
			turn = {"Pending Area Manager": MAX, "With Accounts": ANIL}.get(state, user)
			self.decide(name, turn if which < 6 else user, drawn)
		elif what == "whoever may":
			possible = [action for action, (froms, *_rest) in ACTIONS.items() if state in froms]
			for action in possible[which % len(possible) :][:1] if possible else ():
				self.act(name, action, sorted(ACTIONS[action][2])[0], says)
		else:
			self.act(name, what, user, says)

	def act(self, name: str, action: str, user: str, says: bool) -> None:
		state, asked_by, keys = self.parts[name]
		from_states, to_state, users, needs_words = ACTIONS[action]
		allowed = state in from_states and user in users and (says or not needs_words)
		target = to_state or ("With Accounts" if asked_by == "Accounts" else "Pending Area Manager")
		happened = self.attempt(self._act, name, action, user, says)
		self.case.assertEqual(happened, allowed, f"{action} by {user} from {state}")
		if not happened:
			return
		for line in (self.lines[key] for key in keys):
			self.amounts_after(line, action, target)
		asked = {"Ask": "Area Manager", "Ask Employee": "Accounts", "Ask Manager": "Accounts"}.get(action, "")
		self.parts[name][:2] = [target, asked]

	def _act(self, name: str, action: str, user: str, says: bool) -> None:
		from sales_activity.api import expenses as api

		with house.acting(user):
			api.act(name, action, f"Because of {action}" if says else None)

	def amounts_after(self, line: dict, action: str, target: str) -> None:
		if action == "Approve":
			line["approved"] = line["claimed"]
		elif action == "Lock":
			line["locked"] = line["approved"]
		elif target in ("Pending Area Manager", "Draft", "Denied"):
			line["approved"] = 0.0

	def decide(self, name: str, user: str, drawn: list) -> None:
		state, _asked_by, keys = self.parts[name]
		given = []
		for key, (kind, share, says) in zip(keys, drawn, strict=False):
			most = self.lines[key]["claimed" if state == "Pending Area Manager" else "approved"]
			amount = None if share is None or kind != "Approved" else round(most * share, 2)
			given.append(None if kind is None else (kind, amount, "Because" if says else ""))
		table = {"Pending Area Manager": BY_MANAGER, "With Accounts": BY_ACCOUNTS}.get(state)
		may = user in ({MAX, TARA} if table is BY_MANAGER else ACCOUNTS)
		allowed = (
			bool(table)
			and may
			and any(given)
			and all(self.possible(state, table, *one) for one in zip(keys, given, strict=True))
		)
		results: list = []
		happened = self.attempt(lambda: results.extend(decide(name, user, *given)))
		self.case.assertEqual(happened, allowed, f"{given} by {user} from {state}")
		if happened:
			self.take(name, table, given, results)

	def possible(self, state: str, table: dict, key: str, given: tuple | None) -> bool:
		if given is None:
			return True
		kind, amount, said = given
		if kind not in table or (kind != "Approved" and not said):
			return False
		most = self.lines[key]["claimed" if state == "Pending Area Manager" else "approved"]
		return amount is None or 0 < amount <= most

	def take(self, name: str, table: dict, given: list, results: list) -> None:
		state, asked_by, keys = self.parts[name]
		kinds = {key: one[0] if one else None for key, one in zip(keys, given, strict=True)}
		counts = Counter(kinds.values())
		order = [*table, None]
		stays = (
			"Approved"
			if counts["Approved"]
			else max(counts, key=lambda kind: (counts[kind], -order.index(kind)))
		)
		self.case.assertEqual(results[0].claim, name)
		self.case.assertEqual(set(results[0].lines), {key for key, kind in kinds.items() if kind == stays})
		self.case.assertEqual(len(results), len(counts))
		for key, one in zip(keys, given, strict=True):
			field = "approved" if table is BY_MANAGER else "locked"
			if one and one[0] == "Approved":
				most = self.lines[key]["claimed" if table is BY_MANAGER else "approved"]
				self.lines[key][field] = most if one[1] is None else one[1]
		for result in results:
			kind = kinds[result.lines[0]]
			action = table.get(kind)
			target = ACTIONS[action][1] if action else state
			asked = {"Ask": "Area Manager", "Ask Employee": "Accounts", "Ask Manager": "Accounts"}.get(
				action, ""
			)
			self.parts[result.claim] = [target, asked if action else asked_by, list(result.lines)]

	def attempt(self, call: object, *args: object) -> bool:
		frappe.db.savepoint("attempt")
		try:
			call(*args)
			return True
		except REFUSALS:
			frappe.db.rollback(save_point="attempt")
			frappe.flags.currently_saving = []
			return False
		finally:
			frappe.clear_messages()

	# --- what holds ----------------------------------------------------------------------------------------

	def check(self) -> None:
		case = self.case
		rows = frappe.get_all(
			records.LINE, {"line_key": ["in", list(self.lines)]}, ["*"], order_by="line_key", limit=0
		)
		case.assertEqual(len(rows), len(self.lines))
		where = {key: name for name, (_state, _asked, keys) in self.parts.items() for key in keys}
		for row in rows:
			line = self.lines[row.line_key]
			case.assertEqual(row.parent, where[row.line_key])
			case.assertEqual(
				(row.base_amount, row.manager_amount, row.accounts_amount),
				(line["claimed"], line["approved"], line["locked"]),
			)
			case.assertTrue(0 <= row.accounts_amount <= row.manager_amount <= row.base_amount)
		total = 0.0
		for name, (state, asked_by, keys) in self.parts.items():
			doc = fresh(name)
			case.assertEqual((doc.status, doc.workflow_state, doc.asked_by or ""), (state, state, asked_by))
			case.assertEqual({row.line_key for row in doc.expenses}, set(keys))
			docstatus = 2 if state == "Cancelled" else int("Locked" in state)
			case.assertEqual({doc.docstatus, *(row.docstatus for row in doc.expenses)}, {docstatus})
			case.assertAlmostEqual(doc.total_manager, sum(self.lines[key]["approved"] for key in keys), 2)
			case.assertAlmostEqual(doc.total_accounts, sum(self.lines[key]["locked"] for key in keys), 2)
			self.check_log(name, state)
			total += doc.total_claimed
		case.assertAlmostEqual(total, self.claimed, 2)

	def check_log(self, name: str, state: str) -> None:
		log = frappe.get_all(
			"Expense Move", {"claim": name}, ["from_state", "to_state"], order_by="at, creation, seconds"
		)
		self.case.assertEqual(log[-1].to_state, state)
		for before, after in pairwise(log):
			self.case.assertEqual(after.from_state, before.to_state)
