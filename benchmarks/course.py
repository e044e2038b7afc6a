"""The course of sales through a process of ten milestones, put on the site in bulk, past all controllers.

A year of projects that begin evenly over it. Of ten projects four are won with everything done, two are lost and
one is on hold somewhere on the way; the others are in work. One hand-off in ten comes back with a question, one in
twelve is reminded of, one in thirty escalates; one milestone in fifty was on hold for some days.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

import frappe
from frappe.utils import now_datetime

from benchmarks import company, load
from benchmarks.load import Row
from sales_activity.demo import masters

STEPS = 10
PROCESSES = ("Bench Process 1", "Bench Process 2", "Bench Process 3")
TERRITORIES = tuple(f"Bench Territory {number}" for number in range(8))
TABLES = ("Sales Milestone", "Milestone Move", "Milestone Hand-off")
PREFIX = "COURSE"
CHUNK = 500
STATUSES = (*4 * ("Won",), *2 * ("Lost",), "On Hold", *3 * ("Open",))
DAY = timedelta(days=1)


class Rows(NamedTuple):
	"""The rows of some projects by table."""

	projects: list[Row]
	members: list[Row]
	milestones: list[Row]
	moves: list[Row]
	hand_offs: list[Row]
	orders: list[Row]

	@classmethod
	def empty(cls) -> Rows:
		"""Nothing yet."""
		return cls([], [], [], [], [], [])


DOCTYPES = (
	*("Sales Project", "Sales Project Member", "Sales Milestone", "Milestone Move", "Milestone Hand-off"),
	"Sales Order",
)


def make_masters() -> None:
	"""Three processes of ten milestones, one after the other, and eight territories."""
	for name in TERRITORIES:
		masters.territory(name)
	for name in PROCESSES:
		if not frappe.db.exists("Sales Process", name):
			masters.make("Sales Process", process_name=name, milestones=list(_template()))
	frappe.db.commit()


def fill(milestones: int) -> None:
	"""Replace what was loaded before by so many milestones."""
	empty()
	chance, now = random.Random(f"course {milestones}"), now_datetime().replace(microsecond=0)
	projects = milestones // STEPS
	for first in range(0, projects, CHUNK):
		found = Rows.empty()
		for number in range(first, min(first + CHUNK, projects)):
			_Course(number, projects, now, chance, found).run()
		for doctype, rows in zip(DOCTYPES, found, strict=True):
			load.insert(doctype, rows)
	for doctype in DOCTYPES:
		frappe.db.sql_ddl(f"analyze table `tab{doctype}`")


def empty() -> None:
	"""Remove what ``fill`` put there."""
	names = f"{PREFIX}-%"
	for doctype in TABLES:
		frappe.db.delete(doctype, {"company": load.COMPANY})
	frappe.db.delete("Sales Project Member", {"parent": ("like", names)})
	for doctype in ("Sales Project", "Sales Order"):
		frappe.db.delete(doctype, {"name": ("like", names)})
	frappe.db.commit()


def _template() -> Iterator[Row]:
	for step in range(1, STEPS + 1):
		yield {
			"milestone": f"Bench Milestone {step}",
			"step": step,
			"sales_role": company.ROLES[step % len(company.ROLES)],
			"expected_days": 3,
			"probability": 10 * step,
			"outcome": "Somebody can check that it is done.",
			"find_out": "What must the solution do, how many, by when?",
			"tell": "What is still open, and who will ask about it.",
		}


class _Course:
	"""One project from its beginning to where it stands now."""

	def __init__(self, number: int, projects: int, now: datetime, chance: random.Random, into: Rows) -> None:
		self.number, self.chance, self.now, self.into = number, chance, now, into
		self.name = f"{PREFIX}-{number:06}"
		self.status = STATUSES[number % len(STATUSES)]
		self.started = now - 365 * DAY + number / projects * 330 * DAY
		self.at = self.started.replace(microsecond=0)
		self.process, self.territory = chance.choice(PROCESSES), chance.choice(TERRITORIES)
		people = [name for name, _manager in company.people()]
		self.people = chance.sample(people, 3)
		self.done = STEPS if self.status == "Won" else chance.randrange(STEPS)

	def run(self) -> None:
		"""Write its rows."""
		for position in range(1, STEPS + 1):
			self._milestone(position)
		self._project()

	def _common(self, position: int) -> dict[str, object]:
		return {
			"sales_milestone": self._milestone_name(position),
			"sales_project": self.name,
			"company": load.COMPANY,
		}

	def _milestone_name(self, position: int) -> str:
		return f"{self.name}-{position:02}"

	def _person(self, position: int) -> str:
		return self.people[position % len(self.people)]

	def _milestone(self, position: int) -> None:
		is_opened = position <= self.done + 1 and (position <= self.done or self.status != "Won")
		opened, returned = self.at if is_opened else None, self.chance.random() < 0.1
		state = "Waiting"
		self._move(position, "", "Waiting", 0)
		if is_opened:
			self._move(position, "Waiting", "Ready", (self.at - self.started).total_seconds())
			state = "Ready"
			self._hand_off(position, returned)
		if position <= self.done:
			state = "Achieved"
			self._work(position, returned)
		person = self._person(position)
		self.into.milestones.append(
			{
				"name": self._milestone_name(position),
				"milestone": f"Bench Milestone {position}",
				"sales_project": self.name,
				"project_title": self.name,
				"company": load.COMPANY,
				"territory": self.territory,
				"status": state,
				"workflow_state": state,
				"responsible": person,
				"turn_of": person,
				"sender": self._person(position - 1),
				"sales_role": company.role_of(person),
				"due_date": opened and (opened + 4 * DAY).date(),
				"expected_days": 3,
				"probability": 10 * position,
				"step": position,
				"position": position,
				"outcome": "Somebody can check that it is done.",
				"find_out": "What must the solution do, how many, by when?",
				"tell": "What is still open, and who will ask about it.",
				"sales_process": self.process,
				"opened_on": opened,
				"state_since": self.at if is_opened else self.started,
				"achieved_on": self.at if state == "Achieved" else None,
				"returns": int(returned and is_opened),
			}
		)

	def _work(self, position: int, returned: bool) -> None:
		"""Accepted, perhaps returned and handed over again, achieved."""
		states = ["Ready", *(("Returned", "Ready") if returned else ()), "In Progress", "Achieved"]
		for before, after in pairwise(states):
			seconds = self.chance.randrange(86400 * 2)
			held = 86400 * self.chance.randint(2, 9) if self.chance.random() < 0.02 else 0
			self.at += timedelta(seconds=seconds + held)
			self._move(position, before, after, seconds, held)

	def _move(self, position: int, before: str, after: str, seconds: float, held: float = 0) -> None:
		self.into.moves.append(
			{
				"name": load.hash_name(f"move {len(self.into.moves)} {self._milestone_name(position)}"),
				**self._common(position),
				"from_state": before,
				"to_state": after,
				"at": self.at,
				"user": "Administrator",
				"responsible": self._person(position),
				"seconds": seconds,
				"held_seconds": held,
			}
		)

	def _hand_off(self, position: int, returned: bool) -> None:
		waited = timedelta(seconds=self.chance.randrange(86400 * 2))
		kinds = ["Hand-off"]
		kinds += ["Return", "Reply"] if returned else []
		kinds += ["Reminder"] if self.chance.random() < 1 / 12 else []
		kinds += ["Escalation"] if self.chance.random() < 1 / 30 else []
		for kind in kinds:
			self.into.hand_offs.append(
				{
					"name": load.hash_name(f"{kind} {self._milestone_name(position)}"),
					**self._common(position),
					"kind": kind,
					"status": "Accepted" if position <= self.done else "Open",
					"from_milestone": self._milestone_name(position - 1) if position > 1 else None,
					"from_person": self._person(position - 1),
					"to_person": self._person(position),
					"message": "Which floor is meant?" if kind == "Return" else None,
					"sent_on": self.at,
					"settled_on": self.at + waited if position <= self.done else None,
					"delivery": "Delivered",
				}
			)

	def _project(self) -> None:
		is_closed = self.status in ("Won", "Lost")
		current = self._milestone_name(self.done + 1) if self.done < STEPS else None
		self.into.projects.append(
			{
				**load.document(self.name, docstatus=0),
				"title": self.name,
				"party_type": "Customer",
				"party": load.CUSTOMER,
				"party_name": load.CUSTOMER,
				"customer": load.CUSTOMER,
				"territory": self.territory,
				"status": self.status,
				"workflow_state": self.status,
				"sales_process": self.process,
				"process_started_on": self.started,
				"closed_on": self.at if is_closed else None,
				"clock_stopped_on": self.at if self.status in ("Lost", "On Hold") else None,
				"current_milestone": current,
			}
		)
		for idx, person in enumerate(self.people, start=1):
			self.into.members.append(
				{
					**load.child("Sales Project", "team", self.name, idx, docstatus=0),
					"sales_person": person,
					"sales_role": company.role_of(person),
					"credit_percent": 100,
				}
			)
		if self.status == "Won":
			self._order()

	def _order(self) -> None:
		total = 1000 * self.chance.randint(5, 500)
		self.into.orders.append(
			{
				**load.document(f"{self.name}-SO"),
				**load.money(total),
				"customer": load.CUSTOMER,
				"customer_name": load.CUSTOMER,
				"transaction_date": self.at.date(),
				"status": "To Deliver and Bill",
				"sales_project": self.name,
			}
		)
