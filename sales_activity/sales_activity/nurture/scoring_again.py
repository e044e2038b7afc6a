"""A new version of a definition, taken over by the leads that are still measured by an older one.

In batches by name, in the background, each a short transaction; which leads are left to do is seen from themselves. So a
job that was killed is simply begun again, and two at once measure no lead wrongly. The definition remembers who asked until
all is done: the scheduler goes on for them. Leads that are qualified, with sales or beyond stay as they were decided upon;
so do answers, which count if the new version asks for them too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Count
from frappe.utils import escape_html, now_datetime

from sales_activity.sales_activity.nurture import definition, qualifying, records, rules, scoring
from sales_activity.sales_activity.nurture.making import Progress
from sales_activity.transactions import patiently

# few, so that nobody who has one of them open waits long
BATCH = 100
JOB = "sales_activity.sales_activity.nurture.scoring_again.run"
WANTED_BY = "scored_again_for"
_MEASURED = ("definition", "fit_score", "fit_threshold", "qualifies", "missing")


def is_active(doc: Document) -> bool:
	"""Whether new leads are measured by this definition."""
	return doc.docstatus == 1 and doc.status == definition.ACTIVE


def require_active(doc: Document) -> None:
	"""Refuse a definition that leads aren't measured by now. Raises DefinitionError."""
	if not is_active(doc):
		text = _("{0} is {1}. Leads are measured by the active definition of their company.")
		name = frappe.bold(escape_html(doc.name))
		frappe.throw(text.format(name, _(doc.status)), definition.DefinitionError)


def count(doc: Document) -> int:
	"""How many leads of its company are measured by another definition, or none, and could be by this one."""
	nurture = frappe.qb.DocType(records.NURTURE)
	query = frappe.qb.from_(nurture).select(Count(nurture.name)).where(_is_due(nurture, doc))
	return query.run()[0][0]


def ask(doc: Document, user: str) -> int:
	"""Have them measured in the background, with progress on the user's desk. Returns how many they are. Raises
	DefinitionError."""
	require_active(doc)
	due = count(doc)
	if due:
		_want(doc.name, user)
		_enqueue(doc.name)
	return due


def resume() -> None:
	"""Scheduled: go on where a worker died. One that is at work is left alone."""
	for name in frappe.get_all(definition.DOCTYPE, {WANTED_BY: ["is", "set"]}, pluck="name", limit=0):
		_enqueue(name)


def run(name: str, show: Progress | None = None) -> int:
	"""Measure all that are due by a definition, as long as it is the active one; commits after every batch.
	``show(done, total)`` is called after each; without it the progress goes to the desk of whoever asked. Returns how
	many were measured."""
	doc = frappe.get_doc(definition.DOCTYPE, name)
	user = doc.get(WANTED_BY)
	total, done, last = count(doc), 0, ""
	while names := _next_batch(doc, last):
		done += patiently(lambda names=names: _batch(doc, names))
		last = names[-1]
		(show or _publisher(user))(min(done, total), total)
	_want(name, None)
	frappe.db.commit()
	if user and not show:
		message = _("{0} leads were scored by {1}.").format(done, escape_html(name))
		frappe.publish_realtime("msgprint", {"message": message}, user=user)
	return done


def score(doc: Document, names: Sequence[str]) -> int:
	"""Measure those of these leads by a definition that are due. The same statements, however many. Not committed. Returns
	how many."""
	leads, nurtures = _locked(doc, names)
	if not nurtures:
		return 0
	answers = _answers(nurtures)
	values, points = {}, {}
	for name in nurtures:
		given = answers.get(name, [])
		values[name] = {"definition": doc.name, **qualifying.measured(doc.name, leads[name], given)}
		found = qualifying.fit_of(doc.name, leads[name], given)
		by_field = {line.criterion.fieldname: float(line.points) for line in found.lines}
		points.update({row.name: {"points": by_field.get(row.fieldname, 0.0)} for row in given})
	at, user = now_datetime(), frappe.session.user
	_update(records.NURTURE, _MEASURED, values, {"modified": at, "modified_by": user})
	_update(records.ANSWER, ("points",), points)
	scoring.refresh(nurtures)
	for name in nurtures:
		frappe.clear_document_cache(records.NURTURE, name)
	return len(nurtures)


# --- steps ---------------------------------------------------------------------------------------------------


def _batch(doc: Document, names: Sequence[str]) -> int:
	frappe.db.commit()  # a new transaction: the first thing it sees is what it locked
	done = score(doc, names)
	frappe.db.commit()
	return done


def _is_due(nurture: object, doc: Document) -> object:
	is_older = nurture.definition.isnull() | (nurture.definition != doc.name)
	return (nurture.company == doc.company) & nurture.status.isin(sorted(rules.MEASURED)) & is_older


def _next_batch(doc: Document, last: str) -> list[str]:
	frappe.db.commit()
	if definition.active(doc.company) != doc.name:
		return []
	nurture = frappe.qb.DocType(records.NURTURE)
	query = frappe.qb.from_(nurture).select(nurture.name).where(_is_due(nurture, doc) & (nurture.name > last))
	return query.orderby(nurture.name).limit(BATCH).run(pluck=True)


def _locked(doc: Document, names: Sequence[str]) -> tuple[dict[str, frappe._dict], list[str]]:
	"""The Leads by name, and those of their nurtures that are due; the Leads first, as everywhere."""
	lead, nurture = frappe.qb.DocType("Lead"), frappe.qb.DocType(records.NURTURE)
	query = frappe.qb.from_(lead).select("*").where(lead.name.isin(list(names)))
	leads = {row.name: row for row in query.orderby(lead.name).for_update().run(as_dict=True)}
	query = frappe.qb.from_(nurture).select(nurture.name).where(nurture.name.isin(list(names)))
	due = query.where(_is_due(nurture, doc)).orderby(nurture.name).for_update().run(pluck=True)
	return leads, [name for name in due if name in leads]


def _answers(names: Sequence[str]) -> dict[str, list[frappe._dict]]:
	answer = frappe.qb.DocType(records.ANSWER)
	query = frappe.qb.from_(answer).select(answer.name, answer.parent, answer.fieldname, answer.value)
	query = query.where((answer.parenttype == records.NURTURE) & answer.parent.isin(list(names)))
	found: dict[str, list[frappe._dict]] = {}
	for row in query.orderby(answer.idx).run(as_dict=True):
		found.setdefault(row.parent, []).append(row)
	return found


def _update(
	doctype: str,
	fields: Iterable[str],
	values: Mapping[str, Mapping[str, object]],
	same: Mapping[str, object] | None = None,
) -> None:
	"""Write values of their own into each of these rows, and the ``same`` into all, in one statement."""
	if not values:
		return
	case = f"case name {'when %s then %s ' * len(values)}end"
	columns = [f"`{field}` = {case}" for field in fields] + [f"`{field}` = %s" for field in same or {}]
	given = [value for field in fields for name, row in values.items() for value in (name, row[field])]
	given += [*(same or {}).values(), tuple(values)]
	frappe.db.sql(f"update `tab{doctype}` set {', '.join(columns)} where name in %s", given)


def _want(name: str, user: str | None) -> None:
	frappe.db.set_value(definition.DOCTYPE, name, WANTED_BY, user, update_modified=False)


def _enqueue(name: str) -> None:
	frappe.enqueue(
		JOB,
		queue="long",
		timeout=6 * 60 * 60,
		job_id=f"score_leads_again::{name}",
		deduplicate=True,
		enqueue_after_commit=True,
		name=name,
	)


def _publisher(user: str | None) -> Progress:
	def publish(done: int, total: int) -> None:
		message = {
			"percent": 100 * done / max(total, 1),
			"title": _("Scoring Leads Again"),
			"description": _("{0} of {1} leads").format(done, total),
		}
		frappe.publish_realtime("progress", message, user=user)

	return publish
