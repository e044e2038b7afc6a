"""A small company whose sales follow a process, for the tests of what the desk shows of milestones.

Asha calls, Ravi visits and quotes, both below Mira; Omar is in Sales Operations, Nina is nobody here. The process:
Call (Asha, a form), Visit (Ravi, the question of the call again) beside Sample (Asha), Quote (Ravi, evidence).
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe.model.document import Document

from sales_activity.api import milestones as api
from sales_activity.tests import factories

COMPANY = factories.COMPANY
MIRA, ASHA, RAVI = "Milestone Mira", "Milestone Asha", "Milestone Ravi"
MIRA_USER, ASHA_USER, RAVI_USER, OMAR_USER, NINA_USER = (
	f"milestone.{name}@example.com" for name in ("mira", "asha", "ravi", "omar", "nina")
)
CALLER, SELLER = "Milestone Caller", "Milestone Seller"
CUSTOMER = "Milestone Clinic"
FORM, VISIT_FORM, PROCESS = "Milestone Call", "Milestone Visit", "Milestone Process"
NEED, BUDGET = "need", "budget"


def build() -> None:
	"""People, forms and the process; the caller undoes it."""
	factories.customer(CUSTOMER)
	for user, role in (
		(MIRA_USER, "Sales Manager"),
		(ASHA_USER, "Sales User"),
		(RAVI_USER, "Sales User"),
		(OMAR_USER, "Sales Operations"),
		(NINA_USER, "Sales User"),
	):
		factories.user(user, role)
	factories.sales_person(MIRA, of_user=MIRA_USER, is_group=True)
	factories.sales_person(ASHA, MIRA, of_user=ASHA_USER)
	factories.sales_person(RAVI, MIRA, of_user=RAVI_USER)
	for role in (CALLER, SELLER):
		factories.sales_role(role)
	need = {"label": "Need", "fieldname": NEED, "fieldtype": "Data", "mandatory": 1}
	budget = {"label": "Budget", "fieldname": BUDGET, "fieldtype": "Currency"}
	form(FORM, need, budget)
	form(VISIT_FORM, need, {"label": "Close", "fieldname": "expected_close_date", "fieldtype": "Date"})
	process(
		PROCESS,
		{"milestone": "Call", "step": 1, "sales_role": CALLER, "milestone_form": FORM, "probability": 10},
		{
			"milestone": "Visit",
			"step": 2,
			"sales_role": SELLER,
			"milestone_form": VISIT_FORM,
			"probability": 40,
		},
		{"milestone": "Sample", "step": 2, "sales_role": CALLER, "probability": 40},
		{"milestone": "Quote", "step": 3, "sales_role": SELLER, "evidence_required": 1, "probability": 60},
	)


def form(name: str, *questions: dict[str, Any]) -> str:
	"""A Milestone Form."""
	return factories.make_once("Milestone Form", name, form_name=name, questions=list(questions))


def process(name: str, *milestones: dict[str, Any]) -> str:
	"""A Sales Process; each milestone gets an outcome and guidance of its own."""
	rows = [
		{
			"outcome": f"{row['milestone']} is done",
			"find_out": f"Find out about {row['milestone']}",
			"tell": f"Tell about {row['milestone']}",
			"expected_days": 2,
			**row,
		}
		for row in milestones
	]
	return factories.make_once("Sales Process", name, process_name=name, milestones=rows)


def project(title: str = "Milestone Project", start: bool = True, **values: Any) -> Document:
	"""A project of Asha's and Ravi's, with its process begun by Mira."""
	team = [(ASHA, CALLER), (RAVI, SELLER)]
	doc = factories.sales_project(CUSTOMER, team, title=title, **values)
	if start:
		as_user(MIRA_USER)
		api.start([doc.name], PROCESS)
		as_user("Administrator")
	return factories.fresh(doc)


def name(doc: Document, milestone: str) -> str:
	"""The name of a project's milestone."""
	return frappe.db.get_value("Sales Milestone", {"sales_project": doc.name, "milestone": milestone})


def as_user(user: str) -> None:
	"""Go on as somebody else, in a request of its own."""
	frappe.set_user(user)
	if hasattr(frappe.local, "request_cache"):
		frappe.local.request_cache.clear()


def act(user: str, doc: Document, milestone: str, action: str, **values: Any) -> dict[str, Any]:
	"""Somebody does something with a milestone; afterwards nobody else is logged in than before."""
	before = frappe.session.user
	as_user(user)
	try:
		return api.act(name(doc, milestone), action, **values)
	finally:
		as_user(before)
