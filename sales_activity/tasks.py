"""What the scheduler calls. Nothing is decided here."""

from __future__ import annotations

import frappe

from sales_activity.sales_activity.credit import reconcile, repost


def check_ledger() -> None:
	"""Every night: compare the ledger with the orders and tell Sales Operations of differences."""
	if frappe.db.get_single_value("Sales Activity Settings", "check_ledger_nightly"):
		reconcile.check_and_notify()


def resume_reposts() -> None:
	"""Every ten minutes: go on with reposts whose worker died."""
	repost.resume_stopped()
