"""Expense claims in masses: the hourly check of their time limits, and the reports on them, each against the figures that
it is about asked straight in SQL."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

import frappe
from frappe.utils import getdate, now_datetime

from benchmarks import company, load
from benchmarks.measure import Cost, Meter, new_request, queries
from sales_activity.demo import masters
from sales_activity.sales_activity.expenses import escalation, limits, rules
from sales_activity.sales_activity.expenses.figures.sent import SENT
from sales_activity.sales_activity.expenses.records import CLAIM, LINE, MOVE
from sales_activity.sales_activity.report.approval_times import approval_times
from sales_activity.sales_activity.report.claims_outstanding import claims_outstanding
from sales_activity.sales_activity.report.duplicate_expenses import duplicate_expenses
from sales_activity.sales_activity.report.expense_analysis import expense_analysis

PREFIX = "BENCH-EX"
ACCOUNTS_USER = "bench-accounts@example.com"
TABLES = (LINE, MOVE, CLAIM)
DAYS = {
	rules.PENDING: 3,
	rules.CLARIFICATION: 5,
	rules.APPROVED: 7,
	rules.WITH_ACCOUNTS: 5,
	rules.RETURNED: 3,
}
CUSTOMERS, TERRITORIES, PROJECTS, CAMPAIGNS = 500, 8, 2000, 20
_SENT = ("", rules.DRAFT, rules.PENDING)
_FORWARDED = (*_SENT, rules.APPROVED, rules.WITH_ACCOUNTS)
_ASKED = (*_SENT, rules.CLARIFICATION, rules.PENDING, rules.APPROVED, rules.WITH_ACCOUNTS)
# the ways of an open claim, and how often they are gone
WAYS = (
	(_SENT, 35),
	((*_SENT, rules.CLARIFICATION, rules.PENDING), 5),
	((*_SENT, rules.CLARIFICATION), 10),
	((*_SENT, rules.APPROVED), 15),
	(_FORWARDED, 20),
	(_ASKED, 10),
	((*_FORWARDED, rules.RETURNED), 5),
)
# of those that have a time limit: how far they have gone up
LEVELS = (0, 0, 0, 0, 0, 0, 1, 2, 3, 3)
# of every so many claims that are open one more is locked
OPEN_PER_LOCKED = 5
# claims that are made overdue
OVERDUE = 20

PERIOD = ("Expense Analysis", "Approval Times", "Duplicate Expenses")
REPORTS = {
	"Claims Outstanding": claims_outstanding.execute,
	"Expense Analysis": expense_analysis.execute,
	"Approval Times": approval_times.execute,
	"Duplicate Expenses": duplicate_expenses.execute,
}
MORE_FILTERS = {"Expense Analysis": {"group_by": "Employee", "then_by": "Expense Type"}}
USERS = {
	**{"everybody": "Administrator", "Accounts": ACCOUNTS_USER},
	**{"head of 200 people": load.HEAD_USER, "manager of 20": load.MANAGER_USER},
}
_TIMES = """
	select distinct move.from_state, {columns}
	from `tabSales Expense Claim` claim join `tabExpense Move` move on move.claim = claim.name
	where claim.company = %(company)s and move.at >= %(start)s and move.from_state in %(waiting)s
		and move.from_state != move.to_state
"""
_COUNTS = """
	select move.from_state, sum(move.from_state != move.to_state), sum(move.to_state in ('Clarification',
		'Returned to Area Manager') and move.from_state != move.to_state), sum(move.from_state = move.to_state),
		sum(datediff(move.at, move.at - interval move.seconds second) > 3)
	from `tabSales Expense Claim` claim join `tabExpense Move` move on move.claim = claim.name
	where claim.company = %(company)s and move.at >= %(start)s and move.from_state in %(waiting)s group by 1
"""
# each report's figures, asked as somebody would who needs them once
PLAIN_SQL = {
	"Claims Outstanding": (
		"""
		select coalesce(holder, status), interval(datediff(%(today)s, state_since), 8, 15, 31), count(*),
			sum(if(status in ('Approved', 'With Accounts', 'Returned to Area Manager'), total_manager, total_claimed)),
			sum(state_since < %(today)s - interval 3 day), max(datediff(%(today)s, state_since))
		from `tabSales Expense Claim`
		where company = %(company)s and status in %(waiting)s group by 1, 2
		""",
	),
	"Expense Analysis": (
		"""
		select claim.employee, line.expense_type, extract(year_month from line.expense_date), count(*),
			sum(line.base_amount), sum(line.manager_amount), sum(line.accounts_amount)
		from `tabSales Expense Claim` claim join `tabSales Expense Line` line on line.parent = claim.name
		where claim.company = %(company)s and claim.status not in %(dead)s
			and line.expense_date between %(start)s and %(today)s group by 1, 2, 3
		""",
	),
	"Approval Times": (
		_COUNTS,
		_TIMES.format(
			columns="""
			percentile_cont(0.5) within group (order by move.seconds) over (partition by move.from_state),
			percentile_cont(0.9) within group (order by move.seconds) over (partition by move.from_state)"""
		),
		f"""
		select distinct percentile_cont(0.5) within group (order by days) over () from (
			select timestampdiff(second, {SENT}, move.at) / 86400 as days
			from `tabSales Expense Claim` join `tabExpense Move` move on move.claim = `tabSales Expense Claim`.name
			where `tabSales Expense Claim`.company = %(company)s and move.at >= %(start)s
				and move.to_state in ('Approved and Locked', 'Denied and Locked')
		) locked
		""",
	),
	"Duplicate Expenses": (
		"""
		select line.* from `tabSales Expense Line` line join (
			select line.receipt_digest from `tabSales Expense Line` line
			join `tabSales Expense Claim` claim on claim.name = line.parent
			where claim.company = %(company)s and claim.docstatus < 2 and line.receipt_digest != ''
			group by line.receipt_digest having count(*) > 1
		) same on same.receipt_digest = line.receipt_digest
		""",
		"""
		select line.* from `tabSales Expense Line` line join `tabSales Expense Claim` claim on claim.name = line.parent
		join (
			select claim.employee, line.expense_date, line.expense_type, line.base_amount
			from `tabSales Expense Line` line join `tabSales Expense Claim` claim on claim.name = line.parent
			where claim.company = %(company)s and claim.docstatus < 2
			group by 1, 2, 3, 4 having count(*) > 1
		) same on same.employee = claim.employee and same.expense_date = line.expense_date
			and same.expense_type = line.expense_type and same.base_amount = line.base_amount
		""",
	),
}


class Person(NamedTuple):
	"""Somebody who claims: Employee, user and Sales Person, and the user who decides."""

	employee: str
	user: str
	person: str
	manager: str


# --- what is measured ------------------------------------------------------------------------------------------


def compare(meter: Meter, name: str, rounds: int) -> tuple[dict[str, Cost], dict[str, int]]:
	"""The median costs of the plain SQL and of the report for each user, in turns; the report's statements."""
	ways = {who: lambda user=user: run_report(name, user) for who, user in USERS.items()}
	costs = meter.take_turns({"plain SQL": lambda: plain_sql(name), **ways}, rounds)
	return costs, {who: queries(way) for who, way in ways.items()}


def run_report(name: str, user: str) -> tuple:
	"""The report, of the last year where it is about a period, as a user's browser would ask for it."""
	new_request(user)
	period = {"from_date": str(_year_ago()), "to_date": str(getdate())} if name in PERIOD else {}
	try:
		return REPORTS[name]({"company": load.COMPANY, **period, **MORE_FILTERS.get(name, {})})
	finally:
		frappe.set_user("Administrator")


def plain_sql(name: str) -> None:
	"""The figures of the report, straight."""
	new_request()
	values = {"company": load.COMPANY, "start": _year_ago(), "today": getdate()}
	waiting = (*rules.WITH_MANAGER, rules.CLARIFICATION, rules.APPROVED, rules.WITH_ACCOUNTS)
	dead = (*rules.DEAD, rules.DRAFT)
	for query in PLAIN_SQL[name]:
		frappe.db.sql(query, {**values, "waiting": waiting, "dead": dead})


def check(meter: Meter) -> tuple[Cost, int, int]:
	"""What the hourly check costs, its statements, and how many claims it dealt with."""
	done = 0

	def run() -> None:
		nonlocal done
		new_request()
		done = escalation.escalate()

	cost: list[Cost] = []
	count = queries(lambda: cost.append(meter.cost(run)))
	return cost[0], count, done


def _year_ago() -> date:
	return getdate() - timedelta(days=365)


# --- what is put on the site -----------------------------------------------------------------------------------


def fill(count: int) -> None:
	"""Replace what was loaded before by ``count`` open claims of 200 people, and a fifth as many that are locked; two
	lines each on average."""
	empty()
	_make_settings()
	people = _make_people()
	types = frappe.get_all("Sales Expense Type", pluck="name", limit=0)
	dice = random.Random(7)
	claims = [_Claim(number, count, people, dice) for number in range(count + count // OPEN_PER_LOCKED)]
	load.insert(CLAIM, (claim.header() for claim in claims))
	load.insert(MOVE, (row for claim in claims for row in claim.moves()))
	load.insert(LINE, (row for claim in claims for row in claim.lines(types)))
	for doctype in TABLES:
		frappe.db.sql_ddl(f"analyze table `tab{doctype}`")


def empty() -> None:
	"""Take it all away."""
	for doctype in (*TABLES, "Employee", "User"):
		frappe.db.delete(doctype, {"name": ["like", f"{PREFIX}-%"]})
		frappe.db.commit()
	frappe.db.delete("Has Role", {"parent": ["like", f"{PREFIX}-%"]})
	frappe.db.commit()


def counts() -> dict[str, int]:
	"""How many rows there are of each kind."""
	return {doctype: frappe.db.count(doctype, {"name": ["like", f"{PREFIX}-%"]}) for doctype in TABLES[::-1]}


def make_overdue(count: int) -> None:
	"""Let so many claims wait for longer than they may."""
	filters = {"name": ["like", f"{PREFIX}-%"], "status": rules.PENDING, "escalation_level": 0}
	names = frappe.get_all(CLAIM, filters, pluck="name", order_by="name", limit=count) if count else ()
	since = now_datetime() - timedelta(days=20)
	for name in names:
		frappe.db.set_value(CLAIM, name, "state_since", since, update_modified=False)
	frappe.db.commit()


def _make_settings() -> None:
	settings = frappe.get_single("Sales Activity Settings")
	for status, field in limits.FIELDS.items():
		settings.db_set(field, DAYS.get(status, 0))
	settings.db_set("escalate_to", load.HEAD_USER)
	for user in (load.HEAD_USER, load.MANAGER_USER):
		masters.user(user, "Sales User", "Sales Manager", "Area Manager")
	masters.user(ACCOUNTS_USER, "Accounts User")
	frappe.db.commit()


def _make_people() -> list[Person]:
	"""An Employee and a user for everybody who has none yet, in one tree below the head."""
	names = [name for name, _manager in company.people()]
	above = dict(company.people())
	employees, users = _employees_and_users(names)
	places = _places(above, (frappe.db.sql("select max(rgt) from tabEmployee")[0][0] or 0) + 1)
	made = [name for name in names if employees[name].startswith(PREFIX)]
	load.insert("Employee", (_employee(name, employees, users, above, places) for name in made))
	for name in set(names) - set(made):
		boss = above[name] and employees[above[name]]
		frappe.db.set_value("Employee", employees[name], {"reports_to": boss, **places[name]})
	load.insert("User", (_user(users[name], name) for name in made))
	managers = {manager for manager in above.values() if manager}
	roles = [(users[name], "Area Manager" if name in managers else "Sales User") for name in made]
	load.insert("Has Role", (_role(user, role) for user, role in roles))
	frappe.clear_cache()
	return [
		Person(employees[name], users[name], name, users[above[name] or name])
		for name in names
		if above[name]
	]


def _employees_and_users(names: list[str]) -> tuple[dict[str, str], dict[str, str]]:
	known = dict(zip(names, (load.HEAD_USER, load.MANAGER_USER), strict=False))
	users = {name: known.get(name, f"{PREFIX}-{number:03}@example.com") for number, name in enumerate(names)}
	employees = {
		name: frappe.db.get_value("Employee", {"user_id": users[name]})
		if name in known
		else f"{PREFIX}-{number:03}"
		for number, name in enumerate(names)
	}
	return employees, users


def _places(above: dict[str, str | None], first: int) -> dict[str, load.Row]:
	"""Where everybody stands in the tree, numbered from ``first``."""
	below, found, edge = defaultdict(list), {}, first
	for name, manager in above.items():
		below[manager].append(name)

	def walk(name: str) -> None:
		nonlocal edge
		left, edge = edge, edge + 1
		for one in below[name]:
			walk(one)
		found[name], edge = {"lft": left, "rgt": edge}, edge + 1

	walk(below[None][0])
	return found


def _employee(name: str, employees: dict, users: dict, above: dict, places: dict) -> load.Row:
	return {
		**load.document(employees[name], docstatus=0),
		**{"first_name": name, "employee_name": name, "status": "Active", "user_id": users[name]},
		**{"reports_to": above[name] and employees[above[name]], **places[name]},
	}


def _user(user: str, name: str) -> load.Row:
	return {
		**{"name": user, "email": user, "first_name": name, "full_name": name},
		**{"enabled": 1, "user_type": "System User"},
	}


def _role(user: str, role: str) -> load.Row:
	return {**load.child("User", "roles", user, 1, docstatus=0), "role": role}


class _Claim:
	"""One claim with its way and its lines. Those beyond ``count`` are locked, half of them paid."""

	def __init__(self, number: int, count: int, people: list[Person], dice: random.Random) -> None:
		self.name = f"{PREFIX}-{number:06}"
		self.number, self.dice = number, dice
		self.who = people[number % len(people)]
		self.is_locked = number >= count
		way = dice.choices([way for way, _often in WAYS], [often for _way, often in WAYS])[0]
		self.way = (*_FORWARDED, rules.LOCKED) if self.is_locked else way
		self.state = self.way[-1]
		self.level = dice.choice(LEVELS) if self.state in DAYS else 0
		self.since = now_datetime() - timedelta(days=self._age())
		self.amounts = [dice.randrange(1000, 50000) / 100 for _line in range(dice.randint(1, 3))]

	def _age(self) -> float:
		"""Nothing is overdue: whoever has been told has just been told."""
		if self.is_locked:
			return self.dice.uniform(0, 200)
		return (self.dice.uniform(0, 2.9), 6, 9, self.dice.uniform(15, 60))[self.level]

	def header(self) -> load.Row:
		total = sum(self.amounts)
		approved = total if rules.APPROVED in self.way else 0
		told = now_datetime() - timedelta(days=1)
		return {
			**load.document(self.name, docstatus=int(self.is_locked)),
			**{"title": self.name, "employee": self.who.employee, "employee_name": self.who.person},
			**{
				"currency": masters.CURRENCY,
				"posting_date": getdate(self.since),
				"sales_person": self.who.person,
			},
			**{"area_manager": self.who.manager, "holder": self._holder()},
			**{"status": self.state, "workflow_state": self.state, "state_since": self.since},
			"asked_by": rules.BY_MANAGER if self.state == rules.CLARIFICATION else "",
			**{"total_claimed": total, "total_manager": approved},
			"total_accounts": total if self.is_locked else 0,
			**{
				"payable_amount": total if self.is_locked else 0,
				"paid_amount": total if self._is_paid() else 0,
			},
			"payment_status": ("Paid" if self._is_paid() else "Unpaid") if self.is_locked else "",
			**{"escalation_level": self.level, "reminded_on": told if self.level else None},
			"escalated_on": told if self.level > 1 else None,
			"forwarding": f"{PREFIX}-FW-{self.number % 52}" if rules.WITH_ACCOUNTS in self.way else None,
		}

	def _is_paid(self) -> bool:
		return self.is_locked and self.number % 2 == 0

	def _holder(self) -> str | None:
		if self.state in rules.WITH_MANAGER:
			return self.who.manager
		return self.who.user if self.state in rules.WITH_EMPLOYEE else None

	def moves(self) -> Iterator[load.Row]:
		"""From the last to the first."""
		at = self.since
		for place, (came_from, went_to) in reversed(list(enumerate(pairwise(self.way)))):
			seconds = self.dice.uniform(0, 6) * 86400 if came_from else 0
			yield self._move(str(place), came_from, went_to, at, seconds)
			at -= timedelta(seconds=seconds)
		for level in range(self.level):
			told = self.since + timedelta(days=level + 1)
			yield self._move(f"E{level}", self.state, self.state, told, 0)

	def _move(self, key: str, came_from: str, went_to: str, at: datetime, seconds: float) -> load.Row:
		acts = {**dict.fromkeys(rules.WITH_MANAGER, self.who.manager), rules.WITH_ACCOUNTS: ACCOUNTS_USER}
		return {
			**load.document(f"{self.name}-{key}", docstatus=0),
			**{
				"claim": self.name,
				"employee": self.who.employee,
				"from_state": came_from,
				"to_state": went_to,
			},
			**{"at": at, "user": acts.get(came_from, self.who.user), "seconds": seconds},
		}

	def lines(self, types: list[str]) -> Iterator[load.Row]:
		"""One in a hundred has the receipt of another one; one in a hundred is alike."""
		for idx, claimed in enumerate(self.amounts, start=1):
			alike = self.dice.random() < 0.01
			amount = 99 if alike else claimed
			bill = f"{self.name}-{idx}" if self.dice.random() > 0.01 else f"bill {self.dice.randrange(1000)}"
			yield {
				**load.child(CLAIM, "expenses", self.name, idx, docstatus=int(self.is_locked)),
				"name": f"{self.name}-{idx}",
				"expense_date": getdate(self.since) - timedelta(days=1 if alike else self.dice.randrange(30)),
				"expense_type": types[0] if alike else self.dice.choice(types),
				**{"currency": masters.CURRENCY, "exchange_rate": 1, "company_currency": masters.CURRENCY},
				**dict.fromkeys(("amount", "base_amount"), amount),
				"manager_amount": amount if rules.APPROVED in self.way else 0,
				"accounts_amount": amount if self.is_locked else 0,
				**{"line_key": load.hash_name(f"{self.name}-{idx}"), "receipt_digest": load.hash_name(bill)},
				**self._tags(),
			}

	def _tags(self) -> load.Row:
		number = self.dice.randrange(PROJECTS)
		return {
			"sales_project": load.project_name("PRJ", number),
			"customer": f"Bench Customer {number % CUSTOMERS}",
			"territory": f"Bench Territory {number % TERRITORIES}",
			**{"campaign_type": "Campaign", "campaign": f"Campaign {number % CAMPAIGNS}"},
		}
