"""Decisions line by line, and the split that follows."""

from __future__ import annotations

import frappe
from frappe.utils import add_to_date, get_datetime

from sales_activity.sales_activity.expenses import deciding, records, rules
from sales_activity.sales_activity.expenses.moves import AmountChainError, ClaimMoveError, NotYourClaimError
from sales_activity.tests import expense_house as house
from sales_activity.tests.expense_house import (
	ANIL,
	ANITA,
	ESHA,
	MAX,
	NILS,
	OLGA,
	RAVI,
	TARA,
	VERA,
	act,
	acting,
	decide,
	fresh,
	line,
)
from sales_activity.tests.test_expense_claim import ExpenseCase

ASK, DENY = ("Clarification", None, "With whom?"), ("Denied", None, "Not for us")


class TestDeciding(ExpenseCase):
	def by_status(self, name: str) -> dict[str, list[float]]:
		found: dict[str, list[float]] = {}
		for part in house.parts(name):
			doc = fresh(part)
			found.setdefault(doc.status, []).extend(row.base_amount for row in doc.expenses)
		return found

	def test_what_is_not_approved_goes_to_a_claim_of_its_own(self) -> None:
		doc = house.sent(100, 50, 25, 10, 5)
		results = decide(doc.name, MAX, ("Approved", 60), ASK, DENY, None, ASK)
		self.assertEqual(
			self.by_status(doc.name),
			{"Approved": [100], "Clarification": [50, 5], "Denied": [25], "Pending Area Manager": [10]},
		)
		self.assertEqual(results[0].status, "Approved")
		self.assertEqual(results[0].claim, doc.name)
		kept = fresh(doc.name)
		self.assertEqual((kept.total_claimed, kept.total_manager, kept.holder), (100, 60, None))
		for result in results[1:]:
			split = fresh(result.claim)
			self.assertEqual((split.split_from, split.first_claim), (doc.name, doc.name))
			self.assertEqual(
				(split.employee, split.area_manager, split.owner), (doc.employee, MAX, doc.owner)
			)
			self.assertEqual(split.holder, MAX if result.status == "Pending Area Manager" else ESHA)
			self.assertEqual(tuple(row.line_key for row in split.expenses), result.lines)
			self.assertEqual(split.total_claimed, sum(row.base_amount for row in split.expenses))
			self.assertEqual([row.idx for row in split.expenses], [*range(1, len(split.expenses) + 1)])

	def test_times_go_on(self) -> None:
		doc = house.sent(100, 50, 25)
		since = add_to_date(get_datetime(fresh(doc.name).state_since), hours=-3)
		frappe.db.set_value(
			records.CLAIM, doc.name, {"state_since": since, "escalation_level": 1}, update_modified=False
		)
		_kept, denied, waiting = decide(doc.name, MAX, "Approved", DENY, None)
		self.assertEqual(get_datetime(fresh(waiting.claim).state_since), since)
		self.assertEqual(
			(fresh(waiting.claim).escalation_level, fresh(denied.claim).escalation_level), (1, 0)
		)
		log = frappe.get_all("Expense Move", {"claim": denied.claim}, ["*"])[0]
		self.assertEqual((log.from_state, log.to_state, log.user), ("Pending Area Manager", "Denied", MAX))
		self.assertGreaterEqual(log.seconds, 3 * 3600)
		self.assertIn(doc.name, log.via)
		self.assertEqual(log.reason, "Not for us")

	def test_where_nothing_is_approved_the_most_numerous_stays(self) -> None:
		doc = house.sent(100, 50, 25)
		decide(doc.name, MAX, DENY, ASK, DENY)
		self.assertEqual(fresh(doc.name).status, "Denied")
		doc = house.sent(100, 50, 25)
		decide(doc.name, MAX, DENY, None, None)
		self.assertEqual(fresh(doc.name).status, "Pending Area Manager")
		self.assertEqual(house.moves(doc.name), ["Draft", "Pending Area Manager"])

	def test_a_split_claim_goes_its_own_way(self) -> None:
		doc = house.sent(100, 50)
		_kept, asked = decide(doc.name, MAX, "Approved", ASK)
		with acting(ESHA):
			reply = fresh(asked.claim)
			reply.expenses[0].reply = "Meena"
			reply.expenses[0].amount = 40
			reply.save()
		self.assertEqual(act(asked.claim, "Reply", ESHA).status, "Pending Area Manager")
		third = decide(asked.claim, MAX, "Approved")
		self.assertEqual((third[0].status, fresh(asked.claim).total_manager), ("Approved", 40))
		self.assertEqual(fresh(asked.claim).first_claim, doc.name)

	def test_accounts(self) -> None:
		doc = house.with_accounts(100, 50, 25, 10, 5)
		decide(
			doc.name,
			ANIL,
			("Approved", 80),
			("Denied", None, "By card"),
			("Ask Manager", None, "So much?"),
			("Ask Employee", None, "Which?"),
			None,
		)
		self.assertEqual(
			self.by_status(doc.name),
			{
				"Approved and Locked": [100],
				"Denied and Locked": [50],
				"Returned to Area Manager": [25],
				"Clarification": [10],
				"With Accounts": [5],
			},
		)
		for name in house.parts(doc.name):
			claim = fresh(name)
			wanted = int("Locked" in claim.status)
			self.assertEqual((claim.docstatus, claim.expenses[0].docstatus), (wanted, wanted))
		self.assertEqual(fresh(doc.name).total_accounts, 80)

	def test_what_is_refused(self) -> None:
		doc = house.sent(100, 50)
		for decisions in (
			(None, None),
			(("Approved", 101), None),
			(("Approved", 0), None),
			(("Approved", -1), None),
			(("Approved", float("nan")), None),
			("Denied", None),
			("Clarification", None),
			(("Denied", 5, "Why"), None),
			(("Lock",), None),
			(("", 5), None),
		):
			self.refuse(decide, doc.name, MAX, *decisions, error=(ClaimMoveError, AmountChainError))
		self.refuse(
			deciding.decide, doc.name, {"unknown": rules.Decision("Approved")}, error=ClaimMoveError, user=MAX
		)
		self.refuse(deciding.decide, "SEC-none", {}, error=frappe.DoesNotExistError, user=MAX)
		self.assertEqual(self.by_status(doc.name), {"Pending Area Manager": [100, 50]})

	def test_who_decides(self) -> None:
		doc = house.sent(100)
		for user in (ESHA, RAVI, VERA, TARA, NILS, ANIL, ANITA, OLGA, "Administrator"):
			self.refuse(decide, doc.name, user, "Approved", error=(NotYourClaimError, frappe.PermissionError))
		house.stand_in(MAX, TARA)
		self.assertEqual(decide(doc.name, TARA, "Approved")[0].status, "Approved")
		for user in (MAX, ANIL):
			self.refuse(decide, doc.name, user, "Approved", error=NotYourClaimError)
		house.forward(doc.name)
		for user in (ESHA, MAX, OLGA):
			self.refuse(decide, doc.name, user, "Approved", error=(NotYourClaimError, frappe.PermissionError))
		self.assertEqual(decide(doc.name, ANIL, "Approved")[0].status, "Approved and Locked")

	def test_the_second_of_two_is_told(self) -> None:
		doc = house.sent(100, 50)
		seen = fresh(doc.name).modified
		decide(doc.name, MAX, "Approved", None)
		left = house.parts(doc.name)[1]
		key = fresh(left).expenses[0].line_key
		self.refuse(
			deciding.decide,
			doc.name,
			{key: rules.Decision("Approved")},
			seen,
			error=frappe.TimestampMismatchError,
			user=MAX,
		)

	def test_receipts_go_along(self) -> None:
		shared, own = house.receipt("one bill for two"), house.receipt("another", name="other.txt")
		doc = house.sent(line(100, receipt=shared), line(50, receipt=shared), line(25, receipt=own))
		_kept, denied = decide(doc.name, MAX, "Approved", DENY, DENY)
		self.assertEqual(self.attached(doc.name), {shared})
		self.assertEqual(self.attached(denied.claim), {shared, own})
		rows = {row.receipt for row in fresh(denied.claim).expenses}
		self.assertEqual(rows, {shared, own})

	def attached(self, name: str) -> set[str]:
		of_claim = {"attached_to_doctype": records.CLAIM, "attached_to_name": name}
		return set(frappe.get_all("File", of_claim, pluck="file_url"))

	def test_decisions_as_sent(self) -> None:
		self.assertEqual(
			deciding.decision_of({"decision": "Approved", "amount": "60.5"}),
			rules.Decision("Approved", 60.5, ""),
		)
		self.assertEqual(deciding.decision_of({}), rules.Decision(""))
		for raw in (
			"Approved",
			None,
			{"decision": 5},
			{"decision": "Approved", "amount": "x"},
			{"decision": "Approved", "amount": True},
			{"decision": "Denied", "text": "x" * 3000},
		):
			self.refuse(deciding.decision_of, raw, error=ClaimMoveError)

	def test_statements(self) -> None:
		"""A decision costs the same per part, however many lines stay."""
		few, many = house.sent(*[10] * 3), house.sent(*[10] * 12)
		costs = []
		for doc in (few, many):
			decisions = ["Approved"] * (len(doc.expenses) - 1) + [DENY]
			costs.append(self.queries(decide, doc.name, MAX, *decisions))
		# each line that stays is written once (Frappe), and read with the others
		self.assertLessEqual(costs[1] - costs[0], 9)
