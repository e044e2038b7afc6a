"""Pipeline Velocity: how much is won a day, and what it depends on."""

from __future__ import annotations

from typing import Any

from frappe import _

from sales_activity.sales_activity.milestones.velocity.projects import PERSON, Flows, flows
from sales_activity.sales_activity.milestones.velocity.rules import Flow, percent
from sales_activity.sales_activity.reports import filters as report_filters
from sales_activity.sales_activity.reports import lists
from sales_activity.sales_activity.reports.charts import bars
from sales_activity.sales_activity.reports.columns import (
	Column,
	Columns,
	Report,
	Row,
	column,
	company_currency,
	currency_column,
	link,
	money,
)
from sales_activity.sales_activity.reports.narrowing import TREES
from sales_activity.sales_activity.targets.rules import Period

PROCESS, TERRITORY = "Process", "Territory"
GROUPS = (PROCESS, PERSON, TERRITORY)
FILTERS = ("company", "from_date", "to_date", "group_by", "sales_process", "sales_person", "territory")
# of a project's list; a person is on the team
FIELDS = {PROCESS: "sales_process", PERSON: "Sales Project Member.sales_person", TERRITORY: "territory"}


def execute(filters: dict[str, Any] | None = None) -> Report:
	"""Columns, rows, message, chart, summary cards: the projects that the session's user may see, by process,
	person or territory, fastest first. A project counts in the row of each person on its team, in the cards once.

	Amounts are net in company currency, times in days of the calendar. Raises ReportFilterError for unknown or
	missing filters.
	"""
	asked = report_filters.checked(filters, FILTERS, required=["company", "from_date", "to_date"])
	report_filters.check_company(asked.company, "Sales Project")
	group_by = report_filters.one_of(asked, "group_by", GROUPS, PROCESS)
	span = report_filters.span_of(asked)
	found = flows(asked, span, group_by)
	currency = company_currency(asked.company)
	rows = [_row(key, flow, group_by, currency) for key, flow in found.groups.items()]
	rows.sort(key=lambda row: (-(row["velocity"] or 0), -row["in_work"], row["key"] or ""))
	return _columns(asked, span, group_by), rows, None, _chart(rows), _summary(found, currency)


def _row(key: str | None, flow: Flow, group_by: str, currency: str) -> Row:
	own = {FIELDS[group_by]: key or lists.NOT_SET}
	return {
		"key": key,
		"started": flow.started,
		"won": flow.won,
		"lost": flow.lost,
		"win_rate": percent(flow.win_rate),
		"in_work": flow.in_work,
		"average_value": flow.average_value,
		"cycle": flow.cycle,
		"velocity": flow.velocity,
		"currency": currency,
		"documents": {"closed": own, **({"started": own} if group_by == PROCESS and key else {})},
	}


def _columns(asked: dict, span: Period, group_by: str) -> Columns:
	fields = {"sales_process": "sales_process", "sales_person": FIELDS[PERSON], "territory": "territory"}
	common = lists.narrowed(asked, fields, TREES)

	def documents(kind: str, **more: object) -> lists.Links:
		return lists.to_list("Sales Project", kind, company=asked.company, **common, **more)

	closed = {"closed_on": lists.during(span)}
	return [
		_key_column(group_by),
		column(
			"started",
			_("Started"),
			"Int",
			95,
			documents=documents("started", process_started_on=lists.during(span)),
		),
		column("won", _("Won"), "Int", 80, documents=documents("closed", status="Won", **closed)),
		column("lost", _("Lost"), "Int", 80, documents=documents("closed", status="Lost", **closed)),
		column("win_rate", _("Win Rate (%)"), "Percent", 115),
		column("in_work", _("In Work (average)"), "Float", 145, precision=1),
		money("average_value", _("Average Value"), 150),
		column("cycle", _("Cycle (median days)"), "Float", 155, precision=1),
		money("velocity", _("Velocity a Day"), 150),
		currency_column(),
	]


def _key_column(group_by: str) -> Column:
	labels = {
		PROCESS: (_("Process"), "Sales Process"),
		PERSON: (_("Member"), "Sales Person"),
		TERRITORY: (_("Territory"), "Territory"),
	}
	return link("key", *labels[group_by], 200)


def _chart(rows: list[Row]) -> dict | None:
	labels = [row["key"] or _("None") for row in rows]
	series = {_("Velocity a Day"): [row["velocity"] for row in rows]}
	return bars(labels, series, ["#5e64ff"], "Currency")


def _summary(found: Flows, currency: str) -> list[dict]:
	total, kind = found.total, {"datatype": "Currency", "currency": currency}
	return [
		{"label": _("Started"), "value": total.started, "datatype": "Int"},
		{"label": _("Won"), "value": total.won, "datatype": "Int", "indicator": "Green"},
		{
			"label": _("Lost"),
			"value": total.lost,
			"datatype": "Int",
			"indicator": "Red" if total.lost else "Green",
		},
		{"label": _("Win Rate"), "value": percent(total.win_rate) or 0, "datatype": "Percent"},
		{"label": _("Average Value"), "value": total.average_value or 0, **kind},
		{"label": _("Cycle (median days)"), "value": total.cycle or 0, "datatype": "Float", "precision": 1},
		{"label": _("Velocity a Day"), "value": total.velocity or 0, "indicator": "Blue", **kind},
	]
