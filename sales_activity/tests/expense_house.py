"""A small company with people in the field, for the tests: who claims, who decides, who books.

Esha and Ravi report to Max, who reports to Vera; Tara can stand in; Nils works elsewhere, below Nora. Anil and Anita are
in Accounts, Anita is their manager; Olga is in Sales Operations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import frappe
from frappe.model.document import Document
from frappe.model.workflow import apply_workflow
from frappe.utils import add_days, today

from sales_activity.sales_activity.expenses import deciding, records, rules
from sales_activity.tests import expense_books, factories
from sales_activity.tests.lead_house import as_user

COMPANY = factories.COMPANY
ESHA, RAVI, MAX, VERA, TARA, NILS, NORA, ANIL, ANITA, OLGA = (
	f"claim.{name}@example.com"
	for name in ("esha", "ravi", "max", "vera", "tara", "nils", "nora", "anil", "anita", "olga")
)
ROLES = {
	**{ESHA: ("Sales User",), RAVI: ("Sales User",), NILS: ("Sales User",)},
	**dict.fromkeys((MAX, VERA, TARA, NORA), ("Sales User", "Area Manager")),
	**{ANIL: ("Accounts User",), ANITA: ("Accounts User", "Accounts Manager"), OLGA: ("Sales Operations",)},
}
REPORTS_TO = {
	**{VERA: None, MAX: VERA, ESHA: MAX, RAVI: MAX, NORA: None, NILS: NORA, TARA: None},
	**{ANIL: VERA, ANITA: VERA},  # who work in Accounts spend money too
}
TAXI, HOTEL, CAR, MEALS = "House Taxi", "House Hotel", "House Car", "House Meals"


def build(company: str = COMPANY) -> None:
	"""People and expense types; the caller undoes it."""
	for user, roles in ROLES.items():
		# the role that comes with the employee: the user need not be saved again
		factories.user(user, *roles, *(["Employee"] if user in REPORTS_TO else []))
	for user, manager in REPORTS_TO.items():
		above = manager and employee(manager)
		name = factories.employee(user, first_name=_first_name(user), reports_to=above, company=company)
		if frappe.db.get_value("Employee", name, ["reports_to", "company"]) != (above, company):
			frappe.get_doc("Employee", name).update({"reports_to": above, "company": company}).save()
	_expense_type(TAXI)
	_expense_type(HOTEL, receipt="Always")
	_expense_type(CAR, basis="Distance", rates=[{"vehicle": "Car", "rate": 10}])
	_expense_type(
		MEALS, limit_per_day=1000, limit_action="Stop", receipt="Above an Amount", receipt_above=500
	)
	expense_books.build((TAXI, HOTEL, CAR, MEALS), company)


def employee(user: str) -> str:
	"""The Employee of a user."""
	return frappe.db.get_value("Employee", {"user_id": user})


def line(amount: float = 100, expense_type: str = TAXI, days_ago: int = 1, **values: object) -> dict:
	"""A line of a claim."""
	day = add_days(today(), -days_ago)
	return {"expense_date": day, "expense_type": expense_type, "amount": amount, **values}


def claim(*lines: float | Mapping, user: str = ESHA, **values: object) -> Document:
	"""A draft of somebody, with lines as amounts or ``line``."""
	rows = [one if isinstance(one, Mapping) else line(one) for one in lines or (100,)]
	with acting(user):
		return frappe.get_doc(
			{"doctype": records.CLAIM, "title": "A journey", "expenses": rows, **values}
		).insert()


def sent(*lines: float | Mapping, user: str = ESHA, **values: object) -> Document:
	"""A claim that waits for the area manager."""
	return act(claim(*lines, user=user, **values).name, "Send", user)


def approved(*lines: float | Mapping, user: str = ESHA, manager: str = MAX) -> Document:
	"""A claim that the area manager approved as it is."""
	return act(sent(*lines, user=user).name, "Approve", manager)


def with_accounts(*lines: float | Mapping, user: str = ESHA, manager: str = MAX) -> Document:
	"""A claim that was approved and forwarded."""
	doc = approved(*lines, user=user, manager=manager)
	forward(doc.name)
	return fresh(doc.name)


def forward(name: str) -> None:
	"""What a forwarding does with a claim."""
	records.move_by_app(records.lock(name), rules.FORWARD, "Forwarding")


def fresh(name: str) -> Document:
	"""The claim as it is in the database."""
	return frappe.get_doc(records.CLAIM, name)


def act(name: str, action: str, user: str, **values: object) -> Document:
	"""Somebody takes a claim along an action of the Workflow, as the form does; ``values`` are filled in with it."""
	with acting(user):
		doc = fresh(name)
		if values:
			doc.update(values)
			doc.save()
		return apply_workflow(doc, action)


def decide(name: str, user: str, *decisions: tuple | str | None) -> list[deciding.Result]:
	"""Somebody decides on the lines of a claim in their order: None (nothing), a kind, or (kind, amount, text)."""
	rows = fresh(name).expenses
	wanted = {
		row.line_key: _decision(decision)
		for row, decision in zip(rows, decisions, strict=True)
		if decision is not None
	}
	with acting(user):
		return deciding.decide(name, wanted)


def moves(name: str) -> list[str]:
	"""The states that a claim came into, in their order."""
	return frappe.get_all(
		"Expense Move", {"claim": name}, pluck="to_state", order_by="at, creation, seconds", limit=0
	)


def parts(name: str) -> list[str]:
	"""The names of all claims that a claim was split into, itself first."""
	return [name, *frappe.get_all(records.CLAIM, {"first_claim": name}, pluck="name", order_by="name")]


def wait(name: str, days: float) -> None:
	"""All that happened to a claim was so many days earlier."""
	for field in ("state_since", "reminded_on", "escalated_on"):
		if since := frappe.db.get_value(records.CLAIM, name, field):
			frappe.db.set_value(records.CLAIM, name, field, add_days(since, -days), update_modified=False)


def stand_in(user: str, other: str, since: int = -1, until: int = 1) -> Document:
	"""Somebody stands in for a manager from so many days before today until so many after."""
	return factories.make(
		"Expense Stand-in",
		user=user,
		stand_in=other,
		from_date=add_days(today(), since),
		to_date=add_days(today(), until),
	)


def receipt(content: str = "a bill", user: str = ESHA, name: str = "bill.txt", private: int = 1) -> str:
	"""A file that somebody uploaded; returns its address."""
	with acting(user):
		return (
			frappe.get_doc({"doctype": "File", "file_name": name, "is_private": private, "content": content})
			.insert()
			.file_url
		)


@contextmanager
def acting(user: str) -> Iterator[None]:
	"""As somebody, in a request of its own."""
	before = frappe.session.user
	as_user(user)
	try:
		yield
	finally:
		as_user(before)


def _decision(given: tuple | str) -> rules.Decision:
	return rules.Decision(*((given,) if isinstance(given, str) else given))


def _first_name(user: str) -> str:
	return user.split("@")[0].split(".")[1].title()


def _expense_type(name: str, **values: object) -> str:
	return factories.make_once("Sales Expense Type", name, expense_type_name=name, **values)


Action = Callable[..., object]
