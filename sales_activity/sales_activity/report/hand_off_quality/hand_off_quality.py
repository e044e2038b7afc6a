"""Hand-off Quality: which hand-offs come back, lack information, or wait."""

from __future__ import annotations

from typing import Any

from frappe import _

from sales_activity.sales_activity.milestones.velocity.quality import (
	HAND_OFF,
	KEYS,
	ONLY,
	RECEIVER,
	SENDER,
	Group,
	groups,
)
from sales_activity.sales_activity.milestones.velocity.rules import days, percent
from sales_activity.sales_activity.reports import filters as report_filters
from sales_activity.sales_activity.reports import lists
from sales_activity.sales_activity.reports.charts import bars
from sales_activity.sales_activity.reports.columns import Columns, Report, Row, column, link
from sales_activity.sales_activity.targets.rules import Period

NARROWING = ("sales_process", "territory", "sender", "receiver")
FILTERS = ("company", "from_date", "to_date", "group_by", *NARROWING)
DETAIL = "Hand-off Detail"
# what Hand-off Detail can be asked, named empty so that nothing stays from the last time it was open
_EMPTY = {**dict.fromkeys((*NARROWING, *KEYS[HAND_OFF]), ""), **dict.fromkeys(ONLY, 0)}


def execute(filters: dict[str, Any] | None = None) -> Report:
	"""Columns, rows, message, chart, summary cards: the hand-offs sent in the period that the session's user may see,
	by hand-off (from milestone to milestone), sender or receiver.

	Waiting is the median of the days of the calendar until a hand-off was accepted or returned. Raises
	ReportFilterError for unknown or missing filters.
	"""
	asked = report_filters.checked(filters, FILTERS, required=["company", "from_date", "to_date"])
	report_filters.check_company(asked.company, "Milestone Hand-off")
	group_by = report_filters.one_of(asked, "group_by", tuple(KEYS), HAND_OFF)
	span = report_filters.span_of(asked)
	found = groups(asked, span, group_by)
	rows = [_row(group, group_by) for group in found]
	return _columns(asked, span, group_by), rows, None, _chart(rows, group_by), _summary(found)


def _row(group: Group, group_by: str) -> Row:
	key = dict(zip(KEYS[group_by], group.key, strict=True))
	handed = group.handed
	return {
		**key,
		"hand_offs": handed.hand_offs,
		"returned": handed.returned,
		"return_rate": percent(handed.return_rate),
		"returns": handed.returns,
		"waited": days(handed.waited),
		"reminders": handed.reminders,
		"escalations": handed.escalations,
		"documents": {"hand_offs": _own(key, group_by)},
	}


def _own(key: dict[str, str | None], group_by: str) -> dict[str, object]:
	is_first = group_by == HAND_OFF and not key["from_milestone"]
	return {**{name: value or "" for name, value in key.items()}, "only_first": int(is_first)}


def _columns(asked: dict, span: Period, group_by: str) -> Columns:
	common = {**_EMPTY, **{name: asked[name] for name in NARROWING if asked.get(name)}}

	def documents(**more: object) -> lists.Links:
		dates = {"company": asked.company, "from_date": str(span.start), "to_date": str(span.end)}
		return lists.to_report(DETAIL, "hand_offs", **{**common, **dates, **more})

	return [
		*_key_columns(group_by),
		column("hand_offs", _("Hand-offs"), "Int", 100, documents=documents()),
		column("returned", _("Returned"), "Int", 95, documents=documents(only_returned=1)),
		column("return_rate", _("Return Rate (%)"), "Percent", 130),
		column("returns", _("Questions"), "Int", 100, documents=documents(only_returned=1)),
		column("waited", _("Waiting (median days)"), "Float", 165, precision=2),
		column("reminders", _("Reminders"), "Int", 100, documents=documents(only_reminded=1)),
		column("escalations", _("Escalations"), "Int", 105, documents=documents(only_escalated=1)),
	]


def _key_columns(group_by: str) -> Columns:
	if group_by == HAND_OFF:
		return [
			link("from_role", _("From Role"), "Sales Role", 130),
			column("from_milestone", _("From Milestone"), "Data", 170, align="left"),
			link("to_role", _("To Role"), "Sales Role", 130),
			column("to_milestone", _("To Milestone"), "Data", 170),
		]
	label = {SENDER: _("Sender"), RECEIVER: _("Receiver")}[group_by]
	(fieldname,) = KEYS[group_by]
	return [link(fieldname, label, "Sales Person", 190)]


def _label(row: Row, group_by: str) -> str:
	if group_by != HAND_OFF:
		(fieldname,) = KEYS[group_by]
		return row[fieldname] or _("None")
	return f"{row['from_milestone'] or _('Start')} > {row['to_milestone']}"


def _chart(rows: list[Row], group_by: str) -> dict | None:
	"""The return rates, highest first."""
	worst = sorted(rows, key=lambda row: (-(row["return_rate"] or 0), -row["hand_offs"]))
	labels = [_label(row, group_by) for row in worst]
	series = {_("Return Rate (%)"): [row["return_rate"] for row in worst]}
	return bars(labels, series, ["#ff5858"], "Percent")


def _summary(found: list[Group]) -> list[dict]:
	count, returned, returns, reminders, escalations = (
		sum(getattr(group.handed, name) for group in found)
		for name in ("hand_offs", "returned", "returns", "reminders", "escalations")
	)
	return [
		{"label": _("Hand-offs"), "value": count, "datatype": "Int"},
		{"label": _("Returned"), "value": returned, "datatype": "Int", "indicator": "Orange"},
		{
			"label": _("Return Rate"),
			"value": percent(returned / count) if count else 0,
			"datatype": "Percent",
		},
		{"label": _("Questions"), "value": returns, "datatype": "Int"},
		{"label": _("Reminders"), "value": reminders, "datatype": "Int"},
		{
			"label": _("Escalations"),
			"value": escalations,
			"datatype": "Int",
			"indicator": "Red" if escalations else "Green",
		},
	]
