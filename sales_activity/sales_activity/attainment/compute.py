"""Everything behind one attainment report: reads it, sums it, hands it to the rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import frappe
from frappe.utils import getdate

from sales_activity.permissions.scope import visible_persons
from sales_activity.sales_activity.attainment.queries import MEASURES, approved_targets, ledger_sums
from sales_activity.sales_activity.attainment.rules import Attainment, Flow, LineKey, attain
from sales_activity.sales_activity.attainment.segments import cut, index_of, report_periods
from sales_activity.sales_activity.pipeline.queries import open_pipeline
from sales_activity.sales_activity.pipeline.rules import OpenCredit
from sales_activity.sales_activity.targets.rules import Period
from sales_activity.sales_activity.trees import Tree, read_tree


@dataclass(frozen=True)
class Question:
	"""What a report asks. ``persons``, ``groups``: names to keep, subtrees already resolved; None for all."""

	company: str
	span: Period
	basis: str = "Value"
	periodicity: str = "Yearly"
	persons: frozenset[str] | None = None
	role: str | None = None
	groups: frozenset[str] | None = None


@dataclass(frozen=True)
class Answer:
	"""The attainment, the segments its figures are cut by, and the report's periods."""

	attainment: Attainment
	segments: list[Period]
	periods: list[Period]


def answer(question: Question, item_groups: Tree, user: str | None = None) -> Answer:
	"""Compute the attainment that the user may see. Permissions on the company are checked by the caller."""
	user = user or frappe.session.user
	visible = visible_persons(user, "Sales Target")
	persons = _both(question.persons, visible)
	roles = frozenset({question.role}) if question.role else None
	targets = approved_targets(
		question.company, question.basis, question.span, persons, roles, question.groups
	)
	periods = report_periods(question.span, question.periodicity)
	segments = cut(question.span, [*periods, *(row.period for row in targets)])
	credit = ledger_sums(
		question.company,
		question.basis,
		segments,
		user,
		{"sales_person": question.persons, "sales_role": roles, "item_group": question.groups},
	)
	pipeline = _pipeline_flows(_chosen(open_pipeline(question.company, user), question), question, segments)
	attainment = attain(
		targets, credit, pipeline, segments, passed_part(question.span), item_groups.ways_up()
	)
	return Answer(attainment, segments, periods)


def read_item_groups() -> Tree:
	"""The Item Group tree (one query)."""
	return read_tree("Item Group", "parent_item_group")


def passed_part(span: Period) -> Period | None:
	"""The part of the span up to today; None where it lies ahead."""
	today = getdate()
	return Period(span.start, min(today, span.end)) if today >= span.start else None


def _chosen(credits: Sequence[OpenCredit], question: Question) -> list[OpenCredit]:
	return [
		credit
		for credit in credits
		if (question.persons is None or credit.member.sales_person in question.persons)
		and (not question.role or credit.member.sales_role == question.role)
		and (question.groups is None or credit.line.item_group in question.groups)
	]


def _pipeline_flows(
	credits: Sequence[OpenCredit], question: Question, segments: Sequence[Period]
) -> list[tuple[Flow, Flow]]:
	"""Sum the open credit by person, role and item group, a value for each segment."""
	measure = MEASURES[question.basis]
	sums: dict[LineKey, tuple[list[float], list[float]]] = defaultdict(
		lambda: ([0.0] * len(segments), [0.0] * len(segments))
	)
	index_of_day = {day: index_of(day, segments) for day in {credit.day for credit in credits}}
	for line, (person, role, _percent), day, earned, likely in credits:
		index = index_of_day[day]
		if index is None:
			continue
		plain, weighted = sums[LineKey(person, role, line.item_group or None)]
		plain[index] += getattr(earned, measure)
		weighted[index] += getattr(likely, measure)
	return [(Flow(key, plain), Flow(key, weighted)) for key, (plain, weighted) in sums.items()]


def _both(one: Collection[str] | None, other: Collection[str] | None) -> frozenset[str] | None:
	if one is None:
		return None if other is None else frozenset(other)
	return frozenset(one) if other is None else frozenset(one) & frozenset(other)
