"""Advances that employees had: what is open on the advance account, to be set off against their expenses.

Not money that another document keeps count of, such as what HRMS pays for an advance that was asked for there: its own
claims set that off, and would do it again. Read from the General Ledger, which has every advance, whatever the type of the account; the Payment Ledger has only those
on a Payable or Receivable account.
"""

from __future__ import annotations

from datetime import date

import frappe
from frappe.query_builder.functions import IfNull, Min, Sum
from frappe.utils import flt, getdate
from pypika.queries import Table
from pypika.terms import Criterion

from sales_activity import compat
from sales_activity.sales_activity.expenses import entries, rules
from sales_activity.sales_activity.expenses.records import ADVANCE, CLAIM

GL = "GL Entry"
EMPLOYEE = "Employee"
DRAFT = "Draft"
# what an entry may be against and still be an advance that nobody else keeps count of
_PLAIN = ("", "Journal Entry", "Payment Entry")


def open_of(
	employee: str, company: str, account: str | None, day: date, digits: int
) -> list[entries.Advance]:
	"""The open advances of an employee on an account, the oldest first, less what drafts of Journal Entries already set
	off. Call it with the Employee's row locked, so that of two at once the second sees what the first one set off."""
	if not account:
		return []
	now = _booked_meanwhile(employee)
	drafted = _drafted(employee, account, now)
	return entries.still_open([*_booked(employee, company, account, day, now), *drafted], digits)


def _booked_meanwhile(employee: str) -> bool:
	"""Whether a claim of the employee was booked since this transaction began to read. Then what it sees is old, and has
	to be read under lock; else that would only lock gaps in which others write.

	Claims that somebody else holds are passed over: they aren't booked, for that takes the Employee's row.
	"""
	fields = ["name", "journal_entry", "journal_status"]
	filters = {"employee": employee, "status": ["in", (rules.WITH_ACCOUNTS, rules.LOCKED)]}
	rows = frappe.get_all(
		CLAIM, {**filters, "journal_status": ["!=", "Posted"]}, fields, order_by="name", as_list=True, limit=0
	)
	if not rows:
		return False
	known = {name: (journal, status) for name, journal, status in rows}
	now = frappe.db.sql(
		f"select name, journal_entry, journal_status from `tab{CLAIM}` force index (primary)"
		" where name in %s for update skip locked",
		[tuple(known)],
	)
	return any(known[name] != (journal, status) for name, journal, status in now)


def _booked(
	employee: str, company: str, account: str, day: date, now: bool
) -> list[tuple[str, str, date, float]]:
	gl = frappe.qb.DocType(GL)
	first, born = Min(gl.posting_date), Min(gl.creation)
	query = (
		frappe.qb.from_(gl)
		.select(gl.voucher_type, gl.voucher_no, first, Sum(gl.debit) - Sum(gl.credit))
		.where((gl.party == employee) & (gl.party_type == EMPLOYEE) & (gl.account == account))
		.where((gl.company == company) & (gl.is_cancelled == 0))
		# what is going to be taken off it later is open no more either
		.where((gl.posting_date <= day) | (gl.credit > 0))
		.where(_of_nobody_else(gl))
		.groupby(gl.voucher_type, gl.voucher_no)
		.orderby(first)
		.orderby(born)
		.orderby(gl.voucher_no)
	)
	rows = (query.for_update() if now else query).run()
	return [(kind, voucher, getdate(first), flt(amount)) for kind, voucher, first, amount in rows]


def _of_nobody_else(gl: Table) -> Criterion:
	"""Entries that no other document keeps count of."""
	plain = IfNull(gl.against_voucher_type, "").isin(_PLAIN)
	reference = compat.advance_reference()
	return plain & (IfNull(gl[reference], "") == "") if reference else plain


def _drafted(employee: str, account: str, now: bool) -> list[tuple[str, str, date, float]]:
	"""What is set off in Journal Entries that aren't submitted yet, as the credits that they will be."""
	claim, advance = frappe.qb.DocType(CLAIM), frappe.qb.DocType(ADVANCE)
	query = (
		frappe.qb.from_(claim)
		.inner_join(advance)
		.on((advance.parent == claim.name) & (advance.parenttype == CLAIM))
		.select(advance.voucher_type, advance.voucher_no, advance.posting_date, -advance.set_off_amount)
		.where((claim.employee == employee) & (claim.journal_status == DRAFT) & (claim.docstatus == 1))
		.where(advance.account == account)
	)
	rows = (query.for_update() if now else query).run()
	return [(kind, voucher, getdate(day), flt(amount)) for kind, voucher, day, amount in rows]
