"""Sales Target Breakdown: the rows of Sales Targets that a target figure is made of, and how much of each."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

from sales_activity.permissions.scope import visible_persons
from sales_activity.sales_activity.attainment.compute import read_item_groups
from sales_activity.sales_activity.attainment.queries import MEASURES, approved_targets
from sales_activity.sales_activity.attainment.rules import TargetRow, target_parts, with_nesting
from sales_activity.sales_activity.attainment.segments import cut
from sales_activity.sales_activity.reports import filters as report_filters
from sales_activity.sales_activity.reports.choices import Choice, choice_of, visible_people
from sales_activity.sales_activity.reports.columns import (
	Columns,
	Report,
	Row,
	column,
	company_currency,
	currency_column,
	link,
	money,
	quantity,
)
from sales_activity.sales_activity.targets.rules import Period
from sales_activity.sales_activity.trees import Tree

FILTERS = (
	*(
		"company",
		"from_date",
		"to_date",
		"fiscal_year",
		"basis",
		"sales_person",
		"include_below",
		"sales_role",
	),
	*("item_group", "include_below_group", "each_once"),
)


def execute(filters: dict[str, Any] | None = None) -> Report:
	"""Columns, rows, message, chart, summary cards: the part of each target row that falls into the dates.

	With ``each_once`` a row whose item group lies below that of another row of the same person and role counts
	only while that other one is not in force, as in the totals of the attainment report. Shows people their own
	rows of targets that name others too. Raises ReportFilterError for unknown or missing filters.
	"""
	asked = report_filters.checked(filters, FILTERS, required=["company"])
	report_filters.check_company(asked.company, "Sales Target")
	basis = report_filters.one_of(asked, "basis", tuple(MEASURES), "Value")
	span = report_filters.span_of(asked)
	item_groups = read_item_groups()
	choice = choice_of(asked, visible_people(), item_groups)
	rows = _rows(_targets(asked.company, basis, span, choice), span, item_groups, bool(cint(asked.each_once)))
	currency = company_currency(asked.company)
	for row in rows:
		row["currency"] = currency
	return _columns(basis), rows, None, _chart(rows), _summary(rows, basis, currency)


def _targets(company: str, basis: str, span: Period, choice: Choice) -> list[TargetRow]:
	visible = visible_persons(frappe.session.user, "Sales Target")
	persons = choice.persons
	if visible is not None:
		persons = visible if persons is None else persons & visible
	roles = frozenset({choice.role}) if choice.role else None
	groups = None if choice.groups is None else choice.groups - {None}
	return approved_targets(company, basis, span, persons, roles, groups)


def _rows(targets: list[TargetRow], span: Period, item_groups: Tree, each_once: bool) -> list[Row]:
	segments = cut(span, [row.period for row in targets])
	rows = []
	for row, nested in with_nesting(targets, segments, item_groups.ways_up()):
		parts = target_parts(row, segments, None)
		rows.append(
			{
				**row.key._asdict(),
				"sales_target": row.name,
				"from_date": row.period.start,
				"to_date": row.period.end,
				"target": row.target,
				"part": sum(
					whole for index, (whole, _passed) in parts.items() if not (each_once and index in nested)
				),
			}
		)
	return rows


def _columns(basis: str) -> Columns:
	figure = money if basis == "Value" else quantity
	return [
		link("sales_target", _("Sales Target"), "Sales Target", 160),
		link("sales_person", _("Member"), "Sales Person", 160),
		link("sales_role", _("Role"), "Sales Role"),
		link("item_group", _("Product Category"), "Item Group"),
		column("from_date", _("From"), "Date", 105),
		column("to_date", _("To"), "Date", 105),
		figure("target", _("Whole Target")),
		figure("part", _("Part in the Period")),
		currency_column(),
	]


def _chart(rows: list[Row]) -> dict | None:
	by_person: dict[str, float] = {}
	for row in rows:
		by_person[row["sales_person"]] = by_person.get(row["sales_person"], 0.0) + row["part"]
	if not by_person:
		return None
	return {
		"data": {
			"labels": list(by_person),
			"datasets": [{"name": _("Part in the Period"), "values": list(by_person.values())}],
		},
		"type": "bar",
		"colors": ["#b8c2cc"],
	}


def _summary(rows: list[Row], basis: str, currency: str) -> list[dict]:
	kind = {"datatype": "Currency", "currency": currency} if basis == "Value" else {"datatype": "Float"}
	return [
		{"label": _("Part in the Period"), "value": sum(row["part"] for row in rows), **kind},
		{"label": _("Targets"), "value": len({row["sales_target"] for row in rows}), "datatype": "Int"},
	]
