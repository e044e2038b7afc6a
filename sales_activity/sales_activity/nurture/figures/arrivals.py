"""Leads by the day on which they came in: what Lead Conversion and Campaign Return count.

A lead came in when its Lead was made. Its nurture is younger on a site that got this app later; what such a lead has
brought belongs to its own time all the same, where ``cohort`` follows what happened since.
"""

from __future__ import annotations

from collections.abc import Mapping

import frappe
from frappe.desk.reportview import build_match_conditions

from sales_activity.sales_activity.nurture import rules
from sales_activity.sales_activity.nurture.figures.cohort import LEADS, narrowed
from sales_activity.sales_activity.nurture.records import NURTURE
from sales_activity.sales_activity.targets.rules import Period

SOURCE, CAMPAIGN, QUALIFIER, TERRITORY = "Source", "Campaign", "Qualifier", "Territory"
# what leads are grouped by > the column
KEYS = {group: f"nullif({LEADS}.{group.lower()}, '')" for group in (SOURCE, CAMPAIGN, QUALIFIER, TERRITORY)}
ORDER = "Sales Order"
# so many names are told with a count, to lead to the documents; an address holds no more
MOST_NAMES = 50

FROM = f"{LEADS} join `tabLead` origin on origin.name = {LEADS}.lead"
CAME_IN = f"{LEADS}.company = %(company)s and origin.creation >= %(start)s and origin.creation < %(end)s"
# ERPNext's Lead may say that it is qualified without saying when
QUALIFIED = (
	f"({LEADS}.qualified_on is not null or {LEADS}.status in ('{rules.QUALIFIED}', '{rules.WITH_SALES}'))"
)


def rows(
	query: str,
	asked: Mapping[str, object],
	span: Period,
	group_by: str,
	also: str | None = None,
	**texts: str,
) -> list[tuple]:
	"""What a query over FROM gives for the leads that came in in the period, as far as the session's user may see them
	(see ``cohort.narrowed`` for ``asked``). It names ``{key}``, which stands for the column of ``group_by``, ``{more}``,
	and any of ``texts``. ``also``: another DocType whose table it names, and whose permissions hold too.

	Raises PermissionError where the user may read no leads.
	"""
	narrowing = narrowed(asked, span)
	if also:
		narrowing.permissions(also)
	return frappe.db.sql(query.format(key=KEYS[group_by], more=narrowing.sql, **texts), narrowing.values)


def is_part() -> bool:
	"""Whether the session's user sees but a part of the leads."""
	return bool(build_match_conditions(NURTURE))


def may_see_orders() -> bool:
	"""Whether the session's user may read Sales Orders at all."""
	return bool(frappe.has_permission(ORDER, "read"))


def names(column: str) -> str:
	"""SQL: the names that a group counts, a line each; NULL where they are too many."""
	return f"if(count(*) <= {MOST_NAMES}, group_concat({column} order by {column} separator '\\n'), null)"


def listed(text: str | None) -> list[str] | None:
	"""What ``names`` tells, as a list; None where a name holds a comma, which no address of a list can say."""
	return text.split("\n") if text and "," not in text else None
