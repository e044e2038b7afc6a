"""What of a claim is paid: as ERPNext's Payment Ledger has it, reckoned anew each time, never added up.

Whatever settles our Journal Entry (a Payment Entry, another Journal Entry, the reconciliation tool) writes Payment Ledger
Entries against it; a cancelled one counts no more (``erpnext.accounts.utils.create_payment_ledger_entry``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import frappe
from frappe.model.document import Document
from frappe.query_builder.functions import Sum
from frappe.utils import flt, now_datetime

from sales_activity.sales_activity.expenses import accounts, entries, records, rules

LEDGER, JOURNAL, EMPLOYEE = "Payment Ledger Entry", "Journal Entry", "Employee"
UNPAID, PARTLY, PAID = "Unpaid", "Partly Paid", "Paid"
# what a claim says of a Journal Entry that is there
BOOKED = frozenset({"Draft", "Posted"})
# the claims of so many Journal Entries are looked at in one query
BATCH = 500


def status_of(payable: float, paid: float) -> str:
	"""Unpaid, Partly Paid or Paid; nothing to pay is paid."""
	if paid + rules.TOLERANCE >= payable:
		return PAID
	return PARTLY if paid > rules.TOLERANCE else UNPAID


def refresh(journals: Iterable[str], claims: Sequence[Mapping] | None = None) -> int:
	"""Write into the claims of these Journal Entries what is paid of them; returns how many changed.

	``claims``: their rows, if the caller has locked them. A payment of several claims in one Journal Entry goes to them
	in the order of their names.
	"""
	rows = lock(journals) if claims is None else claims
	if not rows:
		return 0
	of_journal: dict[str, list[Mapping]] = defaultdict(list)
	for row in rows:
		of_journal[row["journal_entry"]].append(row)
	paid = _paid(of_journal, now=any(row.get("is_newer", True) for row in rows))
	return sum(_write(rows, paid.get(journal, 0.0)) for journal, rows in of_journal.items())


def lock(journals: Iterable[str]) -> list[frappe._dict]:
	"""The claims of these Journal Entries as they are now, their rows locked in the order of their names. ``is_newer``:
	somebody wrote into it after this transaction began to read, so that the Payment Ledger is to be read anew too."""
	named = sorted(set(journals) - {"", None})
	if not named:  # an empty text among them would stand for every claim without one
		return []
	seen = frappe.get_all(
		records.CLAIM,
		filters={
			"journal_entry": ["in", named],
			"docstatus": 1,
			"journal_status": ["in", sorted(BOOKED)],
		},
		fields=["name", "modified"],
		order_by="name",
		limit=0,
	)
	rows = [(records.lock(one.name), one.modified) for one in seen]
	return [
		frappe._dict(row, is_newer=row.modified != modified)
		for row, modified in rows
		if row and row.docstatus == 1 and row.journal_status in BOOKED
	]


def lock_settled(rows: Iterable[Mapping], doctype: str, name: str) -> None:
	"""Lock the claims that a voucher is about to pay, or pays no more: of two payments at once the second waits here, and
	sees what the first one wrote. ``rows`` name what they settle in the fields ``doctype`` and ``name``."""
	lock({row.get(name) for row in rows if row.get(doctype) == JOURNAL and row.get(name)})


def follow(entry: Document) -> None:
	"""An entry of the Payment Ledger was written. Call it in ``on_update`` of Payment Ledger Entry."""
	if entry.against_voucher_type == JOURNAL and entry.party_type == EMPLOYEE:
		refresh([entry.against_voucher_no])


def refresh_all() -> None:
	"""Every night: what ERPNext changed past its documents' events (unreconciled, reposted). Commits batch by batch."""
	journals = frappe.get_all(
		records.CLAIM,
		filters={"docstatus": 1, "journal_status": "Posted"},
		fields=["journal_entry"],
		distinct=True,
		order_by="journal_entry",
		pluck="journal_entry",
		limit=0,
	)
	for start in range(0, len(journals), BATCH):
		refresh(_differing(journals[start : start + BATCH]))
		frappe.db.commit()


def _differing(journals: Sequence[str]) -> list[str]:
	"""Those of which claims say something else than the Payment Ledger. Two queries."""
	rows = frappe.get_all(
		records.CLAIM,
		filters={"docstatus": 1, "journal_entry": ["in", journals]},
		fields=[
			"name",
			"journal_entry",
			"employee",
			"company",
			"payable_amount",
			"paid_amount",
			"payment_status",
		],
		order_by="name",
		limit=0,
	)
	of_journal: dict[str, list[Mapping]] = defaultdict(list)
	for row in rows:
		of_journal[row.journal_entry].append(row)
	paid = _paid(of_journal)
	return [
		journal
		for journal, claims in of_journal.items()
		if any(_changes(row, share) for row, share in _shares(claims, paid.get(journal, 0.0)))
	]


def _paid(of_journal: Mapping[str, Sequence[Mapping]], now: bool = False) -> dict[str, float]:
	"""What others than the Journal Entry itself entered against it, for its employee; credits of a Payable account count
	up, so that payments are negative. What settles the advance that it sets off is no payment. ``now``: under lock, past
	what the transaction saw first."""
	ledger = frappe.qb.DocType(LEDGER)
	query = (
		frappe.qb.from_(ledger)
		.select(ledger.against_voucher_no, ledger.account, Sum(ledger.amount))
		.where(ledger.against_voucher_type == JOURNAL)
		.where(ledger.against_voucher_no.isin(sorted(of_journal)))
		.where((ledger.party_type == EMPLOYEE) & (ledger.delinked == 0))
		.where(ledger.party.isin(sorted({row["employee"] for rows in of_journal.values() for row in rows})))
		.where((ledger.voucher_type != JOURNAL) | (ledger.voucher_no != ledger.against_voucher_no))
		.groupby(ledger.against_voucher_no, ledger.account)
	)
	found = (query.for_update() if now else query).run()
	if not found:
		return {}
	names = [row["name"] for rows in of_journal.values() for row in rows]
	ours = {account for (account,) in _advance_accounts(names)}
	paid: dict[str, float] = defaultdict(float)
	for journal, account, amount in found:
		if account not in ours:
			paid[journal] -= flt(amount)
	return paid


def _advance_accounts(claims: Sequence[str]) -> tuple:
	"""The accounts on which these claims set something off."""
	advance = frappe.qb.DocType(records.ADVANCE)
	query = frappe.qb.from_(advance).select(advance.account).distinct()
	return query.where(advance.parent.isin(claims) & (advance.parenttype == records.CLAIM)).run()


def _shares(claims: Sequence[Mapping], paid: float) -> list[tuple[Mapping, float]]:
	digits = accounts.digits_of(claims[0]["company"])
	owed = [(row["name"], flt(row["payable_amount"])) for row in claims]
	shares = entries.share_out(paid, owed, digits)
	return [(row, shares[row["name"]]) for row in claims]


def _write(claims: Sequence[Mapping], paid: float) -> int:
	changed = 0
	for row, share in _shares(claims, paid):
		if _changes(row, share):
			values = {"paid_amount": share, "payment_status": status_of(flt(row["payable_amount"]), share)}
			records.update(row, values, now_datetime(), frappe.session.user)
			changed += 1
	return changed


def _changes(row: Mapping, paid: float) -> bool:
	before = (flt(row["paid_amount"]), row["payment_status"])
	status = status_of(flt(row["payable_amount"]), paid)
	return abs(before[0] - paid) > rules.TOLERANCE or before[1] != status
