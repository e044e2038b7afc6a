"""Journal Entry: rows that balance, in the company's currency only."""

from __future__ import annotations

import frappe
from erpnext.accounts.general_ledger import OWED, make_gl_entries, make_reverse_gl_entries
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

# more rows are submitted and cancelled by a worker
AT_ONCE = 100


class JournalEntry(Document):
	def validate(self) -> None:
		if not self.accounts:
			frappe.throw(_("Accounts table cannot be blank."))
		for row in self.accounts:
			self.set_row(row)
			self.validate_party(row)
			self.validate_reference(row)
		self.total_debit = flt(sum(row.debit for row in self.accounts), self.precision("total_debit"))
		self.total_credit = flt(sum(row.credit for row in self.accounts), self.precision("total_credit"))
		self.difference = flt(self.total_debit - self.total_credit, self.precision("difference"))
		if self.docstatus == 0:
			self.set_against()
		self.remark = _("Note: {0}").format(self.user_remark) if self.user_remark else self.remark
		if self.cheque_no and not self.cheque_date:
			frappe.throw(_("Please enter Reference date"), frappe.MandatoryError)
		if self.is_new() or not self.title:
			self.title = self.pay_to_recd_from or self.accounts[0].account

	def set_row(self, row: Document) -> None:
		currency, account_type = frappe.get_cached_value(
			"Account", row.account, ["account_currency", "account_type"]
		)
		company_currency = frappe.get_cached_value("Company", self.company, "default_currency")
		if currency and currency != company_currency and not self.multi_currency:
			frappe.throw(_("Please check Multi Currency option to allow accounts with other currency"))
		row.account_currency, row.account_type, row.exchange_rate = currency, account_type, 1
		for side in ("debit", "credit"):
			field = f"{side}_in_account_currency"
			row.set(field, flt(row.get(field), row.precision(field)))
			row.set(side, row.get(field))
		if not row.debit and not row.credit:
			frappe.throw(_("Row {0}: Both Debit and Credit values cannot be zero").format(row.idx))
		if row.debit and row.credit:
			frappe.throw(_("You cannot credit and debit same account at the same time"))

	def validate_party(self, row: Document) -> None:
		if row.account_type not in OWED:
			return
		if not (row.party_type and row.party):
			text = _("Row {0}: Party Type and Party is required for Receivable / Payable account {1}")
			frappe.throw(text.format(row.idx, row.account))
		kind = frappe.db.get_value("Party Type", row.party_type, "account_type")
		if kind != row.account_type and row.party_type != "Employee":
			text = _("Row {0}: Account {1} and Party Type {2} have different account types")
			frappe.throw(text.format(row.idx, row.account, row.party_type))

	def validate_reference(self, row: Document) -> None:
		if row.reference_type != "Journal Entry":
			return
		side = "debit" if row.credit else "credit"
		filters = {"parent": row.reference_name, "account": row.account, "docstatus": 1, side: (">", 0)}
		if row.reference_name == self.name or not frappe.db.exists("Journal Entry Account", filters):
			text = _("Against Journal Entry {0} does not have any unmatched {1} entry")
			frappe.throw(text.format(row.reference_name, side))

	def set_against(self) -> None:
		for row in self.accounts:
			side = "credit" if row.debit else "debit"
			others = [other.party or other.account for other in self.accounts if other.get(side)]
			row.against_account = ", ".join(dict.fromkeys(others))

	@frappe.whitelist()
	def submit(self) -> Document | None:
		if len(self.accounts) > AT_ONCE:
			return self.queue_action("submit", timeout=4600)
		return self._submit()

	@frappe.whitelist()
	def cancel(self) -> Document | None:
		if len(self.accounts) > AT_ONCE:
			return self.queue_action("cancel", timeout=4600)
		return self._cancel()

	def before_submit(self) -> None:
		if self.difference:
			text = _("Total Debit must be equal to Total Credit. The difference is {0}")
			frappe.throw(text.format(self.difference))

	def on_submit(self) -> None:
		make_gl_entries(self, [self.entry_of(row) for row in self.accounts])

	def on_cancel(self) -> None:
		self.ignore_linked_doctypes = ("GL Entry", "Payment Ledger Entry")
		make_reverse_gl_entries(self)

	def entry_of(self, row: Document) -> dict:
		fields = ("account", "account_currency", "cost_center", "party_type", "party", "debit", "credit")
		return {
			**{field: row.get(field) for field in fields},
			"against": row.against_account,
			"against_voucher_type": row.reference_type,
			"against_voucher": row.reference_name,
			"remarks": "\n".join(filter(None, [row.user_remark, self.remark])),
		}
