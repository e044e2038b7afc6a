"""Journal Entry: what was booked of expense claims, and what pays them."""

from __future__ import annotations

from frappe.model.document import Document

from sales_activity.sales_activity.expenses import payments, posting


def after_insert(doc: Document, method: str | None = None) -> None:
	"""An amended entry stands for the one that it amends."""
	posting.follow_amendment(doc)


def before_submit(doc: Document, method: str | None = None) -> None:
	"""What was locked is what is booked; and two that pay one claim do it one after the other."""
	posting.check_submission(doc)
	payments.lock_settled(doc.accounts, "reference_type", "reference_name")


def on_submit(doc: Document, method: str | None = None) -> None:
	"""A draft that was made of claims is posted."""
	posting.follow_submission(doc)


def before_cancel(doc: Document, method: str | None = None) -> None:
	"""As before it is submitted."""
	payments.lock_settled(doc.accounts, "reference_type", "reference_name")


def on_cancel(doc: Document, method: str | None = None) -> None:
	"""Its claims say that it was cancelled."""
	posting.follow_removal(doc, posting.CANCELLED)


def on_trash(doc: Document, method: str | None = None) -> None:
	"""Its claims say that it is gone."""
	posting.follow_removal(doc, posting.DELETED)
