"""Accounts and what is booked on them; for the demo data and for tests."""

from __future__ import annotations

from collections.abc import Iterable

import frappe
from frappe.model.document import Document
from frappe.utils import getdate

from sales_activity.demo.masters import Day, make, make_once

Row = tuple[str, float, float, "str | None"]


def party_type() -> str:
	"""Employees as a party, which the set-up wizard makes."""
	return make_once("Party Type", "Employee", party_type="Employee", account_type="Payable")


def named(name: str, company: str) -> str:
	"""An account's name in a company."""
	return f"{name} - {frappe.get_cached_value('Company', company, 'abbr')}"


def account(name: str, root_type: str, account_type: str, company: str) -> str:
	"""An account below the first group of its kind."""
	wanted = named(name, company)
	if frappe.db.exists("Account", wanted):
		return wanted
	groups = {"company": company, "root_type": root_type, "is_group": 1}
	(parent,) = frappe.get_all("Account", groups, pluck="name", order_by="lft", limit=1)
	values = {"account_name": name, "parent_account": parent, "company": company, "root_type": root_type}
	return make("Account", **values, account_type=account_type).name


def journal(
	rows: Iterable[Row], company: str, on: Day = None, against: str | None = None, submit: bool = True
) -> Document:
	"""A Journal Entry of rows (account, debit, credit, employee); ``against``: the one whose debt it settles."""
	center = frappe.get_cached_value("Company", company, "cost_center")
	accounts = []
	for name, debit, credit, employee in rows:
		row = {"account": name, "debit_in_account_currency": debit, "credit_in_account_currency": credit}
		row["cost_center"] = center
		if employee:
			row.update({"party_type": "Employee", "party": employee})
		if against and debit:
			row.update({"reference_type": "Journal Entry", "reference_name": against})
		accounts.append(row)
	values = {"company": company, "posting_date": getdate(on), "voucher_type": "Journal Entry"}
	doc = make("Journal Entry", **values, accounts=accounts)
	return doc.submit() or doc if submit else doc


def payment(
	employee: str,
	amount: float,
	company: str,
	paid_from: str,
	paid_to: str,
	of: str | None = None,
	on: Day = None,
	submit: bool = True,
) -> Document:
	"""A Payment Entry to an employee, of a Journal Entry or of nothing yet."""
	reference = {"reference_doctype": "Journal Entry", "reference_name": of, "allocated_amount": amount}
	doc = make(
		"Payment Entry",
		payment_type="Pay",
		company=company,
		posting_date=getdate(on),
		party_type="Employee",
		party=employee,
		paid_from=paid_from,
		paid_to=paid_to,
		paid_amount=amount,
		received_amount=amount,
		source_exchange_rate=1,
		target_exchange_rate=1,
		reference_no="1",
		reference_date=getdate(on),
		references=[reference] if of else [],
	)
	return doc.submit() or doc if submit else doc
