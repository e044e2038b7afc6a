"""Machines that pass for browsers: security scanners that open every link of an e-mail, before or instead of its reader.

Each e-mail has a link that no person sees (``program_pictures``). Who follows it follows all of them, within seconds. So
whatever was opened in an e-mail within a minute of its trap, before or after, was opened by a machine: kept as Robot, and
it scores nothing. A click further away from every opening of the trap is a person's.

That is decided from what is stored, by moments alone, so it makes no difference whether the machine takes the trap first,
last or in between: what was taken for a person's before is put right when the trap is sprung. A link stays free for the
person who follows it later.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import frappe
from frappe import _
from frappe.utils import get_datetime, now_datetime

from sales_activity.sales_activity.nurture import responses, scoring
from sales_activity.sales_activity.nurture.programs import RUN
from sales_activity.sales_activity.nurture.response_rules import Response, one_line
from sales_activity.sales_activity.nurture.scoring import RESPONSE

NEAR = timedelta(seconds=60)
SOURCE = "Tracked Link"
# the last word of a response's key
PERSON, MACHINE, SPRUNG = "click", "robot", "trap"

# not for update: of a lead without responses that would lock the gap where those of others go, and two who hold it would
# wait for each other
_OF_STEP = f"""
	select name, idempotency_key, responded_on from `tab{RESPONSE}`
	where lead_nurture = %(lead_nurture)s and reference_doctype = '{RUN}' and reference_name = %(name)s
"""


def lock(step_run: frappe._dict) -> None:
	"""Hold back whoever else records what is done with the lead's e-mails, until the transaction ends. Call it first in
	one: what others have recorded is seen by what is read after it."""
	scoring.lock([step_run.lead_nurture])


def was_here(step_run: frappe._dict) -> bool:
	"""Whether a machine springs the trap of a step's e-mail just now. Call it under ``lock``."""
	now = now_datetime()
	return any(_is_near(row, now) for row in _responses(step_run) if _word(row) == SPRUNG)


def key_of(step_run: frappe._dict, what: str, by_machine: bool) -> str:
	"""What a response to a step's e-mail is called: once by a person, once by machines."""
	return f"{step_run.name} {what} {MACHINE if by_machine else PERSON}"


def caught(step_run: frappe._dict, kind: str | None) -> None:
	"""A machine has sprung the trap of a step's e-mail: record that as ``kind`` (a Response Type; None: nothing is), and
	take what it has opened for what it is. Not committed."""
	lock(step_run)
	now = now_datetime()
	taken = [row for row in _responses(step_run) if _word(row) == PERSON and _is_near(row, now)]
	for row in taken:
		_put_right(row, now)
	if kind:
		responses.record(_sprung(step_run, kind, now))
	if taken:
		scoring.refresh([step_run.lead_nurture])


def _sprung(step_run: frappe._dict, kind: str, now: datetime) -> Response:
	"""Once a second, so that each time that a machine comes is known (``_is_near`` compares seconds)."""
	return Response(
		step_run.lead,
		kind,
		SOURCE,
		title=one_line(step_run.title or ""),
		details=_("Followed a link that no person sees."),
		reference_doctype=RUN,
		reference_name=step_run.name,
		key=f"{step_run.name} {now:%Y%m%d%H%M%S} {SPRUNG}",
		robot=True,
	)


def _put_right(row: frappe._dict, now: datetime) -> None:
	"""With a key of its own, so that a person's click on the same link is recorded when it comes."""
	key = f"{row.idempotency_key.rpartition(' ')[0]} {row.name[-12:]} {MACHINE}"
	digest = Response("", "", SOURCE, key=key).digest
	frappe.db.set_value(
		RESPONSE,
		row.name,
		{"robot": 1, "idempotency_key": key, "key_digest": digest},
		update_modified=False,
	)


def _responses(step_run: frappe._dict) -> list[frappe._dict]:
	return frappe.db.sql(_OF_STEP, step_run, as_dict=True)


def _word(row: frappe._dict) -> str:
	return (row.idempotency_key or "").rpartition(" ")[2]


def _is_near(row: frappe._dict, moment: datetime) -> bool:
	responded_on = get_datetime(row.responded_on).replace(microsecond=0)
	return abs(responded_on - moment.replace(microsecond=0)) <= NEAR
