"""Which team an order is won with.

The order carries it in its own table ``credit_team``, taken when it is submitted: so an order keeps the
team it was won with whatever happens to the project later, and the ledger can be rebuilt from documents.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import frappe
from frappe.model.document import Document
from frappe.utils import now

from sales_activity.sales_activity.credit.bulk import insert_rows
from sales_activity.sales_activity.credit.rules import Member, merged_team

CREDIT_TABLE = "credit_team"


def team_of(order: Document) -> tuple[Member, ...]:
	"""The team that a Sales Order about to be submitted is won with.

	An amended order keeps the team of the order it replaces, if that had one, as long as it stays on the same
	project; any other takes the team of today (see ``current_team``).
	"""
	if order.get("amended_from") and order.get("sales_project") and _same_project(order):
		team = read_members("Sales Order Credit", "Sales Order", order.amended_from)
		if team:
			return team
	return current_team(order)


def current_team(order: Document) -> tuple[Member, ...]:
	"""The team that the order's project has now; without a project, or with one that nobody is on yet, the
	order's own Sales Team rows under the default role."""
	if order.get("sales_project"):
		team = read_members("Sales Project Member", "Sales Project", order.sales_project)
		if team:
			return team
	role = default_role()
	return merged_team(
		Member(row.sales_person, role, row.allocated_percentage) for row in order.get("sales_team") or []
	)


def default_role() -> str | None:
	"""The Sales Role of people whom only ERPNext's Sales Team names (settings)."""
	return frappe.get_cached_value("Sales Activity Settings", "Sales Activity Settings", "default_sales_role")


def read_members(doctype: str, parenttype: str, parent: str) -> tuple[Member, ...]:
	"""The rows of one document's team table as saved, merged, in their order."""
	return read_teams(doctype, parenttype, [parent])[parent]


def read_teams(doctype: str, parenttype: str, parents: Collection[str]) -> dict[str, tuple[Member, ...]]:
	"""The same for many documents in one query; documents without rows have an empty team."""
	if not parents:
		return {}
	table = frappe.qb.DocType(doctype)
	rows = (
		frappe.qb.from_(table)
		.select(table.parent, table.sales_person, table.sales_role, table.credit_percent)
		.where((table.parenttype == parenttype) & table.parent.isin(list(parents)))
		.orderby(table.parent, table.idx)
	).run()
	return _by_parent(rows, parents)


def retake_teams(orders: Collection[str], only_missing: bool) -> None:
	"""Give submitted orders the team that their project (else their Sales Team) has now.

	``only_missing`` leaves orders alone that have a team already; the others are older than the app, or were
	won before their project had a team. Writes past the orders' own validation: nothing else of them changes.
	Locks the orders.
	"""
	projects = _projects_of(orders, only_missing)
	if not projects:
		return
	teams = read_teams("Sales Project Member", "Sales Project", {name for name in projects.values() if name})
	fallback = _sales_teams([order for order, project in projects.items() if not teams.get(project)])
	frappe.db.delete("Sales Order Credit", {"parenttype": "Sales Order", "parent": ["in", list(projects)]})
	_insert_rows({order: teams.get(project) or fallback[order] for order, project in projects.items()})
	for order in projects:
		frappe.clear_document_cache("Sales Order", order)


def set_team(order: Document, team: tuple[Member, ...]) -> None:
	"""Make the order's credit rows those of the team, in memory, reusing rows that are there. The caller saves.

	Rows should be made with the draft and only updated later: whenever Frappe saves a document again it reads
	its tables for update (``Document.load_doc_before_save``), which locks the gap of an empty one, and two
	people who then insert into the same gap wait for each other.
	"""
	rows = (order.get(CREDIT_TABLE) or [])[: len(team)]
	for row, member in zip(rows, team, strict=False):
		row.update(member._asdict())
	order.set(CREDIT_TABLE, [*rows, *(member._asdict() for member in team[len(rows) :])])


def _same_project(order: Document) -> bool:
	before = frappe.db.get_value("Sales Order", order.amended_from, "sales_project")
	return (before or None) == (order.get("sales_project") or None)


def _projects_of(orders: Collection[str], only_missing: bool) -> dict[str, str | None]:
	order, row = frappe.qb.DocType("Sales Order"), frappe.qb.DocType("Sales Order Credit")
	query = (
		frappe.qb.from_(order)
		.select(order.name, order.sales_project)
		.where(order.name.isin(list(orders)) & (order.docstatus == 1))
		.orderby(order.name)
		.for_update()
	)
	if only_missing:
		query = query.left_join(row).on((row.parent == order.name) & (row.parenttype == "Sales Order"))
		query = query.where(row.name.isnull())
	return dict(query.run())


def _sales_teams(orders: Collection[str]) -> dict[str, tuple[Member, ...]]:
	if not orders:
		return {}
	role = default_role()
	table = frappe.qb.DocType("Sales Team")
	rows = (
		frappe.qb.from_(table)
		.select(table.parent, table.sales_person, table.allocated_percentage)
		.where((table.parenttype == "Sales Order") & table.parent.isin(list(orders)))
		.orderby(table.parent, table.idx)
	).run()
	return _by_parent(((order, person, role, percent) for order, person, percent in rows), orders)


def _by_parent(rows: Iterable[tuple], parents: Collection[str]) -> dict[str, tuple[Member, ...]]:
	teams: dict[str, list[Member]] = {parent: [] for parent in parents}
	for parent, *member in rows:
		teams[parent].append(Member(*member))
	return {parent: merged_team(members) for parent, members in teams.items()}


def _insert_rows(teams: dict[str, tuple[Member, ...]]) -> None:
	stamp, user = now(), frappe.session.user
	fields = ("name", "creation", "modified", "owner", "modified_by", "docstatus", "idx")
	rows = [
		(
			*(frappe.generate_hash(length=20), stamp, stamp, user, user, 1, idx),
			*("Sales Order", CREDIT_TABLE, order, *member),
		)
		for order, team in teams.items()
		for idx, member in enumerate(team, start=1)
	]
	columns = [*fields, "parenttype", "parentfield", "parent", *Member._fields]
	insert_rows("Sales Order Credit", columns, rows)
