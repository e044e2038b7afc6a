"""Leads by the day on which they came in: what Lead Conversion and Campaign Return count.

A lead came in when its Lead was made. Its nurture is younger on a site that got this app later; what such a lead has
brought belongs to its own time all the same, where ``cohort`` follows what happened since.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import frappe
from frappe.desk.reportview import build_match_conditions

from sales_activity.sales_activity.nurture import rules
from sales_activity.sales_activity.nurture.figures.claims import Moment
from sales_activity.sales_activity.nurture.figures.cohort import LEADS, narrowed
from sales_activity.sales_activity.nurture.records import NURTURE
from sales_activity.sales_activity.targets.rules import Period

SOURCE, CAMPAIGN, QUALIFIER, TERRITORY = "Source", "Campaign", "Qualifier", "Territory"
# what leads are grouped by > the column
KEYS = {group: f"nullif({LEADS}.{group.lower()}, '')" for group in (SOURCE, CAMPAIGN, QUALIFIER, TERRITORY)}
# ERPNext's Lead may say that it is qualified without saying when
_QUALIFIED = (
	f"({LEADS}.qualified_on is not null or {LEADS}.status in ('{rules.QUALIFIED}', '{rules.WITH_SALES}'))"
)
# whether a lead counts is a column: others may have claims on the same orders
_ARRIVALS = f"""
	select {LEADS}.name, cast(origin.creation as char), {{key}}, {_QUALIFIED}, {LEADS}.accepted_on is not null,
		{LEADS}.sales_project,
		coalesce(origin.creation >= %(start)s and origin.creation < %(end)s {{more}}, 0)
	from {LEADS} join `tabLead` origin on origin.name = {LEADS}.lead
	where {LEADS}.company = %(company)s
"""


class Arrival(NamedTuple):
	"""A lead of the company: when it came in, what it is grouped by, how far it got. ``counts``: it came in in the period,
	the filters leave it, and the user may see it."""

	name: str
	came: Moment
	key: str | None
	qualified: bool
	accepted: bool
	sales_project: str | None
	counts: bool


def read(asked: Mapping[str, object], span: Period, group_by: str) -> list[Arrival]:
	"""All leads of the company, grouped by one of KEYS (see ``cohort.narrowed`` for ``asked``). One query. Raises
	PermissionError where the session's user may read no leads."""
	narrowing = narrowed(asked, span)
	query = _ARRIVALS.format(key=KEYS[group_by], more=narrowing.sql)
	return [Arrival(*row) for row in frappe.db.sql(query, narrowing.values)]


def is_part() -> bool:
	"""Whether the session's user sees but a part of the leads."""
	return bool(build_match_conditions(NURTURE))
