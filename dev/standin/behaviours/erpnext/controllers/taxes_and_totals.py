"""Amounts of a selling document: lines, document discount, company currency. Taxes are not in the stand-in."""

from __future__ import annotations

import erpnext
import frappe
from frappe import _, scrub
from frappe.model.document import Document
from frappe.utils import flt

LINE_FIELDS = ("price_list_rate", "rate", "net_rate", "amount", "net_amount")


def calculate(doc: Document) -> None:
	"""Set every amount of the document and its lines; alternatives get amounts but stay out of totals."""
	if not doc.get("items"):
		return
	set_conversion_rate(doc)
	for line in doc.items:
		set_line(doc, line)
	counted = [line for line in doc.items if not line.get("is_alternative")]
	set_totals(doc, counted)
	if doc.additional_discount_percentage:
		base = flt(doc.get(scrub(doc.apply_discount_on or "Grand Total")))
		share = flt(doc.additional_discount_percentage)
		doc.discount_amount = flt(base * share / 100, doc.precision("discount_amount"))
	doc.base_discount_amount = flt(
		flt(doc.discount_amount) * doc.conversion_rate, doc.precision("base_discount_amount")
	)
	if doc.discount_amount and doc.net_total:
		spread_discount(doc, counted)
		set_totals(doc, counted)


def set_conversion_rate(doc: Document) -> None:
	"""The company's own currency converts at 1; another one needs a rate."""
	own = erpnext.get_company_currency(doc.company)
	if not doc.currency or doc.currency == own:
		doc.currency, doc.conversion_rate = own, 1.0
	elif not flt(doc.conversion_rate):
		frappe.throw(_("Exchange rate is mandatory for {0} to {1}").format(doc.currency, own))


def set_line(doc: Document, line: Document) -> None:
	"""Rate, amount and their twins in company currency, before any document discount."""
	doc.round_floats_in(line)
	list_rate, percent = flt(line.price_list_rate), flt(line.discount_percentage)
	if percent == 100:
		line.rate = 0.0
	elif list_rate and not line.rate:
		line.rate = flt(list_rate * (1 - percent / 100), line.precision("rate"))
	if list_rate:
		line.discount_amount = list_rate - flt(line.rate)
	line.net_rate = flt(line.rate)
	line.amount = flt(flt(line.rate) * flt(line.qty), line.precision("amount"))
	line.net_amount = line.amount
	convert(doc, line, LINE_FIELDS)


def convert(doc: Document, target: Document, fields: tuple[str, ...]) -> None:
	"""Set base_<field> from <field> by the document's rate, both rounded to their precision."""
	for field in fields:
		value = flt(target.get(field), target.precision(field)) * doc.conversion_rate
		target.set(f"base_{field}", flt(value, target.precision(f"base_{field}")))


def set_totals(doc: Document, lines: list[Document]) -> None:
	"""Totals over the lines that count."""
	doc.total_qty = sum(flt(line.qty) for line in lines)
	doc.total = sum(flt(line.amount) for line in lines)
	doc.base_total = sum(flt(line.base_amount) for line in lines)
	doc.net_total = sum(flt(line.net_amount) for line in lines)
	doc.base_net_total = sum(flt(line.base_net_amount) for line in lines)
	doc.round_floats_in(doc, ["total", "base_total", "net_total", "base_net_total"])
	doc.grand_total = doc.net_total
	doc.base_grand_total = doc.base_net_total


def spread_discount(doc: Document, lines: list[Document]) -> None:
	"""Take the document discount off the lines' net amounts, in proportion; rounding goes along the lines."""
	whole, exact, rounded = doc.net_total, 0.0, 0.0
	for line in lines:
		net = line.net_amount - flt(doc.discount_amount) * line.net_amount / whole
		exact += net
		line.net_amount = flt(net, line.precision("net_amount"))
		rounded += line.net_amount
		drift = flt(exact - rounded, doc.precision("net_total"))
		if drift:
			line.net_amount = flt(line.net_amount + drift, line.precision("net_amount"))
			rounded += drift
		line.net_rate = flt(line.net_amount / line.qty, line.precision("net_rate")) if line.qty else 0
		convert(doc, line, ("net_rate", "net_amount"))
