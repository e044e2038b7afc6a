"""Responses of leads from other programs, one or many in a call, and from people at the desk.

docs/lead-responses.md is the guide for whoever writes such a program.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import frappe
from frappe import _
from frappe.rate_limiter import rate_limit
from frappe.utils import cint, get_system_timezone, now_datetime

from sales_activity.api.guard import require
from sales_activity.sales_activity.milestones.forms import Problem
from sales_activity.sales_activity.nurture import responses
from sales_activity.sales_activity.nurture.response_rules import Response, Sent, response_of
from sales_activity.sales_activity.nurture.response_texts import text_of
from sales_activity.sales_activity.nurture.responses import Outcome, Recorded
from sales_activity.sales_activity.nurture.scoring import NURTURE
from sales_activity.transactions import ENDED, patiently

MOST_ROWS = 1000
REQUESTS_A_MINUTE = 120
STORED, THERE, REFUSED = "stored", "already there", "refused"

Row = Mapping[str, Any]
T = TypeVar("T")


class TooManyRowsError(frappe.ValidationError):
	"""More rows in one call than are taken."""

	http_status_code = 413


class BusyError(frappe.ValidationError):
	"""Others work on the same leads; nothing was stored."""

	http_status_code = 503


def requests_a_minute() -> int:
	"""How many calls an address may make in a minute: ``lead_responses_per_minute`` of site_config.json, else 120."""
	return cint(frappe.conf.get("lead_responses_per_minute")) or REQUESTS_A_MINUTE


@frappe.whitelist(methods=["POST"])
@rate_limit(limit=requests_a_minute, seconds=60)
def record(
	response_type: str | None = None,
	lead: str | None = None,
	email: str | None = None,
	responded_on: str | None = None,
	title: str | None = None,
	details: str | None = None,
	url: str | None = None,
	key: str | None = None,
	robot: bool | int | str | None = None,
) -> dict[str, Any]:
	"""Record one response; see ``docs/lead-responses.md``. The key may come as the header Idempotency-Key too. Returns
	its ``name``, and whether it ``is_new`` or stood there before."""
	values = {"response_type": response_type, "lead": lead, "email": email, "responded_on": responded_on}
	values.update(title=title, details=details, url=url, robot=robot)
	values["key"] = key or (frappe.request and frappe.get_request_header("Idempotency-Key"))
	return take(values, "API")


@frappe.whitelist(methods=["POST"])
@rate_limit(limit=requests_a_minute, seconds=60)
def record_many(rows: str | list) -> dict[str, Any]:
	"""Record up to 1,000 responses; each needs a key. What is refused keeps nothing else from being stored. Returns how
	many were ``stored``, ``already_there`` and ``refused``, and ``rows``: row (from 1), key, status, name or problem."""
	return take_many(rows)


@frappe.whitelist(methods=["POST"])
def record_by_hand(
	lead: str,
	response_type: str,
	responded_on: str | None = None,
	title: str | None = None,
	details: str | None = None,
	url: str | None = None,
	key: str | None = None,
) -> dict[str, Any]:
	"""Record what somebody heard or saw, from the desk. ``key``: of the dialog, so that two clicks are one response.
	Returns ``name`` and ``is_new``."""
	values = {"lead": lead, "response_type": response_type, "responded_on": responded_on}
	return take({**values, "title": title, "details": details, "url": url, "key": key}, "Desk")


def take(values: Row, source: str) -> dict[str, Any]:
	"""Record one response that was sent, as far as the user may. Raises ResponseRefusedError or one of its kinds, and
	PermissionError."""
	require(NURTURE, "write")
	(outcome,) = _patiently(lambda: _record([values], source))
	if isinstance(outcome, Problem):
		frappe.throw(text_of(outcome), responses.error_of(outcome))
	return outcome._asdict()


def take_many(rows: str | list, source: str = "API") -> dict[str, Any]:
	"""Record many responses that were sent; what became of each. Raises TooManyRowsError, ValidationError for what is no
	list, PermissionError."""
	require(NURTURE, "write")
	sent = _parsed(rows)
	outcomes = _patiently(lambda: _record(sent, source, needs_key=True)) if sent else []
	lines = [
		_line(number, row, outcome)
		for number, (row, outcome) in enumerate(zip(sent, outcomes, strict=True), 1)
	]
	counts = {status: sum(line["status"] == status for line in lines) for status in (STORED, THERE, REFUSED)}
	return {**{status.replace(" ", "_"): count for status, count in counts.items()}, "rows": lines}


# --- steps ---------------------------------------------------------------------------------------------------


def _parsed(rows: str | list) -> list:
	try:
		found = frappe.parse_json(rows)
	except ValueError:
		found = None
	if not isinstance(found, list):
		frappe.throw(_("Send the responses as a JSON list: rows = [{...}, {...}]. Nothing was stored."))
	if len(found) > MOST_ROWS:
		frappe.throw(
			_(
				"{0} rows are too many for one call: at most {1}. Send them in several. Nothing was stored."
			).format(len(found), MOST_ROWS),
			TooManyRowsError,
		)
	return found


def _line(number: int, row: Any, outcome: Outcome) -> dict[str, Any]:
	key = row.get("key") if isinstance(row, Mapping) else None
	if isinstance(outcome, Recorded):
		return {
			"row": number,
			"key": key,
			"status": STORED if outcome.is_new else THERE,
			"name": outcome.name,
		}
	return {"row": number, "key": key, "status": REFUSED, "problem": text_of(outcome)}


def _record(rows: Sequence[Any], source: str, needs_key: bool = False) -> list[Outcome]:
	"""What becomes of each row, in their order."""
	timezone, now = get_system_timezone(), now_datetime()
	outcomes: list[Any] = [
		response_of(row, source, timezone, now, needs_key)
		if isinstance(row, Mapping)
		else Problem("not_an_object", "")
		for row in rows
	]
	sent = {index: found for index, found in enumerate(outcomes) if isinstance(found, Sent)}
	found = dict(zip(sent, _with_leads(sent.values()), strict=True))
	outcomes = [found.get(index, outcome) for index, outcome in enumerate(outcomes)]
	good = [index for index, outcome in enumerate(outcomes) if isinstance(outcome, Response)]
	recorded = responses.record_many([outcomes[index] for index in good])
	for index, outcome in zip(good, recorded, strict=True):
		outcomes[index] = outcome
	return outcomes


def _with_leads(sent: Iterable[Sent]) -> list[Response | Problem]:
	"""The responses with their leads, as far as the user may see them; others don't exist for the user."""
	sent = list(sent)
	by_email = _leads_of({one.email for one in sent if not one.response.lead} - {""})
	visible = _visible(
		{one.response.lead for one in sent} - {""} | {lead for found in by_email.values() for lead in found}
	)
	resolved: list[Response | Problem] = []
	for one in sent:
		if one.response.lead:
			named = [one.response.lead]
		else:
			named = by_email.get(one.email.casefold(), [])
		leads = [lead for lead in named if lead.casefold() in visible]
		if not leads:
			resolved.append(Problem("unknown_lead", "", (one.response.lead or one.email,)))
		elif len(leads) > 1:
			resolved.append(Problem("several_leads", "", (one.email, ", ".join(leads))))
		else:
			resolved.append(one.response._replace(lead=leads[0]))
	return resolved


def _leads_of(emails: set[str]) -> dict[str, list[str]]:
	"""Leads by e-mail address, whatever its case."""
	found = defaultdict(list)
	if emails:
		filters = {"email_id": ("in", sorted(emails))}
		for row in frappe.get_all("Lead", filters, ["name", "email_id"], order_by="name", limit=0):
			found[row.email_id.casefold()].append(row.name)
	return found


def _visible(leads: set[str]) -> set[str]:
	"""Which of these leads the user sees, in lower case: by their Lead Nurture, or, while there is none, themselves."""
	if not leads:
		return set()
	asked = {"filters": {"lead": ("in", sorted(leads))}, "limit_page_length": 0}
	visible = {lead.casefold() for lead in frappe.get_list(NURTURE, pluck="lead", **asked)}
	left = [lead for lead in leads if lead.casefold() not in visible]
	if left and frappe.has_permission("Lead", "read"):
		kept = {
			lead.casefold()
			for lead in frappe.get_all(NURTURE, pluck="lead", filters=asked["filters"], limit=0)
		}
		names = frappe.get_list("Lead", {"name": ("in", left)}, pluck="name", limit_page_length=0)
		visible |= {name.casefold() for name in names} - kept
	return visible


def _patiently(work: Callable[[], T]) -> T:
	"""Nothing else is in these transactions. Raises BusyError where others work on the same leads all the time."""
	try:
		return patiently(work)
	except ENDED:
		frappe.throw(_("The site is busy with the same leads. Nothing was stored. Send it again."), BusyError)
