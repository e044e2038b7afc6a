"""What leads do: the only place that writes Nurture Responses, and refreshes the scores that they change.

A response with a key is kept once for its source, however often and from however many sides it is sent at once: the
unique index on the key's digest decides. Sent again with the same content it is answered with what stands; with other
content it is refused, and nothing changes.

Locks are taken in one order: the Lead Nurtures by name, then the keys by digest. So senders wait for each other and
are rarely ended by a deadlock; one that is can send everything again.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import NamedTuple

import frappe
from frappe.utils import now, now_datetime

from sales_activity.sales_activity.credit.bulk import insert_rows
from sales_activity.sales_activity.credit.ledger import name_at
from sales_activity.sales_activity.milestones.forms import Problem
from sales_activity.sales_activity.nurture import scoring
from sales_activity.sales_activity.nurture.response_rules import Response, plain, same_content
from sales_activity.sales_activity.nurture.response_texts import text_of
from sales_activity.sales_activity.nurture.scoring import RESPONSE, TYPE

_CONTENT = (
	*("lead", "response_type", "source", "responded_on", "title", "details", "url"),
	*("reference_doctype", "reference_name"),
)
_COLUMNS = (
	*("name", "creation", "modified", "owner", "modified_by", "docstatus", "idx"),
	*("lead_nurture", "company", *_CONTENT, "idempotency_key", "key_digest", "robot"),
)

# a row for a key that is known already stays as it is; what stands tells whose it is
_STANDING = f"select key_digest, name from `tab{RESPONSE}` where key_digest in %s lock in share mode"
_CONTENT_OF = f"""
	select name, {", ".join(_CONTENT)}, robot from `tab{RESPONSE}` where name in %s lock in share mode
"""


class ResponseRefusedError(frappe.ValidationError):
	"""A response can't be recorded as it is."""


class UnknownLeadError(ResponseRefusedError):
	"""There is no such Lead, or it has no Lead Nurture."""

	http_status_code = 404


class KeyUsedError(ResponseRefusedError):
	"""The key stands for another response already."""

	http_status_code = 409


_ERRORS = {"key_used": KeyUsedError, "unknown_lead": UnknownLeadError, "no_nurture": UnknownLeadError}


class Recorded(NamedTuple):
	"""A response that stands: the name of its record, and whether it is new or stood there before."""

	name: str
	is_new: bool


Outcome = Recorded | Problem


def record(response: Response) -> Recorded:
	"""Record one response and refresh the lead's score. Raises ResponseRefusedError, or one of its kinds."""
	(outcome,) = record_many([response])
	if isinstance(outcome, Problem):
		frappe.throw(text_of(outcome), error_of(outcome))
	return outcome


def record_many(responses: Sequence[Response]) -> list[Outcome]:
	"""Record responses and refresh the scores of their leads; what became of each, in their order. What is refused
	keeps nothing else from being recorded. Five statements, however many responses; the caller commits."""
	if not responses:
		return []
	found = scoring.types()
	types = {row.name.casefold(): row for row in found}  # the database compares likewise
	nurtures = {
		row.lead.casefold(): row for row in scoring.lock(sorted({response.lead for response in responses}))
	}
	outcomes: list[Outcome | None] = [_problem(response, types, nurtures) for response in responses]
	good = [
		(index, _resolved(response, types, nurtures))
		for index, response in enumerate(responses)
		if outcomes[index] is None
	]
	for (index, _response), outcome in zip(good, _write([r for _index, r in good], nurtures), strict=True):
		outcomes[index] = outcome
	changed = {
		nurtures[response.lead.casefold()].name
		for index, response in good
		if isinstance(outcomes[index], Recorded) and outcomes[index].is_new and not response.robot
	}
	scoring.write(sorted(changed), scoring.rules(found))
	return outcomes


def error_of(problem: Problem) -> type[ResponseRefusedError]:
	"""The exception that tells of a problem."""
	return _ERRORS.get(problem.code, ResponseRefusedError)


def type_for(event: str) -> str | None:
	"""The enabled Response Type that an event of the app's own is recorded as; None where the admin wants none."""
	return frappe.db.get_value(TYPE, {"recorded_when": event, "disabled": 0})


# --- what a response names -----------------------------------------------------------------------------------


def _problem(
	response: Response, types: Mapping[str, frappe._dict], nurtures: Mapping[str, frappe._dict]
) -> Problem | None:
	kind = types.get(response.response_type.casefold())
	if not kind or kind.disabled:
		enabled = ", ".join(row.name for row in types.values() if not row.disabled)
		code = "disabled_type" if kind else "unknown_type"
		return Problem(code, "", (response.response_type, enabled))
	if response.lead.casefold() not in nurtures:
		code = "no_nurture" if frappe.db.exists("Lead", response.lead) else "unknown_lead"
		return Problem(code, "", (response.lead,))
	return None


def _resolved(
	response: Response, types: Mapping[str, frappe._dict], nurtures: Mapping[str, frappe._dict]
) -> Response:
	"""The response with names as their records have them."""
	return response._replace(
		lead=nurtures[response.lead.casefold()].lead,
		response_type=types[response.response_type.casefold()].name,
	)


# --- writing -------------------------------------------------------------------------------------------------


def _write(responses: Sequence[Response], nurtures: Mapping[str, frappe._dict]) -> list[Outcome]:
	"""Insert what isn't there; what became of each."""
	names = [name for name, _response in zip(_names(), responses, strict=False)]
	moment, stamp, user = now_datetime(), now(), frappe.session.user
	rows = []
	for name, response in zip(names, responses, strict=True):
		nurture = nurtures[response.lead.casefold()]
		content = response._replace(responded_on=response.responded_on or moment)
		values = (getattr(content, field) or None for field in _CONTENT)
		rows.append(
			(
				*(name, stamp, stamp, user, user, 0, 0, nurture.name, nurture.company, *values),
				*(plain(response.key) or None, response.digest, int(response.robot)),
			)
		)
	digest = _COLUMNS.index("key_digest")
	insert_rows(RESPONSE, _COLUMNS, sorted(rows, key=lambda row: row[digest] or ""), keep_existing=True)
	standing = _standing({response.digest for response in responses} - {None})
	stands = [standing.get(response.digest, name) for name, response in zip(names, responses, strict=True)]
	before = _contents({there for there, name in zip(stands, names, strict=True) if there != name})
	return [
		Recorded(name, is_new=True) if there == name else _known(response, before[there])
		for name, there, response in zip(names, stands, responses, strict=True)
	]


def _known(response: Response, before: frappe._dict) -> Outcome:
	"""What becomes of a response whose key stands for ``before``."""
	was = Response(
		**{field: before[field] if field == "responded_on" else before[field] or "" for field in _CONTENT},
		key=response.key,
		robot=bool(before.robot),
	)
	sent = response._replace(
		reference_doctype=response.reference_doctype or "", reference_name=response.reference_name or ""
	)
	if same_content(sent, was):
		return Recorded(before.name, is_new=False)
	return Problem("key_used", "", (response.key, before.name))


def _standing(digests: Iterable[str]) -> dict[str | None, str]:
	"""The names of the responses that stand for these keys, as committed last. All are there by now, so only they are
	locked."""
	digests = tuple(digests)
	return dict(frappe.db.sql(_STANDING, (digests,))) if digests else {}


def _contents(names: Iterable[str]) -> dict[str, frappe._dict]:
	"""What these responses say, as committed last."""
	names = tuple(names)
	rows = frappe.db.sql(_CONTENT_OF, (names,), as_dict=True) if names else []
	return {row.name: row for row in rows}


def _names() -> Iterable[str]:
	"""Names that sort by time, so that new rows are added at the end of the table."""
	prefix = f"{name_at(time.time())}{secrets.token_hex(4)}"
	return (f"{prefix}{number:05x}" for number in count())
