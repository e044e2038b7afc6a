"""Word of claims: one message a move to whoever has it, assignments, time limits."""

from __future__ import annotations

from datetime import date
from email import message_from_string
from unittest import TestCase as PlainCase

import frappe
from frappe.utils import add_days, getdate, today

from sales_activity.api import cards
from sales_activity.api import expenses as api
from sales_activity.sales_activity.expenses import escalation, limits, records
from sales_activity.sales_activity.milestones.due import Calendar
from sales_activity.tests import expense_house as house
from sales_activity.tests import factories
from sales_activity.tests.expense_house import (
	ANIL,
	ANITA,
	COMPANY,
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

SETTINGS = "Sales Activity Settings"
ASK, DENY = ("Clarification", None, "With whom?"), ("Denied", None, "Not for us")


class Telling:
	def told(self, name: str) -> list[str]:
		"""Who was told of a claim, in the desk."""
		return frappe.get_all(
			"Notification Log",
			{"document_type": records.CLAIM, "document_name": name},
			pluck="for_user",
			order_by="creation",
		)

	def todos(self, name: str) -> list[str]:
		return frappe.get_all(
			"ToDo",
			{"reference_type": records.CLAIM, "reference_name": name, "status": "Open"},
			pluck="allocated_to",
		)

	def mails(self, name: str) -> list[str]:
		"""What was written, as HTML."""
		queued = {"reference_doctype": records.CLAIM, "reference_name": name}
		messages = frappe.get_all("Email Queue", queued, pluck="message", order_by="creation")
		return [
			part.get_payload(decode=True).decode()
			for message in messages
			for part in message_from_string(message).walk()
			if part.get_content_type() == "text/html"
		]

	def test_whoever_has_it_is_told_once_a_move(self) -> None:
		doc = house.sent(100)
		self.assertEqual((self.told(doc.name), self.todos(doc.name)), ([MAX], [MAX]))
		act(doc.name, "Ask", MAX, reason="With whom?")
		self.assertEqual((self.told(doc.name), self.todos(doc.name)), ([MAX, ESHA], [ESHA]))
		act(doc.name, "Reply", ESHA, reason="Meena")
		self.assertEqual((self.told(doc.name), self.todos(doc.name)), ([MAX, ESHA, MAX], [MAX]))
		act(doc.name, "Approve", MAX)
		self.assertEqual((self.told(doc.name), self.todos(doc.name)), ([MAX, ESHA, MAX, ESHA], []))

	def test_a_stand_in_is_told(self) -> None:
		house.stand_in(MAX, TARA)
		self.assertEqual(self.told(house.sent(100).name), [TARA])

	def test_who_asked_gets_the_answer(self) -> None:
		doc = house.with_accounts(100)
		before = len(self.told(doc.name))
		act(doc.name, "Ask Manager", ANITA, reason="So much?")
		act(doc.name, "Answer", MAX, reason="Yes")
		act(doc.name, "Ask Employee", ANIL, reason="Which?")
		act(doc.name, "Reply", ESHA, reason="This")
		self.assertEqual(self.told(doc.name)[before:], [MAX, ANITA, ESHA, ANIL])
		self.assertEqual(self.todos(doc.name), [ANIL])
		act(doc.name, "Lock", ANITA)
		self.assertEqual((self.told(doc.name)[-1], self.todos(doc.name)), (ESHA, []))

	def test_a_decision_tells_once_a_part(self) -> None:
		doc = house.sent(100, 50, 25, 10)
		results = decide(doc.name, MAX, "Approved", ASK, DENY, None)
		told = {result.status: self.told(result.claim) for result in results}
		self.assertEqual(told["Approved"], [MAX, ESHA])
		self.assertEqual((told["Clarification"], told["Denied"]), ([ESHA], [ESHA]))
		self.assertEqual(told["Pending Area Manager"], [])
		todos = {result.status: self.todos(result.claim) for result in results}
		self.assertEqual(
			todos,
			{"Approved": [], "Clarification": [ESHA], "Denied": [ESHA], "Pending Area Manager": [MAX]},
		)

	def test_the_mail_leads_to_the_line(self) -> None:
		doc = house.sent(line(100, description="To <b>Pune</b>"), 50)
		_kept, asked = decide(doc.name, MAX, "Approved", ASK)
		mail = self.mails(asked.claim)[0]
		self.assertIn(f"{asked.claim}?line={asked.lines[0]}", mail)
		self.assertIn("With whom?", mail)
		first = self.mails(doc.name)[0]
		self.assertIn("&lt;b&gt;Pune&lt;/b&gt;", first)
		self.assertNotIn("<b>Pune</b>", first)

	def test_without_notifications_nobody_is_disturbed(self) -> None:
		frappe.db.set_value("Notification Settings", MAX, {"enabled": 0, "enable_email_notifications": 0})
		frappe.clear_document_cache("Notification Settings", MAX)
		self.addCleanup(frappe.clear_document_cache, "Notification Settings", MAX)
		doc = house.sent(100)
		self.assertEqual((self.told(doc.name), self.mails(doc.name), self.todos(doc.name)), ([], [], [MAX]))


class Escalating:
	"""Three working days each, as the house does without a holiday list."""

	def limit(self, **days: float) -> None:
		fields = dict.fromkeys(limits.FIELDS.values(), 0)
		settings = frappe.get_single(SETTINGS)
		settings.update({**fields, **days}).save()

	def wait(self, name: str, days: int) -> None:
		house.wait(name, days)

	def escalate(self) -> int:
		"""As the scheduler does, whose transactions are savepoints here."""
		with self.no_commits():
			return escalation.escalate()

	def log(self, name: str) -> list[str]:
		return [
			via
			for via in frappe.get_all("Expense Move", {"claim": name}, pluck="via", order_by="at, creation")
			if via
		]

	def test_each_level_once(self) -> None:
		self.limit(days_for_manager=3)
		frappe.db.set_single_value(SETTINGS, "escalate_to", OLGA)
		factories.user(OLGA, "Sales Operations", "Area Manager")
		frappe.clear_document_cache(SETTINGS, SETTINGS)
		doc = house.sent(100)
		self.assertEqual(self.escalate(), 0)
		self.wait(doc.name, 3)
		self.assertEqual(self.escalate(), 0)
		told = [MAX]
		for level, user in enumerate((MAX, VERA, OLGA), start=1):
			self.wait(doc.name, 1 if level == 1 else 4)
			self.assertEqual((self.escalate(), self.escalate()), (1, 0))
			told.append(user)
			self.assertEqual(self.told(doc.name), told)
			kept = fresh(doc.name)
			self.assertEqual(
				(kept.escalation_level, kept.holder, self.todos(doc.name)), (level, user, [user])
			)
		self.wait(doc.name, 100)
		self.assertEqual(self.escalate(), 0)
		self.assertEqual(
			[via.split(":")[0].split(" to ")[0] for via in self.log(doc.name)],
			["Reminded", "Escalated", "Escalated"],
		)
		self.assertEqual(act(doc.name, "Approve", OLGA).status, "Approved")
		self.assertEqual(fresh(doc.name).escalation_level, 0)
		seconds = sum(frappe.get_all("Expense Move", {"claim": doc.name}, pluck="seconds"))
		self.assertGreater(seconds, 109 * 86400)

	def test_the_manager_may_still_decide(self) -> None:
		self.limit(days_for_manager=3)
		doc = house.sent(100)
		for _level in range(2):
			self.wait(doc.name, 50)
			self.assertEqual((self.escalate(), self.escalate()), (1, 0))
		self.assertEqual(fresh(doc.name).holder, VERA)
		self.assertEqual(act(doc.name, "Approve", MAX).status, "Approved")

	def test_the_employee_and_accounts(self) -> None:
		self.limit(days_for_clarification=2, days_for_denied=2, days_for_approved=2, days_for_accounts=2)
		asked = act(house.sent(100).name, "Ask", MAX, reason="Why?")
		waiting = house.with_accounts(100)
		own = house.with_accounts(100, user=ANIL, manager=VERA)
		denied = act(house.sent(100).name, "Deny", MAX, reason="No")
		approved = house.approved(100)
		claims = (asked.name, denied.name, approved.name, waiting.name, own.name)
		before = {name: len(self.told(name)) for name in claims}
		for name in before:
			self.wait(name, 30)
		self.assertEqual(self.escalate(), 5)
		reminded = {name: set(self.told(name)[count:]) & set(house.ROLES) for name, count in before.items()}
		accounts = {ANIL, ANITA}
		self.assertEqual(
			reminded,
			dict(zip(claims, ({ESHA}, {ESHA}, accounts, accounts, {ANITA}), strict=True)),
		)
		for name in before:
			self.wait(name, 30)
		self.escalate()
		for name in (asked.name, denied.name):
			self.assertEqual((fresh(name).holder, self.told(name)[-1]), (ESHA, MAX))
		told = self.told(approved.name)
		self.assertEqual((told.count(ANIL), told.count(ANITA)), (1, 2))

	def test_without_a_limit_nothing_is_late(self) -> None:
		self.limit()
		doc = house.sent(100)
		self.wait(doc.name, 1000)
		self.assertEqual(self.escalate(), 0)

	def test_on_holidays_nobody_is_disturbed(self) -> None:
		self.limit(days_for_manager=3)
		holidays = [{"holiday_date": add_days(today(), -ago), "description": "Off"} for ago in range(6)]
		name = factories.make(
			"Holiday List",
			holiday_list_name="Expense House",
			from_date=add_days(today(), -400),
			to_date=add_days(today(), 400),
			holidays=holidays,
		).name
		frappe.db.set_value("Company", COMPANY, "default_holiday_list", name)
		frappe.clear_document_cache("Company", COMPANY)
		self.addCleanup(frappe.clear_document_cache, "Company", COMPANY)
		doc = house.sent(100)
		self.wait(doc.name, 30)
		self.assertEqual(self.escalate(), 0)
		frappe.db.delete("Holiday", {"parent": name, "holiday_date": today()})
		frappe.clear_document_cache("Holiday List", name)
		self.wait(doc.name, -22)  # eight days ago, five of them off
		self.assertEqual(self.escalate(), 0)
		self.wait(doc.name, 2)
		self.assertEqual(self.escalate(), 1)

	def test_a_split_part_waits_on(self) -> None:
		self.limit(days_for_manager=3)
		doc = house.sent(100, 50)
		self.wait(doc.name, 4)
		self.escalate()
		_kept, waiting = decide(doc.name, MAX, "Approved", None)
		self.assertEqual(self.escalate(), 0)
		self.wait(waiting.claim, 4)
		self.assertEqual(self.escalate(), 1)
		self.assertEqual(fresh(waiting.claim).holder, VERA)

	def test_one_query_a_state(self) -> None:
		"""However many wait in time; what is overdue pays for itself."""
		self.limit(**dict.fromkeys(limits.FIELDS.values(), 3))
		late = house.sent(100)
		frappe.get_cached_doc(SETTINGS)
		self.escalate()
		few = self.queries(self.escalate)
		self.assertLessEqual(few, 1 + len(limits.FIELDS) + 1)
		for _number in range(3):
			house.sent(100)
			house.with_accounts(70)
			act(house.sent(10).name, "Ask", MAX, reason="Why?")
			act(house.with_accounts(100).name, "Ask Manager", ANIL, reason="Why?")
		self.assertEqual(self.queries(self.escalate), few)
		self.wait(late.name, 9)
		self.assertGreater(self.queries(self.escalate), few)
		self.assertEqual(fresh(late.name).escalation_level, 1)
		self.assertEqual(self.queries(self.escalate), few)


class Api:
	def keys(self, name: str) -> list[str]:
		return [row.line_key for row in fresh(name).expenses]

	def test_the_screen(self) -> None:
		doc = house.sent(100, 50)
		with acting(MAX):
			shown = api.screen(doc.name)
		self.assertEqual([one["action"] for one in shown["actions"]], ["Approve", "Ask", "Deny"])
		self.assertEqual(shown["side"]["name"], "Area Manager")
		self.assertEqual([row["base_amount"] for row in shown["lines"]], [100, 50])
		self.assertFalse(shown["may_edit"])
		with acting(ESHA):
			shown = api.screen(doc.name)
		self.assertEqual([one["action"] for one in shown["actions"]], ["Withdraw"])
		self.assertIsNone(shown["side"])
		self.assertEqual([move["to_state"] for move in shown["trail"]], ["Draft", "Pending Area Manager"])
		for user in (RAVI, ANIL):
			self.refuse(api.screen, doc.name, user=user, error=frappe.PermissionError)

	def test_only_the_right_reply_is_offered(self) -> None:
		doc = act(house.sent(100).name, "Ask", MAX, reason="Why?")
		with acting(ESHA):
			offered = api.screen(doc.name)["actions"]
		self.assertEqual(offered, [{"action": "Reply", "to": "Pending Area Manager", "says": True}])

	def test_deciding(self) -> None:
		doc = house.sent(100, 50, 25)
		first, second, third = self.keys(doc.name)
		decisions = {
			first: {"decision": "Approved", "amount": 80},
			second: {"decision": "Clarification", "text": "With whom?"},
		}
		with acting(MAX):
			parts = api.decide(doc.name, frappe.as_json(decisions), str(fresh(doc.name).modified))
		self.assertEqual(
			[part["status"] for part in parts], ["Approved", "Clarification", "Pending Area Manager"]
		)
		self.assertEqual(parts[2]["lines"], (third,))
		with acting(ESHA):
			shown = api.screen(parts[1]["claim"])
			self.assertEqual(
				{part["name"] for part in shown["parts"]}, {parts[0]["claim"], parts[2]["claim"]}
			)
			self.assertEqual(
				[move["to_state"] for move in shown["trail"]],
				["Draft", "Pending Area Manager", "Clarification"],
			)
			shown = api.act(parts[1]["claim"], "Reply", replies={second: "With Meena"})
		self.assertEqual(
			(shown["claim"]["status"], shown["lines"][0]["reply"]), ("Pending Area Manager", "With Meena")
		)
		self.refuse(api.decide, doc.name, decisions, user=RAVI, error=frappe.PermissionError)
		for wrong in ("[", "[]", None, {first: "Approved"}, {}):
			self.refuse(api.decide, parts[2]["claim"], wrong, user=MAX, error=frappe.ValidationError)

	def test_many_claims_each_by_itself(self) -> None:
		good, late = house.sent(100), house.sent(50)
		act(late.name, "Withdraw", ESHA)
		wanted = [
			{"claim": doc.name, "decisions": {key: {"decision": "Approved"} for key in self.keys(doc.name)}}
			for doc in (late, good)
		]
		with acting(MAX):
			answer = api.decide_many(frappe.as_json(wanted))
		self.assertEqual((list(answer["decided"]), list(answer["failed"])), ([good.name], [late.name]))
		self.assertEqual((fresh(good.name).status, fresh(late.name).status), ("Approved", "Draft"))
		for wrong in ("[", [], [1], [wanted[0]] * 101):
			self.refuse(api.decide_many, wrong, user=MAX, error=frappe.ValidationError)

	def test_the_answer_of_the_manager(self) -> None:
		doc = act(house.with_accounts(100, 50).name, "Ask Manager", ANIL, reason="So much?")
		first, _second = self.keys(doc.name)
		self.refuse(api.act, doc.name, "Answer", user=MAX, amounts={first: 101}, reason="More")
		self.refuse(api.act, doc.name, "Answer", user=MAX, amounts={"other": 1}, reason="?")
		self.refuse(api.act, doc.name, "Answer", user=MAX, amounts={first: "abc"}, reason="?")
		with acting(MAX):
			shown = api.act(doc.name, "Answer", "Less", {first: "Sixty"}, {first: 60})
		self.assertEqual([row["manager_amount"] for row in shown["lines"]], [60, 50])
		self.assertEqual([row["reply"] for row in shown["lines"]], ["Sixty", "Less"])

	def test_every_action(self) -> None:
		doc = house.claim(100)
		for user, action, reason, status in (
			(ESHA, "Send", None, "Pending Area Manager"),
			(ESHA, "Withdraw", None, "Draft"),
			(ESHA, "Send", None, "Pending Area Manager"),
			(MAX, "Deny", "No", "Denied"),
			(ESHA, "Send", None, "Pending Area Manager"),
			(MAX, "Approve", None, "Approved"),
		):
			with acting(user):
				self.assertEqual(api.act(doc.name, action, reason)["claim"]["status"], status)
		house.forward(doc.name)
		self.refuse(api.act, doc.name, "Deny and Lock", user=ANIL)
		self.refuse(api.act, doc.name, "Forward", user=ANIL)
		self.refuse(api.act, doc.name, "Send", user=ESHA)
		for user, action, status in ((ANIL, "Lock", "Approved and Locked"), (ANITA, "Cancel", "Cancelled")):
			with acting(user):
				self.assertEqual(api.act(doc.name, action)["claim"]["status"], status)

	def test_what_waits(self) -> None:
		older, newer = house.sent(100), house.sent(50, user=RAVI)
		self.wait(older.name, 1)
		house.sent(70, user=MAX)
		with acting(MAX):
			found = api.to_decide()
			self.assertEqual([one["name"] for one in found], [older.name, newer.name])
			self.assertEqual([row["base_amount"] for row in found[0]["lines"]], [100])
		with acting(TARA):
			self.assertEqual(api.to_decide(), [])
		house.stand_in(MAX, TARA)
		with acting(TARA):
			self.assertEqual(len(api.to_decide()), 2)
		forwarded, own = house.with_accounts(10), house.with_accounts(10, user=ANIL, manager=VERA)
		with acting(ANIL):
			names = [one["name"] for one in api.to_decide("Accounts")]
		self.assertIn(forwarded.name, names)
		self.assertNotIn(own.name, names)
		with acting(MAX):
			self.assertEqual(api.to_decide("Accounts"), [])
		self.refuse(api.to_decide, "Nobody", user=MAX)

	def test_what_waits_of_whom(self) -> None:
		mine, other = house.sent(100), house.sent(50, user=RAVI)
		with acting(MAX):
			names = [one["name"] for one in api.to_decide(employee=house.employee(RAVI))]
			self.assertEqual(names, [other.name])
			self.assertEqual([one["name"] for one in api.to_decide(claims=[mine.name])], [mine.name])
			self.assertEqual(len(api.to_decide(company=COMPANY)), 2)
			self.assertEqual(api.to_decide(company="No such house"), [])
			self.assertEqual([one["name"] for one in api.to_decide(start=1)], [other.name])

	def test_what_is_asked_for_is_no_way_around(self) -> None:
		"""Names of claims that wait for somebody else, and what is no name."""
		others = house.sent(10, user=NILS)
		with acting(MAX):
			self.assertEqual(api.to_decide(claims=[others.name]), [])
			self.assertEqual(api.to_decide(employee=house.employee(NILS)), [])
		with acting(MAX):
			self.assertRaises(frappe.ValidationError, api.to_decide, claims='[["like", "%"]]')

	def test_as_whom_and_how_much(self) -> None:
		house.sent(100)
		house.sent(20)
		house.sent(50, user=RAVI)
		returned = house.with_accounts(10)
		house.with_accounts(30, user=RAVI)
		house.with_accounts(10, user=ANIL, manager=VERA)
		act(returned.name, "Ask Manager", ANIL, reason="Why?")
		with acting(MAX):
			found = api.waiting()
			(side,) = found["sides"]
			self.assertEqual((side["name"], side["state"]), ("Area Manager", "Pending Area Manager"))
			self.assertEqual(
				{row.employee_name: row.total for row in side["waiting"]}, {"Esha": 2, "Ravi": 1}
			)
			self.assertEqual(found["returned"], [returned.name])
			self.assertEqual(cards.claims_to_decide()["value"], 3)
		with acting(ANIL):
			(side,) = api.waiting()["sides"]
			self.assertEqual(side["name"], "Accounts")
			self.assertEqual({row.employee_name: row.total for row in side["waiting"]}, {"Ravi": 1})
		with acting(ESHA):
			self.assertEqual(api.waiting()["sides"], [])
			self.assertEqual(cards.claims_to_decide()["value"], 0)

	def test_my_claims(self) -> None:
		first, second = house.claim(10), house.sent(20)
		house.claim(30, user=RAVI)
		with acting(ESHA):
			found = api.my_claims()
			self.assertEqual({one["name"] for one in found["claims"]}, {first.name, second.name})
			self.assertEqual(found["counts"], {"Draft": 1, "Pending Area Manager": 1})
			self.assertEqual([one["name"] for one in api.my_claims("Draft")["claims"]], [first.name])

	def test_statements_of_lists(self) -> None:
		for _number in range(2):
			house.sent(100)
		with acting(MAX):
			api.to_decide()  # what is cached for good afterwards doesn't count
		with acting(MAX):
			few = self.queries(api.to_decide)
		for _number in range(4):
			house.sent(100, 50)
		with acting(MAX):
			self.assertEqual(self.queries(api.to_decide), few)


class TestExpenseTelling(Telling, Escalating, Api, ExpenseCase):
	"""All of them, with the people made once."""


class TestLimits(PlainCase):
	def test_since_when(self) -> None:
		"""Against the definition, day by day."""
		weekends = [date(2026, 11, day) for day in range(1, 31) if date(2026, 11, day).weekday() >= 5]
		for calendar in (Calendar(), Calendar(weekends)):
			for today_ in (date(2026, 11, 23), date(2026, 11, 27), date(2026, 11, 29)):
				for days in (0.5, 1, 3, 6):
					first = limits.began_before(calendar, today_, days)
					for ago in range(15):
						day = getdate(add_days(today_, -ago))
						self.assertEqual(day < first, calendar.due(day, days) < today_, (today_, days, day))
