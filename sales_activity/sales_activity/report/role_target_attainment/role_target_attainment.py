"""Role Target Attainment: what everybody was to reach in each role, has closed, and has in the pipeline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

from sales_activity.permissions.scope import person_of_user
from sales_activity.sales_activity.attainment.compute import (
	Answer,
	Question,
	answer,
	passed_part,
	read_item_groups,
)
from sales_activity.sales_activity.attainment.queries import MEASURES
from sales_activity.sales_activity.attainment.rules import Figures
from sales_activity.sales_activity.attainment.segments import MONTHS_IN
from sales_activity.sales_activity.reports import filters as report_filters
from sales_activity.sales_activity.reports.attainment_rows import RowMaker, flat_rows, grand_total, tree_rows
from sales_activity.sales_activity.reports.choices import visible_people
from sales_activity.sales_activity.reports.columns import (
	Column,
	Columns,
	Report,
	column,
	company_currency,
	currency_column,
	link,
	money,
	period_label,
	quantity,
)
from sales_activity.sales_activity.reports.drill_down import ColumnLinks, RowLinks
from sales_activity.sales_activity.reports.figures import percent_of
from sales_activity.sales_activity.targets.rules import Period
from sales_activity.sales_activity.trees import Tree

FILTERS = (
	*("company", "fiscal_year", "from_date", "to_date", "sales_person", "sales_role", "item_group"),
	*("basis", "periodicity", "only_mine", "flat"),
)
PERIODICITIES = ("Yearly", *MONTHS_IN)


def execute(filters: dict[str, Any] | None = None) -> Report:
	"""The report as Frappe wants it: columns, rows, message, chart, summary cards.

	Figures are net amounts in company currency (basis Value) or quantities in stock units (Volume). Shows what
	the session's user may see. Columns and rows also say, under ``documents``, what each figure is made of (see
	``reports/drill_down.py``). Raises ReportFilterError for unknown or missing filters.
	"""
	asked = report_filters.checked(filters, FILTERS, required=["company"])
	report_filters.check_company(asked.company, "Sales Target")
	people, item_groups = visible_people(), read_item_groups()
	question = _question(asked, people, item_groups)
	found = answer(question, item_groups)
	maker = RowMaker(found.segments, found.periods, RowLinks(people, question.persons, found.segments))
	rows = (flat_rows if cint(asked.get("flat")) else tree_rows)(found.attainment, maker, people)
	total = grand_total(found.attainment, len(found.segments))
	currency = company_currency(asked.company)
	for row in rows:
		row["currency"] = currency
	columns = _columns(question, found.periods, ColumnLinks(asked, question))
	return columns, rows, None, _chart(found, people), _summary(total, question.basis, currency)


def _question(asked: frappe._dict, people: Tree, item_groups: Tree) -> Question:
	return Question(
		company=asked.company,
		span=report_filters.span_of(asked),
		basis=report_filters.one_of(asked, "basis", tuple(MEASURES), "Value"),
		periodicity=report_filters.one_of(asked, "periodicity", PERIODICITIES, "Yearly"),
		persons=_persons(asked, people),
		role=asked.get("sales_role"),
		groups=_groups(asked.get("item_group"), item_groups),
	)


def _persons(asked: frappe._dict, people: Tree) -> frozenset[str] | None:
	persons = people.below(asked.sales_person) if asked.get("sales_person") else None
	if not cint(asked.get("only_mine")):
		return persons
	own = person_of_user(frappe.session.user)
	mine = frozenset({own} if own else ())
	return mine if persons is None else mine & persons


def _groups(group: str | None, item_groups: Tree) -> frozenset[str] | None:
	"""The group and all below it. The only root means everything: lines without an item group too."""
	if not group or item_groups.children.get(None) == [group]:
		return None
	return item_groups.below(group)


def _columns(question: Question, periods: list[Period], links: ColumnLinks) -> Columns:
	figure, span, passed = _figure(question.basis), question.span, passed_part(question.span)
	columns = [
		link("sales_person", _("Member"), "Sales Person", 190),
		link("sales_role", _("Role"), "Sales Role", 125),
		link("item_group", _("Product Category"), "Item Group", 145),
		figure("target", _("Target"), documents=links.targets(span)),
		figure("pipeline", _("Projects in Pipeline"), 150, documents=links.pipeline(span)),
		figure("weighted_pipeline", _("Weighted Pipeline"), 142, documents=links.pipeline(span)),
		figure("closed", _("Orders Closed"), documents=links.closed(span)),
		column("attainment", _("Attainment %"), "Percent", 115),
		figure("gap", _("Gap")),
		figure("target_to_date", _("Target to Date"), documents=passed and links.targets(passed)),
		currency_column(),
	]
	if len(periods) > 1:
		for number, period in enumerate(periods):
			columns += _period_columns(number, period, question.basis, links)
	return columns


def _period_columns(number: int, period: Period, basis: str, links: ColumnLinks) -> Columns:
	figure, label = _figure(basis), period_label(period)
	return [
		figure(f"target_{number}", _("Target {0}").format(label), documents=links.targets(period)),
		figure(f"closed_{number}", _("Closed {0}").format(label), documents=links.closed(period)),
		column(f"attainment_{number}", _("Attainment % {0}").format(label), "Percent", 110),
	]


def _figure(basis: str) -> Callable[..., Column]:
	return money if basis == "Value" else quantity


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
		"fieldtype": "Float",
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
		{
			"label": _("Attainment"),
			"value": attainment or 0,
			"datatype": "Percent",
			"indicator": "Green" if counted >= total.target_to_date else "Orange",
		},
	]
