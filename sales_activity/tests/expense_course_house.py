"""Claims with a past, for the tests of the reports on where claims stand: random ways through the workflow with reminders,
parts that were split off, receipts and lines that look like others; and slow, obvious answers about days and percentiles."""

from __future__ import annotations

import statistics
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

import frappe
from frappe.utils import add_days, getdate, now_datetime, today

from sales_activity.sales_activity.expenses import limits, rules
from sales_activity.sales_activity.expenses.records import CLAIM, LINE, MOVE
from sales_activity.tests import expense_report_house, factories
from sales_activity.tests.expense_report_house import COMPANY, DOCSTATUS, YEAR, House, Line
from sales_activity.tests.milestone_rows import insert

SETTINGS = "Sales Activity Settings"
DAYS = {
	"Pending Area Manager": ("days_for_manager", 3),
	"Clarification": ("days_for_clarification", 5),
	"With Accounts": ("days_for_accounts", 4),
	"Returned to Area Manager": ("days_for_answer", 2),
}
NO_LIMITS = dict.fromkeys(limits.FIELDS.values(), 0)
LONGEST = 200


class CourseHouse(House):
	"""As the house, but each claim has a log; ``claims`` and ``moves`` hold what was written."""

	def __init__(self, claims: int = 150, seed: int = 11) -> None:
		self.claims: dict[str, dict[str, Any]] = {}
		self.moves: list[dict[str, Any]] = []
		super().__init__(claims, seed)

	def make_masters(self) -> None:
		super().make_masters()
		self.holidays = {
			day
			for number in range(-LONGEST - 60, 30)
			if (day := getdate(add_days(today(), number))).weekday() > 4
		}
		name = factories.make(
			"Holiday List",
			holiday_list_name="Expense Course",
			from_date=min(self.holidays),
			to_date=max(self.holidays),
			holidays=[{"holiday_date": day, "description": "Off"} for day in sorted(self.holidays)],
		).name
		frappe.db.set_value("Company", COMPANY, "default_holiday_list", name)
		frappe.clear_document_cache("Company", COMPANY)
		settings = frappe.get_single(SETTINGS)
		settings.update({**NO_LIMITS, **dict(DAYS.values())}).save()

	# --- claims ----------------------------------------------------------------------------------------------

	def claim(self, company: str = COMPANY, **values: Any) -> list[Line]:
		name = f"course-{len(self.claims):05}"
		made = now_datetime().replace(microsecond=0) - timedelta(days=self.quarters(LONGEST))
		root = self.root_of_part(made)
		moves = self.part(name, root, made) if root else [self.move(name, "", "Draft", made, 0)]
		moves += self.walk(name, moves[-1])
		state = moves[-1]["to_state"]
		came = [move for move in moves if move["from_state"] != move["to_state"]][-1]
		amounts = {
			field: self.random.randint(0, 400) / 4
			for field in ("total_claimed", "total_manager", "payable_amount", "paid_amount")
		}
		lines = super().claim(
			company,
			**{"name": name, "status": state, "workflow_state": state, "docstatus": DOCSTATUS.get(state, 0)},
			**{"state_since": came["at"], "creation": moves[0]["at"], **amounts},
			asked_by=self.random.choice(("Area Manager", "Accounts")) if state == "Clarification" else "",
			payment_status=self.random.choice(("Unpaid", "Partly Paid", "Paid"))
			if state == "Approved and Locked"
			else "",
			first_claim=root,
		)
		holder = self.holder(lines[0])
		frappe.db.set_value(CLAIM, name, "holder", holder, update_modified=False)
		for line in lines:
			line["holder"] = holder
		own = {**lines[0], "creation": moves[0]["at"], "first_claim": root}
		self.claims[name] = own
		for move in moves:
			move.update(employee=own["employee"], company=company)
		insert(MOVE, moves)
		self.moves += moves
		return lines

	def holder(self, claim: Line) -> str | None:
		"""Whose turn it is."""
		if claim["status"] in rules.WITH_EMPLOYEE:
			return claim["user"]
		return claim["area_manager"] if claim["status"] in rules.WITH_MANAGER else None

	def root_of_part(self, made: datetime) -> str | None:
		"""A claim that was sent before, for one in five."""
		sent = sorted({move["claim"] for move in self.moves if is_send(move) and move["at"] < made})
		roots = [name for name in sent if not self.claims[name]["first_claim"]]
		return self.random.choice(roots) if roots and self.random.random() < 0.2 else None

	def part(self, name: str, root: str, made: datetime) -> list[dict]:
		"""The log of a part begins with the move that it was split off by, or where it waits on."""
		if self.random.random() < 0.5:
			return [self.move(name, "", rules.PENDING, made, 0)]
		return [self.move(name, rules.PENDING, rules.DENIED, made, 3600 * self.random.randint(0, 99))]

	def walk(self, name: str, last: dict) -> list[dict]:
		"""Some moves that the workflow knows, some reminders in between."""
		found, state, at = [], last["to_state"], last["at"]
		for _number in range(self.random.randint(0, 7)):
			ways = sorted(move.to_state for move in rules.MOVES if state in move.from_states)
			took = timedelta(days=self.quarters(12))
			if not ways or at + took > now_datetime():
				break
			if state in DAYS and self.random.random() < 0.3:
				found.append(self.move(name, state, state, at + took / 2, 0, "Administrator"))
			at += took
			to_state = self.random.choice(ways)
			found.append(self.move(name, state, to_state, at, took.total_seconds()))
			state = to_state
		return found

	def move(
		self, name: str, from_state: str, to_state: str, at: datetime, seconds: float, user: str | None = None
	) -> dict:
		user = user or self.random.choice(tuple(expense_report_house.MANAGERS))
		return {
			**{"claim": name, "from_state": from_state, "to_state": to_state, "at": at},
			**{"seconds": seconds, "user": user},
		}

	def quarters(self, most: int) -> float:
		return self.random.randint(0, 4 * most) / 4

	def line(self, claim: dict, idx: int) -> Line:
		"""A third share a receipt, a third a day and an amount."""
		line = super().line(claim, idx)
		own: dict[str, Any] = {"receipt_digest": None}
		if self.random.random() < 0.3:
			own["receipt_digest"] = f"{self.random.randrange(25):064x}"
		if self.random.random() < 0.3:
			day = date(YEAR, 1, 1) + timedelta(days=180 * self.random.randrange(4))
			own |= {"expense_date": day, "base_amount": float(self.random.choice((10, 20)))}
		frappe.db.set_value(LINE, line["name"], own, update_modified=False)
		return {**line, **own, "idx": idx}

	# --- answers ---------------------------------------------------------------------------------------------

	def took_too_long(self, state: str, since: datetime, until: date) -> bool | None:
		"""Whether a state lasted beyond its working days, counted one by one; None without a limit."""
		if state not in DAYS:
			return None
		left, day = DAYS[state][1], since.date()
		while left:
			day += timedelta(days=1)
			left -= day not in self.holidays
		return until > day

	def sent(self, claim: dict) -> datetime | None:
		"""When a claim was sent: by its own log, else by that of the claim that it was split from."""
		own = [move["at"] for move in self.moves if move["claim"] == claim["claim"] and is_send(move)]
		before = [
			move["at"]
			for move in self.moves
			if move["claim"] == claim["first_claim"] and is_send(move) and move["at"] <= claim["creation"]
		]
		return max(own or before, default=None)


def is_send(move: dict) -> bool:
	"""Whether a row of the log is a Send from Draft."""
	return (move["from_state"], move["to_state"]) == ("Draft", "Pending Area Manager")


def percentiles(values: Collection[float]) -> tuple[float | None, float | None]:
	"""Median and 90th percentile."""
	if len(values) < 2:
		return (*values, *values) if values else (None, None)
	return statistics.median(values), statistics.quantiles(values, n=10, method="inclusive")[8]


def amount_of(claim: dict) -> float:
	"""What a claim that isn't done asks for."""
	if claim["status"] == "Approved and Locked":
		return max(claim["payable_amount"] - claim["paid_amount"], 0)
	if claim["status"] in ("Approved", "With Accounts", "Returned to Area Manager"):
		return claim["total_manager"]
	return claim["total_manager"] if claim["asked_by"] == "Accounts" else claim["total_claimed"]


def seen(house: CourseHouse, user: str) -> list[dict]:
	"""The claims that somebody may see."""
	return expense_report_house.seen_by(user, house.claims.values())
