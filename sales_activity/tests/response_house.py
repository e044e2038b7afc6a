"""Leads that respond, for the tests: types, leads with their Lead Nurture, responses, and a slow oracle of the score."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import NamedTuple

import frappe
from frappe.utils import getdate

from sales_activity.sales_activity.nurture import responses
from sales_activity.sales_activity.nurture.response_rules import Response
from sales_activity.sales_activity.nurture.responses import Recorded
from sales_activity.sales_activity.nurture.scoring import NURTURE, RESPONSE, TYPE
from sales_activity.tests import factories

COMPANY = factories.COMPANY
CLICK, FAIR, COMPLAINT, VISIT = TYPES = ("House Click", "House Fair", "House Complaint", "House Visit")


class Kind(NamedTuple):
	"""The numbers of a Response Type."""

	points: Decimal = Decimal(10)
	half_life: Decimal = Decimal(30)
	cap: Decimal = Decimal(0)


PLAIN = {
	CLICK: Kind(Decimal(5), Decimal(30), Decimal(12)),
	FAIR: Kind(Decimal(25), Decimal(90)),
	COMPLAINT: Kind(Decimal(-8), Decimal(10), Decimal(10)),
	VISIT: Kind(Decimal(3), Decimal(0)),
}


def types(kinds: Mapping[str, Kind] = PLAIN) -> None:
	"""The house's Response Types with these numbers."""
	for name, kind in kinds.items():
		numbers = {"points": kind.points, "half_life_days": kind.half_life, "cap": kind.cap}
		factories.make_once(TYPE, name, response_type_name=name)
		frappe.db.set_value(TYPE, name, numbers)


def lead(name: str, **values: object) -> str:
	"""A lead with its Lead Nurture."""
	found = factories.lead(name, **values)
	if not frappe.db.exists(NURTURE, {"lead": found}):
		factories.make(NURTURE, lead=found, lead_name=name, company=values.get("company", COMPANY))
	return found


def hand_to(lead: str, person: str) -> None:
	"""The lead is with a Sales Person; nobody was told."""
	frappe.db.set_value(
		NURTURE, lead, {"sales_person": person, "status": "With Sales", "workflow_state": "With Sales"}
	)


def response(lead: str, response_type: str = CLICK, ago: float = 0, **values: object) -> Response:
	"""A response of some days ago."""
	values.setdefault("responded_on", midday() - timedelta(days=ago))
	return Response(lead, response_type, **{"source": "API", **values})


def record(lead: str, response_type: str = CLICK, ago: float = 0, **values: object) -> Recorded:
	"""Record one."""
	return responses.record(response(lead, response_type, ago, **values))


def midday(day: date | None = None) -> datetime:
	"""Noon of a day, today's by default."""
	day = day or getdate()
	return datetime(day.year, day.month, day.day, 12)


def engagement(lead: str) -> Decimal:
	"""The running score of a lead's responses, exactly as stored."""
	return value(lead, "engagement_score")


def value(lead: str, fieldname: str) -> Decimal:
	"""A number of the Lead Nurture, exactly as stored."""
	statement = f"select cast(`{fieldname}` as char) from `tab{NURTURE}` where lead = %s"
	return Decimal(frappe.db.sql(statement, lead)[0][0])


def count(lead: str) -> int:
	"""How many responses of the lead are kept."""
	return frappe.db.count(RESPONSE, {"lead": lead})


# --- the oracle ----------------------------------------------------------------------------------------------


def oracle(
	history: Iterable[Response], kinds: Mapping[str, Kind] = PLAIN, on: date | None = None
) -> dict[str, Decimal]:
	"""What each type should give, one response after the other, with sixty digits."""
	day, given = on or getdate(), {}
	kept = {(sent.source, sent.key or number): sent for number, sent in enumerate(history)}
	for sent in kept.values():
		age = (day - sent.responded_on.date()).days
		if age >= 0 and not sent.robot:
			kind = kinds[sent.response_type]
			given[sent.response_type] = given.get(sent.response_type, 0) + kind.points * _factor(
				age, kind.half_life
			)
	for name, points in given.items():
		if cap := kinds[name].cap:
			points = max(-cap, min(cap, points))
		given[name] = points.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
	return given


def _factor(age: int, half_life: Decimal) -> Decimal:
	if not half_life:
		return Decimal(1)
	with localcontext() as context:
		context.prec = 60
		return (Decimal("0.5") ** (Decimal(age) / half_life)).quantize(
			Decimal("0.000001"), rounding=ROUND_HALF_UP
		)
