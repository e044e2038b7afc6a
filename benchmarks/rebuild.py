"""Rebuilding the ledger as the app does it: a Sales Credit Repost over the whole company."""

from __future__ import annotations

import time
from typing import NamedTuple

import frappe

from benchmarks import load
from benchmarks.measure import queries
from sales_activity.sales_activity.credit import repost


class Rebuild(NamedTuple):
	"""Seconds and number of statements."""

	seconds: float
	queries: int


def run() -> Rebuild:
	"""Post all orders; those without a team (older than the app) take the one that they have now."""
	doc = frappe.new_doc(
		"Sales Credit Repost",
		company=load.COMPANY,
		reason="benchmark",
		team_source=repost.MISSING_TEAM,
	)
	doc.flags.run_here = True
	doc.submit()
	frappe.db.commit()
	started = time.perf_counter()
	count = queries(lambda: repost.run(doc.name, lambda _done, _total: None))
	return Rebuild(time.perf_counter() - started, count)
