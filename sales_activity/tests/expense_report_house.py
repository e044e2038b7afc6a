"""What the tests of the reports on expenses share: claims of a year put straight into the tables, drawn at random but
always the same, and a slow, obvious answer to who may see which lines.

The people are those of ``expense_house``; most are Sales Persons too, in a tree of their own: Max above Esha and Ravi.
Amounts are multiples of a quarter, so that sums are exact.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import frappe

from sales_activity import compat
from sales_activity.demo import masters
from sales_activity.sales_activity.expenses.records import CLAIM, LINE
from sales_activity.tests import expense_house, factories
from sales_activity.tests.expense_house import (
	ANIL,
	ANITA,
	ESHA,
	MAX,
	MEALS,
	NILS,
	NORA,
	OLGA,
	RAVI,
	TAXI,
	VERA,
	employee,
)
from sales_activity.tests.milestone_rows import insert

COMPANY, EMPTY = "Expense Reports", "Expense Reports Empty"
YEAR = 2024
SPAN = {"company": COMPANY, "from_date": f"{YEAR}-01-01", "to_date": f"{YEAR}-12-31"}
WEST, WEST_COAST, EAST = "Expenses West", "Expenses West Coast", "Expenses East"
ACME, BOLT = "Expenses Acme", "Expenses Bolt"
PLAIN, STRANGER = "claim.plain@example.com", "claim.stranger@example.com"
PERSONS = {MAX: "Expenses Max", ESHA: "Expenses Esha", RAVI: "Expenses Ravi", NILS: "Expenses Nils"}
MANAGERS = {ESHA: MAX, RAVI: MAX, MAX: VERA, NILS: NORA, PLAIN: None, ANIL: VERA}
BELOW = {
	**{ESHA: {ESHA}, RAVI: {RAVI}, NILS: {NILS}, PLAIN: {PLAIN}, MAX: {MAX, ESHA, RAVI}, NORA: {NORA, NILS}},
	**{VERA: {VERA, MAX, ESHA, RAVI, ANIL, ANITA}, ANIL: {ANIL}},
}
SEEN_BY_ACCOUNTS = {
	*("Approved", "With Accounts", "Returned to Area Manager"),
	*("Approved and Locked", "Denied and Locked", "Cancelled"),
}
STATES = (
	*("Draft", "Pending Area Manager", "Clarification", "Denied", "Approved", "With Accounts"),
	*("Returned to Area Manager", "Approved and Locked", "Denied and Locked", "Cancelled"),
)
DOCSTATUS = {"Approved and Locked": 1, "Denied and Locked": 1, "Cancelled": 2}
# how far a claim in a state has come: whether the manager has decided, whether Accounts have
DECIDED = {"Approved": 1, "With Accounts": 1, "Returned to Area Manager": 1, "Denied and Locked": 1}
TAGS = {
	"Employee": "employee",
	"Sales Person": "sales_person",
	"Expense Type": "expense_type",
	"Sales Project": "sales_project",
	"Milestone": "milestone",
	"Customer": "customer",
	"Lead": "lead",
	"Territory": "territory",
	"Campaign": "campaign",
	"Cost Center": "cost_center",
}

Line = dict[str, Any]


class House:
	"""A company with ``claims`` random claims; ``lines`` holds each line with what its claim says."""

	def __init__(self, claims: int = 120, seed: int = 5) -> None:
		self.random = random.Random(seed)
		self.make_masters()
		self.lines: list[Line] = [line for _number in range(claims) for line in self.claim()]

	def make_masters(self) -> None:
		expense_house.build()
		factories.company(COMPANY, "EXR")
		factories.company(EMPTY, "EXE")
		factories.user(PLAIN, "Employee")
		factories.user(STRANGER, "Website Manager")
		factories.employee(PLAIN, first_name="Plain")
		factories.sales_person(PERSONS[MAX], is_group=True, of_user=MAX)
		for user in (ESHA, RAVI):
			factories.sales_person(PERSONS[user], PERSONS[MAX], of_user=user)
		factories.sales_person(PERSONS[NILS], of_user=NILS)
		factories.territory(WEST, is_group=True)
		factories.territory(WEST_COAST, WEST)
		factories.territory(EAST)
		self.customers = [factories.customer(name) for name in (ACME, BOLT)]
		self.projects = [self.project(name) for name in self.customers]
		self.milestones = {
			self.milestone(project, name, number): name
			for project in self.projects
			for number, name in enumerate(("Visit", "Offer"), start=1)
		}
		self.leads = [factories.lead(f"Expenses {name}") for name in ("One", "Two")]
		self.campaigns = [masters.campaign(f"Expenses {name}") for name in ("Fair", "Mail")]
		self.group, *self.cost_centers = self.make_cost_centers()

	def project(self, customer: str) -> str:
		return factories.sales_project(customer, company=COMPANY, title=f"Plant of {customer}").name

	def milestone(self, project: str, name: str, number: int) -> str:
		row = {
			"sales_project": project,
			"milestone": name,
			"company": COMPANY,
			"status": "Ready",
			"position": number,
		}
		return insert("Sales Milestone", [row])[0]

	def make_cost_centers(self) -> list[str]:
		"""A group, two below it, one beside it."""
		root = frappe.db.get_value("Cost Center", {"company": COMPANY, "is_group": 1})
		group = self.cost_center("Field", root, 1)
		return [
			group,
			self.cost_center("Field A", group),
			self.cost_center("Field B", group),
			self.cost_center("Desk", root),
		]

	def cost_center(self, name: str, parent: str, is_group: int = 0) -> str:
		return factories.make(
			"Cost Center",
			cost_center_name=name,
			parent_cost_center=parent,
			company=COMPANY,
			is_group=is_group,
		).name

	# --- claims ----------------------------------------------------------------------------------------------

	def claim(self, company: str = COMPANY, **values: Any) -> list[Line]:
		"""A claim of somebody in some state, with one to four lines."""
		user = self.random.choice(tuple(MANAGERS))
		manager, state = MANAGERS[user], self.random.choice(STATES)
		claim = {
			"employee": employee(user),
			"employee_name": frappe.db.get_value("Employee", employee(user), "employee_name"),
			"sales_person": PERSONS.get(user),
			"company": company,
			"currency": factories.CURRENCY,
			"posting_date": date(YEAR, 6, 1),
			"title": "A journey",
			"status": state,
			"workflow_state": state,
			"docstatus": DOCSTATUS.get(state, 0),
			"area_manager": manager,
			"holder": self.random.choice((None, user, manager)),
			**values,
		}
		name = insert(CLAIM, [claim])[0]
		whose = {**claim, "claim": name, "user": user}
		return [{**whose, **self.line(whose, idx)} for idx in range(1, self.random.randint(1, 4) + 1)]

	def line(self, claim: Mapping[str, Any], idx: int) -> Line:
		pick, state = self.pick, claim["status"]
		claimed = self.random.randint(4, 4000) / 4
		approved = claimed - self.random.choice((0, 0, 0.25, 1)) if self.has_decided(state) else 0.0
		locked = (
			approved - self.random.choice((0, 0.5)) if state in ("Approved and Locked", "Cancelled") else 0.0
		)
		line = {
			"expense_date": date(YEAR - 1, 12, 1) + timedelta(days=self.random.randrange(425)),
			"expense_type": self.random.choice((TAXI, MEALS)),
			"description": f"Line {idx}",
			"base_amount": claimed,
			"manager_amount": approved,
			"accounts_amount": locked,
			"sales_project": pick(self.projects),
			"sales_milestone": pick(tuple(self.milestones)),
			"customer": pick(self.customers),
			"lead": pick(self.leads),
			"territory": pick((WEST, WEST_COAST, EAST)),
			"campaign_type": compat.lead_origin_doctypes()["campaign"],
			"campaign": pick(self.campaigns),
			"cost_center": pick((self.group, *self.cost_centers)),
		}
		row = {"parent": claim["claim"], "parenttype": CLAIM, "parentfield": "expenses", "idx": idx}
		key = frappe.generate_hash(length=16)
		name = insert(LINE, [{**row, "docstatus": claim["docstatus"], "line_key": key, **line}])[0]
		milestone = self.milestones.get(line["sales_milestone"])
		return {**line, "name": name, "milestone": milestone}

	def pick(self, values: Iterable[Any]) -> Any:
		"""One of them, or none."""
		return self.random.choice((None, *values))

	def has_decided(self, state: str) -> bool:
		return state in DECIDED or state in ("Approved and Locked", "Cancelled")


def seen_by(user: str, lines: Iterable[Line]) -> list[Line]:
	"""The lines that somebody may see, said plainly."""
	lines = list(lines)
	if user in ("Administrator", OLGA):
		return lines
	return [
		line
		for line in lines
		if line["user"] in BELOW[user]
		or user in (line["holder"], line["area_manager"])
		or (user == ANIL and line["status"] in SEEN_BY_ACCOUNTS)
	]
