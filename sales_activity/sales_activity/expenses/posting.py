"""Journal Entries of locked claims: one for a claim, or one for an employee and week, as the settings want it.

Made in the transaction that locks the claim, with the claim's row and then the Employee's locked: whatever happens to the
worker, either both are there or neither, and two at once make one. A claim knows its Journal Entry by name only, because
a submitted document that links to one would keep it from being cancelled (``Document.check_no_back_links_exist``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html, flt, fmt_money, getdate, now_datetime

from sales_activity.sales_activity.credit.bulk import insert_rows
from sales_activity.sales_activity.expenses import accounts, advances, entries, payments, records, rules
from sales_activity.transactions import by_itself

JOURNAL, SETTINGS, FORWARDING = "Journal Entry", "Sales Activity Settings", "Expense Forwarding"
PER_WEEK, SUBMITTED = "Employee and Week", "Submitted"
# what a claim says of its Journal Entry
TO_POST, DRAFT, POSTED, CANCELLED, DELETED = "To Post", "Draft", "Posted", "Cancelled", "Deleted"
# states in which the other claims of a forwarding keep the Journal Entry of a week waiting
_UNDECIDED = (rules.WITH_ACCOUNTS, rules.RETURNED, rules.CLARIFICATION)
# so long after the forwarding nobody waits for claims that are still asked about
PATIENCE = timedelta(days=7)
# no currency is booked in smaller units than twice this
_LESS_THAN_A_UNIT = 0.0005
_NOTHING_BOOKED = {"journal_entry": None, "payable_amount": 0, "paid_amount": 0, "payment_status": ""}
_OF_APP = ("journal_entry", "journal_status", "payable_amount", "paid_amount", "payment_status", "modified")
_ADVANCE_FIELDS = (
	*("name", "owner", "modified_by", "creation", "modified", "docstatus"),
	*("parent", "parenttype", "parentfield", "idx", "voucher_type", "voucher_no", "posting_date", "account"),
	*("open_amount", "set_off_amount", "company_currency"),
)


class PostingError(frappe.ValidationError):
	"""A claim can't be booked, or what was booked can't be taken back, as things are."""


# --- what the claim does -------------------------------------------------------------------------------------


def follow_lock(claim: Document) -> None:
	"""Book a claim that was locked, or wait for the others of its week. Call it in ``on_submit``.

	Raises AccountMissingError, or what ERPNext says against the Journal Entry; then nothing is locked.
	"""
	if claim.status == rules.LOCKED:
		values = {
			"journal_status": TO_POST,
			"payable_amount": claim.total_accounts,
			"payment_status": "Unpaid",
		}
		records.update(claim, values, now_datetime(), frappe.session.user)
	if not _collects() or not claim.forwarding:
		book([claim.name])
	elif _is_decided(claim.employee, claim.forwarding):
		book(_waiting(claim.employee, claim.forwarding))
	_take_over(claim)


def follow_cancel(claim: Document) -> None:
	"""Take back what was booked of a claim that is cancelled; what was booked with it is booked anew. Call it in
	``on_cancel``. Raises PostingError if it was paid."""
	row = records.lock(claim.name)
	if row.journal_status in payments.BOOKED:
		_take_back(row)
	else:
		_clear([row], "")
	_take_over(claim)


def book(names: Iterable[str]) -> str | None:
	"""One Journal Entry of these locked claims of one employee; returns its name, None if all of them were booked
	already. Harmless when it is done again, and by two at once.

	Raises AccountMissingError, PostingError, or what ERPNext says against it.
	"""
	claims = [claim for claim in map(records.locked_document, sorted(set(names))) if claim]
	claims = [claim for claim in claims if claim.status == rules.LOCKED and _to_book(claim)]
	if not claims:
		return None
	employee, company = {(claim.employee, claim.company) for claim in claims}.pop()
	if any((claim.employee, claim.company) != (employee, company) for claim in claims):
		raise ValueError("claims of several employees are not booked together")
	frappe.db.get_value("Employee", employee, "name", for_update=True)
	day = getdate()
	accounts.check_day(company, day)
	of_company = accounts.of_company(company)
	booking = _booking(claims, of_company)
	journal = _journal(claims, booking)
	for claim in claims:
		_keep(claim, journal, booking, of_company.advance)
	return journal.name


# --- what happens to Journal Entries -------------------------------------------------------------------------


def follow_amendment(journal: Document) -> None:
	"""A Journal Entry that amends one of ours is ours. Call it in ``after_insert`` of Journal Entry."""
	if not journal.amended_from:
		return
	for row in claims_of(journal.amended_from):
		if row.journal_status == CANCELLED:
			payable = flt(row.total_accounts) - _set_off(row.name)
			values = {"journal_entry": journal.name, "journal_status": DRAFT, "payable_amount": payable}
			values["payment_status"] = payments.status_of(payable, 0.0)
			records.update(row, values, now_datetime(), frappe.session.user)


def check_submission(journal: Document) -> None:
	"""Refuse to submit a draft of ours that somebody changed, so that the employee gets something else than what was
	locked. Call it in ``before_submit`` of Journal Entry. Raises PostingError."""
	rows = claims_of(journal.name)
	if not rows:
		return
	employees = {row.employee for row in rows}
	booked = sum(
		flt(row.credit) - flt(row.debit)
		for row in journal.accounts
		if row.party_type == "Employee" and row.party in employees
	)
	locked = sum(flt(row.total_accounts) for row in rows)
	if abs(booked - locked) > _LESS_THAN_A_UNIT:
		currency = rows[0].currency
		frappe.throw(
			_(
				"{0} books {1} for the employee, but {2} was locked ({3}). Change it back, or cancel the claim."
			).format(
				frappe.bold(escape_html(journal.name)),
				fmt_money(booked, currency=currency),
				fmt_money(locked, currency=currency),
				", ".join(row.name for row in rows),
			),
			PostingError,
			title=_("Not what was locked"),
		)


def follow_submission(journal: Document) -> None:
	"""A draft of ours was submitted. Call it in ``on_submit`` of Journal Entry."""
	rows = [row for row in claims_of(journal.name) if row.journal_status != POSTED]
	for row in rows:
		records.update(row, {"journal_status": POSTED}, now_datetime(), frappe.session.user)
	if rows:
		payments.refresh([journal.name])


def follow_removal(journal: Document, status: str) -> None:
	"""A Journal Entry of ours was cancelled or deleted by hand: its claims say so, and can be posted again. Call it in
	``on_cancel`` and ``on_trash`` of Journal Entry."""
	rows = claims_of(journal.name)
	if not rows:
		return
	if status == CANCELLED:  # if it is amended, that sets off the same advances
		_clear(rows, status, journal.name, with_advances=False)
	else:
		_clear(rows, status)
	text = {
		CANCELLED: _("The Journal Entry {0} of this claim was cancelled. Accounts can post the claim again."),
		DELETED: _("The Journal Entry {0} of this claim was deleted. Accounts can post the claim again."),
	}[status].format(journal.name)
	for row in rows:
		frappe.get_doc(records.CLAIM, row.name).add_comment("Info", text)


def claims_of(journal: str) -> list[frappe._dict]:
	"""The locked claims that a Journal Entry is of, their rows locked."""
	filters = {"journal_entry": journal, "docstatus": 1}
	names = frappe.get_all(records.CLAIM, filters, pluck="name", order_by="name", limit=0)
	rows = [records.lock(name) for name in names]
	return [row for row in rows if row and row.docstatus == 1 and row.journal_entry == journal]


# --- what the scheduler does ---------------------------------------------------------------------------------


def post_waiting() -> None:
	"""Book what was locked and isn't booked: weeks of which everything is decided, or which waited for too long, and
	claims that were to wait when the settings were others. Each in a transaction of its own; failures are logged."""
	for names in _due():
		by_itself(lambda names=names: _booked(names), lambda error, names=names: _log(names, error))


def _booked(names: Sequence[str]) -> bool:
	book(names)
	frappe.db.commit()
	return True


def _log(names: Sequence[str], error: Exception) -> None:
	frappe.log_error(f"Expense claims not booked: {', '.join(names)[:100]}", frappe.get_traceback())
	frappe.db.commit()


def _due() -> list[list[str]]:
	rows = frappe.get_all(
		records.CLAIM,
		filters={"journal_status": TO_POST, "status": rules.LOCKED},
		fields=["name", "employee", "forwarding"],
		order_by="name",
		limit=0,
	)
	groups: dict[tuple, list[str]] = {}
	alone = not _collects()
	for row in rows:
		together = (row.employee, row.forwarding) if row.forwarding and not alone else (row.name, None)
		groups.setdefault(together, []).append(row.name)
	return [
		names
		for (employee, forwarding), names in groups.items()
		if not forwarding or _is_decided(employee, forwarding) or _waited_enough(forwarding)
	]


def _waited_enough(forwarding: str) -> bool:
	since = frappe.db.get_value(FORWARDING, forwarding, "forwarded_on")
	return not since or now_datetime() - since >= PATIENCE


# --- steps ---------------------------------------------------------------------------------------------------


def _collects() -> bool:
	return frappe.db.get_single_value(SETTINGS, "journal_per") == PER_WEEK


def _to_book(claim: Mapping) -> bool:
	return claim.get("journal_status") not in payments.BOOKED


def _is_decided(employee: str, forwarding: str) -> bool:
	"""Whether nothing of the employee is open any more in a forwarding."""
	filters = {"employee": employee, "forwarding": forwarding, "docstatus": 0}
	return not frappe.db.exists(records.CLAIM, {**filters, "status": ["in", _UNDECIDED]})


def _waiting(employee: str, forwarding: str) -> list[str]:
	filters = {"employee": employee, "forwarding": forwarding, "journal_status": TO_POST, "docstatus": 1}
	return frappe.get_all(records.CLAIM, filters, pluck="name", limit=0)


def _booking(claims: Sequence[Document], of_company: accounts.CompanyAccounts) -> entries.Booking:
	digits = accounts.digits_of(of_company.company)
	expenses = [
		expense
		for claim in claims
		for expense in accounts.of_lines(claim.name, [row.as_dict() for row in claim.expenses], of_company)
	]
	if not expenses:
		frappe.throw(_("There is nothing to book."), PostingError)
	employee = claims[0].employee
	open_advances = advances.open_of(employee, of_company.company, of_company.advance, getdate(), digits)
	return entries.booking(
		*(expenses, open_advances, of_company.payable, of_company.advance, of_company.cost_center, digits)
	)


def _journal(claims: Sequence[Document], booking: entries.Booking) -> Document:
	"""Insert the Journal Entry, and submit it if the settings want it. Whoever locks claims may book them."""
	employee = claims[0].employee
	journal = frappe.new_doc(JOURNAL)
	journal.update(
		{
			"voucher_type": JOURNAL,
			"company": claims[0].company,
			"posting_date": getdate(),
			"cheque_no": claims[0].name if len(claims) == 1 else claims[0].forwarding,
			"cheque_date": getdate(),
			"pay_to_recd_from": claims[0].employee_name,
			"user_remark": _remark(claims),
		}
	)
	journal.set("accounts", [_row(entry, employee) for entry in booking.entries])
	journal.flags.ignore_permissions = True
	journal.insert()
	if frappe.db.get_single_value(SETTINGS, "journal_as") == SUBMITTED:
		_set_docstatus(journal, 1)
	return journal


def _set_docstatus(journal: Document, docstatus: int) -> None:
	"""Submit or cancel it now. ERPNext's own ``submit`` and ``cancel`` leave more than 100 rows to a worker
	(``JournalEntry.submit``), outside this transaction."""
	journal.flags.ignore_permissions = True
	journal.docstatus = docstatus
	journal.save()


def _row(entry: entries.Entry, employee: str) -> dict:
	party = {"party_type": "Employee", "party": employee} if entry.of_employee else {}
	return {
		"account": entry.account,
		"debit_in_account_currency": entry.debit,
		"credit_in_account_currency": entry.credit,
		"exchange_rate": 1,
		"cost_center": entry.cost_center,
		"user_remark": entry.remark,
		**party,
	}


def _remark(claims: Sequence[Document]) -> str:
	"""Names the claims and their lines."""
	parts = [
		_("{0}: {1}, lines {2}").format(
			claim.name, claim.title or claim.employee_name, ", ".join(str(row.idx) for row in claim.expenses)
		)
		for claim in claims
	]
	text = _("Expenses of {0}").format(claims[0].employee_name) + "\n" + "\n".join(parts)
	return text[:4000]


def _keep(claim: Document, journal: Document, booking: entries.Booking, advance_account: str | None) -> None:
	"""Write into a claim what was booked of it."""
	payable = booking.payable.get(claim.name, 0.0)
	values = {
		"journal_entry": journal.name,
		"journal_status": POSTED if int(journal.docstatus) == 1 else DRAFT,
		"payable_amount": payable,
		"paid_amount": 0,
		"payment_status": payments.status_of(payable, 0.0),
	}
	at, user = now_datetime(), frappe.session.user
	records.update(claim, values, at, user)
	_delete_advances([claim.name])
	rows = []
	for number, one in enumerate((one for one in booking.set_offs if one.claim == claim.name), start=1):
		advance = one.advance
		rows.append(
			(
				*(frappe.generate_hash(length=16), user, user, at, at, 1),
				*(claim.name, records.CLAIM, "advances", number),
				*(advance.voucher_type, advance.voucher_no, advance.posting_date, advance_account),
				*(advance.amount, one.amount, claim.currency),
			)
		)
	insert_rows(records.ADVANCE, _ADVANCE_FIELDS, rows)


def _take_back(row: frappe._dict) -> None:
	"""Cancel the Journal Entry of a claim, or delete its draft, and book anew what stood in it with the claim."""
	name = row.journal_entry
	together = claims_of(name)
	if not any(claim.name == row.name for claim in together):  # this one is cancelled in the database already
		together.append(row)
	payments.refresh([name], together)
	_refuse_paid(row, together)
	others = [claim for claim in together if claim.name != row.name]
	journal = frappe.get_doc(JOURNAL, name, for_update=True) if frappe.db.exists(JOURNAL, name) else None
	cancelled = journal and int(journal.docstatus) == 1
	_clear([row], CANCELLED if cancelled else "", name if cancelled else None)
	_clear(others, TO_POST)
	if cancelled:
		_set_docstatus(journal, 2)
	elif journal and int(journal.docstatus) == 0:
		journal.delete(ignore_permissions=True)
	book([claim.name for claim in others])


def _refuse_paid(row: Mapping, together: Iterable[Mapping]) -> None:
	paid = sum(flt(claim.get("paid_amount")) for claim in together)
	if paid > rules.TOLERANCE:
		text = _(
			"{0} of {1} was paid already. Cancel the payment first, then the claim. Nothing was cancelled."
		)
		frappe.throw(
			text.format(
				fmt_money(paid, currency=row.get("currency")), frappe.bold(escape_html(row["journal_entry"]))
			),
			PostingError,
			title=_("Paid already"),
		)


def _clear(
	rows: Sequence[Mapping], status: str, journal: str | None = None, with_advances: bool = True
) -> None:
	"""Nothing is booked of these claims any more."""
	for row in rows:
		values = {**_NOTHING_BOOKED, "journal_status": status, "journal_entry": journal}
		if row.get("status") == rules.LOCKED and int(row.get("docstatus") or 0) == 1:
			values.update({"payable_amount": row.get("total_accounts"), "payment_status": "Unpaid"})
		records.update(row, values, now_datetime(), frappe.session.user)
	if with_advances:
		_delete_advances([row.get("name") for row in rows])


def _set_off(claim: str) -> float:
	"""What is set off against a claim."""
	filters = {"parent": claim, "parenttype": records.CLAIM}
	return sum(frappe.get_all(records.ADVANCE, filters, pluck="set_off_amount", limit=0))


def _delete_advances(claims: Sequence[str]) -> None:
	"""By name: deleting by parent where there are none locks the gap in which others write theirs."""
	filters = {"parent": ["in", [*claims, ""]], "parenttype": records.CLAIM}
	if names := frappe.get_all(records.ADVANCE, filters, pluck="name", limit=0):
		frappe.db.delete(records.ADVANCE, {"name": ["in", names]})


def _take_over(claim: Document) -> None:
	"""The document that somebody has just locked or cancelled says what the database says."""
	claim.update(frappe.db.get_value(records.CLAIM, claim.name, _OF_APP, as_dict=True))
	rows = frappe.get_all(
		records.ADVANCE, {"parent": claim.name, "parenttype": records.CLAIM}, ["*"], order_by="idx", limit=0
	)
	claim.set("advances", rows)
