"""What campaigns cost: the rules of Campaign Spend, and its sums."""

from __future__ import annotations

import math
from collections.abc import Mapping

import frappe

from sales_activity import compat
from sales_activity.sales_activity.reports.narrowing import Narrowing
from sales_activity.sales_activity.targets.rules import Period

SPEND = "Campaign Spend"
MOST = 10**12
_TABLE = f"`tab{SPEND}`"
_SUMS = f"""
	select {_TABLE}.campaign, sum({_TABLE}.amount) from {_TABLE}
	where {_TABLE}.company = %(company)s and {_TABLE}.posting_date between %(start)s and %(end)s {{more}}
	group by {_TABLE}.campaign
"""


def is_amount(value: float) -> bool:
	"""Whether a number can be what something cost, or what came back of it."""
	return math.isfinite(value) and value != 0 and abs(value) < MOST


def may_see() -> bool:
	"""Whether the session's user may read what campaigns cost."""
	return bool(frappe.has_permission(SPEND, "read"))


def by_campaign(asked: Mapping[str, object], span: Period) -> dict[str, float] | None:
	"""What each campaign cost in the period, in company currency, by posting date, as far as the session's user may see
	it; None for users who may read no Campaign Spend. One query."""
	if not may_see():
		return None
	narrowed = Narrowing(company=asked["company"], start=span.start, end=span.end)
	narrowed.filters(asked, {"campaign": f"{_TABLE}.campaign"})
	narrowed.permissions(SPEND)
	rows = frappe.db.sql(_SUMS.format(more=narrowed.sql), narrowed.values)
	return {campaign: float(amount) for campaign, amount in rows}


def follow_campaigns() -> None:
	"""After ERPNext was brought from 15 to 16, which turns Campaigns into UTM Campaigns of the same names: spends refer
	to these, so that they go on being renamed with them (``after_migrate``). One statement; nothing to do in between."""
	kind = compat.lead_origin_doctypes()["campaign"]
	spend, campaign = frappe.qb.DocType(SPEND), frappe.qb.DocType(kind)
	there = frappe.qb.from_(campaign).select(campaign.name)
	query = frappe.qb.update(spend).set(spend.campaign_type, kind)
	query.where((spend.campaign_type != kind) & spend.campaign.isin(there)).run()
