"""Company: a new one gets the few accounts, the cost centre and the warehouses that documents name."""

from __future__ import annotations

import frappe
from erpnext.accounts.utils import name_in_company
from frappe import _
from frappe.utils.nestedset import NestedSet

# account, its group, its root type, its type
ACCOUNTS = (
	("Debtors", "Assets", "Asset", "Receivable", "default_receivable_account"),
	("Creditors", "Liabilities", "Liability", "Payable", "default_payable_account"),
	("Sales", "Income", "Income", "Income Account", "default_income_account"),
	("Cost of Goods Sold", "Expenses", "Expense", "Cost of Goods Sold", "default_expense_account"),
)


class Company(NestedSet):
	nsm_parent_field = "parent_company"

	def validate(self) -> None:
		self.abbr = (self.abbr or "".join(word[0] for word in self.company_name.split())).strip().upper()
		if frappe.db.exists("Company", {"abbr": self.abbr, "name": ("!=", self.name)}):
			frappe.throw(_("Abbreviation already used for another company"))

	def on_update(self) -> None:
		super().on_update()
		frappe.clear_document_cache("Company", self.name)
		if not frappe.db.exists("Account", {"company": self.name}):
			self.create_accounts()
		if not frappe.db.exists("Cost Center", {"company": self.name}):
			self.create_cost_center()
		if not frappe.db.exists("Warehouse", {"company": self.name}):
			self.create_warehouses()
		frappe.db.set_value("Currency", self.default_currency, "enabled", 1)

	def add(self, doctype: str, **values: str | int | None) -> str:
		"""Insert a record of this company; returns its name."""
		doc = frappe.get_doc({"doctype": doctype, "company": self.name, **values})
		doc.flags.ignore_permissions = doc.flags.ignore_mandatory = True
		return doc.insert().name

	def create_accounts(self) -> None:
		for account, group, root_type, account_type, default in ACCOUNTS:
			shared = {"root_type": root_type, "account_currency": self.default_currency}
			parent = self.add("Account", account_name=group, is_group=1, **shared)
			name = self.add(
				"Account", account_name=account, parent_account=parent, account_type=account_type, **shared
			)
			self.db_set(default, name)

	def create_cost_center(self) -> None:
		parent = self.add("Cost Center", cost_center_name=self.name, is_group=1)
		self.add("Cost Center", cost_center_name="Main", parent_cost_center=parent)
		self.db_set("cost_center", name_in_company("Main", self.name))

	def create_warehouses(self) -> None:
		parent = self.add("Warehouse", warehouse_name="All Warehouses", is_group=1)
		for name in ("Stores", "Finished Goods"):
			self.add("Warehouse", warehouse_name=name, parent_warehouse=parent)
