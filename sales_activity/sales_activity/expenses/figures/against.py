"""What expenses are held against: the Sales Orders, and the credit, of the same project, customer or person.

Orders are submitted ones of the period, by their date, worth what they are worth to the credit ledger (net; closed ones
what was delivered or billed). A person's orders are those in which they have credit: several people share them, and so
they don't add up. Credit counts in each role.

Whose Sales Order or credit entry the session's user may not see doesn't count for them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import NamedTuple

import frappe

from sales_activity.sales_activity.attainment.queries import ledger_sums
from sales_activity.sales_activity.credit.months import ENTRY
from sales_activity.sales_activity.expenses.figures import tags
from sales_activity.sales_activity.milestones.velocity.values import value_of_order
from sales_activity.sales_activity.nurture.figures.orders import ORDER, may_see
from sales_activity.sales_activity.reports.narrowing import Narrowing
from sales_activity.sales_activity.targets.rules import Period

# tag > the field of Sales Order and credit entry that it is compared with
FIELDS = {tags.PROJECT: "sales_project", tags.CUSTOMER: "customer"}
PEOPLE = (tags.PERSON, tags.EMPLOYEE)
COMPARED = (*FIELDS, *PEOPLE)

_ORDERS, _ENTRIES = f"`tab{ORDER}`", f"`tab{ENTRY}`"
_OF_FIELD = f"""
	select {_ORDERS}.{{field}}, sum({value_of_order(_ORDERS)}) from {_ORDERS}
	where {_ORDERS}.company = %(company)s and {_ORDERS}.docstatus = 1
		and {_ORDERS}.transaction_date between %(start)s and %(end)s
		and {_ORDERS}.{{field}} in %(keys)s {{more}}
	group by {_ORDERS}.{{field}}
"""
_CREDIT_OF_FIELD = f"""
	select {_ENTRIES}.{{field}}, sum({_ENTRIES}.amount) from {_ENTRIES}
	where {_ENTRIES}.company = %(company)s and {_ENTRIES}.posting_date between %(start)s and %(end)s
		and {_ENTRIES}.{{field}} in %(keys)s {{more}}
	group by {_ENTRIES}.{{field}}
"""
_OF_PEOPLE = f"""
	select credited.sales_person, sum({value_of_order(_ORDERS)})
	from (
		select {_ENTRIES}.sales_person, {_ENTRIES}.voucher_no from {_ENTRIES}
		where {_ENTRIES}.company = %(company)s and {_ENTRIES}.voucher_type = '{ORDER}'
			and {_ENTRIES}.sales_person in %(keys)s {{credited}}
		group by {_ENTRIES}.sales_person, {_ENTRIES}.voucher_no having sum({_ENTRIES}.amount) != 0
	) credited
	join {_ORDERS} on {_ORDERS}.name = credited.voucher_no
	where {_ORDERS}.company = %(company)s and {_ORDERS}.docstatus = 1
		and {_ORDERS}.transaction_date between %(start)s and %(end)s {{more}}
	group by credited.sales_person
"""

Sums = dict[str, float]


class Against(NamedTuple):
	"""Group > what it ordered, and its credit, in company currency. None for users who may read none, and where nothing
	can be compared. ``shared``: the orders of several groups may be the same."""

	orders: Sums | None = None
	credit: Sums | None = None
	shared: bool = False


def against(tag: str, keys: Collection[str | None], asked: Mapping[str, object], span: Period) -> Against:
	"""What the groups of a tag ordered in a period. ``asked`` holds ``company`` and may hold ``sales_role``, in which
	credit, and a person's orders, count then. Three queries at most."""
	if tag not in COMPARED:
		return Against()
	names = frozenset(filter(None, keys))
	with_credit = frappe.has_permission(ENTRY, "read")
	if tag in FIELDS:
		orders = _of_field(FIELDS[tag], names, asked, span) if may_see() else None
		return Against(orders, _credit_of_field(FIELDS[tag], names, asked, span) if with_credit else None)
	people = _people(tag, names)
	if not with_credit:
		return Against(shared=True)
	orders = _of_people(people, asked, span) if may_see() else None
	return Against(orders, _credit_of_people(people, asked, span), shared=True)


def _of_field(field: str, names: Collection[str], asked: Mapping[str, object], span: Period) -> Sums:
	narrowing = _narrowing(ORDER, names, asked, span)
	return _sums(_OF_FIELD.format(field=field, more=narrowing.sql), narrowing)


def _credit_of_field(field: str, names: Collection[str], asked: Mapping[str, object], span: Period) -> Sums:
	narrowing = _narrowing(ENTRY, names, asked, span)
	narrowing.filters(asked, {"sales_role": f"{_ENTRIES}.sales_role"})
	return _sums(_CREDIT_OF_FIELD.format(field=field, more=narrowing.sql), narrowing)


def _of_people(people: Mapping[str, str], asked: Mapping[str, object], span: Period) -> Sums:
	narrowing = _narrowing(ORDER, people, asked, span)
	credited = Narrowing()
	credited.filters(asked, {"sales_role": f"{_ENTRIES}.sales_role"})
	credited.permissions(ENTRY)
	narrowing.values.update(credited.values)
	return _by_group(_sums(_OF_PEOPLE.format(credited=credited.sql, more=narrowing.sql), narrowing), people)


def _credit_of_people(people: Mapping[str, str], asked: Mapping[str, object], span: Period) -> Sums:
	role = asked.get("sales_role")
	filters = {"sales_person": people, "sales_role": [str(role)] if role else None}
	sums: Sums = defaultdict(float)
	for flow in ledger_sums(str(asked["company"]), "Value", [span], frappe.session.user, filters):
		sums[flow.key.sales_person] += float(flow.values[0] or 0)
	return _by_group(sums, people)


def _people(tag: str, names: frozenset[str]) -> dict[str, str]:
	"""Sales Person > the group that they are."""
	if tag == tags.PERSON:
		return {name: name for name in names}
	found = tags.people(names).items()
	return {person.sales_person: name for name, person in found if person.sales_person}


def _by_group(sums: Sums, people: Mapping[str, str]) -> Sums:
	return {people[person]: amount for person, amount in sums.items()}


def _narrowing(doctype: str, names: Collection[str], asked: Mapping[str, object], span: Period) -> Narrowing:
	values = {"company": asked["company"], "start": span.start, "end": span.end}
	narrowing = Narrowing(**values, keys=tuple(names) or ("",))
	narrowing.permissions(doctype)
	return narrowing


def _sums(query: str, narrowing: Narrowing) -> Sums:
	return {key: float(amount or 0) for key, amount in frappe.db.sql(query, narrowing.values)}
