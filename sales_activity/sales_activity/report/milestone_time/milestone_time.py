"""Milestone Time: how long milestones take, against what was expected."""

from __future__ import annotations

from typing import Any

from frappe import _

from sales_activity.sales_activity.milestones.rules import ACHIEVED
from sales_activity.sales_activity.milestones.velocity.rules import percent
from sales_activity.sales_activity.milestones.velocity.times import FILTERS as NARROWING
from sales_activity.sales_activity.milestones.velocity.times import KEYS, PERSON, Times, times
from sales_activity.sales_activity.reports import filters as report_filters
from sales_activity.sales_activity.reports import lists
from sales_activity.sales_activity.reports.charts import bars
from sales_activity.sales_activity.reports.columns import Column, Columns, Report, Row, column, link
from sales_activity.sales_activity.reports.narrowing import TREES
from sales_activity.sales_activity.targets.rules import Period

PROCESS = "Process"
FILTERS = ("company", "from_date", "to_date", "group_by", *NARROWING)
FIELDS = {PROCESS: "sales_process", PERSON: "responsible", "Role": "sales_role", "Territory": "territory"}
LIST_FIELDS = {**{name: name for name in NARROWING}, "sales_person": FIELDS[PERSON]}


def execute(filters: dict[str, Any] | None = None) -> Report:
	"""Columns, rows, message, chart, summary cards: the milestones achieved in the period that the session's user
	may see, by process, person, role or territory.

	Median, 90th percentile and Allowed are days of the calendar without those on hold, Expected is working days.
	Raises ReportFilterError for unknown or missing filters.
	"""
	asked = report_filters.checked(filters, FILTERS, required=["company", "from_date", "to_date"])
	report_filters.check_company(asked.company, "Sales Milestone")
	group_by = report_filters.one_of(asked, "group_by", tuple(KEYS), PROCESS)
	span = report_filters.span_of(asked)
	found = times(asked, span, group_by)
	rows = [_row(one, group_by) for one in found]
	return _columns(asked, span, group_by), rows, None, _chart(found), _summary(found)


def _row(one: Times, group_by: str) -> Row:
	own = {FIELDS[group_by]: one.key or lists.NOT_SET, "milestone": one.milestone}
	return {
		**one._asdict(),
		"late_share": percent(one.late / one.count),
		"documents": {"achieved": own},
	}


def _columns(asked: dict, span: Period, group_by: str) -> Columns:
	common = lists.narrowed(asked, LIST_FIELDS, TREES)

	def documents(**more: object) -> lists.Links:
		filters = {**common, **more, "status": ACHIEVED, "achieved_on": lists.during(span)}
		return lists.to_list("Sales Milestone", "achieved", company=asked.company, **filters)

	return [
		_key_column(group_by),
		column("milestone", _("Milestone"), "Data", 190),
		column("count", _("Achieved"), "Int", 95, documents=documents()),
		column("expected", _("Expected (working days)"), "Float", 180, precision=1),
		column("allowed", _("Allowed (days)"), "Float", 125, precision=1),
		column("median", _("Median (days)"), "Float", 125, precision=1),
		column("p90", _("90th Percentile (days)"), "Float", 170, precision=1),
		column("late", _("Late"), "Int", 80),
		column("late_share", _("Late (%)"), "Percent", 95),
		column("returns", _("Returns"), "Int", 90, documents=documents(returns=[">", 0])),
	]


def _key_column(group_by: str) -> Column:
	labels = {
		PROCESS: (_("Process"), "Sales Process"),
		PERSON: (_("Responsible"), "Sales Person"),
		"Role": (_("Role"), "Sales Role"),
		"Territory": (_("Territory"), "Territory"),
	}
	return link("key", *labels[group_by], 170)


def _chart(found: list[Times]) -> dict | None:
	"""Median and 90th percentile beside what was allowed; with several groups each bar names its own."""
	several = len({one.key for one in found}) > 1
	labels = [f"{one.milestone} ({one.key or _('None')})" if several else one.milestone for one in found]
	series = {
		_("Allowed"): [one.allowed for one in found],
		_("Median"): [one.median for one in found],
		_("90th Percentile"): [one.p90 for one in found],
	}
	return bars(labels, series, ["#b8c2cc", "#5e64ff", "#ff9f43"])


def _summary(found: list[Times]) -> list[dict]:
	count, late = sum(one.count for one in found), sum(one.late for one in found)
	slow = sum(1 for one in found if one.allowed is not None and one.median > one.allowed)
	return [
		{"label": _("Achieved"), "value": count, "datatype": "Int"},
		{"label": _("Late"), "value": late, "datatype": "Int", "indicator": "Orange"},
		{"label": _("Late (%)"), "value": percent(late / count) if count else 0, "datatype": "Percent"},
		{
			"label": _("Mostly Slower than Allowed"),
			"value": slow,
			"datatype": "Int",
			"indicator": "Red" if slow else "Green",
		},
		{"label": _("Returns"), "value": sum(one.returns for one in found), "datatype": "Int"},
	]
