"""Reads targets and sums the ledger for the attainment report. Each function is one query (targets: two)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

import frappe
from frappe.desk.reportview import build_match_conditions
from frappe.utils import getdate

from sales_activity.sales_activity.attainment.rules import Flow, LineKey, TargetRow
from sales_activity.sales_activity.targets.checks import distribution_rows
from sales_activity.sales_activity.targets.rules import Period, month_number

MEASURES = {"Value": "amount", "Volume": "qty"}


def approved_targets(
	company: str,
	basis: str,
	span: Period,
	persons: Collection[str] | None,
	roles: Collection[str] | None,
	groups: Collection[str] | None,
) -> list[TargetRow]:
	"""The rows of submitted targets whose period touches the span; None in a filter means all."""
	table, detail = frappe.qb.DocType("Sales Target"), frappe.qb.DocType("Sales Target Detail")
	query = (
		frappe.qb.from_(table)
		.inner_join(detail)
		.on((detail.parent == table.name) & (detail.parenttype == "Sales Target"))
		.select(detail.sales_person, detail.sales_role, detail.item_group, table.from_date, table.to_date)
		.select(table.name, detail.target, detail.monthly_distribution)
		.where((table.docstatus == 1) & (table.company == company) & (table.basis == basis))
		.where((table.from_date <= span.end) & (table.to_date >= span.start))
		.orderby(table.from_date, table.name, detail.idx)
	)
	for column, values in (
		(detail.sales_person, persons),
		(detail.sales_role, roles),
		(detail.item_group, groups),
	):
		if values is not None:
			query = query.where(column.isin(list(values) or [""]))
	rows = query.run()
	weights = _weights({row[-1] for row in rows if row[-1]})
	return [
		TargetRow(
			LineKey(*key), Period(getdate(start), getdate(end)), target, weights.get(distribution), name
		)
		for *key, start, end, name, target, distribution in rows
	]


def _weights(distributions: Collection[str]) -> dict[str, dict[int, float]]:
	"""The percentage of each month (1 to 12) of these Monthly Distributions."""
	weights: dict[str, dict[int, float]] = defaultdict(dict)
	for name, month, percentage in distribution_rows(distributions):
		number = month_number(month)
		if number:
			weights[name][number] = percentage
	return weights


def ledger_sums(
	company: str,
	basis: str,
	segments: Sequence[Period],
	user: str,
	filters: Mapping[str, Collection[str] | None],
) -> list[Flow]:
	"""Sum the ledger by person, role and item group, a column for each segment, as far as the user may see
	entries. ``filters`` maps a column to the values that it may hold; None means all.

	One pass over the index ``credit_report``, which holds every column read here: sums by IF cost less than
	a GROUP BY over a computed period, which MariaDB can't do in index order.
	"""
	measure = MEASURES[basis]
	values: dict[str, object] = {"company": company, "start": segments[0].start, "end": segments[-1].end}
	conditions = []
	for column, allowed in filters.items():
		if allowed is not None:
			values[column] = tuple(allowed) or ("",)
			conditions.append(f"and `{column}` in %({column})s")
	permission = build_match_conditions("Sales Credit Entry", user=user)
	rows = frappe.db.sql(
		f"""
			select sales_person, sales_role, item_group, {_sums(measure, segments, values)}
			from `tabSales Credit Entry`
			where company = %(company)s and posting_date between %(start)s and %(end)s
			{" ".join(conditions)} {f"and ({permission})" if permission else ""}
			group by sales_person, sales_role, item_group
		""",
		values,
	)
	return [Flow(LineKey(person, role, group or None), sums) for person, role, group, *sums in rows]


def _sums(measure: str, segments: Sequence[Period], values: dict[str, object]) -> str:
	if len(segments) == 1:
		return f"sum({measure})"
	columns = []
	for index, part in enumerate(segments):
		values[f"start_{index}"], values[f"end_{index}"] = part.start, part.end
		columns.append(f"sum(if(posting_date between %(start_{index})s and %(end_{index})s, {measure}, 0))")
	return ", ".join(columns)
