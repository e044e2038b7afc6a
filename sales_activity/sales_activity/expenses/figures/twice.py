"""Expenses that may have been claimed twice: the figures of Duplicate Expenses.

What looks like the same expense says ``expenses.duplicates``; here the lines are found of everybody whose claims the session's
user may see. A group holds all lines that look like one another, be it by way of a third.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import frappe
from frappe.utils import cint

from sales_activity.permissions.queries import one_of
from sales_activity.sales_activity.expenses import duplicates, rules
from sales_activity.sales_activity.expenses.figures import scope
from sales_activity.sales_activity.expenses.figures.scope import CLAIMS, LINES
from sales_activity.sales_activity.reports.narrowing import Narrowing
from sales_activity.sales_activity.targets.rules import Period

RECEIPT, ALIKE = "Same Receipt", "Same Day, Type and Amount"
REASONS = (RECEIPT, ALIKE)
FILTERS = (*scope.CLAIM_FILTERS, "expense_type", "reason", "only_open")

DONE = frozenset({rules.LOCKED, rules.DENIED_LOCKED})
_FIELDS = (
	*(
		"parent as claim",
		"name",
		"idx",
		"expense_date",
		"expense_type",
		"description",
		"base_amount",
		"receipt",
	),
	*("receipt_digest",),
)
# what a line may still cost, or has cost
_WORTH = f"""
	case when {one_of(f"{CLAIMS}.status", rules.DEAD)} then 0 when {CLAIMS}.status = '{rules.LOCKED}'
		then {LINES}.accounts_amount
	when {one_of(f"{CLAIMS}.status", (rules.APPROVED, rules.WITH_ACCOUNTS, rules.RETURNED))} then {LINES}.manager_amount
	else {LINES}.base_amount end
"""
# reason > what such lines have in common, and what else their claims do
_COMMON = {
	RECEIPT: (("receipt_digest",), ()),
	ALIKE: (duplicates.ALIKE, (f"{CLAIMS}.employee",)),
}
# First what an index alone can tell, as few lines look like another one. Left alone, the database begins with all claims; and
# without order and limit it sorts all lines instead of reading the index in its order.
_ALL = 2**63 - 1
_QUERY = f"""
	select * from (
		select {", ".join(f"{LINES}.{field}" for field in _FIELDS)}, {CLAIMS}.employee, {CLAIMS}.employee_name,
			{CLAIMS}.status, {CLAIMS}.creation as claimed_on, {_WORTH} as worth,
			count(*) over (partition by {{keys}}) as found,
			sum(1 {{matches}}) over (partition by {{keys}}) as matching
		from (
			select {{common}} from {LINES} where {{first}} > '' group by {{common}} having count(*) > 1
			order by {{common}} limit {_ALL}
		) alike
		straight_join {LINES} on {{same}}
		straight_join {CLAIMS} on {CLAIMS}.name = {LINES}.parent and {LINES}.parenttype = '{scope.CLAIM}'
		where {CLAIMS}.company = %(company)s and {CLAIMS}.docstatus <= {duplicates.MOST_DOCSTATUS} {{more}}
	) found where found > 1 and matching > 0
"""


class Group(NamedTuple):
	"""Lines that look like one another, those first that were claimed first, and why (REASONS). ``at_risk`` holds what
	each may cost beyond the first: 0 for the first that isn't denied, and for those denied."""

	reasons: tuple[str, ...]
	lines: list[frappe._dict]
	at_risk: list[float]


def groups(asked: Mapping[str, object], span: Period) -> list[Group]:
	"""The groups of which a line of the period is one that was asked for, with all lines that the session's user may see;
	those at most risk first.

	``asked`` holds ``company`` and may hold any of FILTERS. Two queries. Raises PermissionError where the user may read
	no claims.
	"""
	reasons = [asked["reason"]] if asked.get("reason") else REASONS
	found = {reason: _found(reason, asked, span) for reason in reasons}
	return sorted(_groups(found), key=lambda group: (-sum(group.at_risk), group.lines[0].name))


def _found(reason: str, asked: Mapping, span: Period) -> list[frappe._dict]:
	"""Lines of the site's that look like another one that the user may see."""
	narrowing = scope.lines({"company": asked["company"]})
	matches = _matches(asked, span)
	narrowing.values.update(matches.values)
	common, own = _COMMON[reason]
	query = _QUERY.format(
		common=", ".join(common),
		first=common[0],
		same=" and ".join(f"{LINES}.{field} = alike.{field}" for field in common),
		keys=", ".join((*own, *(f"{LINES}.{field}" for field in common))),
		matches=matches.sql,
		more=narrowing.sql,
	)
	return frappe.db.sql(query, narrowing.values, as_dict=True)


def _matches(asked: Mapping, span: Period) -> Narrowing:
	"""What is asked of one line of a group."""
	narrowing = Narrowing(start=span.start, end=span.end)
	narrowing.add(f"{LINES}.expense_date between %(start)s and %(end)s")
	fields = {name: f"{CLAIMS}.{name}" for name in scope.CLAIM_FILTERS}
	narrowing.filters(asked, {**fields, "expense_type": f"{LINES}.expense_type"})
	if cint(asked.get("only_open")):
		narrowing.add(f"not {one_of(f'{CLAIMS}.status', DONE)}")
	return narrowing


def _groups(found: Mapping[str, Iterable[frappe._dict]]) -> Iterable[Group]:
	lines: dict[str, frappe._dict] = {}
	reasons: dict[str, set[str]] = defaultdict(set)
	group_of: dict[str, set[str]] = {}
	for reason, rows in found.items():
		for names in _by_key(reason, rows, lines):
			joined = set().union(*(group_of.get(name, {name}) for name in names))
			for name in joined:
				group_of[name] = joined
			for name in names:
				reasons[name].add(reason)
	for names in {id(group): group for group in group_of.values()}.values():
		rows = sorted((lines[name] for name in names), key=lambda row: (row.claimed_on, row.claim, row.idx))
		why = set().union(*(reasons[name] for name in names))
		yield Group(tuple(reason for reason in REASONS if reason in why), rows, _at_risk(rows))


def _by_key(reason: str, rows: Iterable[frappe._dict], lines: dict[str, frappe._dict]) -> Iterable[list[str]]:
	"""The names of lines that have what it is in common; the lines themselves go into ``lines``."""
	common, own = _COMMON[reason]
	fields = (*common, *(column.rpartition(".")[2] for column in own))
	by_key: dict[tuple, list[str]] = defaultdict(list)
	for row in rows:
		lines[row.name] = row
		by_key[tuple(row[field] for field in fields)].append(row.name)
	return by_key.values()


def _at_risk(rows: Iterable[frappe._dict]) -> list[float]:
	"""What each costs beyond the first that isn't denied."""
	at_risk, is_first = [], True
	for row in rows:
		counts = row.status not in rules.DEAD
		at_risk.append(float(row.worth) if counts and not is_first else 0.0)
		is_first = is_first and not counts
	return at_risk
