"""The claims and lines that a report on expenses speaks of: what the session's user may see, narrowed by the filters.

Queries name the tables by their own names (CLAIMS, LINES): Frappe's conditions do. A line is as secret as its claim;
beyond that User Permissions on what it is tagged with hold, as they do for the claim as a document
(``frappe.permissions.has_user_permission`` asks about the rows, too).
"""

from __future__ import annotations

from collections.abc import Mapping

import frappe
from frappe.utils import cint

from sales_activity.permissions.queries import one_of
from sales_activity.permissions.scope import allowed_values
from sales_activity.sales_activity.expenses import rules
from sales_activity.sales_activity.expenses.records import CLAIM, LINE
from sales_activity.sales_activity.reports.narrowing import Narrowing
from sales_activity.sales_activity.targets.rules import Period

CLAIMS, LINES = f"`tab{CLAIM}`", f"`tab{LINE}`"
LINES_OF_CLAIMS = (
	f"{LINES} join {CLAIMS} on {LINES}.parent = {CLAIMS}.name and {LINES}.parenttype = '{CLAIM}'"
)

# Sales Person stands for everybody below too, Territory and Cost Center for all below them
CLAIM_FILTERS = ("employee", "sales_person")
LINE_FILTERS = (
	*("expense_type", "sales_project", "sales_milestone", "customer", "lead"),
	*("territory", "campaign", "cost_center"),
)
FILTERS = (*CLAIM_FILTERS, *LINE_FILTERS, "status", "include_denied", "include_drafts")
# what ``status`` can be
STATES = tuple(state for state in rules.STATES if state != rules.CANCELLED)
# what was spent counts while the claim is on its way, and for good when it is locked
COUNTED = frozenset(rules.STATES) - rules.DEAD - {rules.DRAFT}


def claims(asked: Mapping[str, object], **values: object) -> Narrowing:
	"""The conditions on CLAIMS: ``where `tabSales Expense Claim`.company = %(company)s {narrowing.sql}``.

	``asked`` holds ``company`` and may hold any of CLAIM_FILTERS; ``values`` are others that the query names. Raises
	PermissionError where the session's user may read no claims.
	"""
	narrowing = Narrowing(company=asked["company"], **values)
	narrowing.filters(asked, {name: f"{CLAIMS}.{name}" for name in CLAIM_FILTERS})
	narrowing.permissions(CLAIM)
	return narrowing


def in_states(narrowing: Narrowing, states: frozenset[str]) -> None:
	"""Only claims in some of the states."""
	narrowing.add(one_of(f"{CLAIMS}.status", states))


def states(asked: Mapping[str, object]) -> frozenset[str]:
	"""The states whose claims count: the one asked for (``status``), else COUNTED, with ``include_denied`` and
	``include_drafts`` also these. Cancelled claims never count."""
	if asked.get("status"):
		return frozenset({str(asked["status"])}) - {rules.CANCELLED}
	denied = {rules.DENIED, rules.DENIED_LOCKED} if cint(asked.get("include_denied")) else frozenset()
	drafts = {rules.DRAFT} if cint(asked.get("include_drafts")) else frozenset()
	return COUNTED | denied | drafts


def lines(asked: Mapping[str, object], span: Period | None = None, **values: object) -> Narrowing:
	"""The conditions on LINES_OF_CLAIMS, which go with the company's as those of ``claims`` do: also any of LINE_FILTERS,
	and the day of the expense where a period is given."""
	narrowing = claims(asked, **values)
	narrowing.filters(asked, {name: f"{LINES}.{name}" for name in LINE_FILTERS})
	_permitted_tags(narrowing)
	if span:
		narrowing.values.update(start=span.start, end=span.end)
		narrowing.add(f"{LINES}.expense_date between %(start)s and %(end)s")
	return narrowing


def _permitted_tags(narrowing: Narrowing) -> None:
	"""What the session's user's User Permissions leave of the lines. Lines without the tag stay, unless the site is
	strict."""
	strict = frappe.get_system_settings("apply_strict_user_permissions")
	for field in frappe.get_meta(LINE).get_link_fields():
		allowed = allowed_values(frappe.session.user, field.options, CLAIM)
		if allowed is None or field.ignore_user_permissions:
			continue
		column = f"ifnull({LINES}.`{field.fieldname}`, '')"
		values = allowed if strict else allowed | {""}
		narrowing.add(one_of(column, values).replace("%", "%%"))
