"""Events of the Sales Order: it belongs to a project, keeps its team and feeds the credit ledger."""

from __future__ import annotations

from frappe.model.document import Document

from sales_activity.sales_activity.credit import ledger
from sales_activity.sales_activity.credit.team import forget_team, keep_team
from sales_activity.sales_activity.milestones.events import document_submitted
from sales_activity.sales_activity.projects.linking import check_project_company


def validate(doc: Document, method: str | None = None) -> None:
	"""Refuse a project of another company."""
	check_project_company(doc)


def on_update(doc: Document, method: str | None = None) -> None:
	"""Keep the team that the order is won with, when it is being submitted.

	Here and not in ``before_submit``: after that the document may still be refused, and with
	``ignore_validate`` Frappe skips it. But before ERPNext's own ``on_submit``, which may set the status.
	"""
	if doc.docstatus.is_submitted():
		doc.flags.credited_team = keep_team(doc)


def on_submit(doc: Document, method: str | None = None) -> None:
	"""Credit the team. Whatever set the status during the submission has been followed already."""
	if doc.flags.credit_followed:
		ledger.post_orders([doc.name], "Order")
	else:
		ledger.post_submitted(doc, doc.flags.credited_team)
	doc.flags.credit_posted = True
	document_submitted(doc)


def on_cancel(doc: Document, method: str | None = None) -> None:
	"""Take the credit back. A repost that names the order is history and doesn't hold it."""
	doc.ignore_linked_doctypes = (*(doc.get("ignore_linked_doctypes") or ()), "Sales Credit Repost")
	ledger.post_orders([doc.name], "Cancellation")
	doc.flags.credit_posted = True


def before_update_after_submit(doc: Document, method: str | None = None) -> None:
	"""Refuse to move a submitted one to a project of another company: Frappe calls no ``validate`` then."""
	check_project_company(doc)


def on_update_after_submit(doc: Document, method: str | None = None) -> None:
	"""Follow changed lines: ERPNext's "Update Items" saves the submitted order."""
	ledger.post_orders([doc.name], "Changed Lines")
	doc.flags.credit_posted = True


def on_change(doc: Document, method: str | None = None) -> None:
	"""Follow closing and reopening.

	ERPNext sets the status of a submitted order with ``db_set`` (``StatusUpdater.set_status``), which raises
	no event but this one. The same event ends every save, where the events above have done the work.
	"""
	if doc.flags.credit_posted:
		doc.flags.credit_posted = False
	elif doc.docstatus == 1:
		ledger.post_orders([doc.name], "Closing" if doc.status == ledger.CLOSED else "Reopening")
		doc.flags.credit_followed = True


def on_trash(doc: Document, method: str | None = None) -> None:
	"""The kept team goes with its order (Frappe looks for links after this); drafts have none."""
	if not doc.docstatus.is_draft():
		forget_team(doc.name)
