"""The demo company: its people, catalogue and customers, and a year of sales made of real documents.

``load`` makes what is missing. A sale is one transaction: it is there as a whole, under its title, or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date as Date
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

import frappe
from frappe.model.document import Document
from frappe.model.workflow import apply_workflow
from frappe.utils import getdate

from sales_activity.demo import catalogue, course_plan, documents, masters, plan
from sales_activity.demo.catalogue import COMPANY, Person, Product
from sales_activity.demo.course import Course, process
from sales_activity.demo.course_plan import Task
from sales_activity.demo.history import Timeline
from sales_activity.demo.plan import Line, Offer, Order, Sale
from sales_activity.demo.progress import Progress
from sales_activity.demo.targets import APPROVE, SUBMIT, sales_target
from sales_activity.sales_activity.projects.creation import project_from

STEPS = 6
TAIL = 60  # days before the year in which a sale of it may begin


def load(progress: Progress, scale: float = 1.0) -> None:
	"""Make what is missing of the company and its year; `scale` 1 is about 90 orders. Six steps of progress."""
	for step in progress.over("Company, fiscal years, roles", _FOUNDATION):
		step()
	year = plan.sales(today(), scale)
	_each(progress, "Items", catalogue.PRODUCTS, _make_item)
	_each(progress, "People with users", catalogue.PEOPLE, _make_person)
	_each(progress, "Customers and leads", [*catalogue.CUSTOMERS, *catalogue.LEADS], _make_party)
	tasks, running = process(), course_plan.chosen(year)
	for sale in progress.over("Sales: projects, milestones, quotations, orders", year):
		make_sale(sale, tasks if sale in running else ())
	_expire_quotations()
	for target in progress.over("Sales targets", _targets(year)):
		target.make()


def today() -> Date:
	"""The day to which every date of the demo is relative: that on which its company was made."""
	return getdate(frappe.db.get_value("Company", COMPANY, "creation"))


def _each(progress: Progress, name: str, items: list | tuple, make: Callable[..., object]) -> None:
	for item in progress.over(name, items):
		make(item)


# --- masters -------------------------------------------------------------------------------------------------


def _make_company() -> None:
	masters.company(COMPANY, catalogue.ABBR, catalogue.CURRENCY)
	for currency in (catalogue.CURRENCY, catalogue.FOREIGN_CURRENCY):
		masters.price_list(currency)


def _make_years() -> None:
	for day in (_first_day(), today(), today() + timedelta(days=plan.DAYS + 1)):
		masters.fiscal_year_at(day, COMPANY)


def _make_exchange_rate() -> None:
	filters = {"from_currency": catalogue.FOREIGN_CURRENCY, "to_currency": catalogue.CURRENCY}
	if not frappe.db.exists("Currency Exchange", {**filters, "date": ("<=", _first_day())}):
		masters.exchange_rate(*filters.values(), catalogue.EXCHANGE_RATE, _first_day())


def _make_roles() -> None:
	for role in catalogue.SALES_ROLES:
		masters.make_once("Sales Role", role, sales_role_name=role)


def _make_trees() -> None:
	for top, groups in catalogue.ITEM_GROUPS.items():
		masters.item_group(top, is_group=True)
		for group in groups:
			masters.item_group(group, top)
	country = masters.territory(catalogue.COUNTRY_TERRITORY, is_group=True)
	for territory in catalogue.REGIONS:
		domestic = catalogue.COUNTRY_TERRITORY in territory
		masters.territory(territory, _group_or_root(country) if domestic else None)


def _group_or_root(territory: str) -> str | None:
	"""The set-up wizard leaves the country as a leaf, which can't hold others."""
	return territory if frappe.db.get_value("Territory", territory, "is_group") else None


def _make_distribution() -> None:
	percents = dict(zip(masters.MONTHS, catalogue.SEASON, strict=True))
	masters.monthly_distribution(catalogue.DISTRIBUTION, percents)


_FOUNDATION = (
	masters.groundwork,
	_make_company,
	_make_years,
	_make_exchange_rate,
	_make_roles,
	_make_trees,
	_make_distribution,
)


def _first_day() -> Date:
	return today() - timedelta(days=plan.DAYS + TAIL)


def _make_item(product: Product) -> str:
	return masters.item(product.code, product.group, item_name=product.name)


def _make_person(person: Person) -> str:
	"""User, Employee and Sales Person, in this order; whoever leads others is a group in the tree."""
	if frappe.db.exists("Sales Person", person.name):
		return person.name
	leads = any(other.boss == person.name for other in catalogue.PEOPLE)
	user = masters.user(person.email, *person.roles, first_name=person.first_name, last_name=person.last_name)
	boss = person.boss and frappe.db.get_value("Sales Person", person.boss, "employee")
	employee = masters.employee(
		user,
		person.first_name,
		last_name=person.last_name,
		company=COMPANY,
		gender=person.gender,
		reports_to=boss,
	)
	return masters.sales_person(person.name, person.boss, is_group=leads, employee=employee)


def _make_party(name: str) -> str:
	if name in catalogue.CUSTOMERS:
		return masters.customer(name, territory=catalogue.CUSTOMERS[name])
	organisation, territory = catalogue.LEADS[name]
	return masters.lead(name, company_name=organisation, company=COMPANY, territory=territory)


def _party(sale: Sale) -> str:
	if sale.party_type == "Customer":
		return masters.customer(sale.party)
	name = next(name for name, (company, _territory) in catalogue.LEADS.items() if company == sale.party)
	return _make_party(name)


# --- sales ---------------------------------------------------------------------------------------------------


def make_sale(sale: Sale, tasks: Sequence[Task] = ()) -> None:
	"""All documents of a sale, unless they are there; on its way through a process of these ``tasks``, if any."""
	if _exists(sale):
		return
	timeline = Timeline()
	course = Course(sale, timeline, tasks) if tasks and sale.has_project else None
	timeline.mark(course.start if course else _at(sale.begins, 9))
	project = _make_project(sale) if sale.has_project else None
	if course:
		course.before_documents(project)
	for offer in sale.offers:
		timeline.mark(_at(offer.day, 15))
		_make_offer(sale, offer, project, timeline)
	for order in sale.orders:
		made = documents.sales_order(
			_party(sale), rows(sale.lines), on=order.day, **_header(sale, project), **_customers_order(sale)
		)
		_fulfil(made, order)
	if project and sale.action:
		timeline.mark(_at(course_plan.ends(sale, today()), 16))
		_end(project, sale)
	if course:
		course.after_documents(project)
	if project:
		timeline.write(project.name)


def _at(day: Date, hour: int) -> datetime:
	return datetime(day.year, day.month, day.day, hour)


def _exists(sale: Sale) -> bool:
	"""By title, or where there is no project by the customer's order number or the day of the quotation."""
	if sale.has_project:
		return bool(frappe.db.exists("Sales Project", {"company": COMPANY, "title": sale.title}))
	if sale.orders:
		return bool(frappe.db.exists("Sales Order", {"company": COMPANY, "po_no": sale.title}))
	quoted = {"company": COMPANY, "party_name": _party(sale), "transaction_date": sale.offers[0].day}
	return bool(frappe.db.exists("Quotation", {**quoted, "sales_project": ("is", "not set")}))


def _customers_order(sale: Sale) -> dict:
	"""An order without a project names its team in ERPNext's own table."""
	if sale.has_project:
		return {}
	shares = {member.person: member.credit for member in sale.team if member.role == catalogue.SELLER}
	return {"po_no": sale.title, "sales_team": shares}


def _header(sale: Sale, project: Document | None) -> dict:
	foreign = sale.currency != catalogue.CURRENCY
	return {
		"company": COMPANY,
		"currency": sale.currency,
		"conversion_rate": catalogue.EXCHANGE_RATE if foreign else 1,
		"territory": sale.territory,
		"sales_project": project.name if project else None,
	}


def rows(lines: tuple[Line, ...]) -> list[documents.Line]:
	"""Planned lines as those of a document."""
	return [
		documents.line(
			masters.item(code, item_name=plan.PRODUCTS[code].name), qty, rate, is_alternative=int(alternative)
		)
		for code, qty, rate, alternative in lines
	]


def _make_project(sale: Sale) -> Document:
	"""From an Opportunity by the app's own mapping, or on its own."""
	project = (
		project_from(_make_opportunity(sale)) if sale.from_opportunity else frappe.new_doc("Sales Project")
	)
	team = [{"sales_person": m.person, "sales_role": m.role, "credit_percent": m.credit} for m in sale.team]
	project.update(
		{
			"title": sale.title,
			"company": COMPANY,
			"party_type": sale.party_type,
			"party": _party(sale),
			"territory": sale.territory,
			"level_of_interest": sale.interest,
			"expected_close_date": sale.closes,
			"team": team,
		}
	)
	project.flags.ignore_permissions = True
	return project.insert()


def _make_opportunity(sale: Sale) -> Document:
	owner = next(person.email for person in catalogue.PEOPLE if person.name == sale.team[0].person)
	return documents.opportunity(
		_party(sale),
		[row for row in rows(sale.lines) if row.pop("is_alternative") == 0],
		sale.party_type,
		on=sale.begins,
		company=COMPANY,
		currency=sale.currency,
		territory=sale.territory,
		opportunity_owner=owner,
		expected_closing=sale.closes,
		probability=Random(sale.title).choice((20, 40, 60, 80)),
	)


def _make_offer(sale: Sale, offer: Offer, project: Document | None, timeline: Timeline) -> None:
	values = {
		**_header(sale, project),
		"valid_till": offer.valid_till,
		"additional_discount_percentage": offer.discount,
		"opportunity": project.reference_name if project and sale.from_opportunity else None,
	}
	quoted = documents.quotation(_party(sale), rows(offer.lines), sale.party_type, on=offer.day, **values)
	if offer.fate == "lost":
		documents.lose(quoted, sale.lost_reason)
	elif offer.fate == "cancelled":
		documents.cancel(quoted)
	for order in offer.orders:
		timeline.mark(_at(order.day, 11))
		changes = _part_of(quoted, order.share) if order.share < 1 else {}
		_fulfil(documents.order_from(quoted, changes, on=order.day), order)


def _part_of(quoted: Document, share: float) -> dict[str, dict | None]:
	"""This share of the lines' quantities, rounded down; lines of which nothing is left are ordered later."""
	parts = {row.name: int(row.qty * share) for row in quoted.items if not row.is_alternative}
	if not any(parts.values()):
		first = next(iter(parts))
		return {name: None for name in parts if name != first}
	return {name: {"qty": qty} if qty else None for name, qty in parts.items()}


def _fulfil(order: Document, planned: Order) -> None:
	"""What became of an order."""
	if planned.fate == "delivered":
		documents.deliver(order, on=_soon_after(planned.day))
	elif planned.fate == "closed short":
		first = order.items[0]
		documents.deliver(order, {first.name: max(1, first.qty // 2)}, on=_soon_after(planned.day))
		documents.close(order)
	elif planned.fate == "cancelled":
		documents.cancel(order)
	elif planned.fate == "amended":
		documents.amend(documents.cancel(order))


def _soon_after(day: Date) -> Date:
	return min(today(), day + timedelta(days=14))


def _end(project: Document, sale: Sale) -> None:
	"""Won, lost or put on hold, by the workflow's action."""
	project = frappe.get_doc("Sales Project", project.name)
	if sale.lost_reason:
		project.lost_reason = sale.lost_reason
		project.save(ignore_permissions=True)
	apply_workflow(project, sale.action)


def _expire_quotations() -> None:
	"""What ERPNext's daily job does."""
	from erpnext.selling.doctype.quotation.quotation import set_expired_status

	set_expired_status()


# --- targets -------------------------------------------------------------------------------------------------


class _Target(NamedTuple):
	title: str
	period: dict
	rows: list[dict]
	actions: tuple[str, ...]
	basis: str = "Value"

	def make(self) -> Document:
		return sales_target(self.title, COMPANY, self.period, self.rows, self.actions, self.basis)


def _targets(year: list[Sale]) -> list[_Target]:
	"""Approved ones for this fiscal year (value, and pieces for the callers) and for the end of the last; for
	the next year one that waits for approval and one that is still a draft."""
	this, end = _fiscal_year(today())
	last = this - timedelta(days=1)
	first = max(today() - timedelta(days=plan.DAYS), _fiscal_year(last)[0]).replace(day=1)
	next_start, next_end = _fiscal_year(end + timedelta(days=1))
	value, pieces = _value_rows(year, this, end), _piece_rows(year, this, end)
	south = {*catalogue.REGIONS["South India"][0]}
	approved = (SUBMIT, APPROVE)
	targets = [
		_Target(f"Sales targets {this.year}", _period(this, end), value, approved),
		_Target(f"Tele-sales targets {this.year}, pieces", _period(this, end), pieces, approved, "Volume"),
		_Target(
			f"Targets of the South {next_start.year}",
			_period(next_start, next_end),
			[row for row in value if row["sales_person"] in south],
			(SUBMIT,),
		),
		_Target(f"Sales targets {next_start.year}", _period(next_start, next_end), value, ()),
	]
	if first <= last:
		rows = _value_rows(year, first, last)
		targets.append(_Target(f"Sales targets, end of {last.year}", _period(first, last), rows, approved))
	return [target for target in targets if target.rows]


def _fiscal_year(day: Date) -> tuple[Date, Date]:
	name = masters.fiscal_year_at(day, COMPANY)
	return tuple(frappe.db.get_value("Fiscal Year", name, ["year_start_date", "year_end_date"]))


def _period(start: Date, end: Date) -> dict:
	return {"from_date": start, "to_date": end}


def _value_rows(year: list[Sale], start: Date, end: Date) -> list[dict]:
	"""Targets of everybody but the callers, in currency. Here and there one is missing, as in real life: that
	credit shows up under "No target"."""
	credit = plan.credit_of(year, start, end)
	return [
		{**row, "monthly_distribution": catalogue.DISTRIBUTION}
		for number, row in enumerate(_rows_for(credit, plan.ROUNDING))
		if row["sales_role"] != catalogue.CALLER and number % 9 != 8
	]


def _piece_rows(year: list[Sale], start: Date, end: Date) -> list[dict]:
	credit = plan.credit_of(year, start, end, by_quantity=True)
	return [row for row in _rows_for(credit, rounding=10) if row["sales_role"] == catalogue.CALLER]


def _rows_for(credit: dict[tuple[str, str, str], float], rounding: int) -> list[dict]:
	return [
		{
			"sales_person": person,
			"sales_role": role,
			"item_group": group,
			"target": plan.target_amount(amount, Random(f"{plan.SEED} {person} {role} {group}"), rounding),
		}
		for (person, role, group), amount in sorted(credit.items())
	]
