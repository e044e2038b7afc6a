"""Which team an order is won with.

It is taken and kept (DocType Sales Order Credit) when the order is submitted: so an order keeps the team it was
won with whatever happens to the project later, and the ledger can be rebuilt from what is kept.

The kept rows stand beside the order, not in a child table of it. Frappe reads, checks and writes every child table
whenever it saves a document, and reads those of a submitted one for update (``Document.load_doc_before_save``):
nine statements a submission, and a lock on the gap of an empty table that others insert into.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import frappe
from frappe.model.document import Document
from frappe.utils import now

from sales_activity.sales_activity.credit.bulk import insert_rows
from sales_activity.sales_activity.credit.rules import Member, merged_team

KEPT = "Sales Order Credit"
ORDER_INDEX = "credited_order"  # made by the controller of Sales Order Credit

Team = tuple[Member, ...]

_COLUMNS = (
	*("name", "creation", "modified", "owner", "modified_by", "docstatus", "idx"),
	*("sales_order", *Member._fields),
)


def team_of(order: Document) -> Team:
	"""The team that a Sales Order about to be submitted is won with.

	An amended order keeps the team of the order it replaces, if that had one, as long as it stays on the same
	project; any other takes the team of today (see ``current_team``).
	"""
	before = order.get("amended_from")
	if before and order.get("sales_project") and _same_project(order):
		team = credited_teams([before])[before]
		if team:
			return team
	return current_team(order)


def current_team(order: Document) -> Team:
	"""The team that the order's project has now; without a project, or with one that nobody is on yet, the
	order's own Sales Team rows under the default role."""
	project = order.get("sales_project")
	if project:
		team = project_teams([project])[project]
		if team:
			return team
	role = default_role()
	return merged_team(
		Member(row.sales_person, role, row.allocated_percentage) for row in order.get("sales_team") or []
	)


def default_role() -> str | None:
	"""The Sales Role of people whom only ERPNext's Sales Team names (settings)."""
	return frappe.get_cached_value("Sales Activity Settings", "Sales Activity Settings", "default_sales_role")


def keep_team(order: Document) -> Team:
	"""Keep the team of an order in the moment of its submission, in one statement; returns it."""
	team = team_of(order)
	_insert({order.name: team})
	return team


def credited_teams(orders: Collection[str], lock: bool = False) -> dict[str, Team]:
	"""The kept teams of these orders, in their order; an order without one has an empty team. One query.

	``lock`` reads what was committed last, and keeps it as it is for the rest of the transaction.
	"""
	if not orders:
		return {}
	table = frappe.qb.DocType(KEPT)
	query = (
		frappe.qb.from_(table)
		.select(table.sales_order, table.sales_person, table.sales_role, table.credit_percent)
		.where(table.sales_order.isin(list(orders)))
		.orderby(table.sales_order, table.idx)
	)
	if lock:
		# forced, because MariaDB would rather scan a small table, and a scan under lock stops everybody
		query = query.force_index(ORDER_INDEX).for_update()
	return _by_document(query.run(), orders)


def project_teams(projects: Collection[str]) -> dict[str, Team]:
	"""The teams that these projects have now, as saved; a project that nobody is on has an empty team. One query,
	in plain SQL: every submission asks it, and building it would take longer than running it."""
	if not projects:
		return {}
	rows = frappe.db.sql(
		"""
			select parent, sales_person, sales_role, credit_percent from `tabSales Project Member`
			where parenttype = 'Sales Project' and parent in %s order by parent, idx
		""",
		(tuple(projects),),
	)
	return _by_document(rows, projects)


def retake_teams(orders: Collection[str], only_missing: bool) -> None:
	"""Give submitted orders the team that their project (else their Sales Team) has now.

	``only_missing`` leaves orders alone that have a team already; the others are older than the app, or were
	won before their project had a team. The orders themselves don't change. Locks the orders.
	"""
	projects = _lock_projects_of(orders)
	if only_missing:
		kept = credited_teams(projects, lock=True)
		projects = {order: project for order, project in projects.items() if not kept[order]}
	if not projects:
		return
	teams = project_teams({name for name in projects.values() if name})
	fallback = _sales_teams([order for order, project in projects.items() if not teams.get(project)])
	if not only_missing:
		frappe.db.delete(KEPT, {"sales_order": ["in", list(projects)]})
	_insert({order: teams.get(project) or fallback[order] for order, project in projects.items()})


def forget_team(order: str) -> None:
	"""Delete the kept team of an order that is being deleted."""
	frappe.db.delete(KEPT, {"sales_order": order})


def _same_project(order: Document) -> bool:
	before = frappe.db.get_value("Sales Order", order.amended_from, "sales_project")
	return (before or None) == (order.get("sales_project") or None)


def _lock_projects_of(orders: Collection[str]) -> dict[str, str | None]:
	"""The projects of those orders that are submitted, which are locked."""
	order = frappe.qb.DocType("Sales Order")
	query = (
		frappe.qb.from_(order)
		.select(order.name, order.sales_project)
		.where(order.name.isin(list(orders)) & (order.docstatus == 1))
		.orderby(order.name)
		.for_update()
	)
	return dict(query.run())


def _sales_teams(orders: Collection[str]) -> dict[str, Team]:
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
	return _by_document(((order, person, role, percent) for order, person, percent in rows), orders)


def _by_document(rows: Iterable[tuple], names: Collection[str]) -> dict[str, Team]:
	teams: dict[str, list[Member]] = {name: [] for name in names}
	for name, *member in rows:
		teams[name].append(Member(*member))
	return {name: merged_team(members) for name, members in teams.items()}


def _insert(teams: Mapping[str, Team]) -> None:
	"""Insert the rows in one statement. They are no drafts and no submitted documents but plain records, so
	that ERPNext can cancel their orders."""
	stamp, user = now(), frappe.session.user
	rows = [
		(frappe.generate_hash(length=20), stamp, stamp, user, user, 0, idx, order, *member)
		for order, team in teams.items()
		for idx, member in enumerate(team, start=1)
	]
	insert_rows(KEPT, _COLUMNS, rows)
