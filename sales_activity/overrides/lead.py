"""Events of the Lead: it has a Lead Nurture, and says what that says."""

from __future__ import annotations

from frappe.model.document import Document

from sales_activity.sales_activity.nurture import leads, truth, web_forms


def validate(doc: Document, method: str | None = None) -> None:
	"""Show the qualification as it is."""
	truth.keep_true(doc)


def on_update(doc: Document, method: str | None = None) -> None:
	"""Make the nurture of a new Lead; keep the one of an old Lead equal."""
	leads.follow(doc)
	web_forms.take(doc)


def on_change(doc: Document, method: str | None = None) -> None:
	"""ERPNext works the status out anew at many occasions."""
	truth.keep_stopped(doc)


def before_rename(doc: Document, method: str, old: str, new: str, merge: bool = False) -> None:
	"""Two Leads that become one have one nurture."""
	if merge:
		leads.merge(old, new)


def after_rename(doc: Document, method: str, old: str, new: str, merge: bool = False) -> None:
	"""The nurture is named by its Lead."""
	leads.rename(old, new)


def on_trash(doc: Document, method: str | None = None) -> None:
	"""The nurture goes with its Lead."""
	leads.delete(doc.name)
