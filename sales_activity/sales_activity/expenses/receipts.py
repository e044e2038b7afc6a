"""Receipts: private files, attached to their claim, and kept as long as a line names them.

Frappe deletes a file's content before any hook of ours can refuse it, unless a second record has the same content
(``File._delete_file_on_disk``). So each receipt is attached to its line too, and goes with it when a claim is split.
"""

from __future__ import annotations

from collections.abc import Iterable

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from sales_activity.sales_activity.expenses import rules
from sales_activity.sales_activity.expenses.records import CLAIM, LINE
from sales_activity.sales_activity.milestones import files

_STAYS = ("file_url", "is_private", "attached_to_doctype", "attached_to_name", "content_hash")


class ReceiptInUseError(frappe.PermissionError):
	"""A receipt is deleted, published, replaced or moved away from the line that names it."""


def digest(url: str, claim: Document) -> str:
	"""What the content of a file is told by; the user who names it must be able to read it. Raises NoSuchFileError."""
	return files.readable(url, claim, _("Receipt")).content_hash or ""


def keep(claim: Document) -> None:
	"""Attach the receipts of a claim to it and to their lines, and let go of those that lines don't name any more. Call
	it in ``on_update``."""
	before = claim.get_doc_before_save()
	known = {row.name: row.receipt for row in before.expenses} if before else {}
	for row in claim.expenses:
		if row.receipt and row.receipt != known.get(row.name):
			_keep(claim, row)
	for name, url in known.items():
		now = next((row.receipt for row in claim.expenses if row.name == name), None)
		if url and url != now:
			_release(name, url)


def release_all(claim: Document) -> None:
	"""Let go of all receipts of a claim that is deleted: Frappe deletes what is attached to the claim itself."""
	for row in claim.expenses:
		if row.receipt:
			_release(row.name, row.receipt)


def follow(rows: Iterable[Document], old: str, new: str) -> None:
	"""Lines went to another claim: their receipts are attached there from now on. Those that lines of the old claim name
	too stay attached to both."""
	urls = {row.receipt for row in rows if row.receipt}
	if not urls:
		return
	staying = set(
		frappe.get_all(
			LINE, {"parent": old, "parenttype": CLAIM, "receipt": ["in", list(urls)]}, pluck="receipt"
		)
	)
	of_claim = {"attached_to_doctype": CLAIM, "attached_to_name": old}
	for name, url in frappe.get_all(
		"File", {**of_claim, "file_url": ["in", list(urls)]}, ["name", "file_url"], as_list=True, limit=0
	):
		if url in staying:
			files.second_record(frappe.get_doc("File", name), CLAIM, new)
		else:
			frappe.db.set_value("File", name, "attached_to_name", new)


def check_free(file: Document) -> None:
	"""Refuse to delete a file that a line names, or any of a claim that nobody edits now. Raises ReceiptInUseError."""
	if not file.flags.released and _is_used(file.attached_to_doctype, file.attached_to_name, file.file_url):
		_refuse(file)


def check_stays(file: Document) -> None:
	"""Refuse to publish or detach such a file, to change what is in it, or to let its record point at another. Raises
	ReceiptInUseError."""
	before = file.get_doc_before_save()
	if not before or all(before.get(field) == file.get(field) for field in _STAYS):
		return
	if before.is_private and _is_used(before.attached_to_doctype, before.attached_to_name, before.file_url):
		_refuse(file)


def _keep(claim: Document, row: Document) -> None:
	file = files.attach(row.receipt, claim, _("Receipt"))
	if file.file_url != row.receipt:
		row.db_set("receipt", file.file_url, update_modified=False)
	if not files.records(file.file_url, LINE, row.name):
		files.second_record(file, LINE, row.name)


def _release(line: str, url: str) -> None:
	for name in files.records(url, LINE, line):
		file = frappe.get_doc("File", name)
		file.flags.released = True
		file.flags.ignore_permissions = True
		file.delete()


def _is_used(doctype: str | None, name: str | None, url: str | None) -> bool:
	if doctype == LINE:
		return bool(name and frappe.db.exists(LINE, {"name": name, "receipt": url}))
	if doctype != CLAIM or not name:
		return False
	if frappe.db.exists(LINE, {"parent": name, "parenttype": CLAIM, "receipt": url}):
		return True
	status = frappe.db.get_value(CLAIM, name, "status")
	return bool(status) and status not in rules.WITH_EMPLOYEE


def _refuse(file: Document) -> None:
	frappe.throw(
		_("{0} is a receipt of an expense claim. It stays there as it is, and private.").format(
			frappe.bold(escape_html(file.file_name or file.file_url or ""))
		),
		ReceiptInUseError,
		title=_("File in use"),
	)
