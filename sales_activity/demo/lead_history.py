"""Puts what the demo did with a lead now back to when it would have happened; see ``history``."""

from __future__ import annotations

import frappe

from sales_activity.demo.history import KEPT, MENTIONS, Timeline, count_as_sent
from sales_activity.sales_activity.nurture import handing, scoring
from sales_activity.sales_activity.nurture.programs import ENROLMENT
from sales_activity.sales_activity.nurture.programs import RUN as STEP_RUN
from sales_activity.sales_activity.nurture.records import MOVE, NURTURE
from sales_activity.sales_activity.nurture.rules import WITH_SALES

NURTURE_TIMES = (*KEPT, "state_since", "qualified_on", "handed_over_on", "accepted_on", "escalated_on")
TIMES = {MOVE: (*KEPT, "at"), STEP_RUN: (*KEPT, "done_on"), ENROLMENT: (*KEPT, "stopped_on")}


def write(timeline: Timeline, lead: str) -> None:
	"""Move the times of a lead and of everything about it. What the demo dated itself (the days of responses, the
	enrolment) stays."""
	timeline.shift("Lead", KEPT, {"name": lead})
	timeline.shift(NURTURE, NURTURE_TIMES, {"name": lead})
	timeline.shift(scoring.RESPONSE, KEPT, {"lead_nurture": lead})
	for doctype, fields in TIMES.items():
		timeline.shift(doctype, fields, {"lead_nurture": lead})
	opportunities = frappe.get_all("Opportunity", {"party_name": lead}, pluck="name")
	timeline.shift("Opportunity", (*KEPT, "transaction_date"), {"party_name": lead})
	about = {"Lead": [lead], NURTURE: [lead], "Opportunity": opportunities}
	for doctype, (kind, name) in MENTIONS.items():
		for spoken_of, names in about.items():
			timeline.shift(doctype, KEPT, {kind: spoken_of, name: ("in", names or [""])})
	count_as_sent(NURTURE, lead)
	_count_time(lead)
	_set_deadline(lead)
	scoring.refresh([lead])
	frappe.clear_document_cache(NURTURE, lead)


def _count_time(lead: str) -> None:
	"""The seconds in each state are the time since the move before."""
	since = None
	for move in frappe.get_all(
		MOVE, {"lead_nurture": lead}, ["name", "at"], order_by="at, creation, name", limit=0
	):
		seconds = (move["at"] - since).total_seconds() if since else 0
		frappe.db.set_value(MOVE, move.name, "seconds", seconds, update_modified=False)
		since = move["at"]


def _set_deadline(lead: str) -> None:
	"""From the moved moment of the hand-over, as the app does it."""
	row = frappe.db.get_value(NURTURE, lead, ["status", "company", "handed_over_on"], as_dict=True)
	if row.status == WITH_SALES:
		until = handing.accept_by(row.company, row.handed_over_on)
		frappe.db.set_value(NURTURE, lead, "accept_by", until, update_modified=False)
