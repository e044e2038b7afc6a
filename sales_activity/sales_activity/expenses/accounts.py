"""Where an expense is booked: what the expense type, the settings and the company say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.meta import get_field_precision
from frappe.utils import cstr, escape_html, flt, formatdate

from sales_activity.sales_activity.expenses.entries import Expense

SETTINGS, TYPE = "Sales Activity Settings", "Sales Expense Type"


class AccountMissingError(frappe.ValidationError):
	"""Nobody has said on which account something is booked, or that account can't be booked to."""


class CompanyAccounts(NamedTuple):
	"""The accounts of a company. ``advance``: None where advances are not set off."""

	company: str
	payable: str
	advance: str | None
	cost_center: str | None


def of_company(company: str) -> CompanyAccounts:
	"""What the settings say of a company. Raises AccountMissingError."""
	rows = frappe.get_cached_doc(SETTINGS).expense_accounts
	row = next((row for row in rows if row.company == company), None)
	if not row or not row.payable_account:
		_refuse(
			_(
				"Nobody has said on which account {0} owes its employees their expenses. Enter it in the Sales Activity"
				" Settings, tab Expenses, table Accounts."
			).format(_bold(company))
		)
	# an advance on the account that pays is set off by what is owed there anyway
	advance = row.advance_account if row.advance_account != row.payable_account else None
	for account in filter(None, (row.payable_account, advance)):
		_check_account(account, company)
	return CompanyAccounts(
		company, row.payable_account, advance, row.default_cost_center or _cost_center(company)
	)


def of_lines(claim: str, lines: Iterable[Mapping], accounts: CompanyAccounts) -> list[Expense]:
	"""The locked lines of a claim with where they are booked. Raises AccountMissingError that names every expense type
	that nobody has entered an account for."""
	lines = [line for line in lines if flt(line.get("accounts_amount")) > 0]
	rows = {name: _row_of_type(name, accounts.company) for name in {line["expense_type"] for line in lines}}
	missing = sorted(name for name, row in rows.items() if not row)
	if missing:
		_refuse(
			_(
				"No account is entered for the expense type {0} in {1}. Enter it in the expense type, table Accounts."
			).format(_bold(", ".join(missing)), _bold(accounts.company))
		)
	return [_expense(claim, line, rows[line["expense_type"]], accounts) for line in lines]


def digits_of(company: str) -> int:
	"""How many decimals ERPNext books in a company's currency."""
	field = frappe.get_meta("Journal Entry Account").get_field("debit")
	return get_field_precision(
		field, currency=frappe.get_cached_value("Company", company, "default_currency")
	)


def check_day(company: str, day: date) -> None:
	"""Refuse a day that ERPNext would refuse to book on, also where only a draft is made. Raises AccountMissingError."""
	try:
		frappe.get_attr("erpnext.accounts.utils.get_fiscal_year")(day, company=company)
	except frappe.ValidationError:
		text = _("{0} is in no Fiscal Year of {1}. Make one, or add the company to it.")
		_refuse(text.format(formatdate(day), _bold(company)))


def cost_center_of(company: str, line: Mapping) -> str | None:
	"""The cost center that a line is booked on: its own, its type's, the company's. None where nobody named one."""
	rows = frappe.get_cached_doc(SETTINGS).expense_accounts
	default = next((row.default_cost_center for row in rows if row.company == company), None)
	row = _row_of_type(line["expense_type"], company)
	return _cost_center_of(line, row, default or _cost_center(company))


def _cost_center_of(line: Mapping, row: Document | None, default: str | None) -> str | None:
	return line.get("cost_center") or (row.cost_center if row else None) or default


def _row_of_type(name: str, company: str) -> Document | None:
	rows = frappe.get_cached_doc(TYPE, name).accounts
	return next((row for row in rows if row.company == company and row.expense_account), None)


def _expense(claim: str, line: Mapping, row: Document, accounts: CompanyAccounts) -> Expense:
	taxed = row.tax_account and flt(row.tax_rate) > 0
	for account in filter(None, (row.expense_account, row.tax_account if taxed else None)):
		_check_account(account, accounts.company)
	cost_center = _cost_center_of(line, row, accounts.cost_center)
	if not cost_center:
		_refuse(
			_(
				"No cost center is known for {0}. Enter one in the expense, in its type, or as the default of {1} in"
				" the Sales Activity Settings."
			).format(_bold(line["expense_type"]), _bold(accounts.company))
		)
	return Expense(
		claim=claim,
		amount=flt(line["accounts_amount"]),
		account=row.expense_account,
		cost_center=cost_center,
		tax_account=row.tax_account if taxed else None,
		tax_rate=flt(row.tax_rate) if taxed else 0.0,
		remark=_remark(claim, line),
	)


def _remark(claim: str, line: Mapping) -> str:
	"""Which line it was, in one line."""
	said = " ".join(cstr(line.get("description")).split())[:140]
	parts = [claim, formatdate(line["expense_date"]), line["expense_type"], said]
	return " · ".join(part for part in parts if part)


def _cost_center(company: str) -> str | None:
	return frappe.get_cached_value("Company", company, "cost_center")


def _check_account(name: str, company: str) -> None:
	account = frappe.get_cached_value(
		"Account", name, ["company", "is_group", "disabled", "account_currency"], as_dict=True
	)
	currency = frappe.get_cached_value("Company", company, "default_currency")
	if not account or account.company != company or account.is_group or account.disabled:
		_refuse(_("{0} is no account that {1} can book to.").format(_bold(name), _bold(company)))
	if account.account_currency and account.account_currency != currency:
		text = _("{0} is kept in {1}. Expenses are booked in the currency of the company, {2}.")
		_refuse(text.format(_bold(name), account.account_currency, currency))


def _bold(text: str) -> str:
	return frappe.bold(escape_html(cstr(text)))


def _refuse(message: str) -> None:
	frappe.throw(
		message + " " + _("Nothing was booked."), AccountMissingError, title=_("Can't be booked yet")
	)
