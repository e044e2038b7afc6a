"""Files that answer a question or prove an outcome: private, attached to the milestone, and kept.

Frappe deletes a file's content before any hook of ours can refuse it, unless a second record has the same content
(``File._delete_file_on_disk``). So each such file is attached to the project too.
"""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from sales_activity.sales_activity.milestones import locks
from sales_activity.sales_activity.milestones.form_texts import text_of
from sales_activity.sales_activity.milestones.forms import Problem

MILESTONE, PROJECT = "Sales Milestone", "Sales Project"


class NoSuchFileError(frappe.ValidationError):
	"""An answer names a file that doesn't exist or that the user may not read."""


class FileInUseError(frappe.PermissionError):
	"""A file is deleted, published or moved away from the milestone whose answer it is."""


def keep(url: str, doc: Document, label: str, fieldname: str | None = None) -> str:
	"""Attach the file at ``url`` to the document, as a private one; returns its address, which may be a new one.

	Attached to the project too. Raises NoSuchFileError.
	"""
	file = attach(url, doc, label, fieldname)
	if not records(file.file_url, PROJECT, doc.sales_project):
		second_record(file, PROJECT, doc.sales_project)
	return file.file_url


def attach(url: str, doc: Document, label: str, fieldname: str | None = None) -> Document:
	"""The file at ``url``, which the user may read, attached to a document of any kind, private; returns its record,
	whose address may be a new one.

	A file that nothing else uses is taken as it is; of one that is attached elsewhere too, a public one is copied
	and a private one gets a second record, so that nothing changes for the others. A move on the disk is undone
	when the database is rolled back (Frappe's File). Raises NoSuchFileError.
	"""
	file = readable(url, doc, label)
	elsewhere = file.attached_to_name and not _belongs_to(file, doc)
	if elsewhere or (not file.is_private and _is_shared(file)):
		return second_record(file, doc.doctype, doc.name, fieldname)
	if not _belongs_to(file, doc) or not file.is_private or fieldname:
		file.update({"attached_to_doctype": doc.doctype, "attached_to_name": doc.name})
		file.update({"attached_to_field": fieldname, "is_private": 1})
		file.save(ignore_permissions=True)
	return file


def release(url: str, doc: Document) -> None:
	"""Detach from the project what no milestone of it names any more; the milestone's own record is the user's."""
	if not _named_by(url, {"sales_project": doc.sales_project, "name": ["!=", doc.name]}):
		for name in records(url, PROJECT, doc.sales_project):
			frappe.delete_doc("File", name, ignore_permissions=True)


def lost(doc: Document) -> list[str]:
	"""A sentence for every file that a milestone names but that was deleted meanwhile. One query, none without
	files."""
	named = {row.value: row.label for row in doc.answers if row.fieldtype == "Attach"}
	if doc.evidence:
		named[doc.evidence] = _("Evidence")
	if not named:
		return []
	attached = {"attached_to_doctype": doc.doctype, "attached_to_name": doc.name}
	there = frappe.get_all("File", filters={**attached, "file_url": ["in", list(named)]}, pluck="file_url")
	return [text_of(Problem("no_file", label, (url,))) for url, label in named.items() if url not in there]


def check_free(file: Document) -> None:
	"""Refuse to delete a file that a milestone needs. Raises FileInUseError."""
	if _is_used(file.attached_to_doctype, file.attached_to_name, file.file_url):
		_refuse(file)


def check_stays(file: Document) -> None:
	"""Refuse to publish or detach a file that a milestone needs, or to let its record point at another.
	Raises FileInUseError."""
	before = file.get_doc_before_save()
	fields = ("file_url", "is_private", "attached_to_doctype", "attached_to_name")
	if not before or all(before.get(field) == file.get(field) for field in fields):
		return
	if before.is_private and _is_used(before.attached_to_doctype, before.attached_to_name, before.file_url):
		_refuse(file)


def readable(url: str, doc: Document, label: str) -> Document:
	"""A File record of this address that the user may read, rather one that is attached to the document."""
	names = frappe.get_all("File", filters={"file_url": url, "is_folder": 0}, pluck="name", limit=0)
	records = [frappe.get_doc("File", name) for name in names]
	records.sort(key=lambda file: not _belongs_to(file, doc))
	for file in records:
		if _belongs_to(file, doc) or frappe.has_permission("File", "read", doc=file):
			return file
	frappe.throw(text_of(Problem("no_file", label, (url,))), NoSuchFileError)


def _belongs_to(file: Document, doc: Document) -> bool:
	return file.attached_to_doctype == doc.doctype and file.attached_to_name == doc.name


def _is_shared(file: Document) -> bool:
	"""Whether other records have the same content: making one private moves all of them (Frappe's File)."""
	same = {"content_hash": file.content_hash} if file.content_hash else {"file_url": file.file_url}
	return bool(frappe.db.exists("File", {**same, "is_private": file.is_private, "name": ["!=", file.name]}))


def second_record(file: Document, doctype: str, name: str, fieldname: str | None = None) -> Document:
	"""Attach a file to one more document, as a private one; returns the new record."""
	values = {"file_url": file.file_url} if file.is_private else {"content": file.get_content()}
	copy = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": file.file_name,
			"attached_to_doctype": doctype,
			"attached_to_name": name,
			"attached_to_field": fieldname,
			"is_private": 1,
			**values,
		}
	)
	return copy.insert(ignore_permissions=True)


def records(url: str, doctype: str, name: str) -> list[str]:
	"""The records by which a file is attached to a document."""
	attached = {"attached_to_doctype": doctype, "attached_to_name": name}
	return frappe.get_all("File", filters={"file_url": url, **attached}, pluck="name", limit=0)


def _is_used(doctype: str | None, name: str | None, url: str | None) -> bool:
	"""Whether a milestone that isn't worked on any more names the file."""
	field = {MILESTONE: "name", PROJECT: "sales_project"}.get(doctype)
	if not field or not name or not url:
		return False
	return any(not locks.is_open(milestone) for milestone in _named_by(url, {field: name}))


def _named_by(url: str, milestones: dict) -> list[frappe._dict]:
	"""The milestones that name a file as evidence or answer, of those that the filters choose."""
	rows = frappe.get_all(
		MILESTONE, filters=milestones, fields=["name", "status", "step", "sales_project", "evidence"], limit=0
	)
	answers = {"parenttype": MILESTONE, "fieldtype": "Attach", "value": url}
	answers["parent"] = ["in", [row.name for row in rows]]
	answered = set(frappe.get_all("Milestone Answer", filters=answers, pluck="parent", limit=0))
	return [row for row in rows if row.evidence == url or row.name in answered]


def _refuse(file: Document) -> None:
	frappe.throw(
		_("{0} is part of what {1} {2} handed over, so it stays attached there, and private.").format(
			frappe.bold(frappe.utils.escape_html(file.file_name or file.file_url)),
			_(file.attached_to_doctype),
			frappe.bold(file.attached_to_name),
		),
		FileInUseError,
		title=_("File in use"),
	)
