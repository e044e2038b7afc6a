"""How well work is handed over: the hand-offs of a period and what became of them.

A hand-off belongs to the period in which it was sent, with everything that followed later. Returns, reminders and
escalations are Milestone Hand-offs of their own on the same milestone; they count with the hand-off.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import NamedTuple

import frappe

from sales_activity.sales_activity.milestones.velocity.rules import Handed
from sales_activity.sales_activity.reports import percentiles
from sales_activity.sales_activity.reports.filters import first_moment
from sales_activity.sales_activity.reports.narrowing import Narrowing
from sales_activity.sales_activity.targets.rules import Period

HAND_OFF, SENDER, RECEIVER = "Hand-off", "Sender", "Receiver"
_TABLE = "`tabMilestone Hand-off`"
_ENDS = {
	"from_role": "origin.sales_role",
	"from_milestone": "origin.milestone",
	"to_role": "milestone.sales_role",
	"to_milestone": "milestone.milestone",
}
KEYS = {
	HAND_OFF: _ENDS,
	SENDER: {"sender": f"{_TABLE}.from_person"},
	RECEIVER: {"receiver": f"{_TABLE}.to_person"},
}
FILTERS = {
	"sales_process": "milestone.sales_process",
	"territory": "milestone.territory",
	"sender": f"{_TABLE}.from_person",
	"receiver": f"{_TABLE}.to_person",
	**_ENDS,
}

ONLY = {
	"only_first": "origin.name is null",
	"only_returned": "following.returns > 0",
	"only_reminded": "following.reminders > 0",
	"only_escalated": "following.escalations > 0",
}

_FOLLOWING = """
	select
		sales_milestone, sum(kind = 'Return') as returns, sum(kind = 'Reminder') as reminders,
		sum(kind = 'Escalation') as escalations
	from `tabMilestone Hand-off` where kind in ('Return', 'Reminder', 'Escalation') group by sales_milestone
"""
_HAND_OFFS = f"""
	select
		{{columns}}, coalesce(following.returns, 0) as returns,
		coalesce(following.reminders, 0) as reminders, coalesce(following.escalations, 0) as escalations,
		timestampdiff(microsecond, {_TABLE}.sent_on, {_TABLE}.settled_on) / 1000000 as waited
	from {_TABLE}
	join `tabSales Milestone` milestone on milestone.name = {_TABLE}.sales_milestone
	left join `tabSales Milestone` origin on origin.name = {_TABLE}.from_milestone
	left join ({_FOLLOWING}) following on following.sales_milestone = {_TABLE}.sales_milestone
	where {_TABLE}.company = %(company)s and {_TABLE}.kind = 'Hand-off'
		and {_TABLE}.sent_on >= %(start)s and {_TABLE}.sent_on < %(end)s {{more}}
"""
_COLUMNS = {
	"hand_offs": "count(*)",
	"returned": "sum(returns > 0)",
	"returns": "sum(returns)",
	"reminders": "sum(reminders)",
	"escalations": "sum(escalations)",
	"waited": percentiles.percentile("waited", percentiles.MEDIAN),
	"first_step": "min(step)",
}
_DETAILS = (
	*("name", "sent_on", "sales_project", "sales_milestone", "status"),
	*("from_person as sender", "to_person as receiver"),
)
_QUESTIONS = """
	select asked.sales_milestone, asked.message from `tabMilestone Hand-off` asked
	where asked.kind = 'Return' and asked.sales_milestone in %(milestones)s
	order by asked.sent_on, asked.name
"""


class Group(NamedTuple):
	"""The hand-offs of one group: its key (as many parts as KEYS has for it) and its figures."""

	key: tuple[str | None, ...]
	handed: Handed


def groups(asked: Mapping[str, object], span: Period, group_by: str) -> list[Group]:
	"""The hand-offs sent in the period, as far as the session's user may see them, in the order of the process; by
	sender or receiver only those of people whose figures the user may see. ``group_by``: one of KEYS.

	``asked`` holds ``company`` and may hold any of FILTERS. One query. Raises PermissionError where the user may
	read no hand-offs.
	"""
	narrowed, keys = _narrowed(asked, span), KEYS[group_by]
	if group_by != HAND_OFF:
		(person,) = keys.values()
		narrowed.visible_persons(person, "Milestone Hand-off")
	columns = ", ".join(f"{column} as {name}" for name, column in keys.items())
	source = _HAND_OFFS.format(columns=f"{columns}, milestone.step", more=narrowed.sql)
	query = percentiles.by_group(source, list(keys), "waited", _COLUMNS)
	rows = frappe.db.sql(f"{query} order by first_step, {', '.join(keys)}", narrowed.values)
	return [Group(row[: len(keys)], _handed(*row[len(keys) :])) for row in rows]


def hand_offs(asked: Mapping[str, object], span: Period, only: Collection[str] = ()) -> list[frappe._dict]:
	"""Every single hand-off of the same choice, oldest first, with the questions it was returned with under
	``questions``. ``only``: any of ONLY. Two queries."""
	narrowed = _narrowed(asked, span)
	for name in only:
		narrowed.add(ONLY[name])
	columns = ", ".join(
		(*(f"{_TABLE}.{detail}" for detail in _DETAILS), *(f"{c} as {n}" for n, c in _ENDS.items()))
	)
	query = _HAND_OFFS.format(columns=columns, more=narrowed.sql)
	rows = frappe.db.sql(f"{query} order by {_TABLE}.sent_on, {_TABLE}.name", narrowed.values, as_dict=True)
	questions = _questions({row.sales_milestone for row in rows if row.returns})
	for row in rows:
		row.questions = "\n".join(questions.get(row.sales_milestone, ()))
	return rows


def _handed(
	hand_offs: int, returned: int, returns: int, reminders: int, escalations: int, waited: float, _step: int
) -> Handed:
	counts = (int(count) for count in (hand_offs, returned, returns, reminders, escalations))
	return Handed(*counts, None if waited is None else float(waited))


def _questions(milestones: set[str]) -> dict[str, list[str]]:
	questions: dict[str, list[str]] = {}
	if milestones:
		for milestone, message in frappe.db.sql(_QUESTIONS, {"milestones": tuple(milestones)}):
			questions.setdefault(milestone, []).append(message or "")
	return questions


def _narrowed(asked: Mapping[str, object], span: Period) -> Narrowing:
	start = first_moment(span)
	narrowed = Narrowing(company=asked["company"], start=start, end=start + timedelta(days=span.days))
	narrowed.filters(asked, FILTERS)
	narrowed.permissions("Milestone Hand-off")
	return narrowed
