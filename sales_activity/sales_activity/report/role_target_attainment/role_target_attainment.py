"""Role Target Attainment: what everybody was to reach in each role, has closed, and has in the pipeline."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import formatdate

from sales_activity.permissions.scope import person_of_user, visible_persons
from sales_activity.sales_activity.attainment.compute import Answer, Question, answer, read_item_groups
from sales_activity.sales_activity.attainment.queries import MEASURES
from sales_activity.sales_activity.attainment.rules import Figures
from sales_activity.sales_activity.attainment.segments import MONTHS_IN
from sales_activity.sales_activity.reports import filters as report_filters
from sales_activity.sales_activity.reports.attainment_rows import (
	Row,
	RowMaker,
	flat_rows,
	grand_total,
	tree_rows,
)
from sales_activity.sales_activity.reports.figures import percent_of
from sales_activity.sales_activity.targets.rules import Period
from sales_activity.sales_activity.trees import Tree, read_tree

FILTERS = (
	*("company", "fiscal_year", "from_date", "to_date", "sales_person", "sales_role", "item_group"),
	*("basis", "periodicity", "only_mine", "flat"),
)
PERIODICITIES = ("Yearly", *MONTHS_IN)
Columns = list[dict[str, Any]]


def execute(filters: dict[str, Any] | None = None) -> tuple[Columns, list[Row], None, dict | None, list[dict]]:
	"""The report as Frappe wants it: columns, rows, message, chart, summary cards.

	Figures are net amounts in company currency (basis Value) or quantities in stock units (Volume). Shows what
	the session's user may see. Raises ReportFilterError for unknown or missing filters.
	"""
	asked = report_filters.checked(filters, FILTERS, required=["company"])
	report_filters.check_company(asked.company, "Sales Target")
	people, item_groups = _visible_people(), read_item_groups()
	found = answer(_question(asked, people, item_groups), item_groups)
	maker = RowMaker(found.segments, found.periods)
	rows = (flat_rows if asked.get("flat") else tree_rows)(found.attainment, maker, people)
	total = grand_total(found.attainment, len(found.segments))
	currency = frappe.get_cached_value("Company", asked.company, "default_currency")
	basis = asked.get("basis") or "Value"
	for row in rows:
		row["currency"] = currency
	return _columns(basis, found.periods), rows, None, _chart(found, people), _summary(total, basis, currency)


def _question(asked: frappe._dict, people: Tree, item_groups: Tree) -> Question:
	persons = None
	if asked.get("sales_person"):
		persons = people.below(asked.sales_person)
	if asked.get("only_mine"):
		own = person_of_user(frappe.session.user)
		persons = frozenset({own} if own else ()) & (persons or frozenset({own}))
	return Question(
		company=asked.company,
		span=report_filters.span_of(asked),
		basis=report_filters.one_of(asked, "basis", tuple(MEASURES), "Value"),
		periodicity=report_filters.one_of(asked, "periodicity", PERIODICITIES, "Yearly"),
		persons=persons,
		role=asked.get("sales_role"),
		groups=item_groups.below(asked.item_group) if asked.get("item_group") else None,
	)


def _visible_people() -> Tree:
	"""The Sales Person tree, cut down to whom the user may see: the highest of them become roots."""
	people = read_tree("Sales Person", "parent_sales_person")
	visible = visible_persons(frappe.session.user, "Sales Target")
	if visible is None:
		return people
	return Tree(
		{
			name: next((above for above in people.way_up(name)[1:] if above in visible), None)
			for name in people.parents
			if name in visible
		}
	)


def _columns(basis: str, periods: list[Period]) -> Columns:
	columns = [
		_column("sales_person", _("Member"), "Link", 220, options="Sales Person"),
		_column("sales_role", _("Role"), "Link", 140, options="Sales Role"),
		_column("item_group", _("Product Category"), "Link", 160, options="Item Group"),
		_figure("target", _("Target"), basis),
		_figure("pipeline", _("Projects in Pipeline"), basis),
		_figure("weighted_pipeline", _("Weighted Pipeline"), basis),
		_figure("closed", _("Orders Closed"), basis),
		_column("attainment", _("Attainment %"), "Percent", 110),
		_figure("gap", _("Gap"), basis),
		_figure("target_to_date", _("Target to Date"), basis),
	]
	if len(periods) > 1:
		for number, period in enumerate(periods):
			label = _label(period)
			columns += [
				_figure(f"target_{number}", _("Target {0}").format(label), basis),
				_figure(f"closed_{number}", _("Closed {0}").format(label), basis),
				_column(f"attainment_{number}", _("Attainment % {0}").format(label), "Percent", 110),
			]
	return columns


def _figure(fieldname: str, label: str, basis: str) -> dict[str, Any]:
	if basis == "Value":
		return _column(fieldname, label, "Currency", 140, options="currency")
	return _column(fieldname, label, "Float", 120)


def _column(fieldname: str, label: str, fieldtype: str, width: int, **more: str) -> dict[str, Any]:
	return {"fieldname": fieldname, "label": label, "fieldtype": fieldtype, "width": width, **more}


def _label(period: Period) -> str:
	if period.days <= 31:
		return formatdate(period.start, "MMM yyyy")
	return f"{formatdate(period.start, 'MMM')}-{formatdate(period.end, 'MMM yyyy')}"


def _chart(found: Answer, people: Tree) -> dict | None:
	"""Target, closed and pipeline of each person with figures (own figures, not those below)."""
	totals = found.attainment.totals
	names = [name for name in people.parents if name in totals][:25]
	if not names:
		return None
	series = {
		_("Target"): [sum(totals[name].target) for name in names],
		_("Orders Closed"): [sum(totals[name].closed) for name in names],
		_("Projects in Pipeline"): [totals[name].pipeline for name in names],
	}
	return {
		"data": {
			"labels": names,
			"datasets": [{"name": label, "values": values} for label, values in series.items()],
		},
		"type": "bar",
		"colors": ["#b8c2cc", "#28a745", "#5e64ff"],
	}


def _summary(total: Figures, basis: str, currency: str) -> list[dict]:
	target, counted = sum(total.target), sum(total.counted)
	attainment = percent_of(counted, target)
	kind = {"datatype": "Currency", "currency": currency} if basis == "Value" else {"datatype": "Float"}
	return [
		{"label": _("Target"), "value": target, **kind},
		{"label": _("Target to Date"), "value": total.target_to_date, **kind},
		{"label": _("Orders Closed"), "value": sum(total.closed), "indicator": "Green", **kind},
		{"label": _("Projects in Pipeline"), "value": total.pipeline, "indicator": "Blue", **kind},
		{"label": _("Weighted Pipeline"), "value": total.weighted, **kind},
		{
			"label": _("Attainment"),
			"value": attainment or 0,
			"datatype": "Percent",
			"indicator": "Green" if counted >= total.target_to_date else "Orange",
		},
	]
