"""Putting targets, credit and pipeline together. Plain functions over plain values, no site needed.

Figures are all of one basis: net amounts in company currency, or quantities in stock units. Sums over time
come as one value for each segment (see ``segments``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from sales_activity.sales_activity.attainment.segments import indexes_in
from sales_activity.sales_activity.targets.rules import Period, share_of


class LineKey(NamedTuple):
	"""A person in a role, for an item group and all below it (or, without a target, for it alone)."""

	sales_person: str
	sales_role: str
	item_group: str | None


class TargetRow(NamedTuple):
	"""A row of an approved Sales Target. ``weights``: month number > percentage of its distribution."""

	key: LineKey
	period: Period
	target: float
	weights: Mapping[int, float] | None = None
	name: str = ""  # of the Sales Target


class Flow(NamedTuple):
	"""Sums over one person, role and item group, a value for each segment."""

	key: LineKey
	values: Sequence[float]


@dataclass(slots=True)
class Figures:
	"""The figures of a line, or of several together. Lists hold a value for each segment.

	``counted`` is the part of ``closed`` that serves a target.
	"""

	target: list[float]
	closed: list[float]
	counted: list[float]
	pipeline: float = 0.0
	weighted: float = 0.0
	target_to_date: float = 0.0

	@classmethod
	def empty(cls, segments: int) -> Figures:
		"""All zero."""
		return cls([0.0] * segments, [0.0] * segments, [0.0] * segments)

	def add(self, other: Figures) -> None:
		"""Add the figures of another line."""
		for mine, theirs in (
			(self.target, other.target),
			(self.closed, other.closed),
			(self.counted, other.counted),
		):
			for index, value in enumerate(theirs):
				mine[index] += value
		self.pipeline += other.pipeline
		self.weighted += other.weighted
		self.target_to_date += other.target_to_date


@dataclass(slots=True)
class Line:
	"""A line of the report: a target of a person, or credit without one.

	``covered``: the segments whose figures belong to the line. A target's own; without a target, those that
	no target of this person and role for the group or one above covers.
	"""

	key: LineKey
	has_target: bool
	figures: Figures
	covered: set[int] = field(default_factory=set)


@dataclass
class Attainment:
	"""The lines, and for each person what all lines of the person come to, each entry counted once."""

	lines: list[Line]
	totals: dict[str, Figures]


def attain(
	targets: Sequence[TargetRow],
	credit: Iterable[Flow],
	pipeline: Iterable[tuple[Flow, Flow]],
	segments: Sequence[Period],
	to_date: Period | None,
	ancestors: Mapping[str | None, Sequence[str]],
) -> Attainment:
	"""Match what was earned and what is open with the targets.

	``credit`` and ``pipeline`` (plain, weighted) are summed by person, role and item group. ``to_date`` is the
	part of the span that has passed. ``ancestors`` gives the groups whose targets an item group counts for:
	itself and all above; for None (no item group) the root.
	"""
	builder = _Builder(segments, ancestors)
	for row, nested in with_nesting(targets, segments, ancestors):
		builder.add_target(row, nested, to_date)
	for flow in credit:
		builder.add_credit(flow)
	for plain, weighted in pipeline:
		builder.add_pipeline(plain, weighted)
	return Attainment(builder.lines(), builder.totals)


class _Builder:
	def __init__(self, segments: Sequence[Period], ancestors: Mapping[str | None, Sequence[str]]) -> None:
		self.segments = segments
		self.ancestors = ancestors
		self.targeted: dict[tuple[str, str], dict[str | None, Line]] = defaultdict(
			dict
		)  # by person, role; group
		self.untargeted: dict[LineKey, Line] = {}
		self.above: dict[LineKey, list[Line]] = {}  # asked for credit, pipeline and lines without a target
		self.totals: dict[str, Figures] = defaultdict(lambda: Figures.empty(len(segments)))

	def add_target(self, row: TargetRow, nested: Collection[int], to_date: Period | None) -> None:
		lines = self.targeted[row.key.sales_person, row.key.sales_role]
		if row.key.item_group not in lines:
			lines[row.key.item_group] = self._new_line(row.key, has_target=True)
		line = lines[row.key.item_group]
		line.covered.update(indexes_in(row.period, self.segments))
		figures, total = line.figures, self.totals[row.key.sales_person]
		for index, (whole, passed) in target_parts(row, self.segments, to_date).items():
			figures.target[index] += whole
			figures.target_to_date += passed
			if index not in nested:
				total.target[index] += whole
				total.target_to_date += passed

	def add_credit(self, flow: Flow) -> None:
		total, above = self.totals[flow.key.sales_person], self._targets_above(flow.key)
		for index, value in enumerate(flow.values):
			if not value:
				continue
			total.closed[index] += value
			targets = [line for line in above if index in line.covered]
			if targets:
				total.counted[index] += value
				for line in targets:
					line.figures.closed[index] += value
					line.figures.counted[index] += value
			else:
				self._line_without_target(flow.key).figures.closed[index] += value

	def add_pipeline(self, plain: Flow, weighted: Flow) -> None:
		total, above = self.totals[plain.key.sales_person], self._targets_above(plain.key)
		for index, value in enumerate(plain.values):
			if not value:
				continue
			targets = [line for line in above if index in line.covered]
			lines = targets or [self._line_without_target(plain.key)]
			for figures in (total, *(line.figures for line in lines)):
				figures.pipeline += value
				figures.weighted += weighted.values[index]

	def lines(self) -> list[Line]:
		everything = set(range(len(self.segments)))
		for line in self.untargeted.values():
			above = self._targets_above(line.key)
			line.covered = (
				everything.difference(*(target.covered for target in above)) if above else everything
			)
		targets = (line for lines in self.targeted.values() for line in lines.values())
		return [*targets, *self.untargeted.values()]

	def _targets_above(self, key: LineKey) -> list[Line]:
		"""The target lines of this person and role for the item group or one above; all targets must be added by
		then."""
		above = self.above.get(key)
		if above is None:
			lines = self.targeted.get((key.sales_person, key.sales_role), {})
			groups = self.ancestors.get(key.item_group, ()) if lines else ()
			above = self.above[key] = [lines[group] for group in groups if group in lines]
		return above

	def _line_without_target(self, key: LineKey) -> Line:
		line = self.untargeted.get(key)
		if line is None:
			line = self.untargeted[key] = self._new_line(key, has_target=False)
		return line

	def _new_line(self, key: LineKey, has_target: bool) -> Line:
		return Line(key, has_target, Figures.empty(len(self.segments)))


def target_parts(
	row: TargetRow, segments: Sequence[Period], to_date: Period | None
) -> dict[int, tuple[float, float]]:
	"""By index of the segments that the row's period covers: its part of the target, and as much of that as
	has passed."""
	parts = {}
	for index in indexes_in(row.period, segments):
		whole = row.target * share_of(row.period, segments[index], row.weights)
		passed = segments[index].overlap(to_date) if to_date else None
		if passed == segments[index]:
			parts[index] = whole, whole
		else:
			parts[index] = whole, row.target * share_of(row.period, passed, row.weights) if passed else 0.0
	return parts


def with_nesting(
	targets: Sequence[TargetRow],
	segments: Sequence[Period],
	ancestors: Mapping[str | None, Sequence[str]],
) -> Iterator[tuple[TargetRow, set[int]]]:
	"""Each row, and the segments in which another row of the same person and role includes it: there its
	own target is part of that one's and must not count twice in a total."""
	ordered = sorted(targets, key=_who)
	for _person_role, rows in groupby(ordered, key=_who):
		rows = list(rows)
		covered: dict[str | None, set[int]] = defaultdict(set)
		for row in rows:
			covered[row.key.item_group].update(indexes_in(row.period, segments))
		for row in rows:
			above = [group for group in ancestors.get(row.key.item_group, ()) if group != row.key.item_group]
			yield row, {index for group in above for index in covered.get(group, ())}


def _who(row: TargetRow) -> tuple[str, str]:
	return row.key.sales_person, row.key.sales_role
