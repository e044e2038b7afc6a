"""A tree of one company, whose records carry the company's abbreviation."""

from __future__ import annotations

import frappe
from erpnext.accounts.utils import name_in_company
from frappe.utils.nestedset import NestedSet

PROFIT_AND_LOSS = ("Income", "Expense")


class Account(NestedSet):
	nsm_parent_field = "parent_account"

	def autoname(self) -> None:
		self.name = name_in_company(self.account_name, self.company)

	def validate(self) -> None:
		if self.parent_account:
			self.root_type = frappe.db.get_value("Account", self.parent_account, "root_type")
		self.report_type = "Profit and Loss" if self.root_type in PROFIT_AND_LOSS else "Balance Sheet"
		self.account_currency = self.account_currency or frappe.get_cached_value(
			"Company", self.company, "default_currency"
		)
