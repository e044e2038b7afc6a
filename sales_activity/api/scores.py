"""The score of a lead: why it is what it is, and setting another one by hand.

Who may change a lead is decided by its controller, for every way in alike.
"""

from __future__ import annotations

from typing import Any

import frappe

from sales_activity.api.guard import document
from sales_activity.sales_activity.nurture import explain as explaining
from sales_activity.sales_activity.nurture.scoring import NURTURE


@frappe.whitelist()
def explain(lead: str) -> dict[str, Any]:
	"""Why the lead has its score today: ``lines`` (kind Fit or Engagement, label, points, value, count, faded) add up to
	``fit`` and ``engagement``, these to ``total``; ``override`` (score, reason, until, by) is what somebody set
	instead, or None; ``score`` is what stands."""
	found = explaining.explain(document(NURTURE, lead, "read"))
	lines = [
		{**line._asdict(), "points": float(line.points), "faded": float(line.faded)} for line in found.lines
	]
	numbers = {name: float(getattr(found, name)) for name in ("fit", "engagement", "total", "score")}
	override = found.override and {**found.override._asdict(), "score": float(found.override.score)}
	return {"on": found.on, "lines": lines, **numbers, "override": override}


@frappe.whitelist()
def responses(lead: str, limit: int = 50) -> list[dict[str, Any]]:
	"""What the lead did, the latest first: response_type, responded_on, source, title, details, url, robot, and what
	each is ``worth`` today by itself. At most 200."""
	doc = document(NURTURE, lead, "read")
	rows = explaining.responses_of(doc.name, int(limit))
	return [{**row._asdict(), "worth": float(row.worth)} for row in rows]


@frappe.whitelist(methods=["POST"])
def override(lead: str, score: float, reason: str, until: str) -> dict[str, Any]:
	"""Set the score by hand until a day, with a reason. Returns the new explanation. Raises what the controller
	raises."""
	return _set(lead, override_score=score, override_reason=reason, override_until=until)


@frappe.whitelist(methods=["POST"])
def end_override(lead: str) -> dict[str, Any]:
	"""Let the score be what it comes to again. Returns the new explanation."""
	return _set(lead, override_score=0, override_reason=None, override_until=None)


def _set(lead: str, **values: object) -> dict[str, Any]:
	doc = document(NURTURE, lead, "write")
	doc.update(values)
	doc.save()
	return explain(doc.lead)
