"""What became of the leads of a period: the figures of Lead Conversion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import frappe

from sales_activity.permissions.scope import visible_persons
from sales_activity.sales_activity.attainment.compute import read_item_groups
from sales_activity.sales_activity.attainment.queries import approved_targets
from sales_activity.sales_activity.attainment.rules import attain
from sales_activity.sales_activity.attainment.segments import cut
from sales_activity.sales_activity.milestones.velocity.values import value_of_order
from sales_activity.sales_activity.nurture.figures import arrivals, orders
from sales_activity.sales_activity.nurture.figures.cohort import LEADS
from sales_activity.sales_activity.targets.rules import Period

_LEADS = f"""
	select {{key}} as `key`, count(*), sum({arrivals.QUALIFIED}), sum({LEADS}.accepted_on is not null),
		{arrivals.names(f"{LEADS}.name")}
	from {arrivals.FROM} where {arrivals.CAME_IN} {{more}} group by 1
"""
_DOCUMENTS = f"""
	select {{key}} as `key`, count(*), {arrivals.names("document.name")}
	from {arrivals.FROM} join ({{documents}}) document on document.`lead` = {LEADS}.name
	where {arrivals.CAME_IN} {{more}} group by 1
"""
_ORDER = f"`tab{arrivals.ORDER}`"
_ORDERS = f"""
	select {{key}} as `key`, count(*), sum({value_of_order(_ORDER)}), {arrivals.names(f"{_ORDER}.name")}
	from {arrivals.FROM}
	join ({{documents}}) document on document.`lead` = {LEADS}.name
	join {_ORDER} on {_ORDER}.name = document.name
	where {arrivals.CAME_IN} {{more}} group by 1
"""


class Found(NamedTuple):
	"""How many documents of a kind, and their names unless they are too many (``arrivals.MOST_NAMES``)."""

	count: int = 0
	names: list[str] | None = None


class Came(NamedTuple):
	"""Leads that came in; how many of them are qualified, and were accepted by sales."""

	leads: Found = Found()
	qualified: int = 0
	accepted: int = 0

	def plus(self, other: Came) -> Came:
		"""Both together, without the names."""
		leads = Found(self.leads.count + other.leads.count)
		return Came(leads, self.qualified + other.qualified, self.accepted + other.accepted)


class Won(NamedTuple):
	"""Sales Orders, and what they are worth, net in company currency."""

	orders: Found = Found()
	value: float = 0.0

	def plus(self, other: Won) -> Won:
		"""Both together, without the names."""
		return Won(Found(self.orders.count + other.orders.count), self.value + other.value)


class Converted(NamedTuple):
	"""What became of some leads; ``won`` is None for users who may read no Sales Orders."""

	came: Came
	opportunities: Found
	quotations: Found
	won: Won | None


def conversion(asked: Mapping[str, object], span: Period, group_by: str) -> dict[str | None, Converted]:
	"""What became of the leads that came in in the period, by one of ``arrivals.KEYS``, as far as the session's user may
	see them; of their orders those count that the user may read. See ``cohort.narrowed`` for ``asked``.

	Four queries. Raises PermissionError where the user may read no leads.
	"""
	opportunities = _documents(orders.OPPORTUNITIES, asked, span, group_by)
	quotations = _documents(orders.QUOTATIONS, asked, span, group_by)
	won = won_orders(asked, span, group_by)
	return {
		key: Converted(
			came,
			opportunities.get(key, Found()),
			quotations.get(key, Found()),
			None if won is None else won.get(key, Won()),
		)
		for key, came in lead_counts(asked, span, group_by).items()
	}


def lead_counts(asked: Mapping[str, object], span: Period, group_by: str) -> dict[str | None, Came]:
	"""The leads by group. One query."""
	return {
		key: Came(Found(count, arrivals.listed(names)), int(qualified), int(accepted))
		for key, count, qualified, accepted, names in arrivals.rows(_LEADS, asked, span, group_by)
	}


def won_orders(asked: Mapping[str, object], span: Period, group_by: str) -> dict[str | None, Won] | None:
	"""The Sales Orders of these leads by group; None for users who may read none. One query."""
	if not arrivals.may_see_orders():
		return None
	found = arrivals.rows(_ORDERS, asked, span, group_by, also=arrivals.ORDER, documents=orders.ORDERS)
	return {
		key: Won(Found(count, arrivals.listed(names)), float(value or 0))
		for key, count, value, names in found
	}


def role_target(company: str, span: Period, role: str | None) -> float | None:
	"""The period's part of all approved targets of a Sales Role that the session's user may see, in company currency,
	as Role Target Attainment totals them (what lies in a wider target of the same person counts once). None without
	any, and for users who may read none. Three queries."""
	if not role or not frappe.has_permission("Sales Target", "read"):
		return None
	persons = visible_persons(frappe.session.user, "Sales Target")
	targets = approved_targets(company, "Value", span, persons, [role], None)
	segments = cut(span, [row.period for row in targets])
	totals = attain(targets, (), (), segments, None, read_item_groups().ways_up()).totals
	return sum(sum(figures.target) for figures in totals.values()) or None


def _documents(
	documents: str, asked: Mapping[str, object], span: Period, group_by: str
) -> dict[str | None, Found]:
	found = arrivals.rows(_DOCUMENTS, asked, span, group_by, documents=documents)
	return {key: Found(count, arrivals.listed(names)) for key, count, names in found}
