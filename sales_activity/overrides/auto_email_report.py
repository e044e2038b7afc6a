"""Events of Frappe's Auto Email Report, for our reports."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from sales_activity.permissions.scope import sees_everything

MODULE = "Sales Activity"


def validate(doc: Document, method: str | None = None) -> None:
	"""Let only those send our reports by schedule who may see everything that these show.

	The scheduler runs a script report as itself, whatever the document's ``user`` says
	(``frappe/core/doctype/report/report.py``): the e-mail holds everybody's figures.
	"""
	if frappe.db.get_value("Report", doc.report, "module") != MODULE:
		return
	for user in {frappe.session.user, doc.user}:
		if not sees_everything(user):
			frappe.throw(
				_(
					"A scheduled e-mail of {0} holds the figures of everybody, and {1} may not see them all. "
					"Ask somebody of Sales Operations without User Permissions to set it up."
				).format(frappe.bold(_(doc.report)), frappe.bold(user)),
				frappe.PermissionError,
				title=_("Not permitted"),
			)
