"""Lead Nurtures for Leads that have none: those from before this app, or written past ERPNext.

In batches by name, in the background. Each batch is a transaction; what is done is seen from the database, so a job
that was killed is simply begun again, and two at once make no record twice. The settings remember who asked until all is
done: the scheduler goes on for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import frappe
from frappe import _
from frappe.query_builder.functions import Count
from frappe.utils import now_datetime, update_progress_bar

from sales_activity.sales_activity.nurture import definition, leads, records, rules, scoring
from sales_activity.sales_activity.nurture.handing import SETTINGS
from sales_activity.transactions import patiently

BATCH = 250
JOB = "make_lead_nurtures"
WANTED_BY = "nurtures_wanted_by"

Progress = Callable[[int, int], None]


def count_missing() -> int:
	"""How many Leads have no nurture."""
	lead, nurture = frappe.qb.DocType("Lead"), frappe.qb.DocType(records.NURTURE)
	query = (
		frappe.qb.from_(lead).left_join(nurture).on(nurture.lead == lead.name).where(nurture.name.isnull())
	)
	return query.select(Count(lead.name)).run()[0][0]


def ask(user: str) -> int:
	"""Have all that are missing made in the background, with progress on the user's desk. Returns how many they are."""
	missing = count_missing()
	if missing:
		frappe.db.set_single_value(SETTINGS, WANTED_BY, user)
		_enqueue()
	return missing


def resume() -> None:
	"""Scheduled: go on where a worker died. One that is at work is left alone."""
	if frappe.db.get_single_value(SETTINGS, WANTED_BY):
		_enqueue()


def run(show: Progress | None = None) -> int:
	"""Make all that are missing; commits after every batch. ``show(done, total)`` is called after each; without it the
	progress goes to the desk of whoever asked. Returns how many were made."""
	user = frappe.db.get_single_value(SETTINGS, WANTED_BY)
	total, made, last = count_missing(), 0, ""
	while names := _next_batch(last):
		made += patiently(lambda names=names: make_batch(names))
		last = names[-1]
		(show or _publisher(user))(min(made, total), total)
	frappe.db.set_single_value(SETTINGS, WANTED_BY, None)
	frappe.db.commit()
	if user and not show:
		message = _("{0} Lead Nurtures were made.").format(made)
		frappe.publish_realtime("msgprint", {"message": message}, user=user)
	return made


def run_here() -> None:
	"""``bench --site SITE execute sales_activity.sales_activity.nurture.making.run_here``: with progress on the
	terminal."""
	made = run(lambda done, total: update_progress_bar("Making Lead Nurtures", done - 1, max(total, 1)))
	print(f"\n{made} Lead Nurtures made.")


def make(names: Sequence[str]) -> int:
	"""Make the nurtures of those of these Leads that have none, in few statements. Not committed. What an old Lead says
	of its qualification is believed (``rules.first_state``)."""
	rows = [row for row in _without_nurture(names) if leads.company_of(row)]
	measures = {company: definition.active(company) for company in {leads.company_of(row) for row in rows}}
	user, at = frappe.session.user, now_datetime()
	standard = {"owner": user, "modified_by": user, "creation": at, "modified": at}
	made = []
	for lead in rows:
		state = rules.first_state(lead.status, lead.qualification_status, is_old=True)
		values = leads.new_values(lead, state, at, measures[leads.company_of(lead)])
		made.append({"name": lead.name, **standard, **values, **_qualified(lead, state)})
	records.insert(made)
	records.write_moves([records.first_move(row, at, user, _("Lead")) for row in made], user, at)
	scoring.refresh([row["name"] for row in made])
	return len(made)


def _qualified(lead: frappe._dict, state: str) -> dict[str, object]:
	if state not in rules.RIPE:
		return {}
	return {"qualified_by": lead.qualified_by, "qualified_on": lead.qualified_on}


def _without_nurture(names: Sequence[str]) -> list[frappe._dict]:
	"""The Leads are locked first, then looked at: nobody makes a nurture for them meanwhile."""
	lead, nurture = frappe.qb.DocType("Lead"), frappe.qb.DocType(records.NURTURE)
	chosen = frappe.qb.from_(lead).select("*").where(lead.name.isin(list(names)))
	rows = chosen.orderby(lead.name).for_update().run(as_dict=True)
	there = frappe.qb.from_(nurture).select(nurture.lead).where(nurture.lead.isin(list(names)))
	known = set(there.for_update().run(pluck=True))
	return [row for row in rows if row.name not in known]


def _next_batch(last: str) -> list[str]:
	lead, nurture = frappe.qb.DocType("Lead"), frappe.qb.DocType(records.NURTURE)
	query = frappe.qb.from_(lead).left_join(nurture).on(nurture.lead == lead.name)
	query = query.where(nurture.name.isnull() & (lead.name > last)).select(lead.name)
	return query.orderby(lead.name).limit(BATCH).run(pluck=True)


def make_batch(names: Sequence[str]) -> int:
	"""``make`` in a transaction of its own: a new one, so that the first thing it sees is what it locked."""
	frappe.db.commit()
	made = make(names)
	frappe.db.commit()
	return made


def _enqueue() -> None:
	frappe.enqueue(
		"sales_activity.sales_activity.nurture.making.run",
		queue="long",
		timeout=6 * 60 * 60,
		job_id=JOB,
		deduplicate=True,
		enqueue_after_commit=True,
	)


def _publisher(user: str | None) -> Progress:
	def publish(done: int, total: int) -> None:
		message = {
			"percent": 100 * done / max(total, 1),
			"title": _("Making Lead Nurtures"),
			"description": _("{0} of {1} leads").format(done, total),
		}
		frappe.publish_realtime("progress", message, user=user)

	return publish
