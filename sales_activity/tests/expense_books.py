"""What the tests need to book expenses: accounts of the company, where each expense type is booked, payments, ledgers."""

from __future__ import annotations

from collections.abc import Iterable

import frappe
from frappe.model.document import Document

from sales_activity.demo import books
from sales_activity.tests import factories

COMPANY = factories.COMPANY
SETTINGS = "Sales Activity Settings"
TRAVEL, LODGING, INPUT_TAX, PAYABLE, ADVANCES, PURSE = (
	*("House Travel", "House Lodging", "House Input Tax"),
	*("House Owed to Staff", "House Advances", "House Purse"),
)
# account, its root type, its type
KINDS = (
	(TRAVEL, "Expense", "Expense Account"),
	(LODGING, "Expense", "Expense Account"),
	(INPUT_TAX, "Asset", ""),
	(PAYABLE, "Liability", "Payable"),
	(ADVANCES, "Asset", ""),
	(PURSE, "Asset", "Cash"),
)
TAX = 18


def build(types: Iterable[str], company: str = COMPANY, taxed: Iterable[str] = ()) -> None:
	"""Accounts of a company, and expense types booked on them; those ``taxed`` with tax included. The caller undoes it."""
	books.party_type()
	for name, root_type, account_type in KINDS:
		account(name, root_type, account_type, company)
	taxed = set(taxed)
	for name in types:
		doc = frappe.get_doc("Sales Expense Type", name)
		if any(row.company == company for row in doc.accounts):
			continue
		row = {"company": company, "expense_account": named(TRAVEL, company)}
		if name in taxed:
			row.update({"expense_account": named(LODGING, company), "tax_rate": TAX})
			row["tax_account"] = named(INPUT_TAX, company)
		doc.append("accounts", row)
		doc.save()
	settings = frappe.get_doc(SETTINGS)
	if not any(row.company == company for row in settings.expense_accounts):
		settings.append(
			"expense_accounts",
			{
				"company": company,
				"payable_account": named(PAYABLE, company),
				"advance_account": named(ADVANCES, company),
			},
		)
		settings.save()


def account(name: str, root_type: str, account_type: str, company: str = COMPANY) -> str:
	"""An account below the root of its kind."""
	return books.account(name, root_type, account_type, company)


def cost_center(name: str, company: str = COMPANY) -> str:
	"""A cost center below the root."""
	if found := frappe.db.get_value("Cost Center", {"company": company, "cost_center_name": name}):
		return found
	parent = frappe.db.get_value("Cost Center", {"company": company, "is_group": 1})
	values = {"cost_center_name": name, "parent_cost_center": parent, "company": company}
	return factories.make("Cost Center", **values).name


def named(name: str, company: str = COMPANY) -> str:
	"""An account's name in a company."""
	return books.named(name, company)


def settings(**values: object) -> None:
	"""Settings of expenses, as they are to be."""
	doc = frappe.get_doc(SETTINGS)
	doc.update(values)
	doc.save()


def advance(employee: str, amount: float, on: str | None = None, company: str = COMPANY) -> Document:
	"""Money that an employee gets before they spend it."""
	return journal(
		[
			(named(ADVANCES, company), amount, 0, employee),
			(named(PURSE, company), 0, amount, None),
		],
		on,
		company,
	)


def journal(
	rows: Iterable[books.Row],
	on: str | None = None,
	company: str = COMPANY,
	against: str | None = None,
	submit: bool = True,
) -> Document:
	"""A Journal Entry of rows (account, debit, credit, employee); ``against``: the one whose debt it settles."""
	return books.journal(rows, company, on, against, submit)


def pay(
	employee: str, amount: float, of: str | None = None, company: str = COMPANY, submit: bool = True
) -> Document:
	"""A Payment Entry to an employee, of a Journal Entry or of nothing yet."""
	accounts = named(PURSE, company), named(PAYABLE, company)
	return books.payment(employee, amount, company, *accounts, of, submit=submit)


def ledger(voucher: str) -> dict[str, float]:
	"""What a voucher booked: debit less credit by account, without the company's abbreviation."""
	rows = frappe.get_all(
		"GL Entry",
		{"voucher_no": voucher, "is_cancelled": 0},
		["account", "debit", "credit"],
		order_by="account",
		limit=0,
	)
	found: dict[str, float] = {}
	for row in rows:
		name = row.account.rsplit(" - ", 1)[0]
		found[name] = round(found.get(name, 0.0) + row.debit - row.credit, 6)
	return found


def balance(account_name: str, employee: str | None = None, company: str = COMPANY) -> float:
	"""Debit less credit of an account, of all or of an employee."""
	filters = {"account": named(account_name, company), "is_cancelled": 0}
	if employee:
		filters["party"] = employee
	rows = frappe.get_all("GL Entry", filters, ["debit", "credit"], limit=0)
	return round(sum(row.debit - row.credit for row in rows), 6)


def reconcile(payment: Document, journal: str, amount: float) -> None:
	"""What the reconciliation tool does with a payment that was of nothing yet."""
	from erpnext.accounts.utils import reconcile_against_document

	reconcile_against_document(
		[
			frappe._dict(
				voucher_type="Payment Entry",
				voucher_no=payment.name,
				voucher_detail_no=None,
				against_voucher_type="Journal Entry",
				against_voucher=journal,
				account=payment.paid_to,
				party_type="Employee",
				party=payment.party,
				is_advance=None,
				dr_or_cr="debit_in_account_currency",
				unadjusted_amount=payment.unallocated_amount,
				allocated_amount=amount,
				grand_total=amount,
				outstanding_amount=amount,
				exchange_rate=1,
				difference_amount=0,
				dimensions=None,
			)
		]
	)


def unreconcile(payment: Document, journal: str) -> Document:
	"""Take a payment off a Journal Entry again."""
	row = {
		"reference_doctype": "Journal Entry",
		"reference_name": journal,
		"account": payment.paid_to,
		"party_type": "Employee",
		"party": payment.party,
	}
	doc = frappe.get_doc(
		{
			"doctype": "Unreconcile Payment",
			"company": payment.company,
			"voucher_type": "Payment Entry",
			"voucher_no": payment.name,
			"allocations": [row],
		}
	)
	doc.insert()
	return doc.submit() or doc
