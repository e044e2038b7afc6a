"""Nurture Funnel: how far leads come, where they go, and how long they stay."""

from __future__ import annotations

from typing import Any

from frappe import _

from sales_activity.sales_activity.nurture import rules
from sales_activity.sales_activity.nurture.figures import cohort
from sales_activity.sales_activity.nurture.figures.funnel import Funnel, State, Way, funnel
from sales_activity.sales_activity.nurture.records import NURTURE
from sales_activity.sales_activity.reports import filters as report_filters
from sales_activity.sales_activity.reports.charts import bars
from sales_activity.sales_activity.reports.columns import Columns, Report, Row, column
from sales_activity.sales_activity.reports.figures import percent_of
from sales_activity.sales_activity.targets.rules import Period

FILTERS = ("company", "from_date", "to_date", *cohort.FILTERS)


def execute(filters: dict[str, Any] | None = None) -> Report:
	"""Columns, rows, message, chart, summary cards: the leads made in the period that the session's user may see. A
	row for each state, and under it one for each state that they went to from there.

	*There Now* of all states adds up to all leads; in each state *Came In* less *Went On* is *There Now*. Times are days
	of the calendar. Raises ReportFilterError for unknown or missing filters.
	"""
	asked = report_filters.checked(filters, FILTERS, required=["company", "from_date", "to_date"])
	report_filters.check_company(asked.company, NURTURE)
	span = report_filters.span_of(asked)
	found = funnel(asked, span)
	rows = [row for state in found.states for row in _rows(state, found.leads)]
	return _columns(asked, span), rows, _message(found), _chart(found), _summary(found)


def _rows(state: State, leads: int) -> list[Row]:
	row = {
		"label": _(state.state),
		"state": state.state,
		"to_state": None,
		"indent": 0,
		"leads": state.leads,
		"share": percent_of(state.leads, leads),
		"came": state.came,
		"left": state.left,
		"there": state.there,
		"left_share": None,
		"median": state.median,
		"p90": state.p90,
		"waiting": state.waiting,
		"documents": {"there": {"status": state.state}},
	}
	return [row, *(_way(state, way) for way in state.ways)]


def _way(state: State, way: Way) -> Row:
	return {
		"label": _("to {0}").format(_(way.to_state)),
		"state": state.state,
		"to_state": way.to_state,
		"indent": 1,
		"leads": way.leads,
		"share": None,
		"came": None,
		"left": way.moves,
		"there": None,
		"left_share": percent_of(way.moves, state.left),
		"median": way.median,
		"p90": way.p90,
		"waiting": None,
		"documents": {},
	}


def _columns(asked: dict, span: Period) -> Columns:
	return [
		column("label", _("State"), "Data", 220),
		column("leads", _("Leads"), "Int", 90),
		column("share", _("Of All Leads (%)"), "Percent", 135),
		column("came", _("Came In"), "Int", 95),
		column("left", _("Went On"), "Int", 85),
		column("there", _("There Now"), "Int", 105, documents=cohort.to_leads(asked, span, "there")),
		column("left_share", _("Of Those That Went On (%)"), "Percent", 212),
		column("median", _("Median (days)"), "Float", 125, precision=1),
		column("p90", _("90th Percentile (days)"), "Float", 170, precision=1),
		column("waiting", _("There Since (median days)"), "Float", 205, precision=1),
	]


def _message(found: Funnel) -> str | None:
	if not found.leads:
		return None
	text = _(
		"There Now adds up to the {0} leads of the period; in each state Came In less Went On is There Now."
	)
	return text.format(found.leads)


def _chart(found: Funnel) -> dict | None:
	labels = [_(state.state) for state in found.states]
	series = {
		_("Leads"): [state.leads for state in found.states],
		_("There Now"): [state.there for state in found.states],
	}
	return bars(labels, series, ["#5e64ff", "#b8c2cc"], "Int")


def _summary(found: Funnel) -> list[dict]:
	converted = found.reached(rules.CONVERTED)
	return [
		{"label": _("Leads"), "value": found.leads, "datatype": "Int"},
		{"label": _("Qualified"), "value": found.reached(rules.QUALIFIED), "datatype": "Int"},
		{"label": _("With Sales"), "value": found.reached(rules.WITH_SALES), "datatype": "Int"},
		{"label": _("Converted"), "value": converted, "datatype": "Int", "indicator": "Green"},
		{
			"label": _("Converted (%)"),
			"value": percent_of(converted, found.leads) or 0,
			"datatype": "Percent",
		},
	]
