"""The score of a lead: how well it fits the definition, and how it responds.

The engagement of a lead on a day is, exactly:

	for each Response Type: the sum over its responses of  points * 0.5 ^ (whole days since / half life),
		at most the type's cap (and at least minus the cap), rounded to two digits;
	the sum of these

Each factor is rounded to six digits; from there on all are decimals, so neither order nor repetition can matter.
Responses of robots count nothing, those of the future nothing yet. It is computed in MariaDB, by the same statement
for one lead and for thousands, from the responses and the types as they are now: there is nothing to drift.

Whoever writes a score holds the lock on the Lead Nurture's row. Responses of a lead are inserted under it as well, so
what the statement adds up, reading under lock, is all there is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

import frappe
from frappe.model.document import Document
from frappe.utils import add_days, getdate

NURTURE, RESPONSE, TYPE = "Lead Nurture", "Nurture Response", "Response Type"
CENT = Decimal("0.01")

# what one response counts on the day: as a power it is a double, from its rounding on a decimal
FACTOR = """if(type.half_life_days = 0, 1, round(cast(
	pow(0.5, datediff(%(on)s, response.responded_on) / (type.half_life_days + 0e0)) as decimal(21, 18)), 6))"""
COUNTS = "response.robot = 0 and response.responded_on < %(tomorrow)s"

# a row for each lead and type
_BY_TYPE = f"""
	select response.lead_nurture, response.response_type, count(*) as count, min(type.cap) as cap,
		sum(type.points * {FACTOR}) as faded
	from `tab{RESPONSE}` response
	join `tab{TYPE}` type on type.name = response.response_type
	where response.lead_nurture in %(leads)s and {COUNTS}
	group by response.lead_nurture, response.response_type
"""

_POINTS = "round(if(cap > 0, greatest(-cap, least(cap, faded)), faded), 2)"

# as text, because Frappe makes floats of decimals
_LINES = f"""
	select response_type, count, cast(faded as char), cast({_POINTS} as char)
	from ({_BY_TYPE} {{lock}}) by_type
"""

_BY_LEAD = f"select lead_nurture, sum({_POINTS}) as points from ({_BY_TYPE}) by_type group by lead_nurture"

# ``total`` in SQL; the tests hold them against each other
_TOTAL = """round(if(nurture.override_until >= %(on)s, nurture.override_score,
	nurture.fit_score + coalesce(engagement.points, 0)), 2)"""

_WRITE = f"""
	update `tab{NURTURE}` nurture
	left join ({_BY_LEAD}) engagement on engagement.lead_nurture = nurture.name
	set nurture.engagement_score = coalesce(engagement.points, 0), nurture.score = {_TOTAL},
		nurture.scored_on = %(on)s, nurture.scoring_rules = %(rules)s
	where nurture.name in %(leads)s
"""


class TypeScore(NamedTuple):
	"""What the responses of one type give a lead: how many count, what they come to, and what is left of that under
	the type's cap."""

	response_type: str
	count: int
	faded: Decimal
	points: Decimal


def refresh(leads: Sequence[str], on: date | None = None) -> None:
	"""Write engagement, score and day of these Lead Nurtures anew, as of a day (default: today). Locks them until the
	end of the transaction; ``modified`` stays, so nobody who has one open is disturbed. Two statements and one for
	the types, however many leads."""
	if leads:
		found = rules()
		lock(leads)
		write(leads, found, on)


def write(leads: Sequence[str], found: str, on: date | None = None) -> None:
	"""``refresh`` for whoever has locked them and read the rules."""
	if leads:
		frappe.db.sql(_WRITE, {**as_of(on), "leads": tuple(leads), "rules": found})


def lock(leads: Sequence[str]) -> list[frappe._dict]:
	"""Lock Lead Nurtures for the rest of the transaction, always in the same order; their names, leads and companies
	as committed last."""
	statement = f"select name, lead, company from `tab{NURTURE}` where name in %s order by name for update"
	return frappe.db.sql(statement, (tuple(leads),), as_dict=True)


def set_scores(doc: Document) -> None:
	"""Put the scores of today into a Lead Nurture that is about to be saved, whatever the form sent: since it was
	opened, responses may have come. Its row is locked already, by Frappe, unless it is new."""
	doc.scoring_rules = rules()
	engagement = (
		sum((line.points for line in by_type(doc.name, lock=True)), Decimal(0)) if doc.name else Decimal(0)
	)
	doc.scored_on = getdate()
	doc.engagement_score = float(engagement)
	override = doc.override_score if doc.override_until else None
	doc.score = float(total(doc.fit_score, engagement, override, doc.override_until))


def by_type(lead_nurture: str, on: date | None = None, lock: bool = False) -> list[TypeScore]:
	"""What each type gives the lead, the most first."""
	statement = _LINES.format(lock="lock in share mode" if lock else "")
	rows = frappe.db.sql(statement, {**as_of(on), "leads": (lead_nurture,)})
	lines = [TypeScore(kind, count, Decimal(faded), Decimal(points)) for kind, count, faded, points in rows]
	return sorted(lines, key=lambda line: (-line.points, line.response_type))


def total(
	fit: object,
	engagement: object,
	override: object = None,
	until: date | str | None = None,
	on: date | None = None,
) -> Decimal:
	"""The score: what somebody set instead, as long as that holds, else fit and engagement. Two digits."""
	if until and getdate(until) >= getdate(on):
		return decimal_of(override)
	return decimal_of(fit) + decimal_of(engagement)


def types() -> list[frappe._dict]:
	"""All Response Types, with what a score depends on and whether they are disabled."""
	statement = f"select name, points, half_life_days, cap, disabled from `tab{TYPE}` order by name"
	return frappe.db.sql(statement, as_dict=True)


def rules(found: Sequence[frappe._dict] | None = None) -> str:
	"""A digest of everything in the Response Types (``types``) that a score depends on. A score that was made by others
	is out of date (``rescoring``), however they were changed."""
	rows = types() if found is None else found
	numbers = [(row.name, row.points, row.half_life_days, row.cap) for row in rows]
	return hashlib.blake2b(repr(numbers).encode(), digest_size=8).hexdigest()


def as_of(on: date | None) -> dict[str, date]:
	"""The values of the statements for a day (default: today)."""
	day = getdate(on)
	return {"on": day, "tomorrow": add_days(day, 1)}


def decimal_of(number: object) -> Decimal:
	"""A value of a Float column, with the two digits that it has."""
	return Decimal(str(number or 0)).quantize(CENT, rounding=ROUND_HALF_UP)
