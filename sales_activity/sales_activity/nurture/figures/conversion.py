"""What became of the leads of a period: the figures of Lead Conversion."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import frappe

from sales_activity.permissions.scope import visible_persons
from sales_activity.sales_activity.attainment.compute import read_item_groups
from sales_activity.sales_activity.attainment.queries import approved_targets
from sales_activity.sales_activity.attainment.rules import attain
from sales_activity.sales_activity.attainment.segments import cut
from sales_activity.sales_activity.nurture.figures import arrivals, orders
from sales_activity.sales_activity.nurture.figures.arrivals import Arrival
from sales_activity.sales_activity.nurture.figures.orders import Order
from sales_activity.sales_activity.targets.rules import Period


class Converted(NamedTuple):
	"""What became of some leads: names of their documents, in order; ``orders`` is None for users who may read none."""

	leads: tuple[str, ...] = ()
	qualified: int = 0
	accepted: int = 0
	opportunities: tuple[str, ...] = ()
	quotations: tuple[str, ...] = ()
	orders: tuple[Order, ...] | None = None

	@property
	def value(self) -> float | None:
		"""What the orders are worth, net in company currency."""
		return None if self.orders is None else sum(order.value for order in self.orders)


def conversion(asked: Mapping[str, object], span: Period, group_by: str) -> dict[str | None, Converted]:
	"""What became of the leads that came in in the period, by one of ``arrivals.KEYS``, as far as the session's user may
	see them; of their orders those count that the user may read. See ``cohort.narrowed`` for ``asked``.

	Five queries. Raises PermissionError where the user may read no leads.
	"""
	came = arrivals.read(asked, span, group_by)
	keys = {lead.name: lead.key for lead in came if lead.counts}
	if not keys:
		return {}
	offered = orders.offers(asked["company"])
	opportunities = _by_key(((lead, name) for name, lead in offered.opportunities.items()), keys)
	quotations = _by_key(((lead, name) for name, lead in offered.quotations.items()), keys)
	won = _by_key(_orders(asked["company"], offered, came), keys) if orders.may_see() else None
	return {
		key: _counted(leads)._replace(
			opportunities=tuple(sorted(opportunities[key])),
			quotations=tuple(sorted(quotations[key])),
			orders=None if won is None else tuple(sorted(won[key])),
		)
		for key, leads in _by_key(((lead.name, lead) for lead in came), keys).items()
	}


def together(found: Iterable[Converted]) -> Converted:
	"""Several groups of leads as one."""
	parts = list(found)
	if not parts:
		return Converted(orders=() if orders.may_see() else None)
	leads, qualified, accepted, opportunities, quotations, won = zip(*parts, strict=True)
	return Converted(
		*(_joined(leads), sum(qualified), sum(accepted), _joined(opportunities), _joined(quotations)),
		orders=None if None in won else _joined(won),
	)


def _joined(parts: Iterable[tuple]) -> tuple:
	return tuple(one for part in parts for one in part)


def _counted(leads: list[Arrival]) -> Converted:
	return Converted(
		leads=tuple(sorted(lead.name for lead in leads)),
		qualified=sum(lead.qualified for lead in leads),
		accepted=sum(lead.accepted for lead in leads),
	)


def _by_key(pairs: Iterable[tuple], keys: Mapping[str, str | None]) -> dict[str | None, list]:
	"""What belongs to leads, by the leads' keys; what belongs to others is left out."""
	found: dict[str | None, list] = defaultdict(list)
	for lead, one in pairs:
		if lead in keys:
			found[keys[lead]].append(one)
	return found


def _orders(company: str, offered: orders.Offers, came: list[Arrival]) -> Iterable[tuple[str, Order]]:
	projects = {lead.sales_project: lead.name for lead in came if lead.sales_project}
	return orders.orders(company, offered, projects, {lead.name: lead.came for lead in came})


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
