"""Posting many orders again, in the background.

A Sales Credit Repost works through its orders by name, in batches. Each batch is a transaction of its own
that also stores how far it came: killed at any moment, it goes on where it stopped and does nothing twice
(posting an order that is right already writes nothing). The locks of a batch last a fraction of a second, so
the site goes on working meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Count
from frappe.utils import add_to_date, now, now_datetime, update_progress_bar
from pypika.queries import QueryBuilder, Table

from sales_activity.sales_activity.credit import ledger
from sales_activity.sales_activity.credit.team import retake_teams
from sales_activity.transactions import patiently

BATCH = 250
STALE_MINUTES = 10
OWN_TEAM = "Team of the Order"
MISSING_TEAM = "Current Team Where Missing"
CURRENT_TEAM = "Current Project Team"

Progress = Callable[[int, int], None]


def count_orders(repost: Document) -> int:
	"""How many orders the repost's filters choose."""
	return _orders(repost, lambda query, table: query.select(Count(table.name))).run()[0][0]


def enqueue(name: str) -> None:
	"""Hand a repost to the long queue, once the transaction is committed; twice asked is once queued."""
	frappe.enqueue(
		"sales_activity.sales_activity.credit.repost.run",
		queue="long",
		timeout=6 * 60 * 60,
		job_id=f"sales_credit_repost::{name}",
		deduplicate=True,
		enqueue_after_commit=True,
		name=name,
	)


def run(name: str, show: Progress | None = None) -> None:
	"""Work a submitted repost off, from where it stopped. Commits after every batch.

	``show(done, total)`` is called after each batch; without it the progress goes to the desk of the user
	who started the repost. An error is kept on the document and raised again.
	"""
	doc = frappe.get_doc("Sales Credit Repost", name, for_update=True)
	if doc.docstatus != 1 or doc.status == "Completed" or _is_alive(doc):
		frappe.db.rollback()
		return
	doc.db_set({"status": "In Progress", "heartbeat": now(), "error": None}, commit=True)
	try:
		while names := _next_batch(doc):
			patiently(lambda names=names: _post_batch(doc, names))
			(show or _publisher(doc))(doc.done, doc.total)
		doc.db_set({"status": "Completed", "heartbeat": now()}, notify=True, commit=True)
	except Exception:
		frappe.db.rollback()
		doc.db_set({"status": "Failed", "error": frappe.get_traceback()}, notify=True, commit=True)
		raise


def rebuild(company: str, reason: str = "Rebuild from the command line", team_source: str = OWN_TEAM) -> None:
	"""Rebuild the ledger of a company here and now, with progress on the terminal.

	``bench --site SITE execute sales_activity.sales_activity.credit.repost.rebuild --args "['COMPANY']"``.
	Stopped in the middle, the scheduler goes on with it.
	"""
	doc = frappe.new_doc("Sales Credit Repost", company=company, reason=reason, team_source=team_source)
	doc.flags.run_here = True
	doc.submit()
	frappe.db.commit()
	run(doc.name, lambda done, total: update_progress_bar("Rebuilding the credit ledger", done - 1, total))
	doc.reload()
	print(f"\n{doc.done} orders, {doc.changed} of them differed.")


def resume_stopped() -> None:
	"""Scheduled: put reposts into the queue again whose worker died (no sign of life for ten minutes)."""
	stopped = frappe.get_all(
		"Sales Credit Repost",
		filters={
			"docstatus": 1,
			"status": ["in", ["Queued", "In Progress"]],
			"modified": ["<", add_to_date(now_datetime(), minutes=-STALE_MINUTES)],
		},
		pluck="name",
		order_by="creation",
	)
	for name in stopped:
		enqueue(name)


def _is_alive(doc: Document) -> bool:
	"""Whether another worker is at it: a batch takes seconds, so a sign of life is never minutes old."""
	if doc.status != "In Progress" or not doc.heartbeat:
		return False
	return doc.heartbeat > add_to_date(now_datetime(), minutes=-STALE_MINUTES)


def _next_batch(doc: Document) -> list[str]:
	def following(query: QueryBuilder, table: Table) -> QueryBuilder:
		query = query.select(table.name).orderby(table.name).limit(BATCH)
		return query.where(table.name > doc.last_order) if doc.last_order else query

	return _orders(doc, following).run(pluck=True)


def _post_batch(doc: Document, names: Sequence[str]) -> None:
	"""One batch, one transaction: a new one, so that the first thing it sees is what it locked. The document may be
	ahead of what is stored, where this is tried once more."""
	frappe.db.commit()
	doc.reload()
	corrects_teams = doc.team_source == CURRENT_TEAM
	if doc.team_source != OWN_TEAM:
		retake_teams(names, only_missing=not corrects_teams)
	changed = ledger.post_orders(names, "Repost" if corrects_teams else "Rebuild")
	if corrects_teams:
		for name in changed:
			_record(doc, name)
	doc.db_set(
		{
			"done": doc.done + len(names),
			"changed": doc.changed + len(changed),
			"last_order": names[-1],
			"heartbeat": now(),
		}
	)
	frappe.db.commit()


def _record(doc: Document, order: str) -> None:
	"""Leave a trace on the order that everybody who opens it can read."""
	frappe.get_doc(
		{
			"doctype": "Comment",
			"comment_type": "Info",
			"reference_doctype": "Sales Order",
			"reference_name": order,
			"content": _("posted the credit again ({0}): {1}").format(
				doc.name, frappe.utils.escape_html(doc.reason)
			),
		}
	).insert(ignore_permissions=True)


def _publisher(doc: Document) -> Progress:
	def publish(done: int, total: int) -> None:
		frappe.publish_realtime(
			"sales_credit_repost_progress",
			{"name": doc.name, "done": done, "total": total},
			doctype=doc.doctype,
			docname=doc.name,
		)

	return publish


def _orders(repost: Document, shape: Callable[[QueryBuilder, Table], QueryBuilder]) -> QueryBuilder:
	"""The submitted and cancelled orders that a repost is about. Cancelled ones too: the ledger of theirs
	must be empty, and a rebuild has to see to it."""
	table = frappe.qb.DocType("Sales Order")
	query = shape(frappe.qb.from_(table), table).where(
		(table.company == repost.company) & (table.docstatus > 0)
	)
	for fieldname, column in (("sales_order", table.name), ("sales_project", table.sales_project)):
		if repost.get(fieldname):
			query = query.where(column == repost.get(fieldname))
	if repost.from_date:
		query = query.where(table.transaction_date >= repost.from_date)
	if repost.to_date:
		query = query.where(table.transaction_date <= repost.to_date)
	return query
