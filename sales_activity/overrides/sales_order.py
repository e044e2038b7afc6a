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
	"""When an order is submitted: keep the team that it is won with, and credit it.

	Not in ``before_submit``: after that the document may still be refused, and with ``ignore_validate`` Frappe
	skips it. And not in ``on_submit``: ERPNext's own comes first, and locks the stock figures (Bin) of the items;
	closing an order locks its entries before them (see ``on_change``), and two who lock in opposite orders
	end in a deadlock.
	"""
	if getattr(doc, "_action", None) == "submit":
		ledger.post_submitted(doc, keep_team(doc))
		doc.flags.credit_posted = True


def on_submit(doc: Document, method: str | None = None) -> None:
	"""Achieve the milestones that wait for an order."""
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
	"""Follow changed lines: ERPNext's "Update Items" saves the submitted order. One that comes to a project only
	now achieves what waits for an order there."""
	ledger.post_orders([doc.name], "Changed Lines")
	doc.flags.credit_posted = True
	if doc.has_value_changed("sales_project"):
		document_submitted(doc)


def on_change(doc: Document, method: str | None = None) -> None:
	"""Follow closing and reopening.

	ERPNext sets the status of a submitted order with ``db_set`` (``StatusUpdater.set_status``), which raises
	no event but this one. The same event ends every save, where the events above have done the work.
	"""
	if doc.flags.credit_posted:
		doc.flags.credit_posted = False
	elif doc.docstatus == 1:
		ledger.post_orders([doc.name], "Closing" if doc.status == ledger.CLOSED else "Reopening")


def on_trash(doc: Document, method: str | None = None) -> None:
	"""The kept team goes with its order (Frappe looks for links after this); drafts have none."""
	if not doc.docstatus.is_draft():
		forget_team(doc.name)
