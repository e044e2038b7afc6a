"""What entering expenses begins with: whose claim it is, and the types to choose from."""

from __future__ import annotations

from typing import Any

import frappe

from sales_activity.sales_activity.expenses import lines, people, rules


def start_of(user: str) -> dict[str, Any] | None:
	"""``employee``, ``employee_name``, ``company`` and ``currency`` of a user's claims, and the ``types`` and
	``currencies`` to choose from; None for a user who is no Employee."""
	employee = people.employee_of(user)
	if not employee:
		return None
	of_employee = frappe.db.get_value("Employee", employee, ["employee_name", "company"], as_dict=True)
	return {
		"employee": employee,
		**of_employee,
		"currency": frappe.get_cached_value("Company", of_employee.company, "default_currency"),
		"types": types(of_employee.company),
		"currencies": frappe.get_all("Currency", {"enabled": 1}, pluck="name", order_by="name", limit=0),
	}


def types(company: str) -> list[dict[str, Any]]:
	"""The expense types in use: ``name``, ``basis``, ``description``, when a receipt is needed, and the ``vehicles`` that a
	company pays for. Two queries."""
	rows = frappe.get_all(
		lines.TYPE,
		filters={"disabled": 0},
		fields=["name", "basis", "receipt", "receipt_above", "description"],
		order_by="name",
		limit=0,
	)
	vehicles = _vehicles(company, [row.name for row in rows if row.basis == rules.DISTANCE])
	return [{**row, "vehicles": vehicles.get(row.name, [])} for row in rows]


def _vehicles(company: str, names: list[str]) -> dict[str, list[str]]:
	rows = frappe.get_all(
		"Sales Expense Rate",
		filters={"parent": ["in", names or [""]], "parenttype": lines.TYPE},
		fields=["parent", "vehicle", "company"],
		order_by="parent, idx",
		limit=0,
	)
	found: dict[str, list[str]] = {}
	for row in rows:
		known = found.setdefault(row.parent, [])
		if row.company in (company, None, "") and row.vehicle not in known:
			known.append(row.vehicle)
	return found
