"""The leads of a period: those whose Lead Nurture was made in it, which is when their Lead came in.

What became of them counts however much later it happened. So the reports on leads speak of the same leads, and their
figures can be held against each other. Leads from before the app got their nurtures together, on a day of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sales_activity.sales_activity.nurture.records import NURTURE
from sales_activity.sales_activity.reports import lists
from sales_activity.sales_activity.reports.filters import first_moment
from sales_activity.sales_activity.reports.narrowing import TREES, Narrowing
from sales_activity.sales_activity.targets.rules import Period

LEADS = f"`tab{NURTURE}`"
IN_PERIOD = f"{LEADS}.company = %(company)s and {LEADS}.creation >= %(start)s and {LEADS}.creation < %(end)s"
FILTERS = ("source", "campaign", "territory", "qualifier", "definition")


def narrowed(asked: Mapping[str, object], span: Period, **values: object) -> Narrowing:
	"""The conditions that go with IN_PERIOD. ``asked`` holds ``company`` and may hold any of FILTERS; ``values`` are
	others that the query names. Raises PermissionError where the session's user may read no leads."""
	start = first_moment(span)
	narrowing = Narrowing(
		company=asked["company"], start=start, end=start + timedelta(days=span.days), **values
	)
	narrowing.filters(asked, {name: f"{LEADS}.{name}" for name in FILTERS})
	narrowing.permissions(NURTURE)
	return narrowing


def to_leads(asked: Mapping[str, object], span: Period, kind: str, **more: object) -> lists.Links:
	"""A column's way to the list of these leads."""
	fields = {name: name for name in FILTERS}
	common = lists.narrowed(asked, fields, TREES)
	return lists.to_list(
		NURTURE, kind, company=asked["company"], creation=lists.during(span), **common, **more
	)
