"""Speed to Lead: how long leads wait for a first call, and how long sales takes to answer."""

from __future__ import annotations

from typing import Any

from frappe import _

from sales_activity.sales_activity.nurture import rules
from sales_activity.sales_activity.nurture.figures import cohort
from sales_activity.sales_activity.nurture.figures.speed import (
	FIELDS,
	GROUPS,
	PERSON,
	Handed,
	Speed,
	Touches,
	speed,
)
from sales_activity.sales_activity.nurture.records import NURTURE
from sales_activity.sales_activity.reports import filters as report_filters
from sales_activity.sales_activity.reports import lists
from sales_activity.sales_activity.reports.charts import bars
from sales_activity.sales_activity.reports.columns import Column, Columns, Report, Row, column, link
from sales_activity.sales_activity.reports.figures import percent_of
from sales_activity.sales_activity.reports.narrowing import TREES
from sales_activity.sales_activity.targets.rules import Period

FILTERS = ("company", "from_date", "to_date", "group_by", "sales_person", *cohort.FILTERS)


def execute(filters: dict[str, Any] | None = None) -> Report:
	"""Columns, rows, message, chart, summary cards: the leads made in the period that the session's user may see, and
	every hand-over of them, by sales person, qualifier, source or territory.

	Times are hours of the calendar. Raises ReportFilterError for unknown or missing filters.
	"""
	asked = report_filters.checked(filters, FILTERS, required=["company", "from_date", "to_date"])
	report_filters.check_company(asked.company, NURTURE)
	group_by = report_filters.one_of(asked, "group_by", GROUPS, PERSON)
	span = report_filters.span_of(asked)
	found = speed(asked, span, group_by)
	rows = [_row(key, found, group_by) for key in dict.fromkeys((*found.handed, *found.touches))]
	rows.sort(key=lambda row: (-row["handed"], -(row["leads"] or 0), row["key"] or ""))
	return _columns(asked, span, group_by), rows, None, _chart(rows, group_by), _summary(found)


def _row(key: str | None, found: Speed, group_by: str) -> Row:
	handed = found.handed.get(key, Handed())
	touches = found.touches.get(key, Touches()) if group_by in FIELDS else None
	own = {FIELDS.get(group_by, "sales_person"): key or lists.NOT_SET}
	return {
		"key": key,
		"leads": touches and touches.leads,
		"touched": touches and touches.touched,
		"untouched": touches and touches.untouched,
		"touch_median": touches and touches.median,
		"touch_p90": touches and touches.p90,
		**{name: getattr(handed, name) for name in ("handed", "accepted", "rejected", "ended", "open")},
		"late": handed.late,
		"escalated": handed.escalated,
		"in_time": percent_of(handed.in_time, handed.due),
		"median": handed.median,
		"p90": handed.p90,
		"documents": {"leads": own},
	}


def _columns(asked: dict, span: Period, group_by: str) -> Columns:
	to_sales = lists.narrowed(asked, {"sales_person": "sales_person"}, TREES)
	open_now = cohort.to_leads(asked, span, "leads", **{**to_sales, "status": rules.WITH_SALES})
	return [
		_key_column(group_by),
		*(_touch_columns(asked, span) if group_by in FIELDS else ()),
		column("handed", _("Handed Over"), "Int", 115),
		column("accepted", _("Accepted"), "Int", 95),
		column("rejected", _("Rejected"), "Int", 95),
		column("ended", _("Otherwise Ended"), "Int", 142),
		column("open", _("Open"), "Int", 80, documents=open_now),
		column("late", _("Late"), "Int", 75),
		column("escalated", _("Escalated"), "Int", 100),
		column("in_time", _("Accepted in Time (%)"), "Percent", 172),
		column("median", _("Until Answered (median hours)"), "Float", 232, precision=1),
		column("p90", _("Until Answered (90th percentile)"), "Float", 243, precision=1),
	]


def _touch_columns(asked: dict, span: Period) -> Columns:
	"""Of the leads. No list shows exactly those that were once handed to somebody."""
	everybody = not asked.get("sales_person")
	ways = {
		"leads": cohort.to_leads(asked, span, "leads"),
		"untouched": cohort.to_leads(asked, span, "leads", status=rules.NEW),
	}
	documents = {name: {"documents": way} if everybody else {} for name, way in ways.items()}
	return [
		column("leads", _("Leads"), "Int", 80, **documents["leads"]),
		column("touched", _("Started"), "Int", 85),
		column("untouched", _("Still New"), "Int", 95, **documents["untouched"]),
		column("touch_median", _("Until Started (median hours)"), "Float", 215, precision=1),
		column("touch_p90", _("Until Started (90th percentile)"), "Float", 225, precision=1),
	]


def _key_column(group_by: str) -> Column:
	if group_by == "Source":
		return column("key", _("Source"), "Data", 190)
	labels = {
		PERSON: (_("Sales Person"), "Sales Person"),
		"Qualifier": (_("Qualifier"), "User"),
		"Territory": (_("Territory"), "Territory"),
	}
	return link("key", *labels[group_by], 190)


def _chart(rows: list[Row], group_by: str) -> dict | None:
	labels = [row["key"] or _("None") for row in rows]
	answer = {_("Until Answered"): [row["median"] for row in rows]}
	if group_by not in FIELDS:
		return bars(labels, answer, ["#5e64ff"])
	start = {_("Until Started"): [row["touch_median"] for row in rows]}
	return bars(labels, {**start, **answer}, ["#b8c2cc", "#5e64ff"])


def _summary(found: Speed) -> list[dict]:
	touches, handed = found.all_touches, found.all_handed
	hours = {"datatype": "Float", "precision": 1}
	return [
		{"label": _("Leads"), "value": touches.leads, "datatype": "Int"},
		{"label": _("Until Started (median hours)"), "value": round(touches.median or 0, 1), **hours},
		{"label": _("Handed Over"), "value": handed.handed, "datatype": "Int"},
		{"label": _("Until Answered (median hours)"), "value": round(handed.median or 0, 1), **hours},
		{
			"label": _("Accepted in Time (%)"),
			"value": percent_of(handed.in_time, handed.due) or 0,
			"datatype": "Percent",
		},
		{
			"label": _("Late"),
			"value": handed.late,
			"datatype": "Int",
			"indicator": "Red" if handed.late else "Green",
		},
	]
