"""Why a lead has its score: lines that add up to it, to the digit, and what the lead did.

The lines are made of what the score is made of: the criteria of the definition, and what each Response Type gives. A
score that somebody set by hand stands beside them, not among them.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from sales_activity.sales_activity.nurture import qualifying, scoring
from sales_activity.sales_activity.nurture.scoring import COUNTS, FACTOR, RESPONSE, TYPE

FIT, ENGAGEMENT = "Fit", "Engagement"
MOST_RESPONSES = 200

_RESPONSES = f"""
	select response.name, response.response_type, response.responded_on, response.source, response.title,
		response.details, response.url, response.robot,
		cast(if({COUNTS}, type.points * {FACTOR}, 0) as char) as worth
	from `tab{RESPONSE}` response
	join `tab{TYPE}` type on type.name = response.response_type
	where response.lead_nurture = %(lead)s
	order by response.responded_on desc, response.name desc limit %(limit)s
"""


class Line(NamedTuple):
	"""What one criterion or Response Type gives. ``value``: the field's value or the answer. ``count``: responses;
	``faded``: what they come to today, before the type's cap."""

	kind: str
	label: str
	points: Decimal
	value: str = ""
	count: int = 0
	faded: Decimal = Decimal(0)


class Override(NamedTuple):
	"""What somebody set instead."""

	score: Decimal
	reason: str
	until: date
	by: str


class Explanation(NamedTuple):
	"""A score on a day. The lines add up to ``fit`` and ``engagement``, these to ``total``; ``score`` is that, or what
	was set by hand."""

	on: date
	lines: tuple[Line, ...]
	fit: Decimal
	engagement: Decimal
	total: Decimal
	score: Decimal
	override: Override | None


class Done(NamedTuple):
	"""A response, and what it is worth today by itself; nothing if a machine did it or it lies ahead."""

	name: str
	response_type: str
	responded_on: datetime
	source: str
	title: str
	details: str
	url: str
	robot: bool
	worth: Decimal


def explain(doc: Document, on: date | None = None) -> Explanation:
	"""Why the Lead Nurture has its score on a day (default: today)."""
	day = getdate(on)
	fit, engagement = _fit_lines(doc), _engagement_lines(doc.name, day)
	sums = [sum((line.points for line in lines), Decimal("0.00")) for lines in (fit, engagement)]
	score = scoring.total(*sums, doc.override_score, doc.override_until, day)
	holds = doc.override_until and getdate(doc.override_until) >= day
	override = (
		Override(score, doc.override_reason or "", getdate(doc.override_until), doc.overridden_by or "")
		if holds
		else None
	)
	return Explanation(day, (*fit, *engagement), *sums, sum(sums), score, override)


def responses_of(lead_nurture: str, limit: int = MOST_RESPONSES, on: date | None = None) -> list[Done]:
	"""What the lead did, the latest first, each with what it is worth on the day (default: today)."""
	values = {**scoring.as_of(on), "lead": lead_nurture, "limit": min(limit, MOST_RESPONSES)}
	rows = frappe.db.sql(_RESPONSES, values, as_dict=True)
	return [Done(**{**row, "robot": bool(row.robot), "worth": Decimal(row.worth)}) for row in rows]


def _engagement_lines(lead_nurture: str, on: date) -> list[Line]:
	return [
		Line(ENGAGEMENT, line.response_type, line.points, count=line.count, faded=line.faded)
		for line in scoring.by_type(lead_nurture, on)
	]


def _fit_lines(doc: Document) -> list[Line]:
	"""The criteria, as long as they come to the fit that was stored. Later that stays as it was decided upon, while the
	Lead goes on changing: then it is one line."""
	stored = scoring.decimal_of(doc.fit_score)
	found = qualifying.fit_of(doc.definition, frappe.get_doc("Lead", doc.lead).as_dict(), doc.answers)
	if found.points != stored:
		return [Line(FIT, _("When it was qualified"), stored)]
	return [
		Line(FIT, line.criterion.label, line.points, "" if line.value is None else str(line.value))
		for line in found.lines
	]
