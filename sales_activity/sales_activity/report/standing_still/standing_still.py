"""Standing Still: projects whose milestone is past its due date, worst first."""

from __future__ import annotations

from collections import Counter
from typing import Any

from frappe import _

from sales_activity.sales_activity.milestones.velocity.stalls import FILTERS as NARROWING
from sales_activity.sales_activity.milestones.velocity.stalls import Stall, stalls
from sales_activity.sales_activity.reports import filters as report_filters
from sales_activity.sales_activity.reports.charts import bars
from sales_activity.sales_activity.reports.columns import (
	Columns,
	Report,
	Row,
	column,
	company_currency,
	currency_column,
	link,
	money,
)

FILTERS = ("company", *NARROWING)


def execute(filters: dict[str, Any] | None = None) -> Report:
	"""Columns, rows, message, chart, summary cards: the projects that stand still now, as far as the session's user
	may see their milestones; each by the milestone that is latest.

	Expected and Days Over are working days of the company, Actual is days of the calendar without those on hold;
	amounts are net in company currency. Raises ReportFilterError for unknown or missing filters.
	"""
	asked = report_filters.checked(filters, FILTERS, required=["company"])
	report_filters.check_company(asked.company, "Sales Milestone")
	found = stalls(asked)
	currency = company_currency(asked.company)
	rows = [_row(stall, currency) for stall in found]
	return (
		_columns(),
		rows,
		None if rows else _("Nothing stands still."),
		_chart(found),
		_summary(rows, currency),
	)


def _row(stall: Stall, currency: str) -> Row:
	return {
		**stall.late._asdict(),
		"days_over": stall.over,
		"actual_days": stall.actual,
		"late_milestones": stall.late_milestones,
		"currency": currency,
	}


def _columns() -> Columns:
	return [
		link("sales_project", _("Sales Project"), "Sales Project", 160),
		column("title", _("Title"), "Data", 200),
		column("party_name", _("Party"), "Data", 160),
		column("milestone", _("Milestone"), "Data", 170),
		link("turn_of", _("Whose Turn"), "Sales Person", 140),
		column("days_over", _("Days Over"), "Int", 95),
		column("due_date", _("Due"), "Date", 105),
		column("expected_days", _("Expected (working days)"), "Float", 175, precision=1),
		column("actual_days", _("Actual (days)"), "Float", 110, precision=1),
		money("value", _("Value")),
		column("last_move", _("Last Move"), "Datetime", 160),
		column("status", _("State"), "Data", 100),
		link("sales_role", _("Role"), "Sales Role", 130),
		column("late_milestones", _("Late Milestones"), "Int", 125),
		link("sales_milestone", _("Document"), "Sales Milestone", 170),
		currency_column(),
	]


def _chart(found: list[Stall]) -> dict | None:
	"""How many projects wait for whom."""
	waiting = Counter(stall.late.turn_of or _("Nobody") for stall in found).most_common()
	return bars(
		[person for person, _count in waiting],
		{_("Projects"): [count for _person, count in waiting]},
		["#ff5858"],
		"Int",
	)


def _summary(rows: list[Row], currency: str) -> list[dict]:
	worst = max((row["days_over"] for row in rows), default=0)
	return [
		{
			"label": _("Projects"),
			"value": len(rows),
			"datatype": "Int",
			"indicator": "Red" if rows else "Green",
		},
		{
			"label": _("Value"),
			"value": sum(row["value"] for row in rows),
			"datatype": "Currency",
			"currency": currency,
		},
		{"label": _("Most Days Over"), "value": worst, "datatype": "Int"},
		{
			"label": _("Late Milestones"),
			"value": sum(row["late_milestones"] for row in rows),
			"datatype": "Int",
		},
	]
