"""Statuses of documents, and what a delivery or a bill writes back to the order it was made from."""

from __future__ import annotations

from collections.abc import Callable

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

Rule = tuple[str, Callable[[Document], bool]]


class OverAllowanceError(frappe.ValidationError):
	pass


def submitted(doc: Document) -> bool:
	return doc.docstatus == 1


def cancelled(doc: Document) -> bool:
	return doc.docstatus == 2


def is_now(status: str) -> Callable[[Document], bool]:
	"""A rule that keeps a status which somebody chose."""
	return lambda doc: doc.status == status


def delivered(doc: Document) -> bool:
	return flt(doc.per_delivered) >= 100 or bool(doc.skip_delivery_note)


def billed(doc: Document) -> bool:
	return flt(doc.per_billed) >= 100


# Per DocType, the first rule that holds gives the status; when none does, it stays.
STATUS_RULES: dict[str, list[Rule]] = {
	"Lead": [
		("Converted", lambda doc: doc.has_customer()),
		("Quotation", lambda doc: doc.has_quotation()),
		("Opportunity", lambda doc: doc.has_opportunity()),
		("Lost Quotation", lambda doc: doc.has_lost_quotation()),
	],
	"Opportunity": [
		("Closed", is_now("Closed")),
		("Converted", lambda doc: doc.has_ordered_quotation()),
		("Quotation", lambda doc: doc.has_active_quotation()),
		("Lost", lambda doc: doc.has_lost_quotation()),
		("Lost", is_now("Lost")),
	],
	"Quotation": [
		("Cancelled", cancelled),
		("Ordered", lambda doc: doc.ordered_status() == "Ordered"),
		("Partially Ordered", lambda doc: doc.ordered_status() == "Partially Ordered"),
		("Lost", is_now("Lost")),
		("Open", submitted),
		("Draft", lambda doc: True),
	],
	"Sales Order": [
		("On Hold", is_now("On Hold")),
		("Closed", lambda doc: doc.status == "Closed" and not cancelled(doc)),
		("Cancelled", cancelled),
		("Completed", lambda doc: submitted(doc) and delivered(doc) and billed(doc)),
		("To Deliver", lambda doc: submitted(doc) and billed(doc)),
		("To Bill", lambda doc: submitted(doc) and delivered(doc)),
		("To Deliver and Bill", submitted),
		("Draft", lambda doc: True),
	],
	"Delivery Note": [
		("Closed", lambda doc: doc.status == "Closed" and not cancelled(doc)),
		("Cancelled", cancelled),
		("Return Issued", lambda doc: submitted(doc) and flt(doc.per_returned) == 100),
		("Completed", lambda doc: submitted(doc) and flt(doc.per_billed) == 100),
		("To Bill", submitted),
		("Draft", lambda doc: True),
	],
	"Sales Invoice": [
		("Cancelled", cancelled),
		("Return", lambda doc: submitted(doc) and bool(doc.is_return)),
		("Unpaid", lambda doc: submitted(doc) and flt(doc.outstanding_amount) > 0),
		("Paid", submitted),
		("Draft", lambda doc: True),
	],
}


class StatusUpdater(Document):
	"""A document whose status follows from what it is and what was made from it."""

	def set_status(
		self, update: bool = False, status: str | None = None, update_modified: bool = True
	) -> None:
		"""Work the status out anew; with `update` write it, firing `on_change` as every db_set does.

		`status` is a wish: it is written first, then the rules may overrule it ("Draft" reopens an order).
		"""
		if self.is_new():
			self.status = "Draft" if self.get("amended_from") else self.status
			return
		before = self.status
		if status and update:
			self.db_set("status", status)
		for name, holds in STATUS_RULES[self.doctype]:
			if holds(self):
				self.status = name
				break
		quiet = ("Cancelled", "Partially Ordered", "Ordered")
		if self.status != before and self.status not in quiet:
			self.add_comment("Label", _(self.status))
		if update:
			self.db_set("status", self.status, update_modified=update_modified)


def sum_of(doctype: str, field: str, filters: dict[str, str | int]) -> float:
	"""The sum of a numeric field over rows that match."""
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.from_(table).select(frappe.query_builder.functions.Sum(table[field]))
	for key, value in filters.items():
		query = query.where(table[key] == value)
	return flt(query.run()[0][0])


def share_done(rows: list[Document], done: str, whole: str) -> float:
	"""Percent done over rows: each row counts at most in full, signs are ignored."""
	total = sum(abs(flt(row.get(whole))) for row in rows)
	if not total:
		return 0.0
	part = sum(min(abs(flt(row.get(done))), abs(flt(row.get(whole)))) for row in rows)
	return flt(part / total * 100, 6)


def in_words(percent: float, word: str) -> str:
	"""ERPNext's three words for a share: Not, Partly or Fully Delivered."""
	if percent < 0.001:
		return f"Not {word}"
	return f"Fully {word}" if percent >= 99.999999 else f"Partly {word}"


def write_back(orders: set[str], percent_field: str, done: str, whole: str, word: str) -> None:
	"""Write the share delivered or billed to orders, then their status, which fires their `on_change`."""
	for name in sorted(orders):
		order = frappe.get_doc("Sales Order", name)
		percent = share_done(order.items, done, whole)
		status_field = "delivery_status" if word == "Delivered" else "billing_status"
		values = {percent_field: percent, status_field: in_words(percent, word)}
		frappe.db.set_value("Sales Order", name, values)
		order.reload()
		order.set_status(update=True)
		order.notify_update()


def refuse_overflow(order_rows: list[str], done: str, whole: str, doctype: str) -> None:
	"""Refuse a delivery or bill beyond what was ordered (ERPNext's allowance, 0 unless somebody set one)."""
	for name in order_rows:
		row = frappe.db.get_value("Sales Order Item", name, ["item_code", done, whole], as_dict=True)
		if row and flt(row[whole]) and (flt(row[done]) - flt(row[whole])) / flt(row[whole]) * 100 > 0.01:
			excess = flt(row[done]) - flt(row[whole])
			text = _("This document is over limit by {0} for item {1}. Is there another {2} for the order?")
			frappe.throw(text.format(excess, row.item_code, _(doctype)), OverAllowanceError)
