"""What changes around a claim while it is on its way: rates, companies, people, their roles and permissions."""

from __future__ import annotations

from pathlib import Path

import frappe
from frappe.model.document import Document
from frappe.utils import add_days, getdate, today

from sales_activity import tasks, uninstall
from sales_activity.api import expenses as api
from sales_activity.sales_activity.expenses import escalation, forwarding, lines, people, records
from sales_activity.sales_activity.expenses.moves import AmountChainError, ClaimLockedError, NotYourClaimError
from sales_activity.tests import expense_house as house
from sales_activity.tests import factories
from sales_activity.tests.expense_house import (
	ANIL,
	CAR,
	ESHA,
	HOTEL,
	MAX,
	MEALS,
	OLGA,
	TARA,
	VERA,
	act,
	acting,
	fresh,
	line,
)
from sales_activity.tests.test_expense_claim import ExpenseCase


class ChangesCase(ExpenseCase):
	def replying(self, name: str, **values: object) -> Document:
		"""The employee's claim, with a reply and with what else they change in its first line."""
		doc = fresh(name)
		doc.expenses[0].update({"reply": "So it was", **values})
		doc.workflow_state = {"Accounts": "With Accounts"}.get(doc.asked_by, "Pending Area Manager")
		return doc

	def asked(self, name: str, user: str = MAX, action: str = "Ask") -> Document:
		return act(name, action, user, reason="Why?")

	def quay(self, currency: str = "EUR") -> str:
		"""Another company, in another currency."""
		return factories.company("Currency Quay", abbr="CUQ", currency=currency)


class TestReplies(ChangesCase):
	"""A reply takes the expenses to whoever decides, as sending did: what sending refuses, it refuses too."""

	def test_limits_that_stop(self) -> None:
		doc = self.asked(house.sent(line(100, MEALS)).name)
		raised = self.replying(doc.name, amount=5000, receipt=house.receipt())
		self.refuse(raised.save, user=ESHA, error=lines.LimitExceededError)
		with acting(ESHA):
			self.replying(doc.name, amount=900, receipt=house.receipt()).save()
		self.assertEqual(fresh(doc.name).status, "Pending Area Manager")

	def test_receipts_that_are_needed(self) -> None:
		doc = self.asked(house.sent(line(100, MEALS)).name)
		self.refuse(self.replying(doc.name, amount=600).save, user=ESHA, error=lines.ExpenseLineError)

	def test_a_receipt_that_was_approved_stays(self) -> None:
		name = house.with_accounts(line(100, HOTEL, receipt=house.receipt())).name
		self.asked(name, ANIL, "Ask Employee")
		self.refuse(self.replying(name, receipt="").save, user=ESHA, error=lines.ExpenseLineError)

	def test_a_limit_that_came_later_stops_no_reply_to_accounts(self) -> None:
		name = house.with_accounts(line(100, MEALS)).name
		self.asked(name, ANIL, "Ask Employee")
		frappe.db.set_value("Sales Expense Type", MEALS, "limit_per_day", 50)
		frappe.clear_document_cache("Sales Expense Type", MEALS)
		self.addCleanup(frappe.clear_document_cache, "Sales Expense Type", MEALS)
		with acting(ESHA):
			self.replying(name).save()
		self.assertEqual(fresh(name).status, "With Accounts")


class TestRates(ChangesCase):
	def test_what_was_approved_keeps_its_rate_per_kilometre(self) -> None:
		for rate in (5, 20):
			name = house.with_accounts(line(0, CAR, vehicle="Car", distance=10)).name
			self.asked(name, ANIL, "Ask Employee")
			self.set_rate(rate)
			with acting(ESHA):
				self.replying(name).save()
			row = fresh(name).expenses[0]
			self.assertEqual((row.amount, row.base_amount, row.manager_amount), (100, 100, 100), rate)
			self.set_rate(10)

	def set_rate(self, rate: float) -> None:
		doc = frappe.get_doc("Sales Expense Type", CAR)
		doc.rates[0].rate = rate
		doc.save()


class TestCompanies(ChangesCase):
	"""The employee goes to a company that reckons in another currency."""

	def test_a_draft_is_worth_the_rate_of_its_new_company(self) -> None:
		doc = house.claim(line(1000, currency="INR"))
		self.assertEqual(doc.total_claimed, 1000)
		self.move_to_quay(0.01)
		with acting(ESHA):
			fresh(doc.name).save()
		doc = fresh(doc.name)
		self.assertEqual((doc.currency, doc.expenses[0].exchange_rate, doc.total_claimed), ("EUR", 0.01, 10))

	def test_what_was_decided_on_stays_in_its_company(self) -> None:
		name = house.with_accounts(1000).name
		before = self.asked(name, ANIL, "Ask Employee")
		self.move_to_quay(0.01)
		with acting(ESHA):
			self.replying(name).save()
		doc = fresh(name)
		self.assertEqual(
			(doc.company, doc.currency, doc.total_claimed, doc.total_manager),
			(before.company, before.currency, 1000, 1000),
		)

	def move_to_quay(self, rate: float) -> None:
		factories.make(
			"Currency Exchange",
			date=add_days(today(), -3),
			from_currency="INR",
			to_currency="EUR",
			exchange_rate=rate,
			for_buying=1,
			for_selling=1,
		)
		frappe.get_doc("Employee", house.employee(ESHA)).update({"company": self.quay()}).save()


class TestAmounts(ChangesCase):
	def test_more_than_the_database_holds(self) -> None:
		most = 999_999_999_999
		self.assertEqual(house.claim(most).total_claimed, most)
		for rows in ((10**12,), (10**15,), (most, 1)):
			self.refuse(house.claim, *rows, error=lines.ExpenseLineError)

	def test_less_than_a_cent_is_not_granted(self) -> None:
		doc = house.sent(100, 50)
		self.refuse(house.decide, doc.name, MAX, ("Approved", 0.004), "Approved", error=AmountChainError)
		doc = house.with_accounts(100, 50)
		self.refuse(house.decide, doc.name, ANIL, ("Approved", 0.004), "Approved", error=AmountChainError)

	def test_what_was_lowered_to_nothing_is_denied_not_locked(self) -> None:
		"""An Accounts User could neither lock it nor book what waits for it."""
		name = self.asked(house.with_accounts(100, 50).name, ANIL, "Ask Manager").name
		with acting(MAX):
			doc = fresh(name)
			doc.expenses[0].manager_amount = 0
			doc.save()
		act(name, "Answer", MAX, reason="It was private")
		said = self.refuse(act, name, "Lock", ANIL, error=AmountChainError)
		self.assertIn("Row 1", said)
		results = house.decide(name, ANIL, ("Denied", None, "Private"), "Approved")
		self.assertEqual([one.status for one in results], ["Approved and Locked", "Denied and Locked"])


class TestSecrets(ChangesCase):
	def test_a_project_tells_nothing_to_whom_it_is_hidden(self) -> None:
		project = factories.sales_project(factories.customer("Expense Secret"))
		with acting(ESHA):
			self.assertFalse(frappe.has_permission("Sales Project", "read", project.name))
		self.assertFalse(house.claim(line(100, sales_project=project.name)).expenses[0].customer)


class TestForwarding(ChangesCase):
	def test_one_that_is_inserted_as_submitted_says_nothing_itself(self) -> None:
		"""Else the forwarding of the week would be done as far as the scheduler knows."""
		house.approved(100)
		week = {"week_from": today(), "week_to": today(), "total": 5, "by_schedule": 1}
		with acting(ANIL):
			doc = frappe.get_doc(
				{"doctype": forwarding.FORWARDING, "company": house.COMPANY, "docstatus": 1, **week}
			).insert()
		doc.reload()
		self.assertEqual((doc.by_schedule, doc.total, len(doc.claims)), (0, 100, 1))
		self.assertEqual(doc.currency, factories.CURRENCY)


class TestUninstalling(ChangesCase):
	def test_receipts_go_from_the_disk_too(self) -> None:
		ours, shared = (house.receipt(text, name=f"{text}.txt") for text in ("uninstalled", "kept"))
		doc = house.claim(line(100, receipt=ours), line(50, receipt=shared))
		ours, shared = (row.receipt for row in doc.expenses)
		factories.make("File", file_url=shared, is_private=1, file_name="kept.txt")
		self.addCleanup(frappe.flags.pop, "contents_of_app", None)
		uninstall.delete_references([records.CLAIM, records.LINE])
		paths = [Path(frappe.get_site_path(url.lstrip("/"))) for url in (ours, shared)]
		self.assertTrue(all(path.exists() for path in paths))
		uninstall.delete_contents()
		self.assertEqual([path.exists() for path in paths], [False, True])


class TestPeople(ChangesCase):
	def test_who_stood_in_decides_no_more(self) -> None:
		absence = house.stand_in(MAX, TARA)
		name = house.sent(100).name
		self.assertEqual(fresh(name).holder, TARA)
		frappe.db.set_value(people.STAND_IN, absence.name, "to_date", add_days(today(), -1))
		with acting(TARA):
			self.assertEqual(api.to_decide(), [])
		self.refuse(act, name, "Approve", TARA, error=NotYourClaimError)
		self.assertEqual(act(name, "Approve", MAX).status, "Approved")

	def test_who_stands_in_has_what_waits_for_as_long(self) -> None:
		waiting, up = house.sent(100).name, house.sent(50).name
		frappe.db.set_value(records.CLAIM, up, {"escalation_level": 2, "holder": VERA})
		absence = house.stand_in(MAX, TARA)
		self.assertEqual((fresh(waiting).holder, fresh(up).holder), (TARA, VERA))
		self.assertEqual(self.todos(waiting), [TARA])
		frappe.db.set_value(people.STAND_IN, absence.name, "to_date", add_days(today(), -1))
		with self.no_commits():
			tasks.hand_claims_over()
			tasks.hand_claims_over()
		self.assertEqual((fresh(waiting).holder, fresh(up).holder), (MAX, VERA))
		self.assertEqual(self.todos(waiting), [MAX])
		absence.reload()
		absence.update({"to_date": add_days(today(), 1)}).save()
		self.assertEqual(fresh(waiting).holder, TARA)
		absence.delete()
		self.assertEqual(fresh(waiting).holder, MAX)

	def test_somebody_stands_in_for_a_manager_who_left(self) -> None:
		name = self.asked(house.with_accounts(100).name, ANIL, "Ask Manager").name
		self.disable(MAX)
		with acting(OLGA):
			house.stand_in(MAX, TARA)
		self.assertEqual(act(name, "Answer", TARA, reason="It was so").status, "With Accounts")

	def test_the_claims_of_an_employee_follow_their_user(self) -> None:
		factories.user(OTHER, "Sales User", "Employee")
		draft, asked = house.claim(100), self.asked(house.sent(50).name)
		frappe.get_doc("Employee", house.employee(ESHA)).update({"user_id": OTHER}).save()
		for doc in (draft, asked):
			self.assertEqual(fresh(doc.name).holder, OTHER)
			with acting(ESHA):
				self.assertFalse(frappe.get_list(records.CLAIM, {"name": doc.name}))

	def test_whoever_asked_replies_for_an_employee_who_left(self) -> None:
		of_manager = self.asked(house.sent(100).name).name
		of_accounts = house.approved(100).name
		with acting(ANIL):
			forwarding.forward(house.COMPANY)
		self.asked(of_accounts, ANIL, "Ask Employee")
		self.refuse(act, of_manager, "Reply", MAX, reason="Enough", error=NotYourClaimError)
		self.disable(ESHA)
		self.refuse(act, of_manager, "Reply", ANIL, reason="Enough")
		self.refuse(act, of_accounts, "Reply", MAX, reason="Enough", error=NotYourClaimError)
		raised = self.replying(of_manager, amount=900)
		self.refuse(raised.save, user=MAX, error=ClaimLockedError)
		self.assertEqual(act(of_manager, "Reply", MAX, reason="Enough").status, "Pending Area Manager")
		self.assertEqual(act(of_accounts, "Reply", ANIL, reason="Enough").status, "With Accounts")

	def test_a_reminder_goes_to_who_is_there(self) -> None:
		name = house.sent(100).name
		house.stand_in(MAX, TARA)
		house.wait(name, 30)
		self.assertTrue(escalation.escalate_one(name, getdate()))
		self.assertEqual((fresh(name).holder, fresh(name).escalation_level), (TARA, 1))

	def test_nobody_gets_what_user_permissions_hide(self) -> None:
		other = self.quay()
		for user in (MAX, TARA):
			factories.make("User Permission", user=user, allow="Company", for_value=other)
			self.addCleanup(frappe.clear_cache, user=user)
		house.stand_in(VERA, TARA)
		doc = house.sent(100)
		self.assertEqual((doc.area_manager, doc.holder), (VERA, VERA))

	def todos(self, name: str) -> list[str]:
		"""Who has a claim to do."""
		filters = {"reference_type": records.CLAIM, "reference_name": name, "status": "Open"}
		return frappe.get_all("ToDo", filters, pluck="allocated_to", order_by="creation")

	def disable(self, user: str) -> None:
		frappe.db.set_value("User", user, "enabled", 0)
		self.addCleanup(frappe.clear_cache, user=user)


OTHER = "claim.other@example.com"
