"""Having hand-offs delivered once they are committed."""

from __future__ import annotations

import frappe

JOB = "sales_activity.sales_activity.milestones.delivery.deliver_pending"
TIMEOUT = 25 * 60


def deliver_after_commit() -> None:
	"""Start the delivery in the background after this transaction is committed; once, however often it is asked.

	One job a transaction, not one for all: a job that is just finishing may not have seen what this transaction
	commits, so Frappe's deduplication (by jobs that run) would leave it to the next sweep.
	"""
	if frappe.flags.hand_offs_to_deliver:
		return
	frappe.flags.hand_offs_to_deliver = True
	frappe.db.after_commit.add(_enqueue)
	frappe.db.after_rollback.add(_forget)


def _enqueue() -> None:
	"""What is committed is committed: where Redis is down, the sweep every five minutes delivers."""
	_forget()
	try:
		frappe.enqueue(JOB, queue="default", timeout=TIMEOUT)
	except Exception as error:
		frappe.logger("sales_activity").warning(f"hand-offs wait for the next sweep: {error}")


def _forget() -> None:
	frappe.flags.hand_offs_to_deliver = False
