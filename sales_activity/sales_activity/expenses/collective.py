"""The collective report of a forwarding: every employee with their expenses, totals, and an index of receipts.

It shows what the area managers approved, as it stands now: a claim that was split since is shown with its parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

from sales_activity.sales_activity.expenses import accounts
from sales_activity.sales_activity.expenses.records import CLAIM, LINE

# title of a table of totals, and the field of a line that it counts by
TOTALS = (
	("Expense Type", "expense_type"),
	("Cost Center", "cost_center"),
	("Sales Project", "sales_project"),
)
_FIELDS = (
	*("parent", "idx", "expense_date", "expense_type", "description", "currency", "amount", "base_amount"),
	*("manager_amount", "receipt", "sales_project", "customer", "cost_center", "manager_reason", "warnings"),
)


def report(doc: Document) -> dict[str, Any]:
	"""What the print format shows of a forwarding, a draft or a submitted one: ``employees`` (each with claims and their
	lines), ``totals`` (tables of label and amount), ``receipts``, and the sums ``total`` and ``claimed``."""
	claims = _claims(doc)
	lines = _lines([claim.name for claim in claims])
	digits = accounts.digits_of(doc.company)
	receipts = _number_receipts(claims, lines)
	_name_cost_centers(doc.company, lines)
	employees = _employees(claims, lines, digits)
	_name_projects(lines)
	return {
		"employees": employees,
		"totals": [{"title": _(title), "rows": _totals(lines, field, digits)} for title, field in TOTALS],
		"receipts": receipts,
		"total": _sum(lines, "manager_amount", digits),
		"claimed": _sum(lines, "base_amount", digits),
		"count": len(claims),
	}


def totals_by(lines: Iterable[Mapping], field: str, digits: int) -> list[tuple[str, float]]:
	"""Approved amounts by what a field says, the largest first; lines where it says nothing under ""."""
	found: dict[str, list[float]] = {}
	for line in lines:
		found.setdefault(line.get(field) or "", []).append(flt(line.get("manager_amount")))
	rows = [(key, flt(sum(amounts), digits)) for key, amounts in found.items()]
	return sorted(rows, key=lambda row: (-row[1], row[0]))


def _claims(doc: Document) -> list[frappe._dict]:
	"""Its claims, and what was split off them since."""
	names = [row.claim for row in doc.claims]
	filters = [["name", "in", names or [""]]]
	if int(doc.docstatus) == 1:
		filters.append(["forwarding", "=", doc.name])
	return frappe.get_all(
		CLAIM,
		or_filters=filters,
		fields=["name", "title", "employee", "employee_name", "status", "purpose", "total_claimed"],
		order_by="employee_name, employee, name",
		limit=0,
	)


def _lines(claims: Sequence[str]) -> list[frappe._dict]:
	return frappe.get_all(
		LINE,
		filters={"parent": ["in", claims or [""]], "parenttype": CLAIM},
		fields=list(_FIELDS),
		order_by="parent, idx",
		limit=0,
	)


def _number_receipts(claims: Sequence[Mapping], lines: Sequence[frappe._dict]) -> list[frappe._dict]:
	"""Receipts in the order in which the report shows their lines, numbered; a line says the number of its own."""
	owners = {claim["name"]: claim for claim in claims}
	order = {name: number for number, name in enumerate(owners)}
	files = _file_names([line.receipt for line in lines if line.receipt])
	receipts = []
	for line in sorted(lines, key=lambda line: (order[line.parent], line.idx)):
		line.receipt_number = None
		if line.receipt:
			line.receipt_number = len(receipts) + 1
			file = {"number": line.receipt_number, "file_name": files.get(line.receipt) or line.receipt}
			receipts.append(
				frappe._dict(
					line, **file, employee_name=owners[line.parent]["employee_name"], claim=line.parent
				)
			)
	return receipts


def _file_names(urls: Sequence[str]) -> dict[str, str]:
	if not urls:  # an empty text in their place would stand for every folder
		return {}
	rows = frappe.get_all(
		"File", {"file_url": ["in", urls]}, ["file_url", "file_name"], order_by="creation", limit=0
	)
	return {row.file_url: row.file_name for row in rows}


def _name_cost_centers(company: str, lines: Iterable[frappe._dict]) -> None:
	"""The cost center that a line is going to be booked on."""
	for line in lines:
		line.cost_center = accounts.cost_center_of(company, line) or ""


def _name_projects(lines: Iterable[frappe._dict]) -> None:
	"""Projects are called by their titles."""
	names = sorted({line.sales_project for line in lines if line.sales_project})
	rows = frappe.get_all(
		"Sales Project", {"name": ["in", names or [""]]}, ["name", "title"], order_by="name", limit=0
	)
	titles = {row.name: f"{row.name} {row.title or ''}".strip() for row in rows}
	for line in lines:
		line.sales_project = titles.get(line.sales_project, line.sales_project)


def _employees(
	claims: Sequence[frappe._dict], lines: Sequence[frappe._dict], digits: int
) -> list[dict[str, Any]]:
	of_claim: dict[str, list[frappe._dict]] = {}
	for line in lines:
		of_claim.setdefault(line.parent, []).append(line)
	found: dict[str, dict[str, Any]] = {}
	for claim in claims:
		claim.lines = of_claim.get(claim.name, [])
		claim.total = _sum(claim.lines, "manager_amount", digits)
		whose = found.setdefault(
			claim.employee, {"employee": claim.employee, "employee_name": claim.employee_name, "claims": []}
		)
		whose["claims"].append(claim)
	for whose in found.values():
		own = [line for claim in whose["claims"] for line in claim.lines]
		whose["total"] = _sum(own, "manager_amount", digits)
		whose["claimed"] = _sum(own, "base_amount", digits)
		whose["lines"] = len(own)
	return list(found.values())


def _totals(lines: Iterable[Mapping], field: str, digits: int) -> list[dict[str, Any]]:
	return [
		{"label": label or _("None given"), "amount": amount}
		for label, amount in totals_by(lines, field, digits)
	]


def _sum(lines: Iterable[Mapping], field: str, digits: int) -> float:
	return flt(sum(flt(line.get(field)) for line in lines), digits)
