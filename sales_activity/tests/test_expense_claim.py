"""Claims: drafts and their lines, who moves them, what nobody changes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

import frappe
from frappe import client
from frappe.desk.doctype.bulk_update.bulk_update import submit_cancel_or_update_docs
from frappe.model.workflow import WorkflowPermissionError, WorkflowTransitionError
from frappe.utils import add_days, today

from sales_activity.rows import LoneRowError
from sales_activity.sales_activity.doctype.expense_move.expense_move import ExpenseMoveIsHistoryError
from sales_activity.sales_activity.expenses import lines, people, records
from sales_activity.sales_activity.expenses.moves import (
	AmountChainError,
	ClaimLockedError,
	ClaimMoveError,
	NoManagerError,
	NotYourClaimError,
)
from sales_activity.sales_activity.expenses.receipts import ReceiptInUseError
from sales_activity.tests import expense_house as house
from sales_activity.tests import factories
from sales_activity.tests.base import TestCase
from sales_activity.tests.expense_house import (
	ANIL,
	ANITA,
	CAR,
	COMPANY,
	ESHA,
	HOTEL,
	MAX,
	MEALS,
	NILS,
	NORA,
	OLGA,
	RAVI,
	TARA,
	VERA,
	act,
	acting,
	claim,
	fresh,
	line,
)

REFUSALS = (frappe.PermissionError, frappe.ValidationError, WorkflowPermissionError, WorkflowTransitionError)


class ExpenseCase(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		house.build()

	def refuse(
		self,
		action: Callable,
		*args: object,
		error: type | tuple = REFUSALS,
		user: str | None = None,
		**kwargs: object,
	) -> str:
		"""The call is refused; returns the message. What was written until then is undone, as a request would."""
		frappe.db.savepoint("refused")
		with acting(user or frappe.session.user), self.assertRaises(error) as caught:
			action(*args, **kwargs)
		frappe.db.rollback(save_point="refused")
		frappe.clear_messages()
		frappe.flags.currently_saving = []
		return str(caught.exception)

	def queries(self, action: Callable, *args: object) -> int:
		"""How many statements a call sends."""
		sent: list[str] = []
		original = frappe.db.sql

		def counted(query: str, *more: object, **kwargs: object) -> object:
			sent.append(query)
			return original(query, *more, **kwargs)

		with patch.object(frappe.db, "sql", counted):
			action(*args)
		return len(sent)

	@contextmanager
	def no_commits(self) -> Iterator[None]:
		"""What ends transactions of its own goes on in the test's; a rollback goes to where it began."""
		frappe.db.savepoint("no_commits")
		back = frappe.db.rollback

		def undo(save_point: str | None = None, **_more: object) -> None:
			back(save_point=save_point or "no_commits")

		with patch.object(frappe.db, "commit"), patch.object(frappe.db, "rollback", undo):
			yield

	def states(self, name: str) -> tuple[str, str, int]:
		return tuple(frappe.db.get_value(records.CLAIM, name, ["status", "workflow_state", "docstatus"]))


class Drafts:
	def test_a_draft_is_of_whoever_makes_it(self) -> None:
		doc = claim(100, 50.5)
		self.assertEqual(doc.employee, house.employee(ESHA))
		self.assertEqual((doc.company, doc.currency), (COMPANY, factories.CURRENCY))
		self.assertEqual((doc.status, doc.holder, doc.total_claimed), ("Draft", ESHA, 150.5))
		self.assertEqual(house.moves(doc.name), ["Draft"])
		self.assertEqual(len({row.line_key for row in doc.expenses}), 2)

	def test_nobody_claims_for_others(self) -> None:
		self.refuse(claim, 100, employee=house.employee(RAVI), error=NotYourClaimError)
		self.refuse(lambda: claim(100, user=OLGA))

	def test_what_a_client_says_of_decisions_counts_nothing(self) -> None:
		sent = {"decision": "Approved", "manager_amount": 90, "accounts_amount": 80, "line_key": "mine"}
		doc = claim(
			{**line(100), **sent, "base_amount": 5000, "exchange_rate": 9},
			total_claimed=77,
			area_manager=NORA,
		)
		row = doc.expenses[0]
		self.assertEqual((row.decision, row.manager_amount, row.accounts_amount), ("", 0, 0))
		self.assertEqual((row.base_amount, row.exchange_rate, doc.total_claimed), (100, 1, 100))
		self.assertNotEqual(row.line_key, "mine")
		self.assertFalse(doc.area_manager)

	def test_a_claim_begins_as_a_draft(self) -> None:
		self.refuse(claim, 100, workflow_state="Approved", error=ClaimMoveError)
		self.refuse(claim, 100, status="Approved", error=ClaimMoveError)
		self.refuse(claim, 100, docstatus=1)

	def test_amounts_that_are_none(self) -> None:
		for amount in (0, -5, float("nan"), float("inf"), 1e13, "abc", None):
			self.refuse(claim, line(amount), error=lines.ExpenseLineError)

	def test_days(self) -> None:
		self.refuse(claim, line(10, days_ago=-1), error=lines.ExpenseLineError)
		self.refuse(claim, line(10, expense_date=None), error=lines.ExpenseLineError)
		self.assertEqual(claim(line(10, days_ago=0)).total_claimed, 10)

	def test_currencies_at_the_rate_of_the_day(self) -> None:
		factories.exchange_rate("USD", factories.CURRENCY, 80, on=add_days(today(), -10))
		factories.exchange_rate("USD", factories.CURRENCY, 90, on=add_days(today(), -2))
		doc = claim(line(10, days_ago=5, currency="USD"), line(10, days_ago=1, currency="USD"))
		self.assertEqual([row.base_amount for row in doc.expenses], [800, 900])
		self.assertEqual(doc.total_claimed, 1700)
		with acting(ESHA):
			doc.expenses[0].exchange_rate = 500
			doc.expenses[0].base_amount = 5000
			doc.save()
		self.assertEqual(doc.expenses[0].base_amount, 800)
		self.refuse(claim, line(10, currency="JPY"))

	def test_kilometres_at_the_rate_of_the_day(self) -> None:
		expense_type = frappe.get_doc("Sales Expense Type", CAR)
		expense_type.append("rates", {"vehicle": "Car", "rate": 12, "valid_from": add_days(today(), -3)})
		expense_type.append(
			"rates", {"vehicle": "Car", "rate": 7.5, "company": COMPANY, "valid_from": add_days(today(), -1)}
		)
		expense_type.save()
		journey = {"vehicle": "Car", "distance": 40.5}
		doc = claim(*(line(1, CAR, days_ago=ago, **journey) for ago in (5, 2, 0)))
		self.assertEqual([row.base_amount for row in doc.expenses], [405, 486, 303.75])
		self.refuse(claim, line(1, CAR, vehicle="Bicycle", distance=3), error=lines.ExpenseLineError)
		self.refuse(claim, line(1, CAR, vehicle="Car", distance=0), error=lines.ExpenseLineError)
		self.refuse(claim, line(1, CAR, vehicle="Car", distance=-3), error=lines.ExpenseLineError)

	def test_tags_come_with_the_project(self) -> None:
		project = factories.sales_project(
			factories.customer("Expense Customer"), territory=factories.territory("Expense South")
		)
		frappe.db.set_value("Sales Project", project.name, "owner", ESHA)
		doc = claim(line(100, sales_project=project.name))
		self.assertEqual(
			(doc.expenses[0].customer, doc.expenses[0].territory), ("Expense Customer", "Expense South")
		)

	def test_what_the_set_up_wizard_left_is_not_taken(self) -> None:
		"""A company with another currency than the site's, a project in another territory, a rate of all companies."""
		south = factories.territory("Expense South")
		defaults = {"currency": "USD", "territory": factories.territory("Expense North"), "company": COMPANY}
		for name, value in defaults.items():
			frappe.db.set_default(name, value)
		self.addCleanup(frappe.clear_cache)
		frappe.local.new_doc_templates = {}
		project = factories.sales_project(factories.customer("Expense Customer"), territory=south)
		frappe.db.set_value("Sales Project", project.name, "owner", ESHA)
		doc = claim(100, line(10, sales_project=project.name))
		self.assertEqual(
			[(row.currency, row.territory) for row in doc.expenses],
			[(factories.CURRENCY, None), (factories.CURRENCY, south)],
		)
		rates = [{"vehicle": "Bicycle", "rate": 2}]
		kind = factories.make_once(
			"Sales Expense Type",
			"Expense Ride",
			expense_type_name="Expense Ride",
			basis="Distance",
			rates=rates,
		)
		self.assertFalse(frappe.get_doc("Sales Expense Type", kind).rates[0].company)

	def test_a_draft_can_be_changed_and_deleted(self) -> None:
		doc = claim(100, 50)
		keys = {row.line_key for row in doc.expenses}
		with acting(ESHA):
			doc.expenses[0].amount = 70
			doc.append("expenses", line(5))
			doc.remove(doc.expenses[1])
			doc.save()
		self.assertEqual([row.base_amount for row in doc.expenses], [70, 5])
		self.assertEqual(len(keys & {row.line_key for row in doc.expenses}), 1)
		for user in (RAVI, MAX, ANITA, OLGA):
			self.refuse(frappe.delete_doc, records.CLAIM, doc.name, user=user)
		with acting(ESHA):
			frappe.delete_doc(records.CLAIM, doc.name)
		self.assertFalse(frappe.db.count("Expense Move", {"claim": doc.name}))

	def test_whole_numbers_come_back_from_the_desk_without_decimals(self) -> None:
		"""100.0 is 100 in JavaScript: no reason to think that somebody changed it."""
		draft = house.act(house.sent(100).name, "Withdraw", ESHA)
		asked = act(house.with_accounts(100, 50).name, "Ask Employee", ANIL, reason="Whom did you visit?")
		for doc in (draft, asked):
			as_sent = json.loads(fresh(doc.name).as_json().replace(".0,", ","))
			as_sent["expenses"][0]["description"] = "The clinic"
			with acting(ESHA):
				client.save(json.dumps(as_sent))
			self.assertEqual(fresh(doc.name).expenses[0].description, "The clinic")

	def test_a_line_of_another_claim_is_not_taken(self) -> None:
		other, own = claim(100, user=RAVI), claim(50)
		stolen = {**other.expenses[0].as_dict(), "parent": own.name}
		self.refuse(self.save_with, own, [*own.expenses, stolen], user=ESHA, error=ClaimLockedError)
		self.assertEqual(frappe.db.get_value(records.LINE, stolen["name"], "parent"), other.name)

	def save_with(self, doc: frappe.model.document.Document, rows: list) -> None:
		as_sent = doc.as_dict()
		as_sent["expenses"] = [row if isinstance(row, dict) else row.as_dict() for row in rows]
		for row in as_sent["expenses"]:
			row.pop("__islocal", None)
		client.save(json.dumps(as_sent, default=str))


class Sending:
	def test_it_goes_to_the_manager(self) -> None:
		doc = house.sent(100)
		self.assertEqual((doc.status, doc.area_manager, doc.holder), ("Pending Area Manager", MAX, MAX))
		self.assertEqual(house.moves(doc.name), ["Draft", "Pending Area Manager"])

	def test_a_manager_without_user_or_role_is_passed_over(self) -> None:
		factories.user(MAX, "Sales User")
		self.assertEqual(house.sent(100).area_manager, VERA)
		factories.user(MAX, *house.ROLES[MAX])
		frappe.db.set_value("User", MAX, "enabled", 0)
		self.assertEqual(house.sent(100).area_manager, VERA)

	def test_else_the_tree_of_sales_persons(self) -> None:
		frappe.get_doc("Employee", house.employee(NILS)).update({"reports_to": None}).save()
		factories.sales_person("Expense Nora", of_user=NORA, is_group=True)
		factories.sales_person("Expense Nils", "Expense Nora", of_user=NILS)
		doc = house.sent(100, user=NILS)
		self.assertEqual((doc.area_manager, doc.sales_person), (NORA, "Expense Nils"))

	def test_else_the_manager_of_the_settings(self) -> None:
		frappe.get_doc("Employee", house.employee(NILS)).update({"reports_to": None}).save()
		self.refuse(lambda: house.sent(100, user=NILS), error=NoManagerError)
		frappe.db.set_single_value("Sales Activity Settings", "escalate_to", VERA)
		self.assertEqual(house.sent(100, user=NILS).area_manager, VERA)

	def test_a_managers_own_claim_goes_up(self) -> None:
		doc = house.sent(100, user=MAX)
		self.assertEqual(doc.area_manager, VERA)
		self.refuse(act, doc.name, "Approve", MAX, error=NotYourClaimError)
		frappe.db.set_single_value("Sales Activity Settings", "escalate_to", VERA)
		self.refuse(lambda: house.sent(100, user=VERA), error=NoManagerError)

	def test_without_lines_or_receipts_it_is_not_sent(self) -> None:
		empty = claim(user=ESHA)
		with acting(ESHA):
			empty.set("expenses", [])
			empty.save()
		self.refuse(act, empty.name, "Send", ESHA, error=lines.ExpenseLineError)
		self.refuse(house.sent, line(10, HOTEL), error=lines.ExpenseLineError)
		self.refuse(house.sent, line(501, MEALS), error=lines.ExpenseLineError)
		self.assertEqual(house.sent(line(500, MEALS)).status, "Pending Area Manager")
		self.assertEqual(house.sent(line(10, HOTEL, receipt=house.receipt())).status, "Pending Area Manager")

	def test_limits(self) -> None:
		bill = house.receipt()
		house.sent(line(600, MEALS, receipt=bill))
		doc = claim(line(401, MEALS))
		self.assertIn("1,001", doc.expenses[0].warnings)
		self.refuse(act, doc.name, "Send", ESHA, error=lines.LimitExceededError)
		other_day = claim(line(401, MEALS, days_ago=2))
		self.assertFalse(other_day.expenses[0].warnings)
		frappe.db.set_value("Sales Expense Type", MEALS, "limit_action", "Warn")
		frappe.clear_document_cache("Sales Expense Type", MEALS)
		self.assertEqual(act(doc.name, "Send", ESHA).status, "Pending Area Manager")
		frappe.clear_document_cache("Sales Expense Type", MEALS)

	def test_withdraw(self) -> None:
		doc = house.sent(100)
		self.refuse(act, doc.name, "Withdraw", MAX, error=NotYourClaimError)
		self.assertEqual(act(doc.name, "Withdraw", ESHA).status, "Draft")
		self.refuse(frappe.delete_doc, records.CLAIM, doc.name, user=ESHA, error=ClaimLockedError)


class WholeClaims:
	"""Actions of the Workflow decide the same on every line."""

	def test_approve(self) -> None:
		doc = house.approved(100, 50)
		self.assertEqual((doc.status, doc.total_manager, doc.holder), ("Approved", 150, None))
		self.assertEqual({row.decision for row in doc.expenses}, {"Approved"})

	def test_deny_correct_and_send_again(self) -> None:
		doc = house.sent(100)
		self.refuse(act, doc.name, "Deny", MAX, error=ClaimMoveError)
		doc = act(doc.name, "Deny", MAX, reason="Not for us")
		self.assertEqual((doc.status, doc.reason, doc.holder), ("Denied", "Not for us", ESHA))
		self.assertEqual((doc.expenses[0].decision, doc.expenses[0].manager_reason), ("Denied", "Not for us"))
		with acting(ESHA):
			doc = fresh(doc.name)
			doc.expenses[0].amount = 60
			doc.save()
		doc = act(doc.name, "Send", ESHA)
		self.assertEqual(
			(doc.status, doc.expenses[0].decision, doc.total_claimed), ("Pending Area Manager", "", 60)
		)
		wanted = ["Draft", "Pending Area Manager", "Denied", "Pending Area Manager"]
		self.assertEqual(house.moves(doc.name), wanted)

	def test_ask_and_reply(self) -> None:
		doc = act(house.sent(100).name, "Ask", MAX, reason="With whom?")
		self.assertEqual((doc.status, doc.asked_by, doc.holder), ("Clarification", "Area Manager", ESHA))
		self.assertEqual(doc.expenses[0].question, "With whom?")
		self.refuse(act, doc.name, "Reply", ESHA, error=ClaimMoveError)
		doc = act(doc.name, "Reply", ESHA, reason="With Meena")
		self.assertEqual((doc.status, doc.holder, doc.asked_by), ("Pending Area Manager", MAX, ""))
		self.assertEqual(doc.expenses[0].reply, "With Meena")

	def test_accounts_ask_the_employee(self) -> None:
		doc = act(house.with_accounts(100).name, "Ask Employee", ANIL, reason="Which GST number?")
		self.assertEqual((doc.status, doc.asked_by), ("Clarification", "Accounts"))
		with acting(ESHA):
			doc = fresh(doc.name)
			doc.expenses[0].amount = 900
		self.refuse(doc.save, user=ESHA, error=ClaimLockedError)
		doc = act(doc.name, "Reply", ESHA, reason="29AAB")
		self.assertEqual((doc.status, doc.expenses[0].manager_amount), ("With Accounts", 100))

	def test_accounts_ask_the_manager(self) -> None:
		doc = act(house.with_accounts(100).name, "Ask Manager", ANIL, reason="So much?")
		self.assertEqual((doc.status, doc.holder), ("Returned to Area Manager", MAX))
		raised = fresh(doc.name)
		raised.expenses[0].manager_amount = 101
		self.refuse(raised.save, user=MAX, error=AmountChainError)
		with acting(MAX):
			lowered = fresh(doc.name)
			lowered.expenses[0].manager_amount = 60
			lowered.save()
		doc = act(doc.name, "Answer", MAX, reason="Sixty will do")
		self.assertEqual(
			(doc.status, doc.total_manager, doc.expenses[0].accounts_decision), ("With Accounts", 60, "")
		)

	def test_lock_and_cancel(self) -> None:
		doc = act(house.with_accounts(100, 40).name, "Lock", ANIL)
		self.assertEqual(self.states(doc.name), ("Approved and Locked", "Approved and Locked", 1))
		self.assertEqual(doc.total_accounts, 140)
		self.refuse(act, doc.name, "Cancel", ANIL)
		doc = act(doc.name, "Cancel", ANITA)
		self.assertEqual(self.states(doc.name), ("Cancelled", "Cancelled", 2))
		self.assertEqual(house.moves(doc.name)[-2:], ["Approved and Locked", "Cancelled"])

	def test_deny_and_lock(self) -> None:
		doc = house.with_accounts(100)
		self.refuse(act, doc.name, "Deny and Lock", ANIL, error=ClaimMoveError)
		doc = act(doc.name, "Deny and Lock", ANIL, reason="Paid by card")
		self.assertEqual(self.states(doc.name), ("Denied and Locked", "Denied and Locked", 1))
		self.assertEqual((doc.total_manager, doc.total_accounts, doc.reason), (100, 0, "Paid by card"))

	def test_nobody_in_accounts_locks_their_own(self) -> None:
		doc = house.with_accounts(100, user=ANIL, manager=VERA)
		self.refuse(act, doc.name, "Lock", ANIL, error=NotYourClaimError)
		self.assertEqual(act(doc.name, "Lock", ANITA).status, "Approved and Locked")
		own = act(house.with_accounts(100, user=ANITA, manager=VERA).name, "Lock", ANIL)
		self.refuse(act, own.name, "Cancel", ANITA, error=NotYourClaimError)

	def test_amend(self) -> None:
		doc = act(act(house.with_accounts(100).name, "Lock", ANIL).name, "Cancel", ANITA)
		self.refuse(self.amend, doc, user=ESHA)
		self.refuse(self.amend, doc, user=ANIL)
		with acting(ANITA):
			copy = self.amend(doc)
		self.assertEqual((copy.status, copy.employee, copy.holder), ("Draft", house.employee(ESHA), ESHA))
		self.assertNotEqual(copy.expenses[0].line_key, doc.expenses[0].line_key)
		self.assertEqual((copy.total_manager, copy.expenses[0].decision), (0, ""))
		self.refuse(self.amend, doc, user=ANITA, error=ClaimMoveError)
		self.assertEqual(act(copy.name, "Send", ESHA).status, "Pending Area Manager")

	def amend(self, doc: frappe.model.document.Document) -> frappe.model.document.Document:
		copy = frappe.copy_doc(fresh(doc.name))
		copy.amended_from = doc.name
		for one in (copy, *copy.expenses):  # left as it was while tests run
			one.docstatus = 0
		return copy.insert()


class Ways:
	"""Whatever way somebody comes, the claim is as locked as the state says."""

	def ways(self, name: str, row: str) -> dict[str, Callable]:
		def saved(**values: object) -> None:
			client.save(json.dumps({**fresh(name).as_dict(), **values}, default=str))

		def row_saved(**values: object) -> None:
			as_sent = fresh(name).as_dict()
			as_sent["expenses"][0].update(values)
			client.save(json.dumps(as_sent, default=str))

		return {
			"title": lambda: client.set_value(records.CLAIM, name, "title", "Other"),
			"state": lambda: client.set_value(records.CLAIM, name, "workflow_state", "Draft"),
			"status": lambda: client.set_value(records.CLAIM, name, "status", "Approved and Locked"),
			"total": lambda: saved(total_accounts=1),
			"manager": lambda: saved(area_manager=NILS),
			"amount": lambda: row_saved(amount=1),
			"approved": lambda: row_saved(manager_amount=1, decision="Approved"),
			"locked": lambda: row_saved(accounts_amount=1, accounts_decision="Approved"),
			"key": lambda: row_saved(line_key="other"),
			"no rows": lambda: saved(expenses=[]),
			"row alone": lambda: client.set_value(records.LINE, row, "amount", 1),
			"row deleted": lambda: client.delete(records.LINE, row),
			"submit": lambda: client.submit(json.dumps(fresh(name).as_dict(), default=str)),
			"cancel": lambda: client.cancel(records.CLAIM, name),
			"delete": lambda: client.delete(records.CLAIM, name),
			"rename": lambda: client.rename_doc(records.CLAIM, name, "other"),
			"discard": lambda: factories.discard(fresh(name)),
		}

	def check_locked(self, name: str, users: tuple[str, ...], but: dict[str, tuple] | None = None) -> None:
		row = fresh(name).expenses[0].name
		before = fresh(name).as_dict(no_default_fields=False)
		for user in users:
			for way, attempt in self.ways(name, row).items():
				if user in (but or {}).get(way, ()):
					continue
				with self.subTest(user=user, way=way):
					self.refuse(attempt, user=user)
		self.assertEqual(fresh(name).as_dict(), before)

	def test_pending(self) -> None:
		doc = house.sent(100)
		self.check_locked(
			doc.name, (ESHA, MAX, RAVI, ANIL, ANITA, OLGA, NILS, "Administrator"), {"state": (ESHA,)}
		)

	def test_approved(self) -> None:
		self.check_locked(house.approved(100).name, (ESHA, MAX, ANIL, ANITA, OLGA, "Administrator"))

	def test_with_accounts(self) -> None:
		doc = house.with_accounts(100)
		self.check_locked(doc.name, (ESHA, MAX, ANIL, ANITA, OLGA, "Administrator"))

	def test_locked(self) -> None:
		for action, reason in (("Lock", None), ("Deny and Lock", "No")):
			doc = act(house.with_accounts(100).name, action, ANIL, **({"reason": reason} if reason else {}))
			self.check_locked(
				doc.name,
				(ESHA, MAX, ANIL, ANITA, OLGA, "Administrator"),
				{"cancel": (ANITA, "Administrator")},
			)

	def test_in_bulk(self) -> None:
		"""Both ways end a transaction for each document; here a savepoint stands for it."""
		doc = act(house.with_accounts(100).name, "Lock", ANIL)
		for user in (ESHA, MAX, ANIL, OLGA):
			with acting(user), self.no_commits():
				for action, data in (("update", {"title": "Other"}), ("cancel", None)):
					submit_cancel_or_update_docs(records.CLAIM, [doc.name], action, data and json.dumps(data))
				client.bulk_update(
					json.dumps([{"doctype": records.CLAIM, "docname": doc.name, "title": "Other"}])
				)
		self.assertEqual((fresh(doc.name).title, fresh(doc.name).docstatus), ("A journey", 1))

	def test_rows_and_moves_are_not_written_alone(self) -> None:
		doc = house.sent(100)
		row = doc.expenses[0].name
		self.refuse(frappe.get_doc(records.LINE, row).save, error=LoneRowError)
		self.refuse(frappe.delete_doc, records.LINE, row, error=LoneRowError)
		move = frappe.get_all("Expense Move", {"claim": doc.name}, pluck="name")[0]
		self.refuse(client.set_value, "Expense Move", move, "reason", "x", error=ExpenseMoveIsHistoryError)
		self.refuse(client.delete, "Expense Move", move, error=ExpenseMoveIsHistoryError)

	def test_receipts_stay(self) -> None:
		url = house.receipt("the bill")
		doc = house.sent(line(100, receipt=url))
		attached = frappe.get_all(
			"File", {"file_url": url}, ["name", "attached_to_doctype"], order_by="attached_to_doctype"
		)
		self.assertEqual([one.attached_to_doctype for one in attached], [records.CLAIM, records.LINE])
		for file in attached:
			for user in (ESHA, MAX, "Administrator"):
				self.refuse(frappe.delete_doc, "File", file.name, user=user)
				for values in (
					{"is_private": 0},
					{"attached_to_name": "other"},
					{"file_url": "/private/files/x"},
				):
					self.refuse(self.change, file.name, values, user=user)
		self.assertEqual(frappe.get_doc("File", attached[0].name).get_content(), "the bill")
		self.assertTrue(fresh(doc.name).expenses[0].receipt_digest)

	def change(self, name: str, values: dict) -> None:
		frappe.get_doc("File", name).update(values).save()

	def test_a_public_receipt_becomes_private(self) -> None:
		doc = claim(line(100, receipt=house.receipt("public", private=0)))
		self.assertTrue(fresh(doc.name).expenses[0].receipt.startswith("/private/"))

	def test_a_receipt_of_others_is_not_taken(self) -> None:
		url = house.receipt("Ravi's", user=RAVI)
		self.refuse(claim, line(100, receipt=url))

	def test_a_receipt_is_let_go_in_a_draft(self) -> None:
		url = house.receipt("wrong one")
		doc = claim(line(100, receipt=url))
		file = frappe.db.get_value("File", {"file_url": url, "attached_to_doctype": records.CLAIM})
		self.refuse(frappe.delete_doc, "File", file, user=ESHA, error=ReceiptInUseError)
		with acting(ESHA):
			doc.expenses[0].receipt = None
			doc.save()
			frappe.delete_doc("File", file)
		self.assertFalse(frappe.db.exists("File", {"file_url": url}))


class StandIns:
	def test_a_stand_in_decides(self) -> None:
		house.stand_in(MAX, TARA)
		doc = house.sent(100)
		self.assertEqual((doc.area_manager, doc.holder), (MAX, TARA))
		self.assertEqual(act(doc.name, "Approve", TARA).status, "Approved")
		self.assertEqual(act(house.sent(100).name, "Approve", MAX).status, "Approved")

	def test_outside_the_days_nobody_stands_in(self) -> None:
		house.stand_in(MAX, TARA, since=1, until=3)
		doc = house.sent(100)
		self.assertEqual(doc.holder, MAX)
		self.refuse(act, doc.name, "Approve", TARA)

	def test_nobody_stands_in_on_their_own_claim(self) -> None:
		house.stand_in(VERA, MAX)
		doc = house.sent(100, user=MAX)
		self.assertEqual((doc.area_manager, doc.holder), (VERA, VERA))
		self.refuse(act, doc.name, "Approve", MAX, error=NotYourClaimError)

	def test_who_names_them(self) -> None:
		values = {
			"doctype": people.STAND_IN,
			"user": MAX,
			"stand_in": TARA,
			"from_date": today(),
			"to_date": today(),
		}
		for user in (ESHA, TARA, ANIL):
			self.refuse(self.make, values, user=user, error=frappe.PermissionError)
		for user in (MAX, OLGA):
			with acting(user):
				made = self.make(values)
			self.refuse(frappe.delete_doc, people.STAND_IN, made.name, user=TARA)
			self.refuse(self.hand_on, made.name, user=TARA)
		for wrong in ({"stand_in": MAX}, {"stand_in": ESHA}, {"to_date": add_days(today(), -1)}):
			self.refuse(self.make, {**values, **wrong}, user=MAX, error=frappe.ValidationError)

	def make(self, values: dict) -> frappe.model.document.Document:
		return frappe.get_doc(values).insert()

	def hand_on(self, name: str) -> None:
		frappe.get_doc(people.STAND_IN, name).update({"user": TARA, "stand_in": NORA}).save()


class Visibility:
	def seen(self, user: str, name: str) -> bool:
		"""Asked in a list, as a document, and by its lines and moves: all say the same."""
		with acting(user):
			listed = bool(frappe.get_list(records.CLAIM, {"name": name}))
			one = fresh(name).has_permission("read")
			self.assertEqual(listed, bool(one), user)
			for doctype, column in ((records.LINE, "parent"), (records.MOVE, "claim")):
				parent = {"parent_doctype": records.CLAIM} if doctype == records.LINE else {}
				rows = frappe.get_list(doctype, {column: name}, **parent)
				self.assertEqual(bool(rows), listed, (user, doctype))
			row = frappe.get_doc(records.LINE, {"parent": name, "parenttype": records.CLAIM})
			self.assertEqual(row.has_permission("read"), listed, (user, "a line alone"))
			return listed

	def everybody(self, name: str) -> set[str]:
		return {user for user in house.ROLES if self.seen(user, name)}

	def test_who_sees_a_claim(self) -> None:
		doc = claim(100)
		self.assertEqual(self.everybody(doc.name), {ESHA, MAX, VERA, OLGA})
		act(doc.name, "Send", ESHA)
		self.assertEqual(self.everybody(doc.name), {ESHA, MAX, VERA, OLGA})
		house.stand_in(MAX, TARA)
		self.assertTrue(self.seen(TARA, doc.name))
		act(doc.name, "Approve", MAX)
		self.assertEqual(self.everybody(doc.name), {ESHA, MAX, VERA, OLGA, TARA, ANIL, ANITA})

	def test_user_permissions_hold(self) -> None:
		doc = house.with_accounts(100)
		other = factories.company("Expense Quay", abbr="EXQ")
		self.addCleanup(frappe.clear_cache, user=ANIL)
		factories.make("User Permission", user=ANIL, allow="Company", for_value=other)
		self.assertFalse(self.seen(ANIL, doc.name))
		self.assertTrue(self.seen(ANITA, doc.name))
		self.refuse(act, doc.name, "Lock", ANIL)


class Setup:
	def test_types(self) -> None:
		wrong = (
			{"receipt": "Above an Amount"},
			{"limit_per_day": -1},
			{"basis": "Distance", "rates": [{"vehicle": "Car", "rate": 0}]},
			{"basis": "Distance", "rates": [{"vehicle": "Car", "rate": 1}, {"vehicle": "Car", "rate": 2}]},
		)
		for values in wrong:
			self.refuse(factories.make, "Sales Expense Type", expense_type_name="Wrong", **values)

	def test_accounts_of_types(self) -> None:
		other = factories.company("Expense Quay", abbr="EXQ")
		theirs = frappe.db.get_value("Account", {"company": other, "is_group": 0, "root_type": "Expense"})
		own = frappe.db.get_value("Account", {"company": COMPANY, "is_group": 0, "root_type": "Expense"})
		row = {"company": COMPANY, "expense_account": own}
		for rows in (
			[{**row, "expense_account": theirs}],
			[row, row],
			[{**row, "tax_rate": 18}],
			[{**row, "tax_rate": 101, "tax_account": own}],
		):
			self.refuse(factories.make, "Sales Expense Type", expense_type_name="Wrong", accounts=rows)
		made = factories.make("Sales Expense Type", expense_type_name="Right", accounts=[row])
		self.assertEqual(made.accounts[0].expense_account, own)

	def test_the_manager_of_the_settings_can_decide(self) -> None:
		settings = frappe.get_single("Sales Activity Settings")
		settings.escalate_to = ESHA
		self.refuse(settings.save)
		settings = frappe.get_single("Sales Activity Settings")
		settings.escalate_to = VERA
		settings.save()
		self.assertEqual(people.escalation_manager(), VERA)


class TestExpenseClaims(Drafts, Sending, WholeClaims, Ways, StandIns, Visibility, Setup, ExpenseCase):
	"""All of them, with the people made once."""
