"""Approval Times: how long expense claims wait for whoever decides."""

from __future__ import annotations

from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.utils import formatdate

from sales_activity.sales_activity.expenses import rules
from sales_activity.sales_activity.expenses.figures import approval as figures
from sales_activity.sales_activity.expenses.figures.approval import Approval, Locked, Stays
from sales_activity.sales_activity.expenses.records import CLAIM, MOVE
from sales_activity.sales_activity.reports import filters as report_filters
from sales_activity.sales_activity.reports import lists
from sales_activity.sales_activity.reports.charts import bars
from sales_activity.sales_activity.reports.columns import Column, Columns, Report, Row, column, link
from sales_activity.sales_activity.reports.figures import percent_of
from sales_activity.sales_activity.targets.rules import Period

FILTERS = ("company", "from_date", "to_date", "group_by", *figures.FILTERS, *figures.MOVE_FILTERS)
# who the app acts as when nobody does: the list of these moves holds escalations, too
APP = "Administrator"


def execute(filters: dict[str, Any] | None = None) -> Report:
	"""Columns, rows, message, chart, summary cards: what was decided in the period on the claims that the session's user
	may see, by state, by who acted or by month.

	Times are days of the calendar. Raises ReportFilterError for unknown or missing filters.
	"""
	asked = report_filters.checked(filters, FILTERS, required=["company", "from_date", "to_date"])
	report_filters.check_company(asked.company, CLAIM)
	group_by = report_filters.one_of(asked, "group_by", figures.GROUPS, figures.STATE)
	if asked.get("status"):
		report_filters.one_of(asked, "status", figures.WAITING, "")
	span = report_filters.span_of(asked)
	found = figures.approval(asked, span, group_by)
	names = _names(found) if group_by == figures.PERSON else {}
	rows = [_row(key, found, group_by, names) for key in _in_order(found, group_by)]
	return _columns(asked, span, group_by), rows, None, _chart(rows), _summary(found)


def _in_order(found: Approval, group_by: str) -> list:
	"""States as a claim goes, months as they went by, people by how much they decided."""
	if group_by == figures.STATE:
		return [state for state in figures.WAITING if state in found.stays]
	if group_by == figures.MONTH:
		return sorted({*found.stays, *found.locked})
	return sorted(found.stays, key=lambda user: (-found.stays[user].moves, user or ""))


def _names(found: Approval) -> dict[str, str]:
	"""What users are called. One query at most. Who sees a claim sees its log."""
	users = [user for user in found.stays if user]
	rows = frappe.get_all("User", {"name": ["in", users]}, ["name", "full_name"], limit=0) if users else ()
	return {row.name: row.full_name or row.name for row in rows}


def _row(key: str | date | None, found: Approval, group_by: str, names: dict[str, str]) -> Row:
	stays = found.stays.get(key, Stays())
	locked = found.locked.get(key, Locked()) if group_by == figures.MONTH else Locked()
	return {
		"key": key if group_by == figures.PERSON else None,
		"name": _name(key, group_by, names),
		**{name: getattr(stays, name) for name in ("moves", "median", "p90", "late")},
		"in_time": percent_of(stays.due - stays.late, stays.due),
		**{name: getattr(stays, name) for name in ("asked", "denied", "escalated")},
		**{"locked": locked.claims, "locked_median": locked.median, "locked_p90": locked.p90},
		"documents": _links(key, group_by),
	}


def _name(key: str | date | None, group_by: str, names: dict[str, str]) -> str:
	if group_by == figures.MONTH:
		return formatdate(key, "MMM yyyy")
	return _(key) if group_by == figures.STATE else names.get(key, key or _("Accounts"))


def _links(key: str | date | None, group_by: str) -> lists.Links:
	"""What of the log is this row's. No list can say that a move leaves its state, but for one state it can."""
	if group_by == figures.STATE:
		return {
			"moves": {"from_state": key, "to_state": ["not in", f"{rules.DRAFT},{key}"]},
			"escalated": {"from_state": key, "to_state": key},
		}
	return {"moves": {"user": key}} if group_by == figures.PERSON and key not in (None, APP) else {}


def _columns(asked: dict, span: Period, group_by: str) -> Columns:
	return [
		_name_column(group_by),
		column("moves", _("Decisions"), "Int", 100, **_to_log(asked, span, "moves")),
		column("median", _("Waiting (median days)"), "Float", 170, precision=1),
		column("p90", _("Waiting (90th percentile)"), "Float", 185, precision=1),
		column("in_time", _("In Time (%)"), "Percent", 110),
		column("late", _("Late"), "Int", 75),
		column("asked", _("Asked Back"), "Int", 105),
		column("denied", _("Denied"), "Int", 85),
		column("escalated", _("Escalated"), "Int", 100, **_to_log(asked, span, "escalated")),
		*(_locked_columns() if group_by == figures.MONTH and not _of_moves(asked) else ()),
		*([link("key", _("User"), "User", 190)] if group_by == figures.PERSON else ()),
	]


def _name_column(group_by: str) -> Column:
	labels = {figures.STATE: _("State"), figures.PERSON: _("Person"), figures.MONTH: _("Month")}
	return column("name", labels[group_by], "Data", 190)


def _locked_columns() -> Columns:
	return [
		column("locked", _("Locked"), "Int", 85),
		column("locked_median", _("Sent to Locked (median days)"), "Float", 210, precision=1),
		column("locked_p90", _("Sent to Locked (90th percentile)"), "Float", 225, precision=1),
	]


def _of_moves(asked: dict) -> bool:
	return any(asked.get(name) for name in figures.MOVE_FILTERS)


def _to_log(asked: dict, span: Period, kind: str) -> dict:
	"""The log knows neither Sales Person nor area manager."""
	if asked.get("sales_person") or asked.get("area_manager"):
		return {}
	states = asked.get("status") or ["in", ",".join(figures.WAITING)]
	common = {"company": asked["company"], "at": lists.during(span), "from_state": states}
	own = lists.narrowed(
		asked, {"employee": "employee", **({"person": "user"} if kind == "moves" else {})}, ()
	)
	if kind == "escalated" and asked.get("person"):
		return {}
	return {"documents": lists.to_list(MOVE, kind, **common, **own, to_state=["!=", rules.DRAFT])}


def _chart(rows: list[Row]) -> dict | None:
	series = {
		_("Median"): [row["median"] for row in rows],
		_("90th Percentile"): [row["p90"] for row in rows],
	}
	return bars([row["name"] for row in rows], series, ["#5e64ff", "#b8c2cc"])


def _summary(found: Approval) -> list[dict]:
	stays, locked = found.all_stays, found.all_locked
	of_days = {"datatype": "Float", "precision": 1}
	return [
		{"label": _("Decisions"), "value": stays.moves, "datatype": "Int"},
		{"label": _("Waiting (median days)"), "value": round(stays.median or 0, 1), **of_days},
		{
			"label": _("In Time (%)"),
			"value": percent_of(stays.due - stays.late, stays.due) or 0,
			"datatype": "Percent",
		},
		{
			"label": _("Escalated"),
			"value": stays.escalated,
			"datatype": "Int",
			"indicator": "Red" if stays.escalated else "Green",
		},
		{"label": _("Sent to Locked (median days)"), "value": round(locked.median or 0, 1), **of_days},
	]
