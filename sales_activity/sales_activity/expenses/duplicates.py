"""Expenses that may be claimed twice: with the same receipt, or of the same employee, day, type and amount.

Nothing is refused for it: two taxis of a day may cost the same. Whoever decides is told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate

from sales_activity.sales_activity.expenses.records import CLAIM, LINE

MOST_NAMED = 3
# what lines of an employee have in common that are alike
ALIKE = ("expense_type", "expense_date", "base_amount")
# what is cancelled is claimed no more; its amended copy has keys of its own
MOST_DOCSTATUS = 1
_SAME_RECEIPT = f"""
	select line.parent, line.line_key, line.receipt_digest from `tab{LINE}` line
	join `tab{CLAIM}` claim on claim.name = line.parent
	where line.receipt_digest in %(digests)s and line.parent != %(claim)s and claim.docstatus <= {MOST_DOCSTATUS}
	order by line.parent
"""
_SAME_DAYS = f"""
	select line.parent, line.line_key, {", ".join(f"line.{field}" for field in ALIKE)} from `tab{CLAIM}` claim
	join `tab{LINE}` line on line.parent = claim.name and line.parenttype = '{CLAIM}'
	where claim.employee = %(employee)s and claim.name != %(claim)s and claim.docstatus <= {MOST_DOCSTATUS}
		and line.expense_date in %(days)s
	order by line.parent
"""

Same = tuple[date, str, float]


def warnings(claim: Document) -> dict[str, list[str]]:
	"""What is to be said of the lines of a claim (key > sentences, plain text): which other lines, of this claim or of
	others, look like them. Other claims are named, nothing else of them is told. Two queries, one without receipts."""
	said: dict[str, list[str]] = defaultdict(list)
	receipts = _others_by_receipt(claim)
	alike = _others_alike(claim)
	for row in claim.expenses:
		if row.receipt_digest and (names := receipts.get(row.receipt_digest)):
			said[row.line_key].append(_("The same receipt is in {0}.").format(_named(names, row)))
		elif names := alike.get(_same(row)):
			text = _("The same day, type and amount are in {0}.")
			said[row.line_key].append(text.format(_named(names, row)))
	return said


def _others_by_receipt(claim: Document) -> dict[str, list[tuple[str, str]]]:
	"""Digest > (claim, line key) of every line with the receipt, this claim's too where two of it have it."""
	digests = {row.receipt_digest for row in claim.expenses} - {"", None}
	if not digests:
		return {}
	rows = frappe.db.sql(_SAME_RECEIPT, {"digests": tuple(digests), "claim": claim.name or ""}, as_dict=True)
	own = [(row.receipt_digest, row) for row in claim.expenses if row.receipt_digest]
	return _grouped(((row.receipt_digest, row) for row in rows), own, claim)


def _others_alike(claim: Document) -> dict[Same, list[tuple[str, str]]]:
	days = {getdate(row.expense_date) for row in claim.expenses if row.expense_date}
	if not days:
		return {}
	values = {"employee": claim.employee, "claim": claim.name or "", "days": tuple(days)}
	rows = frappe.db.sql(_SAME_DAYS, values, as_dict=True)
	own = [(_same(row), row) for row in claim.expenses]
	return _grouped(((_same(row), row) for row in rows), own, claim)


def _grouped(others: Iterable[tuple], own: Iterable[tuple], claim: Document) -> dict:
	"""Those that are in more than one line: of others, or twice in this claim."""
	found: dict = defaultdict(list)
	for key, row in others:
		found[key].append((row.parent, row.line_key))
	mine: dict = defaultdict(list)
	for key, row in own:
		mine[key].append(("", row.line_key))
	for key, rows in mine.items():
		if len(rows) > 1 or key in found:
			found[key] += rows
	return found


def _same(row: Mapping) -> Same:
	expense_type, day, amount = (row.get(field) for field in ALIKE)
	return getdate(day), expense_type, flt(amount, 6)


def _named(found: Iterable[tuple[str, str]], row: Document) -> str:
	"""The claims of the others, this one as such; the line itself apart."""
	names = [name or _("this claim") for name, key in found if key != row.line_key]
	names = list(dict.fromkeys(names))
	more = _("{0} more").format(len(names) - MOST_NAMED) if len(names) > MOST_NAMED else ""
	return ", ".join([*names[:MOST_NAMED], *([more] if more else [])])
