"""Program Performance: what each step of a program was answered with, and who left."""

from __future__ import annotations

from typing import Any

from frappe import _

from sales_activity.sales_activity.nurture.figures import programs
from sales_activity.sales_activity.nurture.figures.programs import (
	Got,
	Performance,
	Program,
	Runs,
	Step,
	performance,
)
from sales_activity.sales_activity.nurture.programs import ENROLMENT
from sales_activity.sales_activity.nurture.records import NURTURE
from sales_activity.sales_activity.nurture.standing import text_of
from sales_activity.sales_activity.reports import filters as report_filters
from sales_activity.sales_activity.reports import lists
from sales_activity.sales_activity.reports.charts import bars
from sales_activity.sales_activity.reports.columns import Columns, Report, Row, column
from sales_activity.sales_activity.reports.figures import percent_of
from sales_activity.sales_activity.targets.rules import Period

FILTERS = ("company", "from_date", "to_date", *programs.FILTERS)
STATES = {"active": "Active", "paused": "Paused", "completed": "Completed", "stopped": "Stopped"}


def execute(filters: dict[str, Any] | None = None) -> Report:
	"""Columns, rows, message, chart, summary cards: the leads that were enrolled in the period and that the session's
	user may see. A row for each program, which is its total, and under it one for each step.

	The response rate of a step is of those for whom it was done, that of a program of those enrolled. Raises
	ReportFilterError for unknown or missing filters.
	"""
	asked = report_filters.checked(filters, FILTERS, required=["company", "from_date", "to_date"])
	report_filters.check_company(asked.company, NURTURE)
	span = report_filters.span_of(asked)
	found = performance(asked, span)
	rows = [row for program in found.programs for row in _rows(program)]
	return _columns(asked, span), rows, None, _chart(found), _summary(found)


def _rows(program: Program) -> list[Row]:
	total = {
		"label": program.name,
		"program": program.name,
		"step_key": None,
		"indent": 0,
		**{name: getattr(program.runs, name) for name in ("enrolled", *STATES)},
		"reasons": _reasons(program.runs),
		**_got(program.total, program.runs.enrolled),
		"documents": {"runs": {"program": program.name}},
	}
	return [total, *(_step(program, step) for step in program.steps)]


def _step(program: Program, step: Step) -> Row:
	text = _("Day {0}: {1} (removed)") if step.removed else _("Day {0}: {1}")
	return {
		"label": text.format(step.day, step.title or _(step.channel)),
		"program": program.name,
		"step_key": step.key,
		"indent": 1,
		**dict.fromkeys(("enrolled", *STATES)),
		"reasons": None,
		**_got(step.got, step.got.reached),
		"documents": {},
	}


def _got(got: Got, reached: int) -> Row:
	return {**got._asdict(), "rate": percent_of(got.responded, reached)}


def _reasons(runs: Runs) -> str:
	return ", ".join(f"{text_of(reason)}: {count}" for reason, count in runs.reasons)


def _columns(asked: dict, span: Period) -> Columns:
	return [
		column("label", _("Nurture Program"), "Data", 250),
		*_run_columns(asked, span),
		column("reasons", _("Stopped Because It"), "Data", 300),
		column("sent", _("Sent"), "Int", 75),
		column("tasks", _("Tasks"), "Int", 75),
		column("failed", _("Failed"), "Int", 75),
		column("undelivered", _("Not Delivered"), "Int", 120),
		column("left_out", _("Left Out"), "Int", 90),
		column("responded", _("Leads That Responded"), "Int", 182),
		column("rate", _("Response Rate (%)"), "Percent", 155),
		column("responses", _("Responses"), "Int", 100),
		column("robots", _("Robots"), "Int", 80),
		column("replied", _("Replied"), "Int", 85),
		column("unsubscribed", _("Unsubscribed"), "Int", 121),
	]


def _run_columns(asked: dict, span: Period) -> Columns:
	"""They lead to the runs, where the list knows everything that was asked."""
	labels = {
		"enrolled": _("Enrolled"),
		"active": _("Active"),
		"paused": _("Paused"),
		"completed": _("Completed"),
		"stopped": _("Stopped"),
	}
	of_leads = any(asked.get(name) for name in programs.FILTERS if name != "program")
	columns = []
	for name, label in labels.items():
		more = {}
		if not of_leads:
			state = {"status": STATES[name]} if name in STATES else {}
			days = {"enrolled_on": lists.during(span)}
			more["documents"] = lists.to_list(ENROLMENT, "runs", company=asked["company"], **days, **state)
		columns.append(column(name, label, "Int", 100, **more))
	return columns


def _chart(found: Performance) -> dict | None:
	"""The steps of one program, or the programs."""
	if len(found.programs) == 1:
		(program,) = found.programs
		labels = [f"{step.day}: {step.title or _(step.channel)}" for step in program.steps]
		reached = {_("Done"): [step.got.reached for step in program.steps]}
		got = [step.got for step in program.steps]
	else:
		labels = [program.name for program in found.programs]
		reached = {_("Enrolled"): [program.runs.enrolled for program in found.programs]}
		got = [program.total for program in found.programs]
	series = {
		**reached,
		_("Responded"): [one.responded for one in got],
		_("Unsubscribed"): [one.unsubscribed for one in got],
	}
	return bars(labels, series, ["#b8c2cc", "#5e64ff", "#ff5858"], "Int")


def _summary(found: Performance) -> list[dict]:
	runs = [program.runs for program in found.programs]
	totals = [program.total for program in found.programs]
	unsubscribed = sum(total.unsubscribed for total in totals)
	return [
		{"label": _("Enrolled"), "value": sum(one.enrolled for one in runs), "datatype": "Int"},
		{"label": _("Completed"), "value": sum(one.completed for one in runs), "datatype": "Int"},
		{"label": _("Sent"), "value": sum(total.sent for total in totals), "datatype": "Int"},
		{"label": _("Leads That Responded"), "value": found.responded, "datatype": "Int"},
		{
			"label": _("Replied"),
			"value": sum(total.replied for total in totals),
			"datatype": "Int",
			"indicator": "Green",
		},
		{
			"label": _("Unsubscribed"),
			"value": unsubscribed,
			"datatype": "Int",
			"indicator": "Red" if unsubscribed else "Green",
		},
	]
