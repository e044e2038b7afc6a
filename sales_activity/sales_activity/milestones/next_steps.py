"""What somebody has to do next: every milestone whose turn it is theirs, and what they promised otherwise.

Each row says what, by when, with whom, what to find out, what to tell, whom to involve, and why it stands where
it stands. The number of queries doesn't grow with the list.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.utils import flt, fmt_money, getdate

from sales_activity.sales_activity.milestones import priority as rules
from sales_activity.sales_activity.milestones.actions import offered_actions
from sales_activity.sales_activity.milestones.moves import rights_of
from sales_activity.sales_activity.milestones.people import own_persons
from sales_activity.sales_activity.milestones.promises import promises
from sales_activity.sales_activity.milestones.rules import OPENED, RETURNED, WAITING
from sales_activity.sales_activity.milestones.velocity.values import project_values
from sales_activity.sales_activity.reports.columns import company_currency

MILESTONE = "Milestone"
MOST = 500

Row = dict[str, Any]

_MILESTONE_FIELDS = (
	"name",
	"milestone",
	"sales_project",
	"status",
	"step",
	"due_date",
	"responsible",
	"turn_of",
	"sender",
	"sales_role",
	"probability",
	"outcome",
	"find_out",
	"tell",
	"question",
	"reply",
	"milestone_form",
	"evidence_required",
)
_PROJECT_FIELDS = (
	"name",
	"title",
	"company",
	"status",
	"party_type",
	"party",
	"party_name",
	"level_of_interest",
	"milestone_probability",
	"clock_stopped_on",
)


def next_steps(user: str | None = None) -> list[Row]:
	"""The rows of the user's list, most pressing first. Milestones of projects on hold or lost are left out."""
	user = user or frappe.session.user
	persons = own_persons(user)
	milestones = _milestones(persons)
	promised = promises(user)
	projects = _projects({row.sales_project for row in milestones} | {row.project for row in promised})
	people = _people(milestones)
	rows = [
		_milestone_row(row, projects[row.sales_project], people, persons, user)
		for row in milestones
		if row.sales_project in projects and not projects[row.sales_project].clock_stopped_on
	]
	rows += [_promise_row(row, projects.get(row.project)) for row in promised]
	return _in_order(rows, projects)


def how_many(user: str | None = None) -> int:
	"""How many rows ``next_steps`` has, without what they say."""
	user = user or frappe.session.user
	milestones = _milestones(own_persons(user))
	names = sorted({row.sales_project for row in milestones})
	running = {"name": ("in", names or [""]), "clock_stopped_on": ("is", "not set")}
	found = set(frappe.get_list("Sales Project", filters=running, pluck="name", limit=0))
	return sum(row.sales_project in found for row in milestones) + len(promises(user))


def _milestones(persons: frozenset[str]) -> list[Row]:
	"""As far as the user's permissions show them."""
	if not persons:
		return []
	return frappe.get_list(
		"Sales Milestone",
		filters={"turn_of": ("in", sorted(persons)), "status": ("in", sorted(OPENED))},
		fields=list(_MILESTONE_FIELDS),
		order_by="due_date",
		limit=MOST,
	)


def _projects(names: Iterable[str | None]) -> dict[str, Row]:
	"""Those of the projects that the user may see, with their value."""
	wanted = sorted({name for name in names if name})
	if not wanted:
		return {}
	rows = frappe.get_list(
		"Sales Project", filters={"name": ("in", wanted)}, fields=list(_PROJECT_FIELDS), limit=0
	)
	values = project_values([row.name for row in rows])
	for row in rows:
		row.value = values.get(row.name) or None
	return {row.name: row for row in rows}


def _people(milestones: Iterable[Row]) -> dict[str, dict[str, list]]:
	"""Project > "next": (step, person, milestone) of the steps to come, "team": (person, role)."""
	names = {row.sales_project for row in milestones}
	found: dict[str, dict[str, list]] = defaultdict(lambda: {"next": [], "team": []})
	if not names:
		return found
	later, member = frappe.qb.DocType("Sales Milestone"), frappe.qb.DocType("Sales Project Member")
	rows = (
		frappe.qb.from_(later)
		.select(later.sales_project, later.step, later.responsible, later.milestone)
		.where(later.sales_project.isin(sorted(names)) & (later.status == WAITING))
		.orderby(later.step, later.position)
	).run()
	for project, *coming in rows:
		found[project]["next"].append(coming)
	rows = (
		frappe.qb.from_(member)
		.select(member.parent, member.sales_person, member.sales_role)
		.where(member.parent.isin(sorted(names)) & (member.parenttype == "Sales Project"))
		.orderby(member.idx)
	).run()
	for project, *played in rows:
		found[project]["team"].append(played)
	return found


def _milestone_row(
	row: Row, project: Row, people: Mapping[str, dict[str, list]], persons: frozenset[str], user: str
) -> Row:
	found = _row(MILESTONE, "Sales Milestone", row.name, row.milestone, row.due_date, project)
	found.update(
		status=row.status,
		outcome=row.outcome,
		find_out=row.find_out,
		tell=row.tell,
		question=row.question if row.status == RETURNED else None,
		reply=row.reply if row.status != RETURNED else None,
		sales_role=row.sales_role,
		involve=_involve(row, people[row.sales_project], persons),
		has_form=bool(row.milestone_form),
		evidence_required=row.evidence_required,
		actions=offered_actions(row, rights_of(row, user)),
		probability=row.probability,
	)
	return found


def _promise_row(promise: Row, project: Row | None) -> Row:
	found = _row(promise.kind, promise.doctype, promise.name, promise.what, promise.due, project)
	found.update(
		at=promise.at, reference_doctype=promise.reference_doctype, reference_name=promise.reference_name
	)
	found.update(probability=project and project.milestone_probability, involve=[], actions=[])
	return found


def _row(kind: str, doctype: str, name: str, what: str, due: date | None, project: Row | None) -> Row:
	project = project or frappe._dict()
	return frappe._dict(
		kind=kind,
		doctype=doctype,
		name=name,
		what=what,
		due=due,
		project=project.name,
		project_title=project.title,
		party_type=project.party_type,
		party=project.party,
		party_name=project.party_name or project.party,
	)


def _involve(row: Row, people: Mapping[str, list], persons: frozenset[str]) -> list[Row]:
	"""Who had it before, who gets it next, then the rest of the team; each person once, not the user."""
	found: dict[str, str] = {}
	if row.sender:
		found[row.sender] = _("handed it over")
	coming = [each for each in people["next"] if each[0] > row.step]
	for step, person, milestone in coming:
		if step == coming[0][0] and person:
			found.setdefault(person, _("gets {0} next").format(_(milestone)))
	for person, role in people["team"]:
		found.setdefault(person, _(role))
	return [frappe._dict(person=person, why=why) for person, why in found.items() if person not in persons]


def _in_order(rows: list[Row], projects: Mapping[str, Row]) -> list[Row]:
	"""Sorted by priority, with the reasons. Values are compared within a company: currencies differ."""
	today = getdate()
	facts = [_facts(row, projects.get(row.project)) for row in rows]
	company_of = [projects[row.project].company if row.project in projects else None for row in rows]
	largest = {
		company: rules.largest_value(
			fact for fact, of in zip(facts, company_of, strict=True) if of == company
		)
		for company in set(company_of)
	}
	order = {}
	for row, fact, company in zip(rows, facts, company_of, strict=True):
		found = rules.priority(fact, largest[company], today)
		row.priority = {"points": found.points, "why": [_why(part, company) for part in found.parts]}
		row.is_late = bool(row.due and row.due < today)
		order[id(row)] = rules.order(fact, found)
	return sorted(rows, key=lambda row: order[id(row)])


def _facts(row: Row, project: Row | None) -> rules.Facts:
	known = project or frappe._dict()
	chance = row.pop("probability")
	return rules.Facts(known.level_of_interest, known.value, chance if project else None, row.due)


def _why(part: rules.Part, company: str | None) -> Row:
	"""A part of the priority in words."""
	text = _unknown(part.kind) if part.fact is None else _known(part.kind, part.fact, company)
	return frappe._dict(kind=part.kind, text=text, points=part.points, out_of=part.out_of)


def _known(kind: str, fact: Any, company: str | None) -> str:
	if kind == rules.INTEREST:
		return _("Interest: {0}").format(_(fact))
	if kind == rules.VALUE:
		return _("Worth {0}").format(fmt_money(fact, precision=0, currency=company_currency(company)))
	if kind == rules.PROBABILITY:
		return _("Chance of winning: {0}%").format(f"{flt(fact):g}")
	return _days(int(fact))


def _days(late: int) -> str:
	if late in (-1, 0, 1):
		return {-1: _("Due tomorrow"), 0: _("Due today"), 1: _("A day late")}[late]
	return (_("{0} days late") if late > 0 else _("Due in {0} days")).format(abs(late))


def _unknown(kind: str) -> str:
	return {
		rules.INTEREST: _("Interest not known"),
		rules.VALUE: _("Value not known"),
		rules.PROBABILITY: _("Chance of winning not known"),
		rules.DELAY: _("No date"),
	}[kind]
