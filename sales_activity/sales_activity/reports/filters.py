"""What a client may ask of a report. Whatever it sends is checked here, before any query."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, time
from typing import Any

import frappe
from frappe import _
from frappe.utils import getdate

from sales_activity.permissions.scope import allowed_values
from sales_activity.sales_activity.targets.rules import Period

MOST_YEARS = 20  # more is a slip of the hand


class ReportFilterError(frappe.ValidationError):
	"""A filter is unknown, missing or makes no sense."""


def checked(
	filters: Mapping[str, Any] | None, known: Collection[str], required: Collection[str]
) -> frappe._dict:
	"""The filters that hold a value, after refusing unknown names and asking for missing ones."""
	given = frappe._dict({key: value for key, value in (filters or {}).items() if value not in (None, "")})
	unknown = sorted(set(given) - set(known))
	if unknown:
		frappe.throw(
			_("Unknown filter: {0}. This report knows {1}.").format(
				", ".join(frappe.utils.escape_html(name) for name in unknown), ", ".join(sorted(known))
			),
			ReportFilterError,
		)
	for name, value in given.items():
		if not isinstance(value, str | int | float | date):
			frappe.throw(
				_("The filter {0} takes one value.").format(frappe.bold(_(frappe.unscrub(name)))),
				ReportFilterError,
			)
	for name in required:
		if name not in given:
			frappe.throw(
				_("Set the filter {0}.").format(frappe.bold(_(frappe.unscrub(name)))), ReportFilterError
			)
	return given


def one_of(filters: frappe._dict, name: str, options: Collection[str], default: str) -> str:
	"""The value of a select filter; refuses what is not among the options."""
	value = filters.get(name) or default
	if value not in options:
		frappe.throw(
			_("{0} must be one of {1}.").format(_(frappe.unscrub(name)), ", ".join(options)),
			ReportFilterError,
		)
	return value


def check_company(company: str, doctype: str, user: str | None = None) -> None:
	"""Refuse companies that do not exist or that the user's User Permissions leave out."""
	user = user or frappe.session.user
	if not frappe.db.exists("Company", company):
		frappe.throw(
			_("Company {0} does not exist.").format(frappe.utils.escape_html(company)), ReportFilterError
		)
	allowed = allowed_values(user, "Company", doctype)
	if allowed is not None and company not in allowed:
		frappe.throw(
			_("You have no permission for the company {0}.").format(frappe.bold(company)),
			frappe.PermissionError,
		)


def span_of(filters: frappe._dict) -> Period:
	"""The period asked for: a fiscal year, or two dates, which win."""
	start, end = filters.get("from_date"), filters.get("to_date")
	if filters.get("fiscal_year") and not (start and end):
		start, end = frappe.db.get_value(
			"Fiscal Year", filters.fiscal_year, ["year_start_date", "year_end_date"]
		) or (None, None)
	if not (start and end):
		frappe.throw(_("Set a Fiscal Year, or From Date and To Date."), ReportFilterError)
	period = Period(getdate(start), getdate(end))
	if period.start > period.end:
		frappe.throw(_("To Date must not be before From Date."), ReportFilterError)
	if period.end.year - period.start.year > MOST_YEARS:
		frappe.throw(_("The period must not be longer than {0} years.").format(MOST_YEARS), ReportFilterError)
	return period


def first_moment(span: Period) -> datetime:
	"""Midnight at the beginning of a period."""
	return datetime.combine(span.start, time())
