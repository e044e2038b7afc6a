"""Comparing the credit ledger with the orders.

The comparison is one SQL statement, written independently of the Python rules that fill the ledger: an error
in either shows as a difference.
"""

from __future__ import annotations

import frappe
from frappe import _

from sales_activity.permissions.scope import NARROWING_DOCTYPES, allowed_values
from sales_activity.sales_activity.credit import months

TOLERANCE = (
	0.00001  # company currency or stock units; half a unit of the sixth decimal may differ by rounding
)

_COMPARISON = """
	select
		voucher_no, sales_person, sales_role, item_group, company, customer, territory,
		sum(due_amount) as due_amount, sum(posted_amount) as posted_amount,
		sum(due_qty) as due_qty, sum(posted_qty) as posted_qty
	from (
		select
			line.parent as voucher_no, line.name as line, member.sales_person, member.sales_role, line.item_group,
			so.company, so.transaction_date as posting_date, so.sales_project, so.customer, so.territory,
			round(line.base_net_amount * {share} * member.credit_percent / 100, 6) as due_amount,
			0 as posted_amount,
			round(line.stock_qty * {share} * member.credit_percent / 100, 6) as due_qty,
			0 as posted_qty
		from `tabSales Order` so
		join `tabSales Order Item` line on line.parent = so.name and line.parenttype = 'Sales Order'
		join `tabSales Order Credit` member on member.sales_order = so.name
		where so.docstatus = 1 and line.is_free_item = 0 and {order_filter}
		union all
		select
			entry.voucher_no, entry.voucher_detail_no, entry.sales_person, entry.sales_role, entry.item_group,
			entry.company, entry.posting_date, entry.sales_project, entry.customer, entry.territory,
			0, entry.amount, 0, entry.qty
		from `tabSales Credit Entry` entry
		where entry.voucher_type = 'Sales Order' and {entry_filter}
	) both_sides
	group by
		voucher_no, line, sales_person, sales_role, coalesce(item_group, ''), company, posting_date,
		coalesce(sales_project, ''), coalesce(customer, ''), coalesce(territory, '')
	having
		abs(sum(due_amount) - sum(posted_amount)) > %(tolerance)s
		or abs(sum(due_qty) - sum(posted_qty)) > %(tolerance)s
	order by voucher_no, sales_person, sales_role
"""

# closed short: the larger of the delivered and the billed share, each between 0 and 1
_SHARE = """
	if(so.status != 'Closed', 1, greatest(
		coalesce(least(greatest(line.delivered_qty / nullif(line.qty, 0), 0), 1), 0),
		coalesce(least(greatest(line.billed_amt / nullif(line.amount, 0), 0), 1), 0)
	))
"""


def differences(
	company: str, from_date: str | None = None, to_date: str | None = None, sales_order: str | None = None
) -> list[frappe._dict]:
	"""The orders of a company whose ledger differs from them: a row for each line, person and role with
	``due_amount``, ``posted_amount``, ``due_qty``, ``posted_qty``. Empty when all is well. One query.

	Permissions are the caller's business: what it returns is everybody's.
	"""
	values = {
		"company": company,
		"from_date": from_date,
		"to_date": to_date,
		"sales_order": sales_order,
		"tolerance": TOLERANCE,
	}
	order_filter = _filter("so", "transaction_date", "name", values)
	entry_filter = _filter("entry", "posting_date", "voucher_no", values)
	query = _COMPARISON.format(share=_SHARE, order_filter=order_filter, entry_filter=entry_filter)
	return frappe.db.sql(query, values, as_dict=True)


def visible_differences(company: str, user: str, **filters: str | None) -> list[frappe._dict]:
	"""The differences that the user's User Permissions leave. Who may compare at all is the caller's question."""
	rows = differences(company, **filters)
	for doctype in NARROWING_DOCTYPES:
		allowed = allowed_values(user, doctype, "Sales Credit Entry")
		if allowed is not None:
			rows = [row for row in rows if row[frappe.scrub(doctype)] in allowed]
	return rows


def _filter(table: str, date_field: str, name_field: str, values: dict) -> str:
	conditions = [f"{table}.company = %(company)s"]
	if values["from_date"]:
		conditions.append(f"{table}.{date_field} >= %(from_date)s")
	if values["to_date"]:
		conditions.append(f"{table}.{date_field} <= %(to_date)s")
	if values["sales_order"]:
		conditions.append(f"{table}.{name_field} = %(sales_order)s")
	return " and ".join(conditions)


def check_and_notify() -> int:
	"""Compare every company; tell Sales Operations by desk notification. Returns the number of orders that
	differ."""
	orders = {
		(company, row.voucher_no)
		for company in frappe.get_all("Company", pluck="name", order_by="name")
		for row in differences(company)
	}
	if orders:
		companies = ", ".join(sorted({company for company, _order in orders}))
		_notify(
			_("The credit of {0} orders differs from the ledger ({1}). Open Credit Reconciliation.").format(
				len(orders), companies
			)
		)
	return len(orders)


def check_monthly_sums() -> list[str]:
	"""Compare the monthly sums with the ledger, make wrong ones anew, and tell Sales Operations: somebody changed
	the database past the app. Returns the companies whose sums were wrong. Commits."""
	companies = months.heal()
	if companies:
		_notify(
			_(
				"The monthly sums of the credit ledger were wrong and have been made anew ({0}). "
				"Role Target Attainment may have shown wrong figures since yesterday."
			).format(", ".join(companies))
		)
	return companies


def _notify(subject: str) -> None:
	from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification
	from frappe.utils.user import get_users_with_role

	enqueue_create_notification(
		get_users_with_role("Sales Operations"),
		{
			"type": "Alert",
			"document_type": "Report",
			"document_name": "Credit Reconciliation",
			"subject": subject,
			"from_user": "Administrator",
		},
	)
