"""Late milestones: a reminder to whoever's turn it is on the due day, later an escalation to the manager.

Each comes once for a due date; where a hold moves the due date, the new one counts. What was missed (no scheduler for
days) is made up for once. Nobody is disturbed on a day on which their company doesn't work, nor about projects that
are On Hold or Lost. The milestone's ``reminded_on`` or ``escalated_on`` is set in the transaction that writes the
row of Milestone Hand-off, so a run that dies has either done a batch or not begun it. The rest is ``delivery``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import frappe
from frappe.query_builder.functions import Coalesce, Date
from frappe.utils import getdate, now
from pypika.queries import QueryBuilder, Table
from pypika.terms import Criterion

from sales_activity import compat
from sales_activity.sales_activity.milestones import handoffs
from sales_activity.sales_activity.milestones.assignments import MILESTONE
from sales_activity.sales_activity.milestones.due import Calendar, calendar
from sales_activity.sales_activity.milestones.receivers import managers

BATCH = 500
AT_WORK = ("Ready", "In Progress", "Returned")
STOPPED = ("On Hold", "Lost")
# for milestones whose process is gone
ESCALATE_AFTER_DAYS = 2
SCHEDULER = "Administrator"

Calendars = Mapping[str, Calendar]
Writer = Callable[[list[frappe._dict]], list[dict]]


def remind() -> dict[str, int]:
	"""Remind and escalate whatever is due today. Commits after each batch. Returns how many rows were written, by
	kind. Six queries, and five a batch of 500 milestones."""
	today = getdate()
	frappe.db.commit()
	working = _companies_at_work(today)
	due = _due_names("reminded_on", working, today)
	late = _late_names(working, today)
	return {
		handoffs.REMINDER: _in_batches(due, "reminded_on", _reminders),
		handoffs.ESCALATION: _in_batches(late, "escalated_on", _escalations),
	}


def is_to_be_escalated(due: date, today: date, days: int, working: Calendar) -> bool:
	"""Whether ``days`` working days have passed since the due date. 0 days: never."""
	return days > 0 and working.between(due, today) >= days


def _companies_at_work(today: date) -> dict[str, Calendar]:
	"""Companies that have open milestones and work today, with their calendars."""
	milestone = frappe.qb.DocType(MILESTONE)
	query = frappe.qb.from_(milestone).select(milestone.company).distinct()
	companies = query.where(milestone.status.isin(AT_WORK)).run(pluck=True)
	return {name: found for name in companies if (found := calendar(name)).works_on(today)}


# --- which milestones ---------------------------------------------------------------------------------------


def _due_names(field: str, working: Calendars, today: date) -> list[str]:
	return [row[0] for row in _candidates(field, working, today)]


def _late_names(working: Calendars, today: date) -> list[str]:
	return [
		name
		for name, company, due, days in _candidates("escalated_on", working, today)
		if is_to_be_escalated(due, today, days, working[company])
	]


def _candidates(field: str, working: Calendars, today: date) -> list[tuple[str, str, date, int]]:
	"""(name, company, due date, days until escalation) of milestones that are due and not dealt with."""
	if not working:
		return []
	milestone, project = frappe.qb.DocType(MILESTONE), frappe.qb.DocType("Sales Project")
	process = frappe.qb.DocType("Sales Process")
	days = Coalesce(process.escalate_after_days, ESCALATE_AFTER_DAYS)
	query: QueryBuilder = (
		frappe.qb.from_(milestone)
		.inner_join(project)
		.on(project.name == milestone.sales_project)
		.left_join(process)
		.on(process.name == milestone.sales_process)
		.select(milestone.name, milestone.company, milestone.due_date, days)
		.where(_is_due(milestone, field, today) & milestone.company.isin(sorted(working)))
		.where(project.status.notin(STOPPED))
		.orderby(milestone.name)
	)
	return query.run()


def _is_due(milestone: Table, field: str, today: date) -> Criterion:
	"""Due, open, and not dealt with for this due date."""
	never = milestone[field].isnull() | (Date(milestone[field]) < milestone.due_date)
	return milestone.status.isin(AT_WORK) & (milestone.due_date <= today) & never


# --- what is written ----------------------------------------------------------------------------------------


def _reminders(milestones: list[frappe._dict]) -> list[dict]:
	return [
		handoffs.new_row(row, kind=handoffs.REMINDER, from_user=SCHEDULER, to_person=row.turn_of)
		for row in milestones
	]


def _escalations(milestones: list[frappe._dict]) -> list[dict]:
	"""To the nearest manager with a user. Where there is none the row says so: its delivery fails, and Sales
	Operations are told."""
	above = managers(row.responsible for row in milestones)
	return [
		handoffs.new_row(
			row,
			kind=handoffs.ESCALATION,
			from_user=SCHEDULER,
			from_person=row.turn_of,
			to_person=above[row.responsible].person if row.responsible in above else None,
		)
		for row in milestones
	]


def _in_batches(names: Sequence[str], field: str, writer: Writer) -> int:
	return sum(_batch(names[start : start + BATCH], field, writer) for start in range(0, len(names), BATCH))


def _batch(names: Sequence[str], field: str, writer: Writer) -> int:
	"""One transaction. Milestones that somebody moves at this moment, and batches that lose a deadlock, are left to
	the next hour."""
	try:
		milestones = _locked(names, field)
		if milestones:
			handoffs.write(writer(milestones))
			_mark([row.name for row in milestones], field)
		frappe.db.commit()
	except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
		frappe.db.rollback()
		return 0
	return len(milestones)


def _locked(names: Sequence[str], field: str) -> list[frappe._dict]:
	"""The milestones of a batch that are still to be dealt with, locked: of two runs one gets each."""
	milestone = frappe.qb.DocType(MILESTONE)
	columns = ("name", "sales_project", "company", "due_date", "turn_of", "responsible")
	query = (
		frappe.qb.from_(milestone)
		.force_index("PRIMARY")
		.select(*[milestone[column] for column in columns])
		.where(milestone.name.isin(list(names)) & _is_due(milestone, field, getdate()))
	)
	skip = " skip locked" if compat.can_skip_locked() else ""
	return frappe.db.sql(f"{query.get_sql()} for update{skip}", as_dict=True)


def _mark(names: Sequence[str], field: str) -> None:
	milestone = frappe.qb.DocType(MILESTONE)
	frappe.qb.update(milestone).set(milestone[field], now()).where(milestone.name.isin(list(names))).run()
