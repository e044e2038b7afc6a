"""What the ledger, the pipeline and the attainment report must say, worked out the slow way.

Reads documents alone (orders, delivery notes, invoices, quotations, opportunities, projects, targets) one by
one through Frappe, never the ledger, the orders' credit rows, or anything the app computed; counts in
fractions, day by day. Nothing is imported from the app's own rules.
"""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

import frappe
from frappe.model.document import Document
from frappe.utils import getdate

Team = tuple[tuple[str, str, Fraction], ...]
Key = tuple[str, str, str, "str | None", str]
Pair = tuple[Fraction, Fraction]


class Credit(NamedTuple):
	"""Credit of one line of one order for one member."""

	company: str
	person: str
	role: str
	group: str | None
	day: date
	amount: Fraction
	qty: Fraction


class Open(NamedTuple):
	"""What one member would earn from what is open of one line."""

	person: str
	role: str
	group: str | None
	day: date
	amount: Fraction
	qty: Fraction
	weighted_amount: Fraction
	weighted_qty: Fraction


def exact(value: float | int | None) -> Fraction:
	"""The decimal number that a float stands for."""
	return Fraction(repr(float(value or 0)))


def merged(rows: Iterable[tuple[str, str, float]]) -> Team:
	"""A team with each person once in a role."""
	shares: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
	for person, role, percent in rows:
		if person and role:
			shares[person, role] += exact(percent)
	return tuple((*who, percent) for who, percent in shares.items() if percent)


def project_team(project: str) -> Team:
	"""The team that a project has now."""
	rows = frappe.get_doc("Sales Project", project).team
	return merged((row.sales_person, row.sales_role, row.credit_percent) for row in rows)


def team_for(order: Document, default_role: str) -> Team:
	"""The team that an order would be won with now: the project's, else its Sales Team in the default role."""
	team = project_team(order.sales_project) if order.sales_project else ()
	if team:
		return team
	return merged((row.sales_person, default_role, row.allocated_percentage) for row in order.sales_team)


# --- orders closed -------------------------------------------------------------------------------------------


def credits(teams: Mapping[str, Team]) -> list[Credit]:
	"""The credit of these orders, by the teams that they were won with."""
	return [credit for name, team in teams.items() for credit in _of_order(name, team)]


def _of_order(name: str, team: Team) -> Iterable[Credit]:
	order = frappe.get_doc("Sales Order", name)
	if order.docstatus != 1:
		return
	for line in order.items:
		if line.is_free_item:
			continue
		share = _closed_share(line) if order.status == "Closed" else Fraction(1)
		for person, role, percent in team:
			part = share * percent / 100
			yield Credit(
				order.company,
				person,
				role,
				line.item_group or None,
				getdate(order.transaction_date),
				exact(line.base_net_amount) * part,
				exact(line.stock_qty) * part,
			)


def _closed_share(line: Document) -> Fraction:
	"""The larger of what notes delivered and what invoices billed, between nothing and all."""
	delivered = _share(_done("Delivery Note", line.name, "qty"), exact(line.qty))
	billed = _share(_done("Sales Invoice", line.name, "amount"), exact(line.amount))
	return max(delivered, billed)


def _share(part: Fraction, whole: Fraction) -> Fraction:
	return min(max(part / whole, Fraction(0)), Fraction(1)) if whole else Fraction(0)


def _done(doctype: str, order_line: str, field: str) -> Fraction:
	total = Fraction(0)
	rows = frappe.get_all(
		f"{doctype} Item", {"so_detail": order_line, "docstatus": 1}, ["parent", field], order_by="name"
	)
	for row in rows:
		note = frappe.get_doc(doctype, row.parent)
		silent = (
			doctype == "Sales Invoice" and note.is_return and not note.update_billed_amount_in_sales_order
		)
		if not silent:
			total += exact(row[field])
	return total


def by_month(rows: Iterable[Credit]) -> dict[Key, Pair]:
	"""Sums by company, person, role, item group and month; zeros left out."""
	sums: dict[Key, list[Fraction]] = defaultdict(lambda: [Fraction(0), Fraction(0)])
	for row in rows:
		total = sums[row.company, row.person, row.role, row.group, row.day.strftime("%Y-%m")]
		total[0] += row.amount
		total[1] += row.qty
	return {key: (amount, qty) for key, (amount, qty) in sums.items() if amount or qty}


def ledger_by_month(companies: Iterable[str]) -> dict[Key, Pair]:
	"""The same of the ledger, entry by entry."""
	rows = frappe.db.sql(
		"""
			select company, sales_person, sales_role, item_group, posting_date, amount, qty
			from `tabSales Credit Entry` where company in %s
		""",
		(tuple(companies),),
	)
	entries = [Credit(*who, getdate(day), exact(amount), exact(qty)) for *who, day, amount, qty in rows]
	return by_month(entries)


# --- pipeline ------------------------------------------------------------------------------------------------


def pipeline(company: str, today: date) -> list[Open]:
	"""What is open of a company's open projects, line by line and member by member."""
	names = frappe.get_all("Sales Project", {"company": company}, pluck="name", order_by="name")
	projects = [frappe.get_doc("Sales Project", name) for name in names]
	return [row for project in projects if project.status == "Open" for row in _of_project(project, today)]


def _of_project(project: Document, today: date) -> Iterable[Open]:
	day = getdate(project.expected_close_date) if project.expected_close_date else today
	day = max(day, today)
	quotations = [
		frappe.get_doc("Quotation", name)
		for name in frappe.get_all(
			"Quotation", {"sales_project": project.name}, pluck="name", order_by="name"
		)
	]
	active = [doc for doc in quotations if _is_active(doc, today)]
	offers = [offer for doc in active for offer in _of_quotation(doc)] if active else _of_opportunity(project)
	for group, amount, qty, opportunity in offers:
		likely = _probability(project, opportunity)
		for person, role, percent in project_team(project.name):
			part = percent / 100
			plain = (amount * part, qty * part)
			yield Open(person, role, group, day, *plain, *(value * likely for value in plain))


def _is_active(quotation: Document, today: date) -> bool:
	expired = quotation.valid_till and getdate(quotation.valid_till) < today
	return quotation.docstatus == 1 and quotation.status != "Lost" and not expired


def _of_quotation(quotation: Document) -> Iterable[tuple[str | None, Fraction, Fraction, str | None]]:
	for line in quotation.items:
		if line.is_alternative or line.is_free_item:
			continue
		ordered = sum(
			(
				exact(row.stock_qty)
				for row in frappe.get_all(
					"Sales Order Item",
					{"quotation_item": line.name, "prevdoc_docname": quotation.name, "docstatus": 1},
					["name", "stock_qty"],
				)
			),
			Fraction(0),
		)
		quoted = exact(line.stock_qty)
		left = max(quoted - ordered, Fraction(0))
		if left:
			amount = exact(line.base_net_amount) * left / quoted
			yield line.item_group or None, amount, left, quotation.opportunity


def _of_opportunity(project: Document) -> Iterable[tuple[str | None, Fraction, Fraction, str | None]]:
	if project.reference_doctype != "Opportunity":
		return
	deal = frappe.get_doc("Opportunity", project.reference_name)
	if deal.status in ("Converted", "Lost", "Closed"):
		return
	for line in deal.items:
		yield line.item_group or None, exact(line.base_amount), exact(line.qty), deal.name


def _probability(project: Document, opportunity: str | None) -> Fraction:
	name = project.reference_name if project.reference_doctype == "Opportunity" else opportunity
	if not name:
		return Fraction(1)
	return exact(frappe.get_doc("Opportunity", name).probability) / 100


# --- the attainment report -----------------------------------------------------------------------------------


class Row(NamedTuple):
	"""A row of an approved target, with the period of its document."""

	person: str
	role: str
	group: str
	start: date
	end: date
	target: Fraction
	weights: dict[int, Fraction] | None


class Line(NamedTuple):
	"""The figures of a line or of a person."""

	target: Fraction
	pipeline: Fraction
	weighted: Fraction
	closed: Fraction
	counted: Fraction
	to_date: Fraction


def target_rows(company: str, basis: str) -> list[Row]:
	"""Every row of the company's approved targets of a basis."""
	names = frappe.get_all(
		"Sales Target", {"company": company, "basis": basis, "docstatus": 1}, pluck="name", order_by="name"
	)
	rows = []
	for doc in (frappe.get_doc("Sales Target", name) for name in names):
		period = (getdate(doc.from_date), getdate(doc.to_date))
		for row in doc.targets:
			weights = _weights(row.monthly_distribution)
			key = (row.sales_person, row.sales_role, row.item_group)
			rows.append(Row(*key, *period, exact(row.target), weights))
	return rows


def _weights(distribution: str | None) -> dict[int, Fraction] | None:
	if not distribution:
		return None
	rows = frappe.get_doc("Monthly Distribution", distribution).percentages
	return {list(calendar.month_name).index(row.month): exact(row.percentage_allocation) for row in rows}


def target_within(row: Row, start: date, end: date, above: Iterable[Row] = ()) -> Fraction:
	"""The part of a target that falls into some days: by months, within a month evenly by days. Days on which
	a row ``above`` is in force are left out."""

	def weight(day: date, weights: dict[int, Fraction] | None) -> Fraction:
		of_month = Fraction(1) if weights is None else weights.get(day.month, Fraction(0))
		return of_month / calendar.monthrange(day.year, day.month)[1]

	weights = row.weights
	whole = sum(weight(day, weights) for day in days(row.start, row.end))
	if not whole:
		weights, whole = None, sum(weight(day, None) for day in days(row.start, row.end))
	inside = [day for day in days(row.start, row.end) if start <= day <= end]
	inside = [day for day in inside if not any(other.start <= day <= other.end for other in above)]
	return row.target * sum((weight(day, weights) for day in inside), Fraction(0)) / whole


def days(start: date, end: date) -> list[date]:
	"""Every day, both ends included."""
	return [start + timedelta(days=n) for n in range((end - start).days + 1)]


def groups_above(group: str | None) -> list[str]:
	"""An item group and all above it; for a line without one the root."""
	if not group:
		return frappe.get_all("Item Group", {"parent_item_group": ("in", ["", None])}, pluck="name")
	way = [group]
	while parent := frappe.db.get_value("Item Group", way[-1], "parent_item_group"):
		way.append(parent)
	return way


def people_below(person: str) -> list[str]:
	"""A Sales Person and everybody below."""
	found = [person]
	for name in found:
		found += frappe.get_all("Sales Person", {"parent_sales_person": name}, pluck="name", order_by="name")
	return found


def attainment(
	company: str, basis: str, start: date, end: date, closed: Iterable[Credit], today: date
) -> tuple[dict[tuple, Line], dict[str, Line]]:
	"""What the report shows over some days: figures by (kind, person, role, item group), where the kind is
	"target" or "no_target", and each person's own totals, every entry counted once."""
	targets = [row for row in target_rows(company, basis) if row.start <= end and row.end >= start]
	amounts = basis == "Value"
	lines: dict[tuple, list[Fraction]] = defaultdict(lambda: [Fraction(0)] * 6)
	totals: dict[str, list[Fraction]] = defaultdict(lambda: [Fraction(0)] * 6)
	for row in targets:
		above = _rows_above(row, targets)
		for figures, without in (
			(lines["target", row.person, row.role, row.group], []),
			(totals[row.person], above),
		):
			share = target_within(row, start, end, without)
			passed = target_within(row, start, min(end, today), without)
			_add(figures, {0: share, 5: passed})
	for credit in closed:
		if credit.company == company and start <= credit.day <= end:
			value = credit.amount if amounts else credit.qty
			_count(credit, {3: value}, targets, lines, totals)
	for row in pipeline(company, today):
		if start <= row.day <= end:
			plain, likely = (row.amount, row.weighted_amount) if amounts else (row.qty, row.weighted_qty)
			_count(row, {1: plain, 2: likely}, targets, lines, totals)
	return (
		{key: Line(*figures) for key, figures in lines.items()},
		{person: Line(*figures) for person, figures in totals.items()},
	)


def _count(
	what: Credit | Open,
	values: dict[int, Fraction],
	targets: list[Row],
	lines: dict[tuple, list[Fraction]],
	totals: dict[str, list[Fraction]],
) -> None:
	"""Add figures to every target row they serve, else to the line without a target; once to the total."""
	above = groups_above(what.group)
	served = {
		("target", row.person, row.role, row.group)
		for row in targets
		if (row.person, row.role) == (what.person, what.role)
		and row.group in above
		and row.start <= what.day <= row.end
	}
	if served and 3 in values:
		values = {**values, 4: values[3]}
	for key in served or {("no_target", what.person, what.role, what.group)}:
		_add(lines[key], values)
	_add(totals[what.person], values)


def _rows_above(row: Row, rows: list[Row]) -> list[Row]:
	"""The rows of the same person and role whose item group lies above: they include this one."""
	above = groups_above(row.group)[1:]
	who = (row.person, row.role)
	return [other for other in rows if (other.person, other.role) == who and other.group in above]


def _add(figures: list[Fraction], values: dict[int, Fraction]) -> None:
	for index, value in values.items():
		figures[index] += value
