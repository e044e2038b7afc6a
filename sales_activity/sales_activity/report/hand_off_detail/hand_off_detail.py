"""Hand-off Detail: the hand-offs that the figures of Hand-off Quality are made of, and what was missing."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

from sales_activity.sales_activity.milestones.velocity.quality import FILTERS as NARROWING
from sales_activity.sales_activity.milestones.velocity.quality import ONLY, hand_offs
from sales_activity.sales_activity.milestones.velocity.rules import days
from sales_activity.sales_activity.reports import filters as report_filters
from sales_activity.sales_activity.reports.columns import Columns, Report, Row, column, link, month_chart

FILTERS = ("company", "from_date", "to_date", *NARROWING, *ONLY)


def execute(filters: dict[str, Any] | None = None) -> Report:
	"""Columns, rows, message, chart, summary cards: the hand-offs sent in the period that the session's user may see,
	oldest first, with the questions that they came back with.

	Waiting is in days of the calendar. Raises ReportFilterError for unknown or missing filters.
	"""
	asked = report_filters.checked(filters, FILTERS, required=["company", "from_date", "to_date"])
	report_filters.check_company(asked.company, "Milestone Hand-off")
	only = [name for name in ONLY if cint(asked.get(name))]
	rows = [_row(found) for found in hand_offs(asked, report_filters.span_of(asked), only)]
	series = {_("Hand-offs"): "hand_offs", _("Questions"): "returns"}
	chart = month_chart(rows, "sent_day", series, ["#5e64ff", "#ff5858"])
	return _columns(), rows, None, chart and {**chart, "fieldtype": "Int"}, _summary(rows)


def _row(found: frappe._dict) -> Row:
	return {
		**found,
		"hand_offs": 1,
		"sent_day": found.sent_on.date(),
		"waited": days(found.waited),
		**{name: int(found[name]) for name in ("returns", "reminders", "escalations")},
	}


def _columns() -> Columns:
	return [
		column("sent_on", _("Handed Over"), "Datetime", 160),
		link("sales_project", _("Sales Project"), "Sales Project", 160),
		link("from_role", _("From Role"), "Sales Role", 130),
		column("from_milestone", _("From Milestone"), "Data", 160),
		link("sender", _("Sender"), "Sales Person", 140),
		link("to_role", _("To Role"), "Sales Role", 130),
		column("to_milestone", _("To Milestone"), "Data", 160),
		link("receiver", _("Receiver"), "Sales Person", 140),
		column("status", _("State"), "Data", 95),
		column("waited", _("Waiting (days)"), "Float", 120, precision=2),
		column("returns", _("Questions"), "Int", 95),
		column("questions", _("What Was Missing"), "Small Text", 320),
		column("reminders", _("Reminders"), "Int", 95),
		column("escalations", _("Escalations"), "Int", 105),
		link("sales_milestone", _("Document"), "Sales Milestone", 170),
	]


def _summary(rows: list[Row]) -> list[dict]:
	return [
		{"label": _("Hand-offs"), "value": len(rows), "datatype": "Int"},
		{"label": _("Returned"), "value": sum(bool(row["returns"]) for row in rows), "datatype": "Int"},
		{"label": _("Questions"), "value": sum(row["returns"] for row in rows), "datatype": "Int"},
		{"label": _("Still Waiting"), "value": sum(row["waited"] is None for row in rows), "datatype": "Int"},
	]
