"""Approved claims of a company go to Accounts together, every week or when somebody wants it.

All in one transaction, with the row of each claim locked before its state is looked at: of two forwardings at once each
claim is in one, and a worker that dies leaves everything as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Count, Sum
from frappe.utils import add_days, escape_html, flt, formatdate, getdate, now_datetime

from sales_activity.sales_activity.expenses import records, rules
from sales_activity.transactions import by_itself

FORWARDING, ROW, SETTINGS = "Expense Forwarding", "Expense Forwarding Claim", "Sales Activity Settings"
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class NothingToForwardError(frappe.ValidationError):
	"""No approved claim of the company is there, or another forwarding took them."""


class ForwardedError(frappe.PermissionError):
	"""What was forwarded is with Accounts; it is not taken back."""


class Waiting(NamedTuple):
	"""How much of a company waits to be forwarded."""

	company: str
	claims: int
	total: float


# --- plain -----------------------------------------------------------------------------------------------------


def week_of(day: date) -> tuple[date, date]:
	"""Monday and Sunday of the week that holds a day."""
	monday = day - timedelta(days=day.weekday())
	return monday, monday + timedelta(days=6)


def due_day(forward_on: str | None, day: date) -> date | None:
	"""The last day up to this one that is the weekday that the settings name; None where they name none."""
	if forward_on not in WEEKDAYS:
		return None
	return day - timedelta(days=(day.weekday() - WEEKDAYS.index(forward_on)) % 7)


# --- what the document does ------------------------------------------------------------------------------------


def prepare(doc: Document) -> None:
	"""Fill a draft with what would be forwarded now. Call it in ``validate``; when it is submitted, ``take`` looks
	again."""
	if (
		int(doc.docstatus) != 0 and not doc.is_new()
	):  # what is inserted as submitted says nothing itself either
		return
	monday, sunday = week_of(getdate())
	doc.week_from, doc.week_to = getdate(doc.week_from or monday), getdate(doc.week_to or sunday)
	if doc.week_from > doc.week_to:
		frappe.throw(_("The first day must not be after the last. Nothing was saved."))
	doc.forwarded_on, doc.by_schedule = None, int(bool(doc.flags.by_schedule))
	doc.currency = frappe.get_cached_value("Company", doc.company, "default_currency")
	_fill(doc, _approved(doc.company, doc.week_to))


def take(doc: Document) -> None:
	"""Lock the approved claims, and keep those that still are. Call it in ``before_submit``. Raises
	NothingToForwardError."""
	names = [row.name for row in _approved(doc.company, doc.week_to)]
	rows = [row for row in map(records.lock, names) if row and _is_free(row, doc)]
	if not rows:
		frappe.throw(
			_("No approved claim of {0} up to {1} is there to be forwarded. Nothing was done.").format(
				frappe.bold(escape_html(doc.company)), formatdate(doc.week_to)
			),
			NothingToForwardError,
			title=_("Nothing to forward"),
		)
	_fill(doc, rows)
	for row in doc.claims:
		row.docstatus = 1
	doc.forwarded_on = now_datetime()
	doc.flags.taken = rows


def move(doc: Document) -> None:
	"""Take the claims to Accounts. Call it in ``on_submit``."""
	for row in doc.flags.taken:
		records.move_by_app(row, rules.FORWARD, doc.name, forwarding=doc.name)


def refuse_cancel(doc: Document) -> None:
	"""Call it in ``before_cancel``. Raises ForwardedError."""
	frappe.throw(
		_(
			"What was forwarded is with Accounts now. They ask about a claim, deny it, or lock it; a forwarding is not"
			" cancelled."
		),
		ForwardedError,
		title=_("Forwarded"),
	)


# --- by hand and by the scheduler ------------------------------------------------------------------------------


def forward(company: str, by_schedule: bool = False, up_to: date | None = None) -> Document:
	"""Forward all approved claims of a company, as the session's user, who needs the permission. Raises
	NothingToForwardError, PermissionError."""
	doc = frappe.new_doc(FORWARDING)
	monday, sunday = week_of(getdate(up_to))
	doc.update({"company": company, "week_from": monday, "week_to": sunday})
	doc.flags.by_schedule = by_schedule
	doc.insert()
	doc.submit()
	return doc


def waiting(company: str | None = None) -> list[Waiting]:
	"""What waits to be forwarded, company by company. One query."""
	claim = frappe.qb.DocType(records.CLAIM)
	query = (
		frappe.qb.from_(claim)
		.select(claim.company, Count("*"), Sum(claim.total_manager))
		.where((claim.status == rules.APPROVED) & (claim.docstatus == 0))
		.groupby(claim.company)
		.orderby(claim.company)
	)
	if company:
		query = query.where(claim.company == company)
	return [Waiting(name, count, flt(total)) for name, count, total in query.run()]


def forward_weekly(day: date | None = None) -> None:
	"""Every morning: on the weekday of the settings forward what is approved, each company in a transaction of its own;
	once a week and company, also when it is called again. What wasn't forwarded on that day, because nothing ran or it
	failed, is on the next. Failures are logged."""
	day = getdate(day)
	settings = frappe.get_cached_doc(SETTINGS)
	due = due_day(settings.forward_on, day)
	# a weekday that was chosen later has missed nothing
	if not due or (due < day and settings.forward_since and due <= getdate(settings.forward_since)):
		return
	for found in waiting():
		company = found.company
		by_itself(
			lambda company=company: _weekly(company, due, day), lambda error, company=company: _log(company)
		)


def _weekly(company: str, due: date, day: date) -> bool:
	frappe.db.get_value("Company", company, "name", for_update=True)  # two runs at once: one after the other
	monday, _sunday = week_of(due)
	filters = {"company": company, "by_schedule": 1, "docstatus": 1, "week_from": monday}
	done = frappe.db.get_value(FORWARDING, filters, "name", for_update=True)
	if not done and (due == day or _was_missed(company, due)):
		try:
			forward(company, by_schedule=True, up_to=due)
		except NothingToForwardError:
			frappe.db.rollback()
			frappe.clear_messages()
	frappe.db.commit()
	return True


def _was_missed(company: str, due: date) -> bool:
	"""Whether a claim is left that a forwarding on its day would have taken."""
	left = {"company": company, "status": rules.APPROVED, "docstatus": 0, "state_since": ["<", due]}
	return bool(frappe.db.exists(records.CLAIM, left))


def _log(company: str) -> None:
	frappe.log_error(f"Expense claims not forwarded: {company}"[:140], frappe.get_traceback())
	frappe.db.commit()


# --- steps -----------------------------------------------------------------------------------------------------


def _approved(company: str, up_to: date) -> list[frappe._dict]:
	"""Claims that were approved until the end of a day, in the order in which everybody locks them."""
	return frappe.get_all(
		records.CLAIM,
		filters={
			"company": company,
			"status": rules.APPROVED,
			"docstatus": 0,
			"state_since": ["<", add_days(up_to, 1)],
		},
		fields=["name", "employee", "employee_name", "total_manager"],
		order_by="name",
		limit=0,
	)


def _is_free(row: Mapping, doc: Document) -> bool:
	return row["status"] == rules.APPROVED and row["company"] == doc.company and int(row["docstatus"]) == 0


def _fill(doc: Document, rows: Iterable[Mapping]) -> None:
	rows = sorted(rows, key=lambda row: (row["employee_name"] or "", row["employee"], row["name"]))
	doc.set(
		"claims",
		[
			{
				"claim": row["name"],
				"employee": row["employee"],
				"employee_name": row["employee_name"],
				"total_manager": row["total_manager"],
				"company_currency": doc.currency,
			}
			for row in rows
		],
	)
	doc.total = flt(sum(flt(row["total_manager"]) for row in rows), doc.precision("total"))
