"""Telling the desk what was changed past ``Document.save``: forms that are open load it anew, lists too.

Frappe tells them of each document that is saved (``Document.notify_update``). What the app itself does to milestones
and their projects is written in SQL, so it is told from here, in the same words. After the commit, and without a
statement; only those who may read a document are in its room.
"""

from __future__ import annotations

from datetime import datetime

import frappe


def tell(doctype: str, name: str, at: datetime | str) -> None:
	"""A document was changed at this moment.

	Forms compare it with their document's ``modified``: one in which nothing was typed is loaded again, the others
	say that somebody else was faster.
	"""
	if frappe.flags.in_patch:
		return
	changed = {"doctype": doctype, "name": name}
	frappe.publish_realtime(
		"doc_update", {**changed, "modified": at}, doctype=doctype, docname=name, after_commit=True
	)
	frappe.publish_realtime("list_update", {**changed, "user": frappe.session.user}, after_commit=True)
