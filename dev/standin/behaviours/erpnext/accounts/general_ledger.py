"""What a voucher posts: GL Entries, and Payment Ledger Entries for what is owed to or by somebody."""

from __future__ import annotations

from collections.abc import Iterable

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

OWED = ("Receivable", "Payable")


def make_gl_entries(voucher: Document, rows: Iterable[dict]) -> None:
	"""Post rows (account, debit, credit, party...) of a submitted voucher; the Payment Ledger comes first, as in ERPNext.
	They are documents, so that their events are heard."""
	shared = {
		"voucher_type": voucher.doctype,
		"voucher_no": voucher.name,
		"company": voucher.company,
		"posting_date": voucher.posting_date,
	}
	entries = [frappe._dict({**shared, **row}) for row in rows]
	if flt(sum(flt(row.debit) - flt(row.credit) for row in entries), 6):
		frappe.throw(_("Debit and Credit not equal for {0} #{1}").format(voucher.doctype, voucher.name))
	make_payment_ledger_entries(entries)
	for entry in entries:
		post(
			"GL Entry",
			entry,
			debit_in_account_currency=entry.debit,
			credit_in_account_currency=entry.credit,
		)


def make_payment_ledger_entries(entries: Iterable[frappe._dict], cancel: bool = False) -> None:
	"""What is owed, by the voucher that it is settled against: the one named, or the voucher itself."""
	for entry in entries:
		account_type = frappe.get_cached_value("Account", entry.account, "account_type")
		if account_type not in OWED:
			continue
		amount = flt(entry.debit) - flt(entry.credit)
		amount = amount if account_type == "Receivable" else -amount
		against = {
			"against_voucher_type": entry.against_voucher_type or entry.voucher_type,
			"against_voucher_no": entry.against_voucher or entry.voucher_no,
		}
		if cancel:
			delink(entry, against)
			amount = -amount
		post(
			"Payment Ledger Entry",
			{field: entry[field] for field in entry if field not in ("name", "amount")},
			**against,
			account_type=account_type,
			amount=amount,
			amount_in_account_currency=amount,
			delinked=int(cancel),
		)


def delink(entry: frappe._dict, against: dict) -> None:
	"""Let the Payment Ledger Entry of a cancelled voucher count no more; not as a document, as in ERPNext."""
	filters = {field: entry[field] for field in ("company", "account", "party", "voucher_type", "voucher_no")}
	frappe.db.set_value("Payment Ledger Entry", {**filters, **against}, "delinked", 1)


def make_reverse_gl_entries(voucher: Document) -> None:
	"""What cancelling a voucher posts: the same the other way round, and none of it counts."""
	filters = {"voucher_type": voucher.doctype, "voucher_no": voucher.name, "is_cancelled": 0}
	entries = frappe.get_all("GL Entry", filters, ["*"], order_by="creation, name", limit=0)
	make_payment_ledger_entries(entries, cancel=True)
	frappe.db.set_value("GL Entry", filters, "is_cancelled", 1)
	for entry in entries:
		post(
			"GL Entry",
			entry,
			debit=entry.credit,
			credit=entry.debit,
			debit_in_account_currency=entry.credit,
			credit_in_account_currency=entry.debit,
			is_cancelled=1,
		)


def post(doctype: str, entry: dict, **values: object) -> None:
	"""Write one entry of a ledger."""
	doc = frappe.new_doc(doctype)
	known = {field.fieldname for field in doc.meta.fields}
	doc.update({field: value for field, value in {**entry, **values}.items() if field in known})
	doc.flags.ignore_permissions = True
	doc.submit()
