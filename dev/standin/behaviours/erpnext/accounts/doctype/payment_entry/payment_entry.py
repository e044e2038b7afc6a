"""Payment Entry: money paid to or received from a party, allocated to the vouchers that it settles. In the company's
currency only."""

from __future__ import annotations

import frappe
from erpnext.accounts.general_ledger import OWED, make_gl_entries, make_reverse_gl_entries
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt


class PaymentEntry(Document):
	def validate(self) -> None:
		self.set_missing()
		for row in self.references:
			self.validate_reference(row)
		self.total_allocated_amount = flt(sum(flt(row.allocated_amount) for row in self.references), 9)
		self.unallocated_amount = flt(self.paid_amount - self.total_allocated_amount, 9)
		self.difference_amount = 0
		if self.unallocated_amount < 0:
			frappe.throw(_("Total Allocated Amount cannot be greater than the amount paid"))
		self.status = {0: "Draft", 1: "Submitted", 2: "Cancelled"}[int(self.docstatus)]

	def set_missing(self) -> None:
		if flt(self.paid_amount) <= 0:
			frappe.throw(_("Paid Amount is mandatory"))
		for side in ("paid_from", "paid_to"):
			currency, account_type = frappe.get_cached_value(
				"Account", self.get(side), ["account_currency", "account_type"]
			)
			self.set(f"{side}_account_currency", currency)
			if account_type == "Bank" and not self.reference_no:
				frappe.throw(_("Reference No and Reference Date is mandatory for Bank transaction"))
		self.source_exchange_rate = self.target_exchange_rate = 1
		self.received_amount = self.received_amount or self.paid_amount
		if self.party_type == "Employee":
			self.party_name = frappe.db.get_value("Employee", self.party, "employee_name")
		self.title = self.party_name or self.party

	def validate_reference(self, row: Document) -> None:
		filters = {
			"against_voucher_type": row.reference_doctype,
			"against_voucher_no": row.reference_name,
			"account": self.party_account(),
			"party": self.party,
			"delinked": 0,
		}
		amounts = frappe.get_all("Payment Ledger Entry", filters, pluck="amount", limit=0)
		if not amounts:
			text = _("{0} {1} is not submitted, or does not have an account {2} of {3}")
			frappe.throw(
				text.format(row.reference_doctype, row.reference_name, filters["account"], self.party)
			)
		row.outstanding_amount = flt(sum(amounts), 9) if self.docstatus == 0 else row.outstanding_amount
		row.exchange_rate = 1
		if self.docstatus < 2 and flt(row.allocated_amount) > row.outstanding_amount:
			text = _("Row #{0}: Allocated Amount cannot be greater than outstanding amount.")
			frappe.throw(text.format(row.idx))

	def party_account(self) -> str:
		return self.paid_from if self.payment_type == "Receive" else self.paid_to

	def on_submit(self) -> None:
		make_gl_entries(self, [*self.party_entries(), *self.bank_entry()])

	def on_cancel(self) -> None:
		self.ignore_linked_doctypes = ("GL Entry", "Payment Ledger Entry")
		make_reverse_gl_entries(self)

	def party_entries(self) -> list[dict]:
		side = "credit" if self.payment_type == "Receive" else "debit"
		shared = {"account": self.party_account(), "party_type": self.party_type, "party": self.party}
		entries = [
			{
				**shared,
				side: row.allocated_amount,
				"against_voucher_type": row.reference_doctype,
				"against_voucher": row.reference_name,
			}
			for row in self.references
			if row.allocated_amount
		]
		return [*entries, {**shared, side: self.unallocated_amount}] if self.unallocated_amount else entries

	def bank_entry(self) -> list[dict]:
		receives = self.payment_type == "Receive"
		account, side = (self.paid_to, "debit") if receives else (self.paid_from, "credit")
		party = None
		if frappe.get_cached_value("Account", account, "account_type") in OWED:
			party = {"party_type": self.party_type, "party": self.party}
		return [{"account": account, side: self.paid_amount, **(party or {})}]
