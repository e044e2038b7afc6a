"""What a lead does with the links of a program's e-mails: clicks are responses, unsubscribing ends the run they are of.

A link opened several times is one response. What a machine opened is one too, and scores nothing.
"""

from __future__ import annotations

from collections.abc import Callable

import frappe
from frappe import _

from sales_activity.sales_activity.nurture import (
	enrolment,
	program_delivery,
	program_links,
	program_machines,
	records,
	responses,
)
from sales_activity.sales_activity.nurture.enrolment import COMPLETED, LIVE, STOPPED, UNSUBSCRIBED
from sales_activity.sales_activity.nurture.program_links import Link
from sales_activity.sales_activity.nurture.programs import ENROLMENT, RUN
from sales_activity.sales_activity.nurture.response_rules import Response, one_line
from sales_activity.transactions import patiently

SOURCE = "Tracked Link"
CLICKED, UNSUBSCRIBE, OPENED = "Link Clicked", "Unsubscribe", "E-mail Opened"
_FIELDS = (
	"name",
	"enrolment",
	"program",
	"lead",
	"lead_nurture",
	"title",
	"response_type",
	"links",
	"email_queue",
)


class UnknownLinkError(program_links.BadLinkError):
	"""A link of ours to something that isn't there any more."""


def address_of(link: Link) -> str:
	"""Where a tracked link leads: one of the addresses that its e-mail had. Raises UnknownLinkError."""
	addresses = frappe.parse_json(_step_run(link).links) or []
	if not 0 <= link.number < len(addresses):
		raise UnknownLinkError
	return addresses[link.number]


def clicked(link: Link, address: str, robot: bool) -> None:
	"""Record a click; commits. The lead gets where it wants to go, whatever becomes of that: what can't be recorded is
	logged."""
	run = _step_run(link)
	_record(run, run.response_type or responses.type_for(CLICKED), str(link.number), robot, address)


def opened(link: Link, robot: bool) -> None:
	"""Record that an e-mail was opened, once for a step; commits. What can't be recorded is logged. Raises
	UnknownLinkError."""
	_record(_step_run(link), responses.type_for(OPENED), OPENED, robot)


def sprung(link: Link) -> None:
	"""A machine followed the link that no person sees; commits. What can't be recorded is logged. Raises
	UnknownLinkError."""
	run = _step_run(link)
	kind = run.response_type or responses.type_for(CLICKED)
	_commit(lambda: program_machines.caught(run, kind))


def _record(run: frappe._dict, kind: str | None, what: str, robot: bool, url: str = "") -> None:
	if not kind:
		return

	def work() -> None:
		program_machines.lock(run)
		by_machine = robot or program_machines.was_here(run)
		responses.record(
			Response(
				run.lead,
				kind,
				SOURCE,
				title=one_line(run.title or ""),
				url=url,
				reference_doctype=RUN,
				reference_name=run.name,
				key=program_machines.key_of(run, what, by_machine),
				robot=by_machine,
			)
		)

	_commit(work)


def _commit(work: Callable[[], None]) -> None:
	"""``work`` begins with a lock, in a transaction of its own: so what it reads then, without locking it, is what stands."""
	try:
		frappe.db.commit()
		patiently(work)
		frappe.db.commit()
	except Exception:
		frappe.db.rollback()
		frappe.clear_messages()
		frappe.log_error(title=_("A click of a lead could not be recorded"))
		frappe.db.commit()


def has_unsubscribed(link: Link) -> bool:
	"""Whether the run that an e-mail belongs to was ended by its lead already. Raises UnknownLinkError."""
	return frappe.db.get_value(ENROLMENT, _step_run(link).enrolment, "stop_reason") == UNSUBSCRIBED


def unsubscribe(link: Link) -> None:
	"""End the run that an e-mail belongs to, and no other, for good: e-mails of it that Frappe has not sent yet aren't
	sent, and nobody can enrol the lead in that program again. Once more changes nothing. Raises UnknownLinkError."""
	step_run = _step_run(link)
	records.lock_lead(step_run.lead)
	records.lock(step_run.lead)
	run = enrolment.lock(step_run.enrolment)
	if not run:
		raise UnknownLinkError
	if run.stop_reason == UNSUBSCRIBED:
		return
	if run.status in (*LIVE, STOPPED, COMPLETED):
		enrolment.write_stopped(run.name, UNSUBSCRIBED)
	_keep_back_unsent(run.name)
	kind = responses.type_for(UNSUBSCRIBE)
	if kind:
		responses.record(
			Response(
				run.lead,
				kind,
				SOURCE,
				title=one_line(run.program),
				reference_doctype=ENROLMENT,
				reference_name=run.name,
				key=f"{run.name} unsubscribe",
			)
		)


def _keep_back_unsent(run: str) -> None:
	"""E-mails of a run that still wait in Frappe's queue."""
	queued = frappe.get_all(
		RUN, {"enrolment": run, "email_queue": ["is", "set"]}, pluck="email_queue", limit=0
	)
	program_delivery.keep_back(queued, _("The lead has unsubscribed."))


def _step_run(link: Link) -> frappe._dict:
	found = frappe.db.get_value(RUN, link.run, _FIELDS, as_dict=True)
	if not found:
		raise UnknownLinkError
	return found
