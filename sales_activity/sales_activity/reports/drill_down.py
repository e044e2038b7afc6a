"""The way from a figure of the attainment report to the documents that it is made of.

A column says which report shows them and with which filters; a row narrows these to its person, role, item
group and days. Both together are the filters under which the other report adds up to exactly the figure:

	{**column["documents"]["filters"], **row["documents"][column["documents"]["kind"]]}

The client (role_target_attainment.js) does just that; so do the tests. Plain functions, no site needed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sales_activity.sales_activity.attainment.compute import Question
from sales_activity.sales_activity.attainment.rules import Line
from sales_activity.sales_activity.reports.choices import CHOICE_FILTERS, format_periods
from sales_activity.sales_activity.targets.rules import Period
from sales_activity.sales_activity.trees import Tree

CREDIT, TARGET = "credit", "target"
Links = dict[str, Any]


class ColumnLinks:
	"""What the report's columns are made of. Filters that a figure doesn't need are named empty, so that
	they don't stay from the last time that the other report was open."""

	def __init__(self, asked: Mapping[str, Any], question: Question) -> None:
		self.asked, self.question = asked, question

	def closed(self, period: Period) -> Links:
		"""Entries of the ledger."""
		more = {"sales_project": "", "customer": "", "voucher_no": "", "reason": ""}
		return self._link("Sales Credit Ledger", CREDIT, period, **more)

	def pipeline(self, period: Period) -> Links:
		"""Lines that are open now and expected to close in the period."""
		return self._link("Sales Pipeline Detail", CREDIT, period, sales_project="")

	def targets(self, period: Period) -> Links:
		"""Rows of targets."""
		more = {"fiscal_year": "", "basis": self.question.basis, "each_once": 0}
		link = self._link("Sales Target Breakdown", TARGET, period, **more)
		for fieldname in ("periods", "no_item_group"):
			del link["filters"][fieldname]
		return link

	def _link(self, report: str, kind: str, period: Period, **more: Any) -> Links:
		group = self.asked.get("item_group") if self.question.groups is not None else ""
		return {
			"report": report,
			"kind": kind,
			"filters": {
				**dict.fromkeys(CHOICE_FILTERS, ""),
				"company": self.question.company,
				"from_date": str(period.start),
				"to_date": str(period.end),
				"sales_role": self.question.role or "",
				"item_group": group,
				"include_below_group": int(bool(group)),
				"include_below": 0,
				"no_item_group": 0,
				**more,
			},
		}


class RowLinks:
	"""How the rows narrow the columns' filters. ``persons``: those that the report was asked for, or None."""

	def __init__(self, people: Tree, persons: Collection[str] | None, segments: Sequence[Period]) -> None:
		self.people, self.persons, self.segments = people, persons, segments

	def person(self, name: str) -> Links:
		"""Everybody at or below the person, as far as asked for."""
		below = self.people.below(name)
		who = {"sales_person": name, "include_below": 1}
		if self.persons is not None and not below <= self.persons:
			# the report was asked for people below this one: a subtree, or one person
			asked = below & self.persons
			top = next((one for one in self.people.parents if one in asked), name)
			who = {"sales_person": top, "include_below": int(len(asked) > 1)}
		return {CREDIT: who, TARGET: {**who, "each_once": 1}}

	def line(self, line: Line) -> Links:
		"""One person and role; with a target its group and all below, else the exact group; and the days that
		are the line's."""
		key, days = line.key, self._days(line.covered)
		who = {"sales_person": key.sales_person, "include_below": 0, "sales_role": key.sales_role}
		group = {
			"item_group": key.item_group or "",
			"include_below_group": int(line.has_target),
			"no_item_group": int(not key.item_group),
		}
		target = {**who, "item_group": key.item_group or "", "include_below_group": 0}
		return {CREDIT: {**who, **group, "periods": days}, TARGET: target}

	def _days(self, covered: Collection[int]) -> str:
		"""The days of these segments, neighbours joined; empty where they are all days of the report."""
		if len(covered) == len(self.segments):
			return ""
		joined: list[Period] = []
		for index in sorted(covered):
			part = self.segments[index]
			if joined and index - 1 in covered:
				joined[-1] = Period(joined[-1].start, part.end)
			else:
				joined.append(part)
		return format_periods(joined)
