"""The worked example: what a quotation and an order are worth to the people who worked on them.

Priyesh designs, Vinodkumar sells. Both have targets as Sales Person, Priyesh has one as Design Consultant too.
The quotation fills the pipeline, the order made from it empties it and closes slightly more. Everything is real
documents in a company of its own; every figure comes out of the report "Role Target Attainment".
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date as Date
from typing import NamedTuple

import frappe
from frappe.model.document import Document
from frappe.utils import getdate

from sales_activity.demo import documents, masters
from sales_activity.demo.progress import Progress
from sales_activity.demo.targets import APPROVE, SUBMIT, sales_target

REPORT = "Role Target Attainment"
COMPANY, ABBR = "Worked Example Ltd", "WEX"
TITLE = "Server room of Cedar Clinic"
CUSTOMER = "Cedar Clinic"
DESIGNER, SELLER = "Priyesh", "Vinodkumar"
DESIGN_CONSULTANT, SALES_PERSON = "Design Consultant", "Sales Person"
ACTIVE, ENCLOSURES = "Active Equipment", "Enclosures"
SWITCH, CABINET = "WEX-SWITCH", "WEX-CABINET"
ITEM_NAMES = ("Access switch (example)", "Cabinet (example)")
TARGETS = (
	(DESIGNER, SALES_PERSON, ACTIVE, 1000),
	(DESIGNER, DESIGN_CONSULTANT, ACTIVE, 2000),
	(SELLER, SALES_PERSON, ACTIVE, 500),
	(SELLER, SALES_PERSON, ENCLOSURES, 500),
)
TEAM = ((DESIGNER, DESIGN_CONSULTANT), (SELLER, SALES_PERSON))
BEFORE, AFTER = "Before the order", "After the order"
STEPS = 3


class Row(NamedTuple):
	"""One line of the attainment report; amounts in the company's currency. `target` is None where the
	report shows credit that serves no target."""

	sales_person: str
	sales_role: str
	item_group: str
	target: float | None
	pipeline: float
	closed: float


class Figures(NamedTuple):
	"""The report's lines before and after the order."""

	before: list[Row]
	after: list[Row]


def load(progress: Progress) -> Figures:
	"""Make what is missing of the example and read both tables from the report. Three steps of progress."""
	for step in progress.over("Worked example: people, items, targets", (masters.groundwork, make_masters)):
		step()
	for step in progress.over("Worked example: project and quotation", (project, quotation)):
		step()
	figures = []
	for step in progress.over("Worked example: order, attainment before and after", (order_and_figures,)):
		figures.append(step())
	return figures[0]


def order_and_figures() -> Figures:
	"""The order made from the quotation, and the report before and after it.

	Where the order stands from an earlier run, the figures before it are those of the report after the order is
	cancelled, and the cancelling is undone.
	"""
	existing = _name_of("Sales Order")
	if existing:
		before = _without(frappe.get_doc("Sales Order", existing))
	else:
		before = attainment()
		_make_order(quotation())
	return Figures(before, attainment())


def attainment() -> list[Row]:
	"""The lines of the report over the period of the example's target."""
	target = frappe.get_doc("Sales Target", {"company": COMPANY, "docstatus": 1})
	filters = {"company": COMPANY, "from_date": target.from_date, "to_date": target.to_date, "flat": 1}
	result = frappe.get_doc("Report", REPORT).execute_script_report(filters)[1]
	rows = [
		Row(
			line["sales_person"],
			line["sales_role"],
			line["item_group"],
			line["target"] if line["row_type"] == "target" else None,
			line["pipeline"],
			line["closed"],
		)
		for line in result
		if line["row_type"] in ("target", "no_target")
	]
	order = [(person, role, group) for person, role, group, _target in TARGETS]
	return sorted(rows, key=lambda row: (row.target is None, order.index(row[:3]) if row[:3] in order else 0))


def as_text(figures: Figures) -> str:
	"""Both tables, one above the other."""
	return "\n".join(
		f"\n{title}\n{_table(rows)}" for title, rows in zip((BEFORE, AFTER), figures, strict=True)
	)


# --- records -------------------------------------------------------------------------------------------------


def make_masters() -> None:
	"""Company, items, people and their approved target. Needs the groundwork."""
	masters.company(COMPANY, ABBR)
	_switch(), _cabinet(), _customer()
	for role in (SALES_PERSON, DESIGN_CONSULTANT):
		masters.make_once("Sales Role", role, sales_role_name=role)
	for person in (DESIGNER, SELLER):
		masters.sales_person(person)
	rows = [
		{"sales_person": person, "sales_role": role, "item_group": group, "target": target}
		for person, role, group, target in TARGETS
	]
	year = {"fiscal_year": masters.fiscal_year_at(_today(), COMPANY)}
	sales_target("Targets of the worked example", COMPANY, year, rows, (SUBMIT, APPROVE))


def _switch() -> str:
	return masters.item(
		SWITCH, masters.item_group(ACTIVE, is_group=True), item_name="Access switch (example)"
	)


def _cabinet() -> str:
	return masters.item(CABINET, masters.item_group(ENCLOSURES, is_group=True), item_name=ITEM_NAMES[1])


def _customer() -> str:
	return masters.customer(CUSTOMER, territory=masters.root("Territory", masters.ROOTS["Territory"]))


def project() -> str:
	"""The Sales Project with its team."""
	existing = frappe.db.get_value("Sales Project", {"company": COMPANY, "title": TITLE})
	if existing:
		return existing
	team = [{"sales_person": person, "sales_role": role, "credit_percent": 100} for person, role in TEAM]
	return masters.make(
		"Sales Project", title=TITLE, company=COMPANY, party_type="Customer", party=_customer(), team=team
	).name


def quotation() -> Document:
	"""Active Equipment 2 x 25 = 50, Enclosures 2 x 50 = 100, valid without end."""
	existing = _name_of("Quotation")
	if existing:
		return frappe.get_doc("Quotation", existing)
	lines = ((_switch(), 2, 25), (_cabinet(), 2, 50))
	return documents.quotation(_customer(), lines, on=_today(), company=COMPANY, sales_project=project())


def _make_order(quoted: Document) -> Document:
	"""The order ends above the quotation: a third switch, the cabinets dearer.

	The third switch is a line of its own, because late ERPNext 15 refuses more than was quoted; it has a
	description of its own, because ERPNext refuses the same item twice unless a setting allows it.
	"""
	cabinets = next(row.name for row in quoted.items if row.item_code == _cabinet())
	third = documents.line(_switch(), 1, 25, description="Third switch, ordered beyond the quotation")
	return documents.order_from(quoted, {cabinets: {"rate": 55}}, extra=[third], on=_today())


def _without(order: Document) -> list[Row]:
	"""The report as it is without the order: cancelled inside a savepoint that is rolled back."""
	frappe.db.savepoint("worked_example")
	try:
		documents.cancel(order)
		return attainment()
	finally:
		frappe.db.rollback(save_point="worked_example")
		for doctype, name in (("Sales Order", order.name), ("Quotation", _name_of("Quotation"))):
			frappe.clear_document_cache(doctype, name)


def _name_of(doctype: str) -> str | None:
	return frappe.db.get_value(doctype, {"company": COMPANY, "sales_project": project(), "docstatus": 1})


def _today() -> Date:
	"""The day on which the example was made."""
	made = frappe.db.get_value("Company", COMPANY, "creation")
	return getdate(made)


# --- text ----------------------------------------------------------------------------------------------------

_HEADINGS = ("Member", "Role", "Product category", "Target", "Projects in pipeline", "Orders closed")


def _table(rows: Iterable[Row]) -> str:
	cells = [_HEADINGS, *(_cells(row) for row in rows)]
	widths = [max(len(line[column]) for line in cells) for column in range(len(_HEADINGS))]
	lines = [
		"  ".join(
			cell.rjust(width) if column > 2 else cell.ljust(width)
			for column, (cell, width) in enumerate(zip(line, widths, strict=True))
		)
		for line in cells
	]
	return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def _cells(row: Row) -> tuple[str, ...]:
	target = "No target" if row.target is None else f"{row.target:,.0f}"
	return (
		row.sales_person,
		row.sales_role,
		row.item_group,
		target,
		f"{row.pipeline:,.0f}",
		f"{row.closed:,.0f}",
	)
