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
