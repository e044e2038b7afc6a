"""The attainment as rows of a report: lines under people, people under their managers.

Plain functions over plain values, no site needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sales_activity.sales_activity.attainment.rules import Attainment, Figures, Line
from sales_activity.sales_activity.attainment.segments import indexes_in
from sales_activity.sales_activity.reports.columns import Row
from sales_activity.sales_activity.reports.drill_down import RowLinks
from sales_activity.sales_activity.reports.figures import percent_of
from sales_activity.sales_activity.targets.rules import Period
from sales_activity.sales_activity.trees import Tree

NO_TARGET = "no_target"


class RowMaker:
	"""Turns figures into rows; knows the segments, the periods to show, and what figures are made of."""

	def __init__(self, segments: Sequence[Period], periods: Sequence[Period], links: RowLinks) -> None:
		self.links = links
		self.period_indexes = [indexes_in(period, segments) for period in periods] if len(periods) > 1 else []
		figures = ("target", "attainment")
		of_periods = [
			f"{figure}_{number}" for number in range(len(self.period_indexes)) for figure in figures
		]
		self.without_target = dict.fromkeys((*figures, "gap", "target_to_date", *of_periods))

	def line(self, line: Line, indent: int) -> Row:
		"""The row of one person in one role and item group. Without a target: no attainment, no gap."""
		row = self._row(line.figures, counted=line.figures.closed)
		row.update(line.key._asdict(), row_type="target" if line.has_target else NO_TARGET, indent=indent)
		row["documents"] = self.links.line(line)
		if not line.has_target:
			row.update(self.without_target)
		return row

	def person(self, name: str, figures: Figures, indent: int) -> Row:
		"""The row of a person with everybody below. Only credit that serves a target attains it."""
		row = self._row(figures, counted=figures.counted)
		row.update(sales_person=name, sales_role=None, item_group=None, row_type="person", indent=indent)
		row["documents"] = self.links.person(name)
		return row

	def _row(self, figures: Figures, counted: Sequence[float]) -> Row:
		target = sum(figures.target)
		row: Row = {
			"target": target,
			"pipeline": figures.pipeline,
			"weighted_pipeline": figures.weighted,
			"closed": sum(figures.closed),
			"attainment": percent_of(sum(counted), target),
			"gap": target - sum(counted) if target else None,
			"target_to_date": figures.target_to_date,
		}
		for number, indexes in enumerate(self.period_indexes):
			part = sum(figures.target[index] for index in indexes)
			row[f"target_{number}"] = part
			row[f"closed_{number}"] = sum(figures.closed[index] for index in indexes)
			row[f"attainment_{number}"] = percent_of(sum(counted[index] for index in indexes), part)
		return row


def flat_rows(attainment: Attainment, maker: RowMaker, people: Tree) -> list[Row]:
	"""The lines alone: people in the order of their tree, targets before credit without one."""
	lines = _lines_by_person(attainment)
	return [maker.line(line, 0) for person in _in_order(lines, people) for line in lines[person]]


def tree_rows(attainment: Attainment, maker: RowMaker, people: Tree) -> list[Row]:
	"""People under their managers, each with own lines below; figures of a person include everybody below.

	People without figures, above or below whom nobody has any, are left out; so are managers that the user
	may not see (they have no figures of their own here, and would show the sum of those below all the same).
	"""
	lines = _lines_by_person(attainment)
	needed = {above for person in attainment.totals for above in people.way_up(person) or [person]}
	segments = len(next(iter(attainment.totals.values())).target) if attainment.totals else 0

	def rolled_up(person: str) -> Figures:
		total = Figures.empty(segments)
		for below in people.below(person):
			if below in attainment.totals:
				total.add(attainment.totals[below])
		return total

	def walk(person: str, indent: int) -> Iterator[Row]:
		yield maker.person(person, rolled_up(person), indent)
		for line in lines.get(person, ()):
			yield maker.line(line, indent + 1)
		for below in people.children.get(person, ()):
			if below in needed:
				yield from walk(below, indent + 1)

	roots = [person for person in people.children.get(None, ()) if person in needed]
	unknown = sorted(person for person in attainment.totals if person not in people.parents)
	return [row for root in (*roots, *unknown) for row in walk(root, 0)]


def grand_total(attainment: Attainment, segments: int) -> Figures:
	"""All people together, each entry once."""
	total = Figures.empty(segments)
	for figures in attainment.totals.values():
		total.add(figures)
	return total


def _lines_by_person(attainment: Attainment) -> Mapping[str, list[Line]]:
	lines: dict[str, list[Line]] = {}
	for line in sorted(
		attainment.lines,
		key=lambda line: (line.key.sales_role, not line.has_target, line.key.item_group or ""),
	):
		lines.setdefault(line.key.sales_person, []).append(line)
	return lines


def _in_order(lines: Mapping[str, list[Line]], people: Tree) -> list[str]:
	known = [person for person in people.parents if person in lines]
	return [*known, *sorted(set(lines) - set(known))]
