"""Random histories of a claim, on real documents, against a plain model of what holds.

Whoever does whatever: what was allowed is exactly what the model allows, and what became of it what the model says. On
every line, at every moment, locked <= approved <= claimed; the parts add up to what was claimed; each line is in exactly one
claim; the log of each claim leads from state to state. What is booked is what was locked, and what is cancelled is booked no
more. Whoever lets a claim wait is reminded once, and it goes up once a level.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import frappe
from frappe.model.document import Document
from hypothesis import given
from hypothesis import strategies as st

from sales_activity.sales_activity.expenses import escalation, limits, posting, records
from sales_activity.tests import expense_books as books
from sales_activity.tests import expense_house as house
from sales_activity.tests.expense_house import ANIL, ANITA, ESHA, MAX, RAVI, TARA, VERA, decide, fresh
from sales_activity.tests.random_histories import histories
from sales_activity.tests.test_expense_claim import REFUSALS, ExpenseCase

# Administrator has every role, and is nobody's area manager
ACCOUNTS, CHIEFS = {ANIL, ANITA, "Administrator"}, {ANITA, "Administrator"}
# Max, and whoever stands in for him; what waits for him goes up to Vera
MANAGERS = {MAX, TARA}
# action: from these states, to that one, by these users, whether something has to be said
ACTIONS = {
	"Send": ({"Draft", "Denied"}, "Pending Area Manager", {ESHA}, False),
	"Withdraw": ({"Pending Area Manager"}, "Draft", {ESHA}, False),
	"Approve": ({"Pending Area Manager"}, "Approved", MANAGERS, False),
	"Ask": ({"Pending Area Manager"}, "Clarification", MANAGERS, True),
	"Deny": ({"Pending Area Manager"}, "Denied", MANAGERS, True),
	"Reply": ({"Clarification"}, None, {ESHA}, True),
	"Lock": ({"With Accounts"}, "Approved and Locked", ACCOUNTS, False),
	"Deny and Lock": ({"With Accounts"}, "Denied and Locked", ACCOUNTS, True),
	"Ask Manager": ({"With Accounts"}, "Returned to Area Manager", ACCOUNTS, True),
	"Ask Employee": ({"With Accounts"}, "Clarification", ACCOUNTS, True),
	"Answer": ({"Returned to Area Manager"}, "With Accounts", MANAGERS, True),
	"Cancel": ({"Approved and Locked", "Denied and Locked"}, "Cancelled", CHIEFS, False),
}
# a decision on a line: what its action is, in the order in which one of equally many stays
BY_MANAGER = {"Approved": "Approve", "Clarification": "Ask", "Denied": "Deny"}
BY_ACCOUNTS = {
	**{"Approved": "Lock", "Denied": "Deny and Lock"},
	**{"Ask Manager": "Ask Manager", "Ask Employee": "Ask Employee"},
}
KINDS = [None, None, "Approved", "Approved", "Clarification", "Denied", "Ask Manager", "Ask Employee"]
decisions = st.tuples(st.sampled_from(KINDS), st.sampled_from([None, None, 0, 0.25, 1, 1.01]), st.booleans())
UNLIMITED = {"Draft", "Approved and Locked", "Denied and Locked", "Cancelled"}
LIMIT, LONG = 3, 30  # days
ADVANCE = 60
USERS = [ESHA, ESHA, MAX, MAX, TARA, ANIL, ANIL, ANITA, RAVI, VERA, "Administrator"]
WHAT = [*["onward"] * 12, *["decide"] * 3, *["wait"] * 3, *["whoever may"] * 2]
steps = st.tuples(
	st.sampled_from([*WHAT, *ACTIONS]),
	st.integers(0, 7),
	st.sampled_from(USERS),
	st.booleans(),
	st.lists(decisions, min_size=4, max_size=4),
)


class TestHistories(ExpenseCase):
	@histories(examples=10)
	@given(
		st.lists(st.sampled_from([10, 33.33, 100]), min_size=2, max_size=4),
		st.lists(steps, min_size=8, max_size=16),
		st.sampled_from(["Submitted", "Draft"]),
	)
	def test_random_histories(self, amounts: list, history: list, journal_as: str) -> None:
		frappe.db.savepoint("history")
		try:
			books.settings(journal_as=journal_as, **dict.fromkeys(limits.FIELDS.values(), LIMIT))
			books.advance(house.employee(ESHA), ADVANCE)
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
		# claim > how many levels it went up in its state
		self.levels = {doc.name: 0}
		self.owed_before = self.owed()

	# --- what happens --------------------------------------------------------------------------------------

	def do(self, what: str, which: int, user: str, says: bool, drawn: list) -> None:
		name = list(self.parts)[which % len(self.parts)]
		state = self.parts[name][0]
		if what == "onward":
			self.onward(name, state, drawn)
		elif what == "wait":
			self.wait(name)
		elif what == "decide":
			# rather somebody whose turn it is
			turn = {"Pending Area Manager": MAX, "With Accounts": ANIL}.get(state, user)
			self.decide(name, turn if which < 6 else user, drawn)
		elif what == "whoever may":
			possible = [action for action, (froms, *_rest) in ACTIONS.items() if state in froms]
			for action in possible[which % len(possible) :][:1] if possible else ():
				self.act(name, action, sorted(ACTIONS[action][2])[-1], says)
		else:
			self.act(name, what, user, says)

	def onward(self, name: str, state: str, drawn: list) -> None:
		"""A step towards the books by whoever's turn it is; so that histories get there."""
		if state == "Approved":
			house.forward(name)
			self.parts[name][0] = "With Accounts"
			self.levels[name] = 0
		elif state in ("Pending Area Manager", "With Accounts"):
			granted = [("Approved" if kind else None, share or None, False) for kind, share, _says in drawn]
			self.decide(name, MAX if state == "Pending Area Manager" else ANIL, granted)
		elif action := {"Clarification": "Reply", "Returned to Area Manager": "Answer", "Denied": "Send"}.get(
			state
		):
			self.act(name, action, MAX if action == "Answer" else ESHA, True)

	def act(self, name: str, action: str, user: str, says: bool) -> None:
		state, asked_by, keys = self.parts[name]
		from_states, to_state, users, needs_words = ACTIONS[action]
		users = self.managers(name) if users is MANAGERS else users
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
		self.levels[name] = 0

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

	def wait(self, name: str) -> None:
		"""A claim waits for longer than it may: one level up, unless it was there before, and no other claim."""
		house.wait(name, LONG)
		late = self.parts[name][0] not in UNLIMITED and self.levels[name] < len(escalation.SINCE)
		with self.case.no_commits():
			self.case.assertEqual((escalation.escalate(), escalation.escalate()), (int(late), 0))
		self.levels[name] += late

	def managers(self, name: str) -> set[str]:
		"""Who may decide on a claim for the area manager."""
		return MANAGERS | ({VERA} if self.levels[name] >= 2 else set())

	def decide(self, name: str, user: str, drawn: list) -> None:
		state, _asked_by, keys = self.parts[name]
		given = []
		for key, (kind, share, says) in zip(keys, drawn, strict=False):
			most = self.lines[key]["claimed" if state == "Pending Area Manager" else "approved"]
			amount = None if share is None or kind != "Approved" else round(most * share, 2)
			given.append(None if kind is None else (kind, amount, "Because" if says else ""))
		table = {"Pending Area Manager": BY_MANAGER, "With Accounts": BY_ACCOUNTS}.get(state)
		may = user in (self.managers(name) if table is BY_MANAGER else ACCOUNTS)
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
		level = self.levels[name]
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
			self.levels[result.claim] = 0 if action else level

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
			case.assertEqual(doc.escalation_level, self.levels[name])
			case.assertEqual({row.line_key for row in doc.expenses}, set(keys))
			docstatus = 2 if state == "Cancelled" else int("Locked" in state)
			case.assertEqual({doc.docstatus, *(row.docstatus for row in doc.expenses)}, {docstatus})
			case.assertAlmostEqual(doc.total_manager, sum(self.lines[key]["approved"] for key in keys), 2)
			case.assertAlmostEqual(doc.total_accounts, sum(self.lines[key]["locked"] for key in keys), 2)
			self.check_log(name, state)
			self.check_booked(doc)
			total += doc.total_claimed
		case.assertAlmostEqual(total, self.claimed, 2)
		case.assertAlmostEqual(self.owed() - self.owed_before, self.booked(), 2)

	def check_booked(self, claim: Document) -> None:
		"""What a locked claim's Journal Entry debits is what was locked; nothing else is booked."""
		if claim.status != "Approved and Locked":
			self.case.assertNotIn(claim.journal_status, (posting.DRAFT, posting.POSTED, posting.TO_POST))
			return
		journal = frappe.get_doc("Journal Entry", claim.journal_entry)
		status = {0: posting.DRAFT, 1: posting.POSTED}[journal.docstatus]
		self.case.assertEqual(claim.journal_status, status)
		for total in (journal.total_debit, journal.total_credit):
			self.case.assertAlmostEqual(total, claim.total_accounts, 2)
		set_off = sum(row.set_off_amount for row in claim.advances)
		self.case.assertAlmostEqual(claim.payable_amount + set_off, claim.total_accounts, 2)

	def booked(self) -> float:
		"""What stands in the ledger of the claims that are locked: nothing of drafts."""
		names = [name for name, (state, *_rest) in self.parts.items() if state == "Approved and Locked"]
		claims = [fresh(name) for name in names]
		return sum(claim.total_accounts for claim in claims if claim.journal_status == posting.POSTED)

	def owed(self) -> float:
		"""What the company owes Esha, less what she has got before."""
		return -sum(books.balance(name, house.employee(ESHA)) for name in (books.PAYABLE, books.ADVANCES))

	def check_log(self, name: str, state: str) -> None:
		log = frappe.get_all(
			"Expense Move", {"claim": name}, ["from_state", "to_state"], order_by="at, creation, seconds"
		)
		self.case.assertEqual(log[-1].to_state, state)
		for before, after in pairwise(log):
			self.case.assertEqual(after.from_state, before.to_state)
