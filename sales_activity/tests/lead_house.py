"""A small company that qualifies its leads, for the tests: a definition, the people, leads.

Quinn qualifies, Olga is in Sales Operations; Sam and Sara sell below their manager Max, Nils is nobody here.
"""

from __future__ import annotations

from collections.abc import Sequence

import frappe
from frappe.model.document import Document

from sales_activity.tests import factories

COMPANY = factories.COMPANY
QUALIFIER, OPERATIONS, SAM_USER, SARA_USER, MAX_USER, NILS_USER = (
	f"lead.{name}@example.com" for name in ("quinn", "olga", "sam", "sara", "max", "nils")
)
SAM, SARA, MAX, NILS = "Lead Sam", "Lead Sara", "Lead Max", "Lead Nils"


# --- definitions ---------------------------------------------------------------------------------------------


def rule(label: str, field: str, operator: str, value: str = "", points: float = 10, **more: object) -> dict:
	"""A criterion that looks at a field of the Lead."""
	kind = "Rule on a Lead Field"
	values = {"label": label, "kind": kind, "lead_field": field, "operator": operator, "value": value}
	return {**values, "points": points, **more}


def question(label: str, fieldtype: str, points: float = 10, **more: object) -> dict:
	"""A criterion that is asked."""
	return {"label": label, "kind": "Question", "fieldtype": fieldtype, "points": points, **more}


def tick(label: str, points: float = 50, **more: object) -> dict:
	"""A question that is answered by a tick."""
	return question(label, "Check", points, **more)


def choice(label: str, scored_answers: str, **more: object) -> dict:
	"""A question whose answers have points of their own."""
	return question(label, "Select", 0, scored_answers=scored_answers, **more)


def rows() -> list[dict]:
	"""Revenue (rule, 10), Decides (choice, mandatory, 20), Budget (tick, 20), Seats (number, 30), Wanted By (date, 10):
	90 points in all."""
	return [
		rule("Revenue", "annual_revenue", ">=", "1000000"),
		choice("Decides", "Yes = 20\nHas a say = 10\nNo = 0", mandatory=1),
		tick("Budget", 20),
		question("Seats", "Int", 30, operator=">=", value="10"),
		question("Wanted By", "Date", 10, operator="is set"),
	]


def definition(
	criteria: Sequence[dict] | None = None,
	threshold: float = 40,
	company: str = COMPANY,
	submit: bool = True,
	as_user: bool = False,
	**values: object,
) -> Document:
	"""A definition of the company, active unless ``submit`` is False; made by Administrator unless ``as_user``."""
	doc = frappe.get_doc({"doctype": "Universal Lead Definition", "title": "Ready for Sales", **values})
	doc.update({"company": company, "threshold": threshold, "introduction": "Good morning."})
	doc.set("criteria", list(rows() if criteria is None else criteria))
	doc.flags.ignore_permissions = not as_user
	doc.insert()
	return doc.submit() if submit else doc


# --- people and leads ----------------------------------------------------------------------------------------


def build() -> None:
	"""The people; the caller undoes it."""
	factories.user(QUALIFIER, "Lead Qualifier", "Sales User")
	factories.user(OPERATIONS, "Sales Operations", "Sales User")
	factories.user(MAX_USER, "Sales User", "Sales Manager")
	for user in (SAM_USER, SARA_USER, NILS_USER):
		factories.user(user, "Sales User")
	factories.sales_role("Sales Person")
	factories.sales_person(MAX, of_user=MAX_USER, is_group=True)
	factories.sales_person(SAM, MAX, of_user=SAM_USER)
	factories.sales_person(SARA, MAX, of_user=SARA_USER)
	factories.sales_person(NILS, of_user=NILS_USER)


def lead(name: str = "Meena Rao", **values: object) -> str:
	"""A new Lead, with its nurture."""
	defaults = {"company": COMPANY, "annual_revenue": 2_000_000}
	return factories.make("Lead", first_name=name, **{**defaults, **values}).name


def nurture(name: str) -> Document:
	"""The nurture of a Lead, as it is in the database."""
	return frappe.get_doc("Lead Nurture", name)


def moves(name: str) -> list[str]:
	"""The states that a lead came into, in their order."""
	rows = frappe.get_all(
		"Lead Move", {"lead_nurture": name}, ["to_state"], order_by="at, creation", limit=0, as_list=True
	)
	return [state for (state,) in rows]


def as_user(user: str) -> None:
	"""Go on as somebody else, in a request of its own."""
	frappe.set_user(user)
	if hasattr(frappe.local, "request_cache"):
		frappe.local.request_cache.clear()


def act(name: str, to_state: str, user: str = QUALIFIER, **values: object) -> Document:
	"""Somebody takes a lead to a state, as the form does: further fields are filled in with it, ``answers`` as values
	by field name."""
	before = frappe.session.user
	as_user(user)
	try:
		doc = nurture(name)
		for fieldname, value in values.pop("answers", {}).items():
			doc.append("answers", {"fieldname": fieldname, "value": value})
		doc.update(values)
		doc.workflow_state = to_state
		return doc.save()
	finally:
		as_user(before)


RIPE = {"decides": "Yes", "budget": 1}  # with the revenue 50 points of 40


def qualified(name: str, **values: object) -> Document:
	"""Quinn calls, and qualifies the lead."""
	act(name, "Qualifying")
	return act(name, "Qualified", answers=RIPE, **values)


def routing(*people: tuple[str, int] | str, **values: object) -> Document:
	"""A routing rule of the company; people as names, or (name, most open)."""
	rows = [(person, 0) if isinstance(person, str) else person for person in people]
	return factories.make(
		"Lead Routing Rule",
		**{"title": "Everything", "company": COMPANY, **values},
		people=[{"sales_person": person, "most_open": most} for person, most in rows],
	)


def with_sales(name: str, person: str = SAM) -> Document:
	"""A lead that was qualified and handed over to a chosen person."""
	qualified(name)
	return act(name, "With Sales", sales_person=person)
