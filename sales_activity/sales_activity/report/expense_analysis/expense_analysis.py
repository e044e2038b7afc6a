"""Expense Analysis: what was spent on what, and what it cost to sell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import frappe
from frappe import _

from sales_activity.sales_activity.attainment.segments import MONTHS_IN, report_periods
from sales_activity.sales_activity.expenses.figures import tags
from sales_activity.sales_activity.expenses.figures.against import FIELDS, Against, against
from sales_activity.sales_activity.expenses.figures.analysis import (
	APPROVED,
	CLAIMED,
	LOCKED,
	MEASURES,
	Analysis,
	Spent,
	analyse,
)
from sales_activity.sales_activity.expenses.figures.scope import FILTERS as NARROWING
from sales_activity.sales_activity.expenses.figures.scope import STATES
from sales_activity.sales_activity.expenses.figures.tags import TAGS
from sales_activity.sales_activity.expenses.records import CLAIM
from sales_activity.sales_activity.nurture.figures.orders import ORDER
from sales_activity.sales_activity.reports import filters as report_filters
from sales_activity.sales_activity.reports import lists
from sales_activity.sales_activity.reports.charts import bars
from sales_activity.sales_activity.reports.choices import CHOICE_FILTERS
from sales_activity.sales_activity.reports.columns import (
	Columns,
	Report,
	Row,
	column,
	company_currency,
	currency_column,
	money,
	period_label,
)
from sales_activity.sales_activity.reports.figures import percent_of
from sales_activity.sales_activity.targets.rules import Period

FILTERS = (
	*("company", "from_date", "to_date", "group_by", "then_by", "periodicity", "measure", "sales_role"),
	*NARROWING,
)
DETAIL, LEDGER = "Expense Detail", "Sales Credit Ledger"
TOTAL = "Total"
PERIODICITIES = (TOTAL, *MONTHS_IN)
MOST_PERIODS = 60
WIDTHS = {CLAIMED: 130, APPROVED: 210, LOCKED: 165}
MOST_SERIES = 7
COLORS = ("#5e64ff", "#28a745", "#ffa00a", "#ff5858", "#743ee2", "#00bcd4", "#f8d62b", "#b8c2cc")
# what Expense Detail can be asked for beside the period, empty, so that nothing stays from the last time it was open
NOTHING_CHOSEN = {
	**dict.fromkeys(("value", "then_value"), ""),
	**dict.fromkeys(("without", "then_without"), 0),
}


class Question(NamedTuple):
	"""What is asked, checked."""

	asked: frappe._dict
	span: Period
	by: tuple[str, ...]
	periods: list[Period]
	measure: str


class Names(NamedTuple):
	"""What the groups of each tag are called."""

	titles: tuple[Mapping[str, str], ...]

	def of(self, level: int, key: str, tag: str) -> str:
		"""The words for a group."""
		return self.titles[level].get(key) or (_(key) if tag == "Expense Type" else key)


def execute(filters: dict[str, Any] | None = None) -> Report:
	"""Columns, rows, message, chart, summary cards: what was spent in the period, as far as the session's user may see it,
	by one tag or by two of them, the second under the first; lines without a tag in a row of their own, a total below.

	Amounts are in company currency. Users who may read no Sales Orders, or no credit, get no columns about them. Raises
	ReportFilterError for unknown or missing filters.
	"""
	question = _question(filters)
	asked, span, by = question.asked, question.span, question.by
	found = analyse(asked, span, by, question.periods, question.measure)
	if not found.groups:
		return _columns(question, Against()), [], None, None, _summary(found, question)
	compared = against(by[0], found.groups, asked, span)
	names = _names(by, found)
	rows = list(_rows(question, found, compared, names))
	currency = company_currency(asked.company)
	for row in rows:
		row["currency"] = currency
	columns = _columns(question, compared)
	return columns, rows, _message(compared), _chart(question, found, names), _summary(found, question)


def _question(filters: Mapping[str, Any] | None) -> Question:
	required = ["company", "from_date", "to_date", "group_by"]
	asked = report_filters.checked(filters, FILTERS, required=required)
	report_filters.check_company(asked.company, CLAIM)
	tag = report_filters.one_of(asked, "group_by", tuple(TAGS), "")
	then = report_filters.one_of(asked, "then_by", tuple(TAGS), "") if asked.then_by else None
	if tag == then:
		frappe.throw(_("Choose two different tags."), report_filters.ReportFilterError)
	if asked.status:
		report_filters.one_of(asked, "status", STATES, "")
	span = report_filters.span_of(asked)
	periodicity = report_filters.one_of(asked, "periodicity", PERIODICITIES, TOTAL)
	periods = report_periods(span, periodicity)
	if len(periods) > MOST_PERIODS:
		frappe.throw(
			_("These are {0} columns of periods; {1} can be shown. Choose a shorter time.").format(
				len(periods), MOST_PERIODS
			),
			report_filters.ReportFilterError,
		)
	measure = report_filters.one_of(asked, "measure", tuple(MEASURES), CLAIMED)
	return Question(asked, span, (tag, then) if then else (tag,), periods, measure)


# --- rows ----------------------------------------------------------------------------------------------------


def _names(by: Sequence[str], found: Analysis) -> Names:
	parts = {key for group in found.groups.values() for key in group.parts}
	return Names(tuple(tags.titles(tag, keys) for tag, keys in zip(by, (found.groups, parts), strict=False)))


def _rows(question: Question, found: Analysis, compared: Against, names: Names) -> Iterator[Row]:
	def row(spent: Spent, documents: lists.Links, **more: object) -> Row:
		return {**_amounts(question, spent, found.total), **more, "documents": {"lines": documents}}

	for key, group in _in_order(found.groups, question.measure):
		own = _own("value", "without", key)
		first = row(group, own, **_label(question.by[0], 0, key, names))
		_compare(first, question.by[0], key, compared)
		yield first
		for then_key, part in _in_order(group.parts, question.measure):
			more = {**own, **_own("then_value", "then_without", then_key)}
			yield row(part, more, **_label(question.by[1], 1, then_key, names))
	total = row(found.total, {}, label=_("Total"), indent=0, is_total=1)
	_set_ratios(total, _sum_of(compared.orders, compared.shared), _sum_of(compared.credit))
	yield total


def _in_order(groups: Mapping[str | None, Spent], measure: str) -> list[tuple[str | None, Spent]]:
	"""Dearest first, what has no tag last."""
	return sorted(groups.items(), key=lambda one: (one[0] is None, -one[1].of(measure), one[0] or ""))


def _amounts(question: Question, spent: Spent, total: Spent) -> Row:
	amount = spent.of(question.measure)
	periods = question.periods if len(question.periods) > 1 else ()
	return {
		**{f"period_{number}": spent.periods.get(number, 0.0) for number in range(len(periods))},
		"total": amount,
		"share": percent_of(amount, total.of(question.measure)),
		"lines": spent.lines,
	}


def _label(tag: str, level: int, key: str | None, names: Names) -> Row:
	"""What a row is called; ``tag`` and ``tag_type`` name the document where there is one."""
	if key is None:
		return {"label": _("Without {0}").format(_(tag)), "tag": None, "tag_type": None, "indent": level}
	doctype = tags.doctype_of(tag)
	return {
		"label": names.of(level, key, tag),
		"tag": key if doctype else None,
		"tag_type": doctype,
		"indent": level,
	}


def _own(value: str, without: str, key: str | None) -> lists.Links:
	return {value: key or "", without: int(key is None)}


def _compare(row: Row, tag: str, key: str | None, compared: Against) -> None:
	"""Orders and credit beside what was spent. Nothing where the lines have no tag."""
	if key is None:
		return
	orders, credit = (None if sums is None else sums.get(key, 0.0) for sums in compared[:2])
	_set_ratios(row, orders, credit)
	if tag in FIELDS:
		row["documents"].update(orders={FIELDS[tag]: key}, credit={FIELDS[tag]: key})
	elif tag == tags.PERSON:
		row["documents"]["credit"] = {"sales_person": key}


def _set_ratios(row: Row, orders: float | None, credit: float | None) -> None:
	row.update(orders=orders, credit=credit)
	row["cost_of_orders"] = None if orders is None else percent_of(row["total"], orders)
	row["cost_of_credit"] = None if credit is None else percent_of(row["total"], credit)


def _sum_of(sums: Mapping[str, float] | None, shared: bool = False) -> float | None:
	return None if sums is None or shared else sum(sums.values())


# --- columns -------------------------------------------------------------------------------------------------


def _columns(question: Question, compared: Against) -> Columns:
	to_lines, span = _to_lines(question), question.span
	return [
		column("label", _(question.by[0]), "Data", 200, align="left"),
		money("total", _(question.measure), WIDTHS[question.measure], documents=to_lines(span)),
		column("share", _("Share (%)"), "Percent", 100),
		column("lines", _("Lines"), "Int", 80, documents=to_lines(span)),
		*_compared_columns(question, compared),
		*_period_columns(question, to_lines),
		column("tag", _("Document"), "Dynamic Link", 150, options="tag_type", align="left"),
		column("tag_type", _("Document Type"), "Data", 110, hidden=1),
		currency_column(),
	]


def _to_lines(question: Question) -> Callable[[Period], lists.Links]:
	by = dict(zip(("group_by", "then_by"), (*question.by, ""), strict=False))
	common = {
		**dict.fromkeys(NARROWING, ""),
		"include_denied": 0,
		"include_drafts": 0,
		**NOTHING_CHOSEN,
		**by,
	}
	common |= {name: question.asked[name] for name in NARROWING if question.asked.get(name)}

	def documents(period: Period) -> lists.Links:
		dates = {"from_date": str(period.start), "to_date": str(period.end)}
		return lists.to_report(DETAIL, "lines", company=question.asked.company, **dates, **common)

	return documents


def _period_columns(question: Question, to_lines: Callable[[Period], lists.Links]) -> Columns:
	if len(question.periods) == 1:
		return []
	return [
		money(f"period_{number}", period_label(period), 120, documents=to_lines(period))
		for number, period in enumerate(question.periods)
	]


def _compared_columns(question: Question, compared: Against) -> Columns:
	columns = []
	company, span = question.asked.company, question.span
	if compared.orders is not None:
		days = {"docstatus": 1, "transaction_date": lists.during(span)}
		columns += [
			money(
				"orders", _("Orders"), 140, documents=lists.to_list(ORDER, "orders", company=company, **days)
			),
			column("cost_of_orders", _("Cost of Sale (%)"), "Percent", 130),
		]
	if compared.credit is not None:
		filters = {
			**dict.fromkeys((*CHOICE_FILTERS, "sales_project", "customer", "voucher_no", "reason"), ""),
			**{"include_below": 0, "include_below_group": 0, "no_item_group": 0, "company": company},
			**{"from_date": str(span.start), "to_date": str(span.end)},
			"sales_role": question.asked.get("sales_role") or "",
		}
		columns += [
			money("credit", _("Sales Credit"), 140, documents=lists.to_report(LEDGER, "credit", **filters)),
			column("cost_of_credit", _("Cost of Credit (%)"), "Percent", 140),
		]
	return columns


# --- what stands around --------------------------------------------------------------------------------------


def _message(compared: Against) -> str | None:
	if compared.shared and compared.orders is not None:
		return _("Several people can have credit in the same order: the orders of people don't add up.")
	return None


def _chart(question: Question, found: Analysis, names: Names) -> dict | None:
	"""By period, the dearest groups stacked; without periods a bar for each group."""
	groups = _in_order(found.groups, question.measure)
	labels = [_label(question.by[0], 0, key, names)["label"] for key, _group in groups]
	if len(question.periods) == 1:
		values = [group.of(question.measure) for _key, group in groups]
		return bars(labels, {_(question.measure): values}, COLORS[:1], "Currency")
	numbers = range(len(question.periods))
	series = [[group.periods.get(number, 0.0) for number in numbers] for _key, group in groups]
	shown = [*zip(labels, series[:MOST_SERIES], strict=False)]
	if rest := series[MOST_SERIES:]:
		shown.append((_("Others"), [sum(values) for values in zip(*rest, strict=True)]))
	return {
		"data": {
			"labels": [period_label(period) for period in question.periods],
			"datasets": [{"name": name, "values": values} for name, values in shown],
		},
		"type": "bar",
		"barOptions": {"stacked": 1},
		"colors": list(COLORS[: len(shown)]),
		"fieldtype": "Currency",
	}


def _summary(found: Analysis, question: Question) -> list[dict]:
	kind = {"datatype": "Currency", "currency": company_currency(question.asked.company)}
	indicators = {CLAIMED: "Blue", APPROVED: "Orange", LOCKED: "Green"}
	return [
		*(
			{"label": _(name), "value": amount, "indicator": indicators[name], **kind}
			for name, amount in zip(MEASURES, found.total.amounts, strict=True)
		),
		{"label": _("Lines"), "value": found.total.lines, "datatype": "Int"},
	]
