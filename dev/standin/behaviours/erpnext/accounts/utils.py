"""Fiscal years, the names of accounts, and payments that find what they are for."""

from __future__ import annotations

from datetime import date as Date

import frappe
from frappe import _
from frappe.utils import formatdate, getdate


class FiscalYearError(frappe.ValidationError):
	pass


def get_fiscal_years(
	transaction_date: str | None = None,
	fiscal_year: str | None = None,
	label: str = "Date",
	verbose: int = 1,
	company: str | None = None,
) -> list[tuple[str, Date, Date]]:
	"""Active fiscal years (name, first day, last day) that hold the date, or have the name; latest first."""
	companies: dict[tuple, set[str | None]] = {}
	for *year, of_company in _active_years():
		companies.setdefault(tuple(year), set()).add(of_company)
	# those without companies are everybody's
	years = [year for year, own in companies.items() if not company or own & {company, None}]
	if transaction_date:
		years = [y for y in years if y[1] <= getdate(transaction_date) <= y[2]]
	elif fiscal_year:
		years = [y for y in years if y[0] == fiscal_year]
	if not years:
		text = _("{0} {1} is not in any active Fiscal Year").format(label, formatdate(transaction_date))
		raise FiscalYearError(text)
	return years


def _active_years() -> list[tuple]:
	"""Name, first day, last day, and a company, None for all; a row for each company. One query."""
	year, company = frappe.qb.DocType("Fiscal Year"), frappe.qb.DocType("Fiscal Year Company")
	query = frappe.qb.from_(year).left_join(company).on(company.parent == year.name)
	query = query.select(year.name, year.year_start_date, year.year_end_date, company.company)
	return query.where(year.disabled == 0).orderby(year.year_start_date, order=frappe.qb.desc).run()


def get_fiscal_year(
	date: str | None = None,
	fiscal_year: str | None = None,
	label: str = "Date",
	verbose: int = 1,
	company: str | None = None,
	as_dict: bool = False,
) -> tuple[str, Date, Date] | dict:
	"""The fiscal year that holds the date; raises FiscalYearError when there is none."""
	year = get_fiscal_years(date, fiscal_year, label, verbose, company)[0]
	if as_dict:
		return frappe._dict(name=year[0], year_start_date=year[1], year_end_date=year[2])
	return year


def name_in_company(title: str, company: str) -> str:
	"""ERPNext's names of accounts, cost centres, departments: "Debtors - ABC"."""
	return f"{title} - {frappe.get_cached_value('Company', company, 'abbr')}"


def reconcile_against_document(args: list[dict]) -> None:
	"""Let Payment Entries that were of nothing yet settle vouchers: what the reconciliation tool does. Their Payment Ledger
	Entries are deleted past all events, and written anew as documents."""
	from erpnext.accounts.general_ledger import make_payment_ledger_entries

	for row in args:
		payment = frappe.get_doc(row["voucher_type"], row["voucher_no"])
		frappe.db.delete("Payment Ledger Entry", {"voucher_no": payment.name})
		payment.append(
			"references",
			{
				"reference_doctype": row["against_voucher_type"],
				"reference_name": row["against_voucher"],
				"allocated_amount": row["allocated_amount"],
				"outstanding_amount": row["outstanding_amount"],
			},
		).docstatus = 1
		payment.total_allocated_amount += row["allocated_amount"]
		payment.unallocated_amount -= row["allocated_amount"]
		payment.flags.ignore_validate_update_after_submit = True
		payment.save(ignore_permissions=True)
		shared = {
			"voucher_type": payment.doctype,
			"voucher_no": payment.name,
			"company": payment.company,
			"posting_date": payment.posting_date,
		}
		make_payment_ledger_entries([frappe._dict({**shared, **entry}) for entry in payment.party_entries()])
