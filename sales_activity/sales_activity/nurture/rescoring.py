"""Scores fade: every night they are made anew, and whenever a Response Type changes.

The work goes through the Lead Nurtures by primary key, in batches; each is a short transaction of its own. Which are
left to do can be seen from themselves: their day is not today, or their types are not those of now. So whenever a
worker dies, the next one goes on where it stopped, and a run with nothing to do does nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import frappe
from frappe.utils import getdate

from sales_activity.sales_activity.nurture import scoring
from sales_activity.sales_activity.nurture.scoring import NURTURE
from sales_activity.transactions import patiently

BATCH = 500
JOB = "sales_activity.sales_activity.nurture.rescoring.rescore"

_OUT_OF_DATE = f"""
	select name from `tab{NURTURE}`
	where name > %(last)s and not (scored_on <=> %(on)s and scoring_rules <=> %(rules)s)
	order by name limit %(batch)s
"""


def enqueue() -> None:
	"""Have all scores brought up to date in the background, once this transaction is committed."""
	frappe.enqueue(
		JOB,
		queue="long",
		timeout=2 * 60 * 60,
		job_id="sales_activity::rescore",
		deduplicate=True,
		enqueue_after_commit=True,
	)


def rescore(on: date | None = None, batch: int = BATCH) -> int:
	"""Bring the score of every lead up to date that isn't; returns how many. Commits after every batch."""
	day, last, done = getdate(on), "", 0
	while names := out_of_date(day, last, batch):
		patiently(lambda names=names: _refresh(names, day))
		last, done = names[-1], done + len(names)
	frappe.db.commit()
	return done


def out_of_date(on: date, last: str = "", batch: int = BATCH) -> list[str]:
	"""The next Lead Nurtures, beyond the name ``last``, whose score is not that of the day and of the types as they are
	now."""
	frappe.db.commit()  # a new transaction, which sees what others have done meanwhile
	values = {"last": last, "on": on, "rules": scoring.rules(), "batch": batch}
	return frappe.db.sql(_OUT_OF_DATE, values, pluck=True)


def _refresh(names: Sequence[str], on: date) -> None:
	"""One batch, one transaction."""
	scoring.refresh(names, on)
	frappe.db.commit()
