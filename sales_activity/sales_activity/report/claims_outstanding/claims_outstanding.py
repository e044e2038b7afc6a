"""Claims Outstanding: expense claims that are not done yet, by whoever has them and by age."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, getdate

from sales_activity.sales_activity.expenses import payments, rules
from sales_activity.sales_activity.expenses.figures import outstanding as figures
from sales_activity.sales_activity.expenses.figures import tags
from sales_activity.sales_activity.expenses.figures.outstanding import Outstanding
from sales_activity.sales_activity.expenses.records import CLAIM
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
from sales_activity.sales_activity.reports.filters import ReportFilterError
from sales_activity.sales_activity.reports.narrowing import TREES

NAME = "Claims Outstanding"
FILTERS = ("company", "group_by", "age_by", "ranges", *figures.FILTERS, *figures.SWITCHES)
# the last day of each bracket, as ERPNext's reports on ageing ask for them
RANGES, MOST_RANGES, MOST_DAYS = "7, 14, 30", 6, 3650
COLORS = ("#59b48c", "#f8d458", "#f0904c", "#e24c4c", "#b8292f", "#7c1c22", "#4a1014")
# group > the claim's field, and the DocType that it links to
FIELDS = {
	figures.HOLDER: ("holder", "User"),
	figures.STATE: ("status", None),
	figures.EMPLOYEE: ("employee", "Employee"),
	figures.MANAGER: ("area_manager", "User"),
}

# state > for what it waits, where nobody alone has it
NOBODYS = {rules.APPROVED: "Next Forwarding", rules.WITH_ACCOUNTS: "Accounts", rules.LOCKED: "Payment"}


def execute(filters: dict[str, Any] | None = None) -> Report:
	"""Columns, rows, message, chart, summary cards: the claims that are not done yet, as far as the session's user may see
	them, by holder, state, employee or area manager; the biggest amounts first.

	Ages are days of the calendar; amounts are in company currency: claimed, then approved, then still to be paid. Raises
	ReportFilterError for unknown or missing filters.
	"""
	asked = report_filters.checked(filters, FILTERS, required=["company"])
	report_filters.check_company(asked.company, CLAIM)
	group_by = report_filters.one_of(asked, "group_by", figures.GROUPS, figures.HOLDER)
	age_by = report_filters.one_of(asked, "age_by", figures.AGES, figures.IN_STATE)
	if asked.get("status"):
		report_filters.one_of(asked, "status", figures.STATES, "")
	edges = _edges(str(asked.get("ranges") or RANGES))
	found = figures.outstanding(asked, group_by, age_by, edges)
	currency = company_currency(asked.company)
	names = _names(group_by, found)
	late = figures.late_before(asked.company)
	rows = [
		{
			**_row(key, one, group_by, len(edges) + 1),
			**{"name": _name(key, group_by, names), "currency": currency},
			"documents": _links(key, group_by, late),
		}
		for key, one in found.items()
	]
	rows.sort(key=lambda row: (-row["amount"], row["name"]))
	brackets = _brackets(edges)
	return (
		_columns(asked, group_by, age_by, edges),
		rows,
		None,
		_chart(rows, [label for label, _days in brackets]),
		_summary(found.values(), currency),
	)


def _edges(ranges: str) -> list[int]:
	"""The last days of the brackets as they were asked for: some numbers of days, each greater than the one before."""
	parts = [part.strip() for part in ranges.split(",")]
	edges = [
		int(part)
		for part in parts
		if part.isascii() and part.isdigit() and len(part) < len(str(MOST_DAYS)) + 1
	]
	rising = all(one < two for one, two in pairwise([-1, *edges, MOST_DAYS + 1]))
	if len(edges) != len(parts) or len(edges) > MOST_RANGES or not rising:
		frappe.throw(
			_(
				"Age Brackets are up to {0} numbers of days, each greater than the one before, such as {1}."
			).format(MOST_RANGES, RANGES),
			ReportFilterError,
		)
	return edges


def _brackets(edges: Sequence[int]) -> list[tuple[str, tuple[int, int | None]]]:
	"""Each bracket with its first and last day of age; the last one has no end."""
	starts = [0, *(edge + 1 for edge in edges)]
	labels = [_("{0} to {1} Days").format(start, end) for start, end in zip(starts, edges, strict=False)]
	labels.append(_("Over {0} Days").format(edges[-1]))
	return list(zip(labels, zip(starts, [*edges, None], strict=True), strict=True))


def _row(key: str | None, found: Outstanding, group_by: str, brackets: int) -> Row:
	return {
		"key": None if group_by == figures.HOLDER and key in rules.STATES else key,
		**{
			name: getattr(found, name) for name in ("claims", "amount", "overdue", "overdue_amount", "oldest")
		},
		**{f"claims_{number}": found.counts.get(number, 0) for number in range(brackets)},
		**{f"amount_{number}": found.amounts.get(number, 0.0) for number in range(brackets)},
	}


def _links(key: str | None, group_by: str, late: Mapping[str, date]) -> lists.Links:
	"""What of a list is this group's, and what of this report."""
	field = FIELDS[group_by][0]
	if group_by == figures.STATE:
		since = {"overdue": {"status": key, "state_since": ["<", str(late[key])]}} if key in late else {}
		return {"claims": {"status": key}, **since}
	if group_by == figures.HOLDER and key in rules.STATES:
		own = {"report": {"status": key}} if key in NOBODYS else {}
		return {"claims": {"status": key, "holder": lists.NOT_SET}, **own}
	if not key:
		return {"claims": {field: lists.NOT_SET}}
	return {"claims": {field: key}, "report": {field: key}}


def _name(key: str | None, group_by: str, names: Mapping[str, str]) -> str:
	if group_by == figures.HOLDER and key in rules.STATES:
		return _(NOBODYS.get(key, key))
	if not key:
		return _("None")
	return _(key) if group_by == figures.STATE else names.get(key, key)


def _names(group_by: str, keys: Mapping[str | None, object]) -> Mapping[str, str]:
	"""What people are called. One query at most. Who sees a claim sees whose it is and who has it."""
	if group_by == figures.EMPLOYEE:
		return tags.titles(tags.EMPLOYEE, keys)
	users = [key for key in keys if key and key not in rules.STATES]
	if group_by == figures.STATE or not users:
		return {}
	rows = frappe.get_all("User", {"name": ["in", users]}, ["name", "full_name"], limit=0)
	return {row.name: row.full_name or row.name for row in rows}


def _columns(asked: dict, group_by: str, age_by: str, edges: Sequence[int]) -> Columns:
	ways = _Ways(asked, group_by, age_by)
	counts, amounts = [], []
	for number, (label, (first, last)) in enumerate(_brackets(edges)):
		counts.append(column(f"claims_{number}", label, "Int", 115, **ways.aged(first, last)))
		amounts.append(money(f"amount_{number}", _("Amount: {0}").format(label), 170))
	return [
		_name_column(group_by),
		column("claims", _("Claims"), "Int", 85, **ways.all()),
		money("amount", _("Amount")),
		column("overdue", _("Overdue"), "Int", 90, **ways.overdue()),
		money("overdue_amount", _("Overdue Amount")),
		column("oldest", _("Oldest (days)"), "Int", 115),
		*counts,
		*amounts,
		*_key_column(group_by),
		currency_column(),
	]


def _name_column(group_by: str) -> Column:
	labels = {
		figures.HOLDER: _("Holder"),
		figures.STATE: _("State"),
		figures.EMPLOYEE: _("Employee"),
		figures.MANAGER: _("Area Manager"),
	}
	return column("name", labels[group_by], "Data", 190)


def _key_column(group_by: str) -> list[Column]:
	"""The document behind a name. It stands last: on a phone the figures are what is looked for."""
	doctype = FIELDS[group_by][1]
	return [link("key", _(doctype), doctype, 190)] if doctype else []


class _Ways:
	"""Where a column's figures lead. Only a state has one day before which its claims are overdue: other groups lead to
	this report by state, and from there to the list."""

	def __init__(self, asked: Mapping[str, Any], group_by: str, age_by: str) -> None:
		self.asked, self.group_by, self.age_by = asked, group_by, age_by
		self.only_overdue = bool(cint(asked.get("only_overdue")))

	def all(self) -> dict:
		"""To all claims of a row."""
		return self.overdue() if self.only_overdue else self._list()

	def aged(self, first: int, last: int | None) -> dict:
		"""To those of one bracket."""
		if self.age_by != figures.IN_STATE or self.only_overdue:
			return {}
		if not first:
			return self._list(state_since=[">=", str(_days_ago(last))])
		if last is None:
			return self._list(state_since=["<", str(_days_ago(first - 1))])
		return self._list(state_since=["between", [str(_days_ago(last)), str(_days_ago(first))]])

	def overdue(self) -> dict:
		"""To those past their time limit."""
		if self.group_by == figures.STATE:
			return self._by_state()
		kept = {name: self.asked.get(name) or "" for name in (*figures.FILTERS, *figures.SWITCHES)}
		filters = {**kept, "company": self.asked["company"], "group_by": figures.STATE, "only_overdue": 1}
		return {"documents": lists.to_report(NAME, "report", **filters)}

	def _by_state(self) -> dict:
		return {"documents": {**self._list()["documents"], "kind": "overdue"}}

	def _list(self, **more: object) -> dict:
		fields = {name: name for name in figures.FILTERS}
		wanted = figures.states(self.asked)
		status = ["in", ",".join(state for state in rules.STATES if state in wanted)]
		unpaid = {"payment_status": ["!=", payments.PAID]} if rules.LOCKED in wanted else {}
		filters = {**lists.narrowed(self.asked, fields, TREES), "status": status, **unpaid, **more}
		return {"documents": lists.to_list(CLAIM, "claims", company=self.asked["company"], **filters)}


def _days_ago(days: int) -> date:
	return getdate() - timedelta(days=days)


def _chart(rows: Sequence[Row], labels: Sequence[str]) -> dict | None:
	"""What each group has, its ages stacked."""
	series = {label: [row[f"amount_{number}"] for row in rows] for number, label in enumerate(labels)}
	chart = bars([row["name"] for row in rows], series, COLORS[: len(labels)], "Currency")
	return chart and {**chart, "barOptions": {"stacked": 1}}


def _summary(found: Collection[Outstanding], currency: str) -> list[dict]:
	late = sum(one.overdue for one in found)
	of_money = {"datatype": "Currency", "currency": currency}
	return [
		{"label": _("Claims"), "value": sum(one.claims for one in found), "datatype": "Int"},
		{"label": _("Amount"), "value": sum(one.amount for one in found), **of_money},
		{"label": _("Overdue"), "value": late, "datatype": "Int", "indicator": "Red" if late else "Green"},
		{"label": _("Overdue Amount"), "value": sum(one.overdue_amount for one in found), **of_money},
		{
			"label": _("Oldest (days)"),
			"value": max((one.oldest for one in found), default=0),
			"datatype": "Int",
		},
	]
