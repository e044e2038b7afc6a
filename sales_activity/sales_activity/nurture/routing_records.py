"""Routing rules and loads as they are now, read under lock.

Two leads that are qualified at once are handed over one after the other: whoever routes holds the rules of the company
and the rows of the people in question. The loads are read by their indexes only: a look at other leads' rows would
wait for whoever is waiting for the rules. So nobody gets a lead beyond their limit, and round robin goes round.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import frappe
from frappe.utils.nestedset import get_ancestors_of

from sales_activity.sales_activity.nurture import rules as states
from sales_activity.sales_activity.nurture.routing import Choice, Load, Place, Rule, choose, fitting

RULE = "Lead Routing Rule"
PERSON_INDEX = "nurture_of_person"
MOVES_INDEX = "moves_of_person"

_RULES = f"""
	select rule.name, rule.title, rule.priority, rule.territory, rule.item_group, place.sales_person,
		place.most_open
	from `tab{RULE}` rule
	join `tabLead Routing Person` place on place.parent = rule.name and place.parenttype = '{RULE}'
	where rule.company = %s and rule.disabled = 0
	order by rule.name, place.idx for update
"""
_PEOPLE = "select name from `tabSales Person` where name in %s and enabled = 1 order by name for update"
_WAITING = f"""
	select sales_person, count(*) from `tabLead Nurture` force index ({PERSON_INDEX})
	where sales_person in %s and status = %s group by sales_person lock in share mode
"""
_LAST = f"""
	select sales_person, max(at) from `tabLead Move` force index ({MOVES_INDEX})
	where sales_person in %s and to_state = %s group by sales_person lock in share mode
"""


def route(nurture: Mapping) -> Choice | None:
	"""Whom a qualified lead goes to now; None where no rule fits or all are full. ``nurture``: a row or document,
	locked."""
	found = fitting(
		_rules_of(nurture.get("company")),
		_way_up("Territory", nurture.get("territory")),
		_way_up("Item Group", nurture.get("product_interest")),
	)
	return choose(found, loads({place.sales_person for rule in found for place in rule.people}))


def loads(persons: Iterable[str]) -> dict[str, Load]:
	"""The loads of those who are enabled, their rows locked. Three queries."""
	persons = sorted(persons)
	enabled = [row[0] for row in frappe.db.sql(_PEOPLE, (persons,))] if persons else []
	if not enabled:
		return {}
	waiting = dict(frappe.db.sql(_WAITING, (enabled, states.WITH_SALES)))
	last = dict(frappe.db.sql(_LAST, (enabled, states.WITH_SALES)))
	return {person: Load(waiting.get(person, 0), last.get(person)) for person in enabled}


def _rules_of(company: str | None) -> list[Rule]:
	people: dict[tuple, list[Place]] = {}
	for *rule, person, most_open in frappe.db.sql(_RULES, company):
		people.setdefault(tuple(rule), []).append(Place(person, most_open or 0))
	return [Rule(*rule, tuple(places)) for rule, places in people.items()]


def _way_up(doctype: str, name: str | None) -> list[str]:
	"""The node and everything above it; nothing for none, or one that is gone."""
	if not name or not frappe.db.exists(doctype, name):
		return []
	return [name, *get_ancestors_of(doctype, name)]
