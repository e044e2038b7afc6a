"""What a detail report is narrowed to: people, role, item groups, days. The same choice decides in SQL and in
memory, so that a figure of the attainment report and the documents behind it can't part."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import frappe
from frappe import _
from frappe.utils import cint, getdate

from sales_activity.permissions.scope import visible_persons
from sales_activity.sales_activity.reports.filters import ReportFilterError
from sales_activity.sales_activity.targets.rules import Period
from sales_activity.sales_activity.trees import Tree, read_tree

CHOICE_FILTERS = (
	*("from_date", "to_date", "periods", "sales_person", "include_below", "sales_role"),
	*("item_group", "include_below_group", "no_item_group"),
)


@dataclass(frozen=True)
class Choice:
	"""Which rows to keep; None means all. ``groups`` may hold None: rows without an item group."""

	persons: frozenset[str] | None = None
	role: str | None = None
	groups: frozenset[str | None] | None = None
	span: Period | None = None
	periods: tuple[Period, ...] = ()

	def holds(self, person: str, role: str, group: str | None, day: date) -> bool:
		"""Whether a row of this person, role, item group and day is to be kept."""
		return (
			(self.persons is None or person in self.persons)
			and (not self.role or role == self.role)
			and (self.groups is None or (group or None) in self.groups)
			and all(any(period.start <= day <= period.end for period in some) for some in self._days())
		)

	def conditions(self, table: str, day_field: str) -> tuple[str, dict[str, object]]:
		"""The same as SQL, beginning with "and" where there is anything to say, with its values."""
		conditions, values = [], {}
		if self.persons is not None:
			conditions.append(f"{table}.sales_person in %(persons)s")
			values["persons"] = tuple(self.persons) or ("",)
		if self.role:
			conditions.append(f"{table}.sales_role = %(role)s")
			values["role"] = self.role
		if self.groups is not None:
			conditions.append(f"coalesce({table}.item_group, '') in %(groups)s")
			values["groups"] = tuple(group or "" for group in self.groups)
		for number, some in enumerate(self._days()):
			parts = []
			for index, period in enumerate(some):
				start, end = f"start_{number}_{index}", f"end_{number}_{index}"
				parts.append(f"{table}.{day_field} between %({start})s and %({end})s")
				values[start], values[end] = period
			conditions.append(f"({' or '.join(parts)})")
		return "".join(f" and {condition}" for condition in conditions), values

	def _days(self) -> list[tuple[Period, ...]]:
		"""The day must lie in a period of each."""
		return [some for some in ((self.span,) if self.span else (), self.periods) if some]


def choice_of(asked: frappe._dict, people: Tree, item_groups: Tree) -> Choice:
	"""The choice that checked filters (see CHOICE_FILTERS) make."""
	return Choice(
		persons=_persons(asked, people),
		role=asked.get("sales_role"),
		groups=_groups(asked, item_groups),
		span=_span(asked),
		periods=tuple(parse_periods(asked.get("periods"))),
	)


def visible_people() -> Tree:
	"""The Sales Person tree, cut down to whom the user may see: the highest of them become roots."""
	people = read_tree("Sales Person", "parent_sales_person")
	visible = visible_persons(frappe.session.user, "Sales Target")
	if visible is None:
		return people
	return Tree(
		{
			name: next((above for above in people.way_up(name)[1:] if above in visible), None)
			for name in people.parents
			if name in visible
		}
	)


def parse_periods(text: str | None) -> list[Period]:
	"""Read "2026-01-01/2026-03-31, 2026-07-01/2026-12-31". Raises ReportFilterError for anything else."""
	periods = []
	for part in (text or "").split(","):
		if not part.strip():
			continue
		try:
			start, end = (date.fromisoformat(day.strip()) for day in part.split("/"))
		except ValueError:
			frappe.throw(
				_("Only These Periods must look like 2026-01-01/2026-03-31, with commas between several."),
				ReportFilterError,
			)
		periods.append(Period(start, end))
	return periods


def format_periods(periods: Iterable[Period]) -> str:
	"""The opposite of ``parse_periods``."""
	return ", ".join(f"{period.start}/{period.end}" for period in periods)


def _persons(asked: frappe._dict, people: Tree) -> frozenset[str] | None:
	if not asked.get("sales_person"):
		return None
	if cint(asked.get("include_below")):
		return people.below(asked.sales_person)
	return frozenset({asked.sales_person})


def _groups(asked: frappe._dict, item_groups: Tree) -> frozenset[str | None] | None:
	"""A root with everything below it takes in the rows without an item group, as targets on it do."""
	if cint(asked.get("no_item_group")):
		return frozenset({None})
	group = asked.get("item_group")
	if not group:
		return None
	if not cint(asked.get("include_below_group")):
		return frozenset({group})
	is_root = group in item_groups.children.get(None, ())
	return item_groups.below(group) | (frozenset({None}) if is_root else frozenset())


def _span(asked: frappe._dict) -> Period | None:
	start, end = asked.get("from_date"), asked.get("to_date")
	if not (start or end):
		return None
	period = Period(getdate(start or "1900-01-01"), getdate(end or "9999-12-31"))
	if period.start > period.end:
		frappe.throw(_("To Date must not be before From Date."), ReportFilterError)
	return period
