"""Between Sales Persons and users. ERPNext has no user on a Sales Person: the way goes by the Employee."""

from __future__ import annotations

import frappe
from frappe.utils.caching import request_cache
from pypika.queries import QueryBuilder
from pypika.terms import Field


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


def user_of(person: Field) -> QueryBuilder:
	"""SQL: the user of the Sales Person in that column; empty for people without one."""
	persons, employee = frappe.qb.DocType("Sales Person"), frappe.qb.DocType("Employee")
	return (
		frappe.qb.from_(persons)
		.inner_join(employee)
		.on(employee.name == persons.employee)
		.select(employee.user_id)
		.where(persons.name == person)
	)
