"""Between Sales Persons and users. ERPNext has no user on a Sales Person: the way goes by the Employee."""

from __future__ import annotations

import frappe
from frappe.utils.caching import request_cache


@request_cache
def own_persons(user: str) -> frozenset[str]:
	"""The Sales Persons that are the user; several where somebody left and came back (one query a request)."""
	person, employee = frappe.qb.DocType("Sales Person"), frappe.qb.DocType("Employee")
	rows = (
		frappe.qb.from_(employee)
		.inner_join(person)
		.on(person.employee == employee.name)
		.select(person.name)
		.where(employee.user_id == user)
	).run(pluck=True)
	return frozenset(rows)


def own_person(user: str) -> str | None:
	"""The Sales Person that speaks for the user; the first by name of several, None for users without one."""
	return min(own_persons(user), default=None)
