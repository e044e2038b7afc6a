"""GL Entry: a date in a fiscal year, an account that can be posted to, a party where something is owed."""

from __future__ import annotations

import frappe
from erpnext.accounts.general_ledger import OWED
from erpnext.accounts.utils import get_fiscal_year
from frappe import _
from frappe.model.document import Document


class GLEntry(Document):
	def validate(self) -> None:
		self.flags.ignore_submit_comment = True
		self.fiscal_year = get_fiscal_year(self.posting_date, company=self.company)[0]
		account = frappe.get_cached_doc("Account", self.account)
		if account.company != self.company or account.is_group:
			text = _("{0} {1}: Account {2} does not belong to Company {3}, or is a group")
			frappe.throw(text.format(self.voucher_type, self.voucher_no, self.account, self.company))
		if self.is_cancelled:
			return
		if account.disabled:
			text = _("Cannot create accounting entries against disabled accounts: {0}")
			frappe.throw(text.format(self.account))
		if account.account_type in OWED and not self.party:
			text = _("{0} {1}: A party is required against account {2}")
			frappe.throw(text.format(self.voucher_type, self.voucher_no, self.account))
		if self.party and account.account_type and account.account_type not in (*OWED, "Equity"):
			text = _("Party Type and Party can only be set for Receivable / Payable account {0}")
			frappe.throw(text.format(self.account))
		if account.report_type == "Profit and Loss" and not self.cost_center:
			text = _("{0} {1}: Cost Center is required for 'Profit and Loss' account {2}.")
			frappe.throw(text.format(self.voucher_type, self.voucher_no, self.account))
