"""The questions that a target's validation asks the database."""

from __future__ import annotations

from collections.abc import Collection

import frappe
from frappe.model.document import Document
from frappe.utils import getdate

from sales_activity.sales_activity.targets.rules import Period

ACTIVE_INDEX = "active_targets"
ACTIVE_COLUMNS = ("company", "docstatus")


def fiscal_years(company: str) -> list[Period]:
	"""The periods of the enabled fiscal years of a company. A Fiscal Year without companies is everybody's,
	as in ERPNext (``erpnext.accounts.utils.get_fiscal_years``)."""
	year = frappe.qb.DocType("Fiscal Year")
	member = frappe.qb.DocType("Fiscal Year Company")
	rows = (
		frappe.qb.from_(year)
		.left_join(member)
		.on((member.parent == year.name) & (member.parenttype == "Fiscal Year"))
		.select(year.year_start_date, year.year_end_date)
		.where((year.disabled == 0) & (member.company.isnull() | (member.company == company)))
	).run()
	return [Period(getdate(start), getdate(end)) for start, end in rows]


def distribution_rows(distributions: Collection[str]) -> list[tuple[str, str, float]]:
	"""The rows of these Monthly Distributions: distribution, month as it stands there, percentage (one query)."""
	if not distributions:
		return []
	row = frappe.qb.DocType("Monthly Distribution Percentage")
	return (
		frappe.qb.from_(row)
		.select(row.parent, row.month, row.percentage_allocation)
		.where((row.parenttype == "Monthly Distribution") & row.parent.isin(list(distributions)))
	).run()


def lock_targets(company: str) -> None:
	"""Let nobody else submit a target of this company until the transaction ends: two people at once could
	otherwise each miss the other's rows."""
	table = frappe.qb.DocType("Company")
	frappe.qb.from_(table).select(table.name).where(table.name == company).for_update().run()


def overlapping_rows(target: Document, locked: bool = False) -> dict[tuple[str, str, str], str]:
	"""Who, in which role and item group, has another active target in an overlapping period: the name of
	that target by (person, role, item group).

	``locked`` reads what was committed last, not the transaction's snapshot; call ``lock_targets`` before. The
	forced indexes keep the locks off drafts: others who wait for ``lock_targets`` hold locks on theirs already.
	"""
	table = frappe.qb.DocType("Sales Target")
	query = (
		frappe.qb.from_(table)
		.force_index(ACTIVE_INDEX)
		.select(table.name)
		.where((table.docstatus == 1) & (table.company == target.company))
		.where((table.from_date <= target.to_date) & (table.to_date >= target.from_date))
	)
	names = (query.for_update() if locked else query).run(pluck=True)
	others = [name for name in names if name != target.name]
	return _rows_of(others, locked) if others else {}


def _rows_of(targets: list[str], locked: bool) -> dict[tuple[str, str, str], str]:
	detail = frappe.qb.DocType("Sales Target Detail")
	query = (
		frappe.qb.from_(detail)
		.force_index("parent")
		.select(detail.sales_person, detail.sales_role, detail.item_group, detail.parent)
		.where(detail.parent.isin(targets) & (detail.parenttype == "Sales Target"))
	)
	rows = (query.for_update() if locked else query).run()
	return {(person, role, group): name for person, role, group, name in rows}
