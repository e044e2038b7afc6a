"""The people whose figures a user may see.

A salesperson sees own figures, a manager those of everybody below in the Sales Person tree, the
unrestricted roles everybody's. ERPNext has no user on a Sales Person: the way goes from the user to the
Employee (``user_id``) to the Sales Person (``employee``). User Permissions on Sales Person narrow all of them.
"""

from __future__ import annotations

import frappe
from frappe.permissions import get_allowed_docs_for_doctype, get_user_permissions
from frappe.utils.caching import request_cache

UNRESTRICTED_ROLES = frozenset({"System Manager", "Sales Operations", "Sales Master Manager"})


def is_unrestricted(user: str) -> bool:
	"""Whether the user's roles show everybody's figures."""
	return user == "Administrator" or not UNRESTRICTED_ROLES.isdisjoint(frappe.get_roles(user))


# User Permissions on any of these leave out some of the figures
NARROWING_DOCTYPES = ("Company", "Territory", "Customer", "Item Group", "Sales Person")


def sees_everything(user: str) -> bool:
	"""Whether nothing is kept from the user: an unrestricted role, and no User Permission that narrows it."""
	narrowed = any(allowed_values(user, doctype, "Sales Credit Entry") for doctype in NARROWING_DOCTYPES)
	return is_unrestricted(user) and not narrowed


def visible_persons(user: str, doctype: str) -> frozenset[str] | None:
	"""The Sales Persons whose rows of ``doctype`` the user may see; None for everybody's."""
	allowed = allowed_values(user, "Sales Person", doctype)
	if is_unrestricted(user):
		return allowed
	own = persons_below(user)
	return own if allowed is None else own & allowed


def allowed_values(user: str, linked_doctype: str, doctype: str) -> frozenset[str] | None:
	"""What the user's User Permissions on ``linked_doctype`` leave for ``doctype``; None if there are none.

	Frappe has already put the descendants of tree nodes in (unless the permission hides them).
	"""
	permissions = get_user_permissions(user).get(linked_doctype, [])
	allowed = get_allowed_docs_for_doctype(permissions, doctype)
	return frozenset(allowed) if allowed else None


@request_cache
def persons_below(user: str) -> frozenset[str]:
	"""The user's own Sales Person and everybody below it in the tree (one query a request)."""
	person = frappe.qb.DocType("Sales Person")
	below = frappe.qb.DocType("Sales Person").as_("below")
	employee = frappe.qb.DocType("Employee")
	rows = (
		frappe.qb.from_(employee)
		.inner_join(person)
		.on(person.employee == employee.name)
		.inner_join(below)
		.on((below.lft >= person.lft) & (below.rgt <= person.rgt))
		.select(below.name)
		.where(employee.user_id == user)
	).run(pluck=True)
	return frozenset(rows)


@request_cache
def employees_below(user: str) -> frozenset[str]:
	"""The Employees that the user is, and everybody below them in the tree of who reports to whom (one query a
	request)."""
	own = frappe.qb.DocType("Employee")
	below = frappe.qb.DocType("Employee").as_("below")
	rows = (
		frappe.qb.from_(own)
		.inner_join(below)
		.on((below.lft >= own.lft) & (below.rgt <= own.rgt))
		.select(below.name)
		.where(own.user_id == user)
	).run(pluck=True)
	return frozenset(rows)


def person_of_user(user: str) -> str | None:
	"""The user's own Sales Person, by way of the Employee; None for users without one. Of several Employees (a
	user who left and came back) one with a Sales Person counts."""
	person, employee = frappe.qb.DocType("Sales Person"), frappe.qb.DocType("Employee")
	found = (
		frappe.qb.from_(employee)
		.inner_join(person)
		.on(person.employee == employee.name)
		.select(person.name)
		.where(employee.user_id == user)
		.orderby(person.name)
		.limit(1)
	).run(pluck=True)
	return found[0] if found else None
