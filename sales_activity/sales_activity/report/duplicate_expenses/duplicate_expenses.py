"""Duplicate Expenses: lines that may have been claimed twice, group by group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from frappe import _

from sales_activity.sales_activity.expenses.figures import twice as figures
from sales_activity.sales_activity.expenses.figures.twice import Group
from sales_activity.sales_activity.expenses.records import CLAIM
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

# more have no room for their names
MOST_BARS = 10
FILTERS = ("company", "from_date", "to_date", *figures.FILTERS)


def execute(filters: dict[str, Any] | None = None) -> Report:
	"""Columns, rows, message, chart, summary cards: groups of lines that look like the same expense, one of them in the
	period, of the claims that the session's user may see; each group with its lines below.

	At risk is what all but the first cost, as far as nobody denied them, in company currency. Raises ReportFilterError
	for unknown or missing filters.
	"""
	asked = report_filters.checked(filters, FILTERS, required=["company", "from_date", "to_date"])
	report_filters.check_company(asked.company, CLAIM)
	if asked.get("reason"):
		report_filters.one_of(asked, "reason", figures.REASONS, "")
	found = figures.groups(asked, report_filters.span_of(asked))
	currency = company_currency(asked.company)
	rows = [{**row, "currency": currency} for group in found for row in _rows(group)]
	return _columns(), rows, None, _chart(found), _summary(found, currency)


def _rows(group: Group) -> Iterator[Row]:
	"""The group, then its lines."""
	employees = dict.fromkeys(line.employee_name or line.employee for line in group.lines)
	yield {
		"label": " + ".join(_(reason) for reason in group.reasons),
		"indent": 0,
		**{"lines": len(group.lines), "employee_name": ", ".join(employees)},
		**{"base_amount": sum(line.base_amount for line in group.lines), "at_risk": sum(group.at_risk)},
	}
	for line, at_risk in zip(group.lines, group.at_risk, strict=True):
		fields = ("claim", "employee_name", "expense_date", "expense_type", "base_amount", "receipt")
		yield {
			"label": line.description or line.expense_type,
			"indent": 1,
			**{field: line[field] for field in fields},
			**{"status": _(line.status), "at_risk": at_risk, "lines": None},
		}


def _columns() -> Columns:
	return [
		column("label", _("Expense"), "Data", 280),
		column("lines", _("Lines"), "Int", 75),
		money("base_amount", _("Claimed"), 125),
		money("at_risk", _("At Risk"), 125),
		column("employee_name", _("Employee"), "Data", 190),
		link("claim", _("Claim"), CLAIM, 150),
		column("status", _("State"), "Data", 170),
		column("expense_date", _("Date"), "Date", 105),
		link("expense_type", _("Expense Type"), "Sales Expense Type", 140),
		column("receipt", _("Receipt"), "Data", 200),
		currency_column(),
	]


def _chart(found: Sequence[Group]) -> dict | None:
	"""Whose the lines at risk are."""
	by_employee: dict[str, float] = defaultdict(float)
	for group in found:
		for line, at_risk in zip(group.lines, group.at_risk, strict=True):
			by_employee[line.employee_name or line.employee] += at_risk
	order = sorted(by_employee, key=lambda name: (-by_employee[name], name))[:MOST_BARS]
	values = [by_employee[name] for name in order]
	return bars(order, {_("At Risk"): values}, ["#e24c4c"], "Currency")


def _summary(found: Sequence[Group], currency: str) -> list[dict]:
	at_risk = sum(sum(group.at_risk) for group in found)
	receipts = sum(figures.RECEIPT in group.reasons for group in found)
	across = sum(len({line.employee for line in group.lines}) > 1 for group in found)
	return [
		{"label": _("Groups"), "value": len(found), "datatype": "Int"},
		{"label": _("Lines"), "value": sum(len(group.lines) for group in found), "datatype": "Int"},
		{"label": _(figures.RECEIPT), "value": receipts, "datatype": "Int"},
		{"label": _("Of Several Employees"), "value": across, "datatype": "Int"},
		{
			**{"label": _("At Risk"), "value": at_risk, "datatype": "Currency", "currency": currency},
			"indicator": "Red" if at_risk else "Green",
		},
	]
