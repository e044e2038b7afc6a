"""Nurture Programs: what the buttons of programs, leads and lists do, and other programs may.

Whoever may write a lead's nurture may enrol it and change its run; the rules of a program enrol leads for those who may
write the program.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from sales_activity.api.frappe_methods import get_count
from sales_activity.api.guard import names_of, require, writable
from sales_activity.sales_activity.nurture import enrolment, retrying
from sales_activity.sales_activity.nurture import runs as showing
from sales_activity.sales_activity.nurture.enrolment import LIVE, Enrolled, Skipped
from sales_activity.sales_activity.nurture.programs import ENROLMENT, PROGRAM, RUN
from sales_activity.sales_activity.nurture.records import NURTURE

MOST_LEADS = 1000
MOST_NAMED = 100
JOB = "sales_activity.sales_activity.nurture.enrolment.enrol_by_rule"


@frappe.whitelist(methods=["POST"])
def enrol(program: str, leads: str | list[str]) -> dict[str, Any]:
	"""Enrol leads (one name, a list, or it as JSON; at most 1,000) in a program. Returns ``enrolled`` (how many),
	``skipped`` (lead and why, the first 100), and ``message``. Leads that the user may not see are left out as if there
	were none."""
	doc = _readable_program(program)
	require(NURTURE, "write")
	names = names_of(leads, MOST_LEADS)
	allowed = writable(NURTURE, names)
	found = enrolment.enrol(
		doc,
		[name for name in names if name in allowed],
		enrolment.BY_HAND if len(names) == 1 else enrolment.BY_LIST,
	)
	unseen = [Skipped(name, _("there is no such lead")) for name in names if name not in allowed]
	return _answer(Enrolled(found.runs, found.skipped + unseen))


@frappe.whitelist(methods=["POST"])
def enrol_by_rule(program: str) -> dict[str, Any]:
	"""Enrol every lead for which the rules of a program hold, in the background. For those who may write the program."""
	doc = _readable_program(program)
	doc.check_permission("write")
	enrolment.require_rules(doc)
	frappe.enqueue(
		JOB,
		queue="long",
		timeout=60 * 60,
		job_id=f"sales_activity::enrol_by_rule::{doc.name}",
		deduplicate=True,
		name=doc.name,
	)
	return {
		"message": _("Leads are enrolled in the background. Their runs appear in the list of enrolments.")
	}


@frappe.whitelist(methods=["POST"])
def pause(enrolments: str | list[str]) -> dict[str, Any]:
	"""Let runs stand still (names, a list or it as JSON; at most 1,000). All of them or, with the reason, none."""
	return _change(enrolments, enrolment.pause, _("{0} runs stand still."))


@frappe.whitelist(methods=["POST"])
def resume(enrolments: str | list[str]) -> dict[str, Any]:
	"""Let paused runs go on. All of them or, with the reason, none."""
	return _change(enrolments, enrolment.resume, _("{0} runs go on."))


@frappe.whitelist(methods=["POST"])
def stop(enrolments: str | list[str]) -> dict[str, Any]:
	"""End runs. All of them or, with the reason, none."""
	return _change(enrolments, enrolment.stop, _("{0} runs were stopped."))


@frappe.whitelist(methods=["POST"])
def retry(
	enrolments: str | list[str] | None = None, step_runs: str | list[str] | None = None
) -> dict[str, Any]:
	"""Have steps that failed tried again when their programs work next: all of these runs (``enrolments``), or these
	(``step_runs``, names of Program Step Runs); at most 1,000. All of them or, with the reason, none. What was sent or
	given to somebody is never repeated. Returns ``steps`` (how many) and ``message``. Raises RetryError."""
	require(NURTURE, "write")
	doctype, named = (ENROLMENT, enrolments) if enrolments else (RUN, step_runs)
	names = names_of(named or [], MOST_LEADS)
	filters = {"name": ["in", names]}
	leads = dict(frappe.get_all(doctype, filters, ["name", "lead_nurture"], as_list=True, limit=0))
	allowed = writable(NURTURE, sorted(set(leads.values())))
	if any(leads.get(name) not in allowed for name in names):
		frappe.throw(_("There is no such run, or you may not change it."), frappe.PermissionError)
	steps = retrying.failed_of(names) if enrolments else names
	if not steps:
		frappe.throw(_("No step of these runs has failed."), retrying.RetryError)
	count = retrying.ask(steps)
	text = _("{0} steps are tried again within a few minutes, or when their program works next.")
	return {"steps": count, "message": text.format(count)}


@frappe.whitelist()
def runs(lead: str) -> list[dict[str, Any]]:
	"""The runs of a lead through programs, the latest first: see ``nurture.runs.of_lead``. ``lead``: name of the Lead.
	For those who see the lead's nurture."""
	require(NURTURE, "read")
	doc = frappe.get_doc(NURTURE, str(lead))
	doc.check_permission("read")
	return showing.of_lead(doc.name)


@frappe.whitelist()
def run(name: str) -> dict[str, Any]:
	"""What a run's form shows beside its fields: ``log`` of its steps (see ``nurture.runs.log``), the ``next_step``, and
	whether the user ``may_change`` it."""
	require(ENROLMENT, "read")
	doc = frappe.get_doc(ENROLMENT, str(name))
	doc.check_permission("read")
	return {
		"log": showing.log(doc.name),
		"next_step": showing.next_step(doc),
		"may_change": doc.status in LIVE and bool(writable(NURTURE, [doc.lead_nurture])),
	}


@frappe.whitelist()
def counts(program: str) -> dict[str, int]:
	"""How many runs of a program the user sees, by their status."""
	doc = _readable_program(program)
	states = (*LIVE, enrolment.COMPLETED, enrolment.STOPPED)
	return {state: get_count(ENROLMENT, {"program": doc.name, "status": state}) for state in states}


@frappe.whitelist()
def preview(program: str, step: str, lead: str) -> dict[str, str]:
	"""The e-mail of a step (its row's name) as a lead that the user sees would get it: ``subject`` and ``body``. Nothing
	is sent. Raises MailFailedError where it couldn't be."""
	doc = _readable_program(program)
	require(NURTURE, "read")
	frappe.get_doc(NURTURE, str(lead)).check_permission("read")
	row = next((row for row in doc.steps if row.name == step), None)
	if not row:
		frappe.throw(_("There is no such step. Save the program first."), frappe.DoesNotExistError)
	return showing.mail(doc, row, frappe.db.get_value("Lead", str(lead), "*", as_dict=True))._asdict()


def _change(enrolments: str | list[str], change: Callable[[str], None], text: str) -> dict[str, Any]:
	require(NURTURE, "write")
	names = names_of(enrolments, MOST_LEADS)
	leads = dict(
		frappe.get_all(ENROLMENT, {"name": ["in", names]}, ["name", "lead_nurture"], as_list=True, limit=0)
	)
	allowed = writable(NURTURE, sorted(set(leads.values())))
	for name in names:
		if leads.get(name) not in allowed:
			frappe.throw(_("There is no such run, or you may not change it."), frappe.PermissionError)
	for name in sorted(names):
		change(name)
	return {"message": text.format(len(names))}


def _readable_program(name: str) -> Document:
	require(PROGRAM, "read")
	if not frappe.db.exists(PROGRAM, str(name)):
		frappe.throw(
			_("There is no program {0}.").format(frappe.bold(escape_html(str(name)))),
			frappe.DoesNotExistError,
		)
	doc = frappe.get_doc(PROGRAM, str(name))
	doc.check_permission("read")
	return doc


def _answer(found: Enrolled) -> dict[str, Any]:
	return {
		"enrolled": len(found.runs),
		"skipped": [skipped._asdict() for skipped in found.skipped[:MOST_NAMED]],
		"message": found.message,
	}
