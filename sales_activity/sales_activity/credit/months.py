"""Monthly sums of the ledger, so that a report need not add up every entry of a year.

Entries are never changed and their names sort by time. So the entries of a company up to some name can be
folded into sums once and for all: a Sales Credit Month for each person, role, item group and month. Each row says
in ``folded_up_to`` how far the sums went when it was written; the greatest of a company is its watermark. What the
ledger holds is then, exactly:

	the company's monthly sums + its entries with a name beyond the watermark

The watermark stands in the rows themselves, so one statement reads sums, watermark and entries as of one
moment, and sums without a watermark, or the reverse, can't exist. Cancelling, closing and reposting write new
entries; renaming a person changes the links in both tables. Rows with equal keys (after a merge of two people)
just add up.

A batch of entries is one transaction: killed at any moment, nothing is lost and nothing counts twice.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import frappe
from frappe.utils import get_first_day, now

from sales_activity.sales_activity.credit.ledger import name_at

ENTRY, MONTH = "Sales Credit Entry", "Sales Credit Month"
DAY = 24 * 60 * 60
BATCH = 20_000

# the watermark as an expression within other statements; Frappe names no entry with an empty text
WATERMARK = f"coalesce((select max(folded_up_to) from `tab{MONTH}` where company = %(company)s), '')"

_KEYS = "sales_person, sales_role, item_group"
_FIRST_DAY = "posting_date - interval dayofmonth(posting_date) - 1 day"

_NEXT_ENTRIES = f"""
	select name, posting_date from `tab{ENTRY}`
	where company = %(company)s and name > %(start)s and name <= %(limit)s
	order by name limit %(batch)s lock in share mode
"""

# the months that the batch touches are written anew: their sums so far and the batch, together
_NEW_SUMS = f"""
	insert into `tab{MONTH}` (
		name, creation, modified, owner, modified_by, docstatus, idx, company, month, {_KEYS}, amount, qty,
		folded_up_to
	)
	select
		concat(%(prefix)s, lpad(hex(row_number() over ()), 8, '0')), %(now)s, %(now)s, %(user)s, %(user)s, 0, 0,
		%(company)s, month, {_KEYS}, sum(amount), sum(qty), %(end)s
	from (
		select {_FIRST_DAY} as month, {_KEYS}, amount, qty from `tab{ENTRY}`
		where company = %(company)s and name > %(start)s and name <= %(end)s
		union all
		select month, {_KEYS}, amount, qty from `tab{MONTH}`
		where company = %(company)s and month in %(months)s
	) both_of_them
	group by {_KEYS}, month
"""

_DELETE_OLD_SUMS = f"""
	delete from `tab{MONTH}`
	where company = %(company)s and month in %(months)s and folded_up_to < %(end)s
"""

# exact: both sides are decimals
_COMPARISON = f"""
	select distinct company from (
		select company from (
			select company, month, {_KEYS}, amount, qty from `tab{MONTH}`
			union all
			select entry.company, {_FIRST_DAY}, {_KEYS}, -entry.amount, -entry.qty
			from `tab{ENTRY}` entry
			join (
				select company, max(folded_up_to) as name from `tab{MONTH}` group by company
			) watermark on watermark.company = entry.company and entry.name <= watermark.name
		) both_sides
		group by company, month, sales_person, sales_role, coalesce(item_group, '')
		having sum(amount) != 0 or sum(qty) != 0
	) differences
	order by company
"""


class _Batch(NamedTuple):
	"""Entries to fold: their number, the last one's name, and the first days of their months."""

	count: int
	end: str
	months: Sequence[date]


def fold(age: float = DAY) -> int:
	"""Fold all entries older than ``age`` seconds; returns how many. Commits after every batch.

	An entry gets its name before its transaction is committed, so one that is named already may yet be
	unseen. No transaction lives for a day.
	"""
	limit, total = name_at(time.time() - age), 0
	for company in frappe.get_all("Company", pluck="name", order_by="name"):
		while count := fold_batch(company, limit):
			frappe.db.commit()
			total += count
	frappe.db.commit()
	return total


def fold_batch(company: str, limit: str, size: int = BATCH) -> int:
	"""Fold the company's next entries, up to the name ``limit``; returns how many. The caller commits.

	What it reads it reads under lock, as committed last. So of two at once the second begins where the first
	one ended, and a person who is renamed meanwhile is renamed in both tables.
	"""
	_lock()
	values = {"company": company, "limit": limit, "batch": size, "start": _watermark(company)}
	batch = _next_batch(values)
	if not batch:
		return 0
	prefix = f"{name_at(time.time())}{secrets.token_hex(4)}"
	values.update(batch._asdict(), now=now(), user=frappe.session.user, prefix=prefix)
	frappe.db.sql(_NEW_SUMS, values)
	frappe.db.sql(_DELETE_OLD_SUMS, values)
	return batch.count


def forget(company: str) -> None:
	"""Drop the company's sums: reports read the whole ledger until entries are folded again.

	Whoever deletes entries from the ledger must call this in the same transaction.
	"""
	_lock()
	frappe.db.delete(MONTH, {"company": company})


def differing() -> list[str]:
	"""The companies whose sums are not what the ledger holds up to their watermark. One query."""
	return frappe.db.sql(_COMPARISON, pluck=True)


def heal() -> list[str]:
	"""Make the sums of companies anew that differ from the ledger; returns these companies. Commits."""
	companies = differing()
	for company in companies:
		forget(company)
		frappe.db.commit()
	if companies:
		fold()
	return companies


def _lock() -> None:
	"""Keep others from folding until the end of the transaction. This row is always there."""
	frappe.db.sql("select name from `tabDocType` where name = %s for update", MONTH)


def _watermark(company: str) -> str:
	"""The name of the newest entry in the sums, as committed last; empty if there is none."""
	newest = f"select max(folded_up_to) from `tab{MONTH}` where company = %s for update"
	return frappe.db.sql(newest, company)[0][0] or ""


def _next_batch(values: dict[str, object]) -> _Batch | None:
	rows = frappe.db.sql(_NEXT_ENTRIES, values)
	if not rows:
		return None
	months = sorted({get_first_day(day) for _name, day in rows})
	return _Batch(len(rows), rows[-1][0], months)
