"""Leads: the qualification screen, and what is done there; definitions and their versions; nurtures for old Leads.

What may be done with a lead is decided by its controller and the native Workflow, for every way in alike; here stands
only what a click in the desk, or another program, needs in one call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.workflow import apply_workflow
from frappe.utils import cint, cstr

from sales_activity.api.guard import document, names_of, require
from sales_activity.permissions.scope import is_unrestricted
from sales_activity.sales_activity.nurture import definition, making, rules, scoring_again
from sales_activity.sales_activity.nurture import screen as screens
from sales_activity.sales_activity.nurture.moves import QUALIFIERS, LeadMoveError

NURTURE = "Lead Nurture"
DEFINITION = definition.DOCTYPE
MOST_AT_ONCE = 200
MOST_LISTED = 100
_QUEUE_FIELDS = (
	*("name", "lead_name", "company_name", "territory", "status", "qualifier", "score", "fit_score"),
	*("engagement_score", "qualifies", "accept_by", "sales_person", "state_since", "rejections"),
)

Answers = str | Mapping[str, Any] | None


# --- the screen ----------------------------------------------------------------------------------------------


@frappe.whitelist()
def screen(lead: str) -> dict[str, Any]:
	"""Everything that is needed to qualify a lead in one call: see ``nurture.screen.of``. ``lead``: the Lead's name,
	which is the nurture's. Raises PermissionError for leads that the user may not see."""
	return screens.of(document(NURTURE, lead, "read"))


@frappe.whitelist()
def queue(status: str | None = None, mine: bool | int = False, start: int = 0) -> list[dict[str, Any]]:
	"""Leads to work on, 100 at a time, the highest score first: of one ``status`` (default: New, Qualifying and
	Nurturing), only the user's own with ``mine``."""
	require(NURTURE, "read")
	filters: dict[str, Any] = {"status": status or ["in", sorted(rules.MEASURED)]}
	if cint(mine):
		filters["qualifier"] = frappe.session.user
	return frappe.get_list(
		NURTURE,
		filters=filters,
		fields=list(_QUEUE_FIELDS),
		order_by="score desc, name asc",
		limit_start=max(cint(start), 0),
		limit=MOST_LISTED,
	)


@frappe.whitelist()
def preview(lead: str, answers: Answers) -> dict[str, Any]:
	"""What the fit of a lead would be with answers that aren't saved: see ``nurture.screen.preview``."""
	return screens.preview(document(NURTURE, lead, "read"), _given(answers))


# --- what is done there --------------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def answer(lead: str, answers: Answers, modified: str | None = None) -> dict[str, Any]:
	"""Save answers: fieldname > value in Frappe's notation; those left out stay, an empty one is taken back.
	``modified``: as the screen showed it; where somebody saved meanwhile, nothing is. Returns the screen."""
	doc = document(NURTURE, lead, "write", modified)
	_set_answers(doc, answers)
	doc.save()
	return screens.of(document(NURTURE, lead, "read"))


@frappe.whitelist(methods=["POST"])
def act(
	lead: str,
	action: str,
	answers: Answers = None,
	reason: str | None = None,
	sales_person: str | None = None,
	product_interest: str | None = None,
	modified: str | None = None,
) -> dict[str, Any]:
	"""Do one thing with a lead: an action of its Workflow (Start, Qualify, Hand Over, Accept, Reject, Nurture,
	Disqualify, Do Not Contact, Contact Again). What is given is saved with it; all or nothing.

	``reason`` goes with Reject, Disqualify, Do Not Contact and Contact Again, ``sales_person`` with Hand Over. Returns
	the screen, None where the user doesn't see the lead any more. Raises what the controller and the Workflow raise.
	"""
	doc = document(NURTURE, lead, "write", modified)
	needs = _needs(doc, action)
	if needs == "reason" and not cstr(reason).strip():
		# what was said at an earlier occasion is no reason for this one
		frappe.throw(_("Say why: {0} needs a reason.").format(_(action)), LeadMoveError)
	given = {"reason": reason, "sales_person": sales_person, "product_interest": product_interest}
	doc.update({field: value for field, value in given.items() if value is not None})
	if answers:
		_set_answers(doc, answers)
	if answers or any(value is not None for value in given.values()):
		doc.save()
	apply_workflow(doc, action)
	after = frappe.get_doc(NURTURE, lead)
	return screens.of(after) if after.has_permission("read") else None


@frappe.whitelist(methods=["POST"])
def assign(leads: str | Sequence[str], qualifier: str) -> int:
	"""Give leads, at most 200, to somebody with the role Lead Qualifier; all or none. Returns how many."""
	require(NURTURE, "write")
	names = names_of(leads, MOST_AT_ONCE)
	for name in names:
		doc = document(NURTURE, name, "write")
		doc.qualifier = qualifier
		doc.save()
	return len(names)


@frappe.whitelist()
def qualifiers() -> list[dict[str, str]]:
	"""Whom leads may be given to, by name: ``value`` (the User) and ``label``. For those who may change leads."""
	require(NURTURE, "write")
	has_role = {"role": ["in", sorted(QUALIFIERS)], "parenttype": "User"}
	named = set(frappe.get_all("Has Role", has_role, pluck="parent", limit=0))
	enabled = {"name": ["in", sorted(named)], "enabled": 1}
	users = frappe.get_all("User", enabled, ["name", "full_name"], order_by="full_name, name", limit=0)
	return [{"value": user.name, "label": user.full_name or user.name} for user in users]


@frappe.whitelist(methods=["POST"])
def score_again(leads: str | Sequence[str]) -> dict[str, Any]:
	"""Measure leads, at most 200, by the active definition of their company: answers that it asks for too count, what
	it asks besides is missing. Qualified leads stay so. Returns ``scored`` and ``unchanged`` (measured by it already, or
	past scoring), names."""
	require(NURTURE, "write")
	scored, unchanged = [], []
	for name in names_of(leads, MOST_AT_ONCE):
		doc = document(NURTURE, name, "write")
		newer = screens.newer(doc)
		if not newer:
			unchanged.append(name)
			continue
		doc.flags.score_again = True
		doc.definition = newer
		doc.save()
		scored.append(name)
	return {"scored": scored, "unchanged": unchanged}


# --- definitions ---------------------------------------------------------------------------------------------


@frappe.whitelist()
def lead_fields() -> list[dict[str, str]]:
	"""The fields of a Lead that a criterion may look at: ``value``, ``label``, ``description`` (the type)."""
	require(DEFINITION, "read")
	return [
		{"value": name, "label": question.label, "description": question.fieldtype}
		for name, question in sorted(definition.lead_fields().items())
	]


@frappe.whitelist(methods=["POST"])
def new_version(name: str) -> str:
	"""Begin the next version of a definition as a draft; returns its name. The active one stays until the draft is
	submitted."""
	require(DEFINITION, "create")
	doc = frappe.get_doc(DEFINITION, name)
	doc.check_permission("read")
	return definition.next_draft(doc).name


@frappe.whitelist()
def count_older(definition: str) -> int:
	"""How many leads are measured by an older version of a definition and could be by this one; 0 unless it is active."""
	doc = _own_definition(definition)
	return scoring_again.count(doc) if scoring_again.is_active(doc) else 0


@frappe.whitelist(methods=["POST"])
def score_again_all(definition: str) -> dict[str, Any]:
	"""Measure all leads of a company by its active definition that are measured by an older one, in the background with
	progress on the desk; those that are qualified or beyond stay as they were. Returns how many they are (``queued``) and
	``message``. Raises DefinitionError for a definition that isn't active."""
	due = scoring_again.ask(_own_definition(definition), frappe.session.user)
	message = _("Every lead that is not qualified yet is scored by it already.")
	if due:
		message = _("{0} leads are being scored again. You can go on working meanwhile.").format(due)
	return {"queued": due, "message": message}


# --- nurtures for old Leads ----------------------------------------------------------------------------------


@frappe.whitelist()
def count_without_nurture() -> int:
	"""How many Leads have no Lead Nurture."""
	_require_operations()
	return making.count_missing()


@frappe.whitelist(methods=["POST"])
def make_missing() -> dict[str, Any]:
	"""Make the Lead Nurtures that are missing, in the background with progress on the desk. Returns how many they are
	(``queued``) and ``message``: what to tell the user."""
	_require_operations()
	missing = making.ask(frappe.session.user)
	message = _("Every Lead has its Lead Nurture.")
	if missing:
		message = _("{0} Lead Nurtures are being made. You can go on working meanwhile.").format(missing)
	return {"queued": missing, "message": message}


# --- steps ---------------------------------------------------------------------------------------------------


def _require_operations() -> None:
	if not is_unrestricted(frappe.session.user):
		frappe.throw(_("This is for Sales Operations."), frappe.PermissionError)


def _own_definition(name: str) -> Document:
	"""A definition, for Sales Operations of its company: what is done with it reaches all leads there."""
	_require_operations()
	doc = frappe.get_doc(DEFINITION, str(name))
	doc.check_permission("read")
	return doc


def _needs(doc: Document, action: str) -> str | None:
	return next(
		(offer.needs for offer in rules.MOVES if offer.action == action and doc.status in offer.from_states),
		None,
	)


def _set_answers(doc: Document, answers: Answers) -> None:
	"""What is left out stays."""
	rows = {row.fieldname: row for row in doc.answers}
	for fieldname, value in _given(answers).items():
		if fieldname in rows:
			rows[fieldname].value = value
		else:
			doc.append("answers", {"fieldname": fieldname, "value": value})


def _given(answers: Answers) -> Mapping[str, Any]:
	try:
		found = frappe.parse_json(answers) or {}
	except ValueError:
		found = None
	if not isinstance(found, Mapping):
		frappe.throw(_("Send the answers as an object: field name and answer. Nothing was saved."))
	return found
