"""What becomes of a program's e-mails after they were put into Frappe's queue: the log of steps says what was not sent.

Frappe tries an e-mail a few times, then puts it down as an Error; one that its worker died over stays *Sending*, in
version 16 for a quarter of an hour, before that for good, and nobody knows whether it went out. An e-mail that somebody
has sent from the queue after all is sent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

import frappe
from frappe import _
from frappe.utils import now_datetime

from sales_activity.sales_activity.nurture.programs import RUN
from sales_activity.transactions import patiently

SENT, NOT_DELIVERED = "Sent", "Not Delivered"
GIVEN_UP = timedelta(hours=1)  # after so long nobody is sending it any more
MOST_WHY, BATCH = 500, 1000
_LAST_ERROR = re.compile(r"^[\w.]*(?:Error|Exception|Refused|Disconnected|Timeout)\b.*$", re.MULTILINE)

_FAILED = f"""
	select step.name, queued.status, queued.error
	from `tabEmail Queue` queued join `tab{RUN}` step on step.email_queue = queued.name
	where step.outcome = 'Sent'
		and (queued.status = 'Error' or queued.status = 'Sending' and queued.modified < %(given_up)s)
	order by step.name limit {BATCH}
"""
# looked for without a lock, as above: an update of both tables would wait for Frappe, and Frappe for it
_SENT_AFTER_ALL = f"""
	select step.name from `tab{RUN}` step join `tabEmail Queue` queued on queued.name = step.email_queue
	where step.outcome = 'Not Delivered' and queued.status = 'Sent'
	order by step.name limit {BATCH}
"""


def follow_queue() -> int:
	"""Put down which e-mails Frappe could not send, and which it could after all; commits. Returns how many could not
	be sent."""
	frappe.db.commit()

	def work() -> int:
		failed = frappe.db.sql(_FAILED, {"given_up": now_datetime() - GIVEN_UP})
		for name, status, error in failed:
			_put_down([name], why_of(error) if status == "Error" else _interrupted())
		_take_back(frappe.db.sql(_SENT_AFTER_ALL, pluck=True))
		frappe.db.commit()
		return len(failed)

	return patiently(work)


def keep_back(queued: Sequence[str], why: str) -> None:
	"""Have e-mails that still wait in Frappe's queue not sent. Not committed."""
	if not queued:
		return
	queue = frappe.qb.DocType("Email Queue")
	waiting = queue.name.isin(list(queued)) & (queue.status == "Not Sent")
	names = frappe.qb.from_(queue).select(queue.name).where(waiting).for_update().run(pluck=True)
	if names:
		query = frappe.qb.update(queue).set(queue.status, "Error").set(queue.error, why)
		query.where(queue.name.isin(names)).run()
		steps = frappe.qb.DocType(RUN)
		frappe.qb.update(steps).set(steps.outcome, NOT_DELIVERED).set(steps.why, why[:MOST_WHY]).where(
			steps.email_queue.isin(names)
		).run()


def why_of(error: str | None) -> str:
	"""What an e-mail failed of, out of what Frappe has kept: a traceback, or a sentence of ours."""
	found = _LAST_ERROR.findall(error or "")
	if found:
		return found[-1].strip()[:MOST_WHY]
	if error and "Traceback" not in error and "File " not in error:
		return error.strip()[:MOST_WHY]
	return _("Frappe could not send it. The Email Queue says why.")


def _interrupted() -> str:
	return _("It was being sent when the worker ended. It may have arrived.")


def _put_down(names: Sequence[str], why: str) -> None:
	steps = frappe.qb.DocType(RUN)
	query = frappe.qb.update(steps).set(steps.outcome, NOT_DELIVERED).set(steps.why, why)
	query.set(steps.modified, now_datetime()).where(steps.name.isin(list(names))).run()


def _take_back(names: Sequence[str]) -> None:
	"""Sent after all."""
	if names:
		steps = frappe.qb.DocType(RUN)
		query = frappe.qb.update(steps).set(steps.outcome, SENT).set(steps.why, None)
		query.set(steps.modified, now_datetime()).where(steps.name.isin(list(names))).run()
