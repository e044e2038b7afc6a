"""Reads targets and sums the ledger for the attainment report. Each function is one query (targets: two)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import add

import frappe
from frappe.desk.reportview import build_match_conditions
from frappe.utils import getdate

from sales_activity.sales_activity.attainment.rules import Flow, LineKey, TargetRow
from sales_activity.sales_activity.credit import months
from sales_activity.sales_activity.credit.months import ENTRY
from sales_activity.sales_activity.targets.checks import distribution_rows
from sales_activity.sales_activity.targets.rules import ONE_DAY, Period, month_number

MEASURES = {"Value": "amount", "Volume": "qty"}

_KEYS = "sales_person, sales_role, item_group"
_LITERAL_OR_KEY = re.compile(
	rf"(?P<literal>'(?:[^'\\]|\\.|'')*')|`tab{ENTRY}`\.`(?P<key>company|sales_person|sales_role|item_group)`"
)
_UNDERSTOOD = re.compile(r"(?:\b(?:and|or|in|ifnull|1=0)\b|[\s(),=])*", re.IGNORECASE)


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


@dataclass(frozen=True)
class _Source:
	"""A table with credit to sum: its name, the column that says when, and a condition in SQL."""

	table: str
	day: str
	condition: str


def ledger_sums(
	company: str,
	basis: str,
	segments: Sequence[Period],
	user: str,
	filters: Mapping[str, Collection[str] | None],
) -> list[Flow]:
	"""Sum the ledger by person, role and item group, a column for each segment, as far as the user may see
	entries. ``filters`` maps a column to the values that it may hold; None means all.

	One query. Where the segments are whole months and the monthly sums hold all that the user's permission asks
	about, it reads these and the entries that are not in them yet; otherwise all entries.
	"""
	values: dict[str, object] = {"company": company, "start": segments[0].start, "end": segments[-1].end}
	chosen = _filter(filters, values)
	query = " union all ".join(
		f"({_select(source, MEASURES[basis], segments, values)} {chosen} group by {_KEYS})"
		for source in _sources(segments, build_match_conditions(ENTRY, user=user))
	)
	return _flows(frappe.db.sql(query, values))


def _sources(segments: Sequence[Period], permission: str) -> list[_Source]:
	on_sums = on_monthly_sums(permission) if all(map(_is_whole_months, segments)) else None
	if on_sums is None:
		return [_Source(ENTRY, "posting_date", _and(permission))]
	rest = f"and `tab{ENTRY}`.name > {months.WATERMARK} {_and(permission)}"
	return [_Source(months.MONTH, "month", _and(on_sums)), _Source(ENTRY, "posting_date", rest)]


def on_monthly_sums(permission: str) -> str | None:
	"""The condition on the ledger's entries, put to the monthly sums; None where it asks about anything but
	their keys: the sums can't answer that.

	Only what Frappe itself makes of User Permissions and our own condition is understood, ``column in (...)``
	and the like. So a condition that another app or a script adds can't be lost.
	"""
	if not _UNDERSTOOD.fullmatch(_LITERAL_OR_KEY.sub(" ", permission)):
		return None
	return _LITERAL_OR_KEY.sub(lambda found: found[0] if found["literal"] else _on_sums(found), permission)


def _on_sums(found: re.Match[str]) -> str:
	return f"`tab{months.MONTH}`.`{found['key']}`"


def _is_whole_months(period: Period) -> bool:
	return period.start.day == 1 and (period.end + ONE_DAY).day == 1


def _filter(filters: Mapping[str, Collection[str] | None], values: dict[str, object]) -> str:
	conditions = []
	for column, allowed in filters.items():
		if allowed is not None:
			values[column] = tuple(allowed) or ("",)
			conditions.append(f"and `{column}` in %({column})s")
	return " ".join(conditions)


def _select(source: _Source, measure: str, segments: Sequence[Period], values: dict[str, object]) -> str:
	"""One pass over an index that holds every column read here: sums by IF cost less than a GROUP BY over a
	computed period, which MariaDB can't do in index order."""
	return f"""
		select {_KEYS}, {_sums(source.day, measure, segments, values)} from `tab{source.table}`
		where company = %(company)s and {source.day} between %(start)s and %(end)s {source.condition}
	"""


def _sums(day: str, measure: str, segments: Sequence[Period], values: dict[str, object]) -> str:
	if len(segments) == 1:
		return f"sum({measure})"
	columns = []
	for index, part in enumerate(segments):
		values[f"start_{index}"], values[f"end_{index}"] = part.start, part.end
		columns.append(f"sum(if({day} between %(start_{index})s and %(end_{index})s, {measure}, 0))")
	return ", ".join(columns)


def _flows(rows: Iterable[Sequence]) -> list[Flow]:
	"""A flow for each person, role and item group; what is in two rows is added up."""
	flows: dict[LineKey, Flow] = {}
	for person, role, group, *sums in rows:
		key = LineKey(person, role, group or None)
		known = flows.get(key)
		flows[key] = Flow(key, list(map(add, known.values, sums)) if known else sums)
	return list(flows.values())


def _and(condition: str) -> str:
	return f"and ({condition})" if condition else ""
