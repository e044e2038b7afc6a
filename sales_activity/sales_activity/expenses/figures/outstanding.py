"""Claims that are not done yet, by whoever has them and by age: the figures of Claims Outstanding.

Nobody alone has what waits for Accounts, for the next forwarding or for its payment: there the state stands for them.
Ages are days of the calendar, time limits working days of the company.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import frappe
from frappe.utils import cint, getdate

from sales_activity.sales_activity.expenses import limits, payments, rules
from sales_activity.sales_activity.expenses.figures import scope
from sales_activity.sales_activity.expenses.figures.scope import CLAIMS
from sales_activity.sales_activity.expenses.figures.sent import SENT
from sales_activity.sales_activity.milestones.due import calendar
from sales_activity.sales_activity.reports.narrowing import Narrowing

HOLDER, STATE, EMPLOYEE, MANAGER = "Holder", "State", "Employee", "Area Manager"
IN_STATE, SINCE_SENT = "In This State", "Since Sent"
AGES = (IN_STATE, SINCE_SENT)
# what is on its way; the employee may leave the others lying as long as they like
OPEN = rules.WITH_MANAGER | {rules.CLARIFICATION, rules.APPROVED, rules.WITH_ACCOUNTS}
TO_SEND = frozenset({rules.DRAFT, rules.DENIED})
STATES = tuple(state for state in rules.STATES if state in OPEN | TO_SEND | {rules.LOCKED})
FILTERS = ("holder", "employee", "area_manager", "sales_person", "status")
SWITCHES = ("include_drafts", "include_unpaid", "only_overdue")

_KEYS = {
	HOLDER: f"coalesce(nullif({CLAIMS}.holder, ''), {CLAIMS}.status)",
	STATE: f"{CLAIMS}.status",
	EMPLOYEE: f"{CLAIMS}.employee",
	MANAGER: f"nullif({CLAIMS}.area_manager, '')",
}
GROUPS = tuple(_KEYS)
# what is asked for: as claimed until the area manager has approved, then as approved, last what is still to be paid
_AMOUNT = f"""
	case when {CLAIMS}.status = '{rules.LOCKED}' then greatest({CLAIMS}.payable_amount - {CLAIMS}.paid_amount, 0)
	when {CLAIMS}.status in ('{rules.APPROVED}', '{rules.WITH_ACCOUNTS}', '{rules.RETURNED}')
		or {CLAIMS}.asked_by = '{rules.BY_ACCOUNTS}' then {CLAIMS}.total_manager
	else {CLAIMS}.total_claimed end
"""
_SINCE = {
	IN_STATE: f"{CLAIMS}.state_since",
	SINCE_SENT: f"if({CLAIMS}.status = '{rules.DRAFT}', null, {SENT})",
}
_QUERY = f"""
	select `key`, {{bracket}} as bracket, count(*), sum(amount), sum(is_late), sum(amount * is_late), max(days)
	from (
		select {{group}} as `key`, {_AMOUNT} as amount, {{late}} as is_late,
			greatest(datediff(%(today)s, coalesce({{since}}, {CLAIMS}.state_since)), 0) as days
		from {CLAIMS} where {CLAIMS}.company = %(company)s {{more}}
	) claims group by 1, 2
"""


@dataclass
class Outstanding:
	"""Claims of a group: how many and their amount in company currency, in all and by age bracket; those past the time
	limit of their state; the days of the oldest."""

	claims: int = 0
	amount: float = 0.0
	overdue: int = 0
	overdue_amount: float = 0.0
	oldest: int = 0
	counts: dict[int, int] = field(default_factory=dict)
	amounts: dict[int, float] = field(default_factory=dict)

	def add(self, bracket: int, claims: int, amount: float, late: int, late_amount: float, days: int) -> None:
		"""Some more, all of one bracket."""
		self.claims += claims
		self.amount += amount
		self.overdue += late
		self.overdue_amount += late_amount
		self.oldest = max(self.oldest, days)
		self.counts[bracket] = self.counts.get(bracket, 0) + claims
		self.amounts[bracket] = self.amounts.get(bracket, 0.0) + amount


def outstanding(
	asked: Mapping[str, object], group_by: str, age_by: str, edges: Sequence[int]
) -> dict[str | None, Outstanding]:
	"""By group, the claims that are not done yet and that the session's user may see. ``group_by``: one of GROUPS,
	``age_by``: one of AGES; ``edges``: the last day of each age bracket but the last one, which has no end.

	``asked`` holds ``company`` and may hold FILTERS and SWITCHES. One query. Raises PermissionError where the user may
	read no claims.
	"""
	narrowing = narrowed(asked)
	bracket = ", ".join(str(int(edge) + 1) for edge in edges)
	query = _QUERY.format(
		bracket=f"interval(days, {bracket})",
		group=_KEYS[group_by],
		since=_SINCE[age_by],
		late=_late(narrowing),
		more=narrowing.sql,
	)
	found: dict[str | None, Outstanding] = {}
	for key, number, claims, amount, late, late_amount, days in frappe.db.sql(query, narrowing.values):
		one = found.setdefault(key or None, Outstanding())
		one.add(int(number), int(claims), float(amount), int(late), float(late_amount), int(days))
	return found


def overdue(asked: Mapping[str, object]) -> int:
	"""How many of these claims are past their time limit. One query."""
	narrowing = narrowed({**asked, "only_overdue": 1})
	query = f"select count(*) from {CLAIMS} where {CLAIMS}.company = %(company)s {narrowing.sql}"
	return int(frappe.db.sql(query, narrowing.values)[0][0])


def narrowed(asked: Mapping[str, object]) -> Narrowing:
	"""The conditions on ``scope.CLAIMS`` (see ``scope.claims``) that leave what is outstanding."""
	narrowing = scope.claims(asked, today=getdate())
	own = ("holder", "area_manager")
	narrowing.filters(asked, {name: f"{CLAIMS}.{name}" for name in own})
	wanted = states(asked)
	scope.in_states(narrowing, wanted)
	if rules.LOCKED in wanted:
		unpaid = f"{CLAIMS}.payment_status in ('{payments.UNPAID}', '{payments.PARTLY}')"
		narrowing.add(f"({CLAIMS}.status != '{rules.LOCKED}' or {unpaid})")
	if cint(asked.get("only_overdue")):
		narrowing.add(_late(narrowing))
	return narrowing


def states(asked: Mapping[str, object]) -> frozenset[str]:
	"""The states whose claims are outstanding: the one asked for (one of STATES), else those that are asked for
	together."""
	if asked.get("status"):
		return frozenset({str(asked["status"])})
	drafts = TO_SEND if cint(asked.get("include_drafts")) else frozenset()
	unpaid = {rules.LOCKED} if cint(asked.get("include_unpaid")) else frozenset()
	return OPEN | drafts | unpaid


def late_before(company: str) -> dict[str, date]:
	"""State > the first day that isn't overdue yet: what came into the state before that day is. States without a time
	limit are left out."""
	of_company, today = calendar(company), getdate()
	days = {status: limits.days_for(status) for status in limits.FIELDS}
	found = {status: limits.began_before(of_company, today, limit) for status, limit in days.items() if limit}
	return {status: day for status, day in found.items() if day}


def _late(narrowing: Narrowing) -> str:
	"""SQL: whether a claim is past its time limit; never null."""
	cases = []
	for number, (status, day) in enumerate(late_before(str(narrowing.values["company"])).items()):
		narrowing.values.update({f"late_state_{number}": status, f"late_day_{number}": day})
		cases.append(
			f"when %(late_state_{number})s then coalesce({CLAIMS}.state_since < %(late_day_{number})s, 0)"
		)
	return f"(case {CLAIMS}.status {' '.join(cases)} else 0 end)" if cases else "0"
