"""Takes the demo's expense claims away: payments, claims and their files, bookings, forwardings, stand-ins, settings."""

from __future__ import annotations

from collections.abc import Iterable

import frappe
from frappe.model.document import Document

from sales_activity.demo import catalogue, documents
from sales_activity.demo.claim_history import PAYMENT
from sales_activity.sales_activity.expenses import records
from sales_activity.sales_activity.expenses.forwarding import FORWARDING
from sales_activity.sales_activity.expenses.people import STAND_IN
from sales_activity.sales_activity.expenses.posting import JOURNAL, SETTINGS
from sales_activity.sales_activity.expenses.records import CLAIM, LINE

# in the order in which they hold on to each other
DOCTYPES = (PAYMENT, CLAIM, JOURNAL, FORWARDING)
LEDGERS = ("GL Entry", "Payment Ledger Entry")
PER_COMPANY = ("Expense Company Account", "Sales Expense Account", "Sales Expense Rate")

Key = tuple[str, str]


def keys(companies: Iterable[str]) -> list[Key]:
	"""Everything of these companies, what others hold on to last."""
	found = [
		(doctype, name)
		for doctype in DOCTYPES
		for name in frappe.get_all(
			doctype, {"company": ("in", list(companies))}, pluck="name", order_by="creation desc"
		)
	]
	return found + [
		(STAND_IN, name) for name in frappe.get_all(STAND_IN, {"user": ("in", _users())}, pluck="name")
	]


def remove(doctype: str, name: str) -> None:
	"""Cancel and delete one of them. A claim's log and files, and what is in the ledgers, go with it."""
	if not frappe.db.exists(doctype, name):  # a draft of a booking goes with its claim
		return
	doc = frappe.get_doc(doctype, name)
	if doctype == FORWARDING:  # refuses: what went to Accounts is history, and that goes too
		doc.db_set("docstatus", 2)
	elif doc.docstatus.is_submitted():
		documents.cancel(doc)
	if doctype == CLAIM:
		_delete_receipts(doc)
		records.delete_moves([name])
		# a draft of a booking was deleted with its claim
		frappe.db.delete(
			"Deleted Document", {"deleted_doctype": JOURNAL, "deleted_name": doc.journal_entry or ""}
		)
	for ledger in LEDGERS:
		frappe.db.delete(ledger, {"voucher_type": doctype, "voucher_no": name})
	_delete(doctype, name)
	_delete_mails(doctype, name)


def forget_settings(companies: Iterable[str]) -> None:
	"""What the settings and the expense types say of these companies and their people."""
	for doctype in PER_COMPANY:
		frappe.db.delete(doctype, {"company": ("in", list(companies))})
	if frappe.db.get_single_value(SETTINGS, "escalate_to") in _users():
		frappe.db.set_single_value(SETTINGS, "escalate_to", None)
	frappe.clear_document_cache(SETTINGS, SETTINGS)
	for name in frappe.get_all("Sales Expense Type", pluck="name", limit=0):
		frappe.clear_document_cache("Sales Expense Type", name)


def _users() -> list[str]:
	return [person.email for person in (*catalogue.PEOPLE, *catalogue.OFFICE)]


def _delete(doctype: str, name: str) -> None:
	"""A claim refuses once it was sent, and goes all the same."""
	frappe.delete_doc(
		*(doctype, name),
		force=True,
		ignore_permissions=True,
		ignore_on_trash=doctype == CLAIM,
		delete_permanently=True,
	)


def _delete_receipts(claim: Document) -> None:
	"""Those of its lines; Frappe deletes what is attached to the claim itself."""
	attached = {"attached_to_doctype": LINE, "attached_to_name": ("in", [row.name for row in claim.expenses])}
	for name in frappe.get_all("File", attached, pluck="name", limit=0):
		flags = {"released": True}
		frappe.delete_doc("File", name, ignore_permissions=True, flags=flags, delete_permanently=True)


def _delete_mails(doctype: str, name: str) -> None:
	mails = frappe.get_all(
		"Email Queue", {"reference_doctype": doctype, "reference_name": name}, pluck="name"
	)
	for mail in mails:
		frappe.db.delete("Email Queue Recipient", {"parent": mail})
		frappe.db.delete("Email Queue", {"name": mail})
