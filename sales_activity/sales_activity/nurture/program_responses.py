"""What a lead does with the links of a program's e-mails: clicks are responses, unsubscribing ends the run they are of.

A link opened several times is one response. What a machine opened is one too, and scores nothing.
"""

from __future__ import annotations

import frappe
from frappe import _

from sales_activity.sales_activity.nurture import enrolment, program_links, records, responses
from sales_activity.sales_activity.nurture.enrolment import COMPLETED, LIVE, STOPPED, UNSUBSCRIBED
from sales_activity.sales_activity.nurture.program_links import Link
from sales_activity.sales_activity.nurture.programs import ENROLMENT, RUN
from sales_activity.sales_activity.nurture.response_rules import Response, one_line
from sales_activity.transactions import patiently

SOURCE = "Tracked Link"
CLICKED, UNSUBSCRIBE = "Link Clicked", "Unsubscribe"
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
	kind = run.response_type or responses.type_for(CLICKED)
	if not kind:
		return
	by = "robot" if robot else "click"
	response = Response(
		run.lead,
		kind,
		SOURCE,
		title=one_line(run.title or ""),
		url=address,
		reference_doctype=RUN,
		reference_name=run.name,
		key=f"{run.name} {link.number} {by}",
		robot=robot,
	)
	try:
		patiently(lambda: responses.record(response))
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
	if queued:
		queue = frappe.qb.DocType("Email Queue")
		query = (
			frappe.qb.update(queue)
			.set(queue.status, "Error")
			.set(queue.error, _("The lead has unsubscribed."))
		)
		query.where(queue.name.isin(queued) & (queue.status == "Not Sent")).run()


def _step_run(link: Link) -> frappe._dict:
	found = frappe.db.get_value(RUN, link.run, _FIELDS, as_dict=True)
	if not found:
		raise UnknownLinkError
	return found
