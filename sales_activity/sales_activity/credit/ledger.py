"""The credit ledger: the only place that writes Sales Credit Entries.

Every document event ends in the same step: what the order earns now, minus what the ledger holds for it,
is written as new entries. Entries are never changed, so the ledger tells what was believed when.

Two people at work on one order are kept apart by a lock on the order's row: Frappe takes it when it saves a
document (``Document.load_doc_before_save`` reads the row for update), ``post_orders`` takes it itself.
What is read after that is read under lock too, because under MariaDB's REPEATABLE READ a plain SELECT may
still show the state from before the wait.
"""

from __future__ import annotations

import secrets
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import count

import frappe
from frappe.model.document import Document
from frappe.query_builder.functions import Sum
from frappe.utils import flt, now

from sales_activity.sales_activity.credit.bulk import insert_rows
from sales_activity.sales_activity.credit.rules import (
	Earned,
	Entries,
	EntryKey,
	Member,
	Order,
	OrderLine,
	earned_entries,
	missing_entries,
	rounded,
)
from sales_activity.sales_activity.credit.team import credited_teams

VOUCHER_TYPE = "Sales Order"
CLOSED = "Closed"

# forced, because MariaDB would rather scan a small table, and a scan under lock stops everybody
VOUCHER_INDEX = "credit_voucher"  # made by the controller of Sales Credit Entry
PARENT_INDEX = "parent"  # of every child table (frappe/database/mariadb/schema.py)

_COLUMNS = (
	*("name", "creation", "modified", "owner", "modified_by", "docstatus", "idx"),
	*("voucher_type", "voucher_no", "reason", *EntryKey._fields, "amount", "qty"),
)


def post_submitted(doc: Document, team: tuple[Member, ...], reason: str = "Order") -> int:
	"""Write the entries of a Sales Order in the moment of its submission, in one statement.

	The order goes from draft to submitted only once, under Frappe's row lock, so there is nothing in the
	ledger yet and nothing is read. Returns the number of entries.
	"""
	return _write({doc.name: earned_entries(order_of(doc, team))}, reason)


def post_orders(names: Sequence[str], reason: str) -> list[str]:
	"""Bring the ledger of these orders to what the orders say now; returns the orders that differed.

	Locks the orders for the rest of the transaction. Five statements, however many orders.
	"""
	if not names:
		return []
	due = {order.name: earned_entries(order) for order in read_orders(names)}
	posted = read_posted(names)
	missing = {name: missing_entries(due.get(name, {}), posted.get(name, {})) for name in sorted(names)}
	_write(missing, reason)
	return [name for name, entries in missing.items() if entries]


def order_of(doc: Document, team: tuple[Member, ...]) -> Order:
	"""The Sales Order document in memory with the team that it is won with, as the rules see it."""
	return Order(**_header(doc), lines=tuple(_line(row) for row in doc.items), team=team)


def read_orders(names: Sequence[str]) -> list[Order]:
	"""Read orders with their lines and teams, as committed last, and lock them (three statements)."""
	order = frappe.qb.DocType("Sales Order")
	headers = (
		frappe.qb.from_(order)
		.select(
			*(order[field] for field in ("name", "company", "transaction_date", "sales_project", "customer")),
			*(order[field] for field in ("territory", "docstatus", "status")),
		)
		.where(order.name.isin(names))
		.orderby(order.name)
		.for_update()
	).run(as_dict=True)
	lines, teams = _read_lines(names), credited_teams(names, lock=True)
	return [Order(**_header(row), lines=tuple(lines[row.name]), team=teams[row.name]) for row in headers]


def read_posted(names: Sequence[str]) -> dict[str, Entries]:
	"""What the ledger holds for these orders, summed by key, read under lock."""
	entry = frappe.qb.DocType("Sales Credit Entry")
	keys = [entry[field] for field in EntryKey._fields]
	rows = (
		frappe.qb.from_(entry)
		.force_index(VOUCHER_INDEX)
		.select(entry.voucher_no, *keys, Sum(entry.amount), Sum(entry.qty))
		.where((entry.voucher_type == VOUCHER_TYPE) & entry.voucher_no.isin(names))
		.groupby(entry.voucher_no, *keys)
		.for_update()
	).run()
	posted: dict[str, Entries] = defaultdict(dict)
	for voucher_no, *key, amount, qty in rows:
		key = EntryKey(*key)
		key = key._replace(posting_date=str(key.posting_date), credit_percent=rounded(key.credit_percent))
		posted[voucher_no][key] = Earned(rounded(amount), rounded(qty))
	return posted


def _header(row: Document | frappe._dict) -> dict:
	return {
		"name": row.name,
		"company": row.company,
		"posting_date": str(row.transaction_date),
		"sales_project": row.sales_project,
		"customer": row.customer,
		"territory": row.territory,
		"counts": row.docstatus == 1,
		"is_closed": row.status == CLOSED,
	}


def _line(row: Document | frappe._dict) -> OrderLine:
	"""A line of the order; billed amounts are in the order's currency, as ERPNext keeps them."""
	return OrderLine(
		name=row.name,
		item_group=row.item_group,
		amount=flt(row.base_net_amount),
		qty=flt(row.stock_qty),
		delivered_share=flt(row.delivered_qty) / flt(row.qty) if flt(row.qty) else 0.0,
		billed_share=flt(row.billed_amt) / flt(row.amount) if flt(row.amount) else 0.0,
		is_free=bool(row.is_free_item),
	)


def _read_lines(names: Sequence[str]) -> dict[str, list[OrderLine]]:
	item = frappe.qb.DocType("Sales Order Item")
	fields = ("parent", "name", "item_group", "base_net_amount", "stock_qty", "qty", "delivered_qty")
	rows = (
		frappe.qb.from_(item)
		.force_index(PARENT_INDEX)
		.select(*(item[field] for field in (*fields, "billed_amt", "amount", "is_free_item")))
		.where((item.parenttype == "Sales Order") & item.parent.isin(names))
		.orderby(item.parent, item.idx)
		.for_update()
	).run(as_dict=True)
	lines: dict[str, list[OrderLine]] = defaultdict(list)
	for row in rows:
		lines[row.parent].append(_line(row))
	return lines


def _write(entries_by_order: dict[str, Entries], reason: str) -> int:
	"""Insert the entries in one statement; returns how many. Controllers don't run: there is nothing left
	to validate, and the ledger's controller refuses every other way in."""
	stamp, user, names = now(), frappe.session.user, _entry_names()
	rows = [
		(next(names), stamp, stamp, user, user, 0, 0, VOUCHER_TYPE, order, reason, *key, *earned)
		for order, entries in entries_by_order.items()
		for key, earned in entries.items()
	]
	insert_rows("Sales Credit Entry", _COLUMNS, rows)
	return len(rows)


def name_at(moment: float) -> str:
	"""Sorts behind the names of all entries that were written before this moment (seconds since 1970), and
	before those of all that are written from then on."""
	return f"{int(moment * 1000):011x}"


def _entry_names() -> Iterable[str]:
	"""Names that sort by time and never collide: milliseconds, then random, then a counter. Random names
	would scatter the inserts over the whole table; and ``months`` tells old entries from new ones by name."""
	prefix = f"{name_at(time.time())}{secrets.token_hex(4)}"
	return (f"{prefix}{number:04x}" for number in count())
