"""What people are to reach in their roles, over a period, in value or volume."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, formatdate, getdate

from sales_activity import workflow_guard
from sales_activity.sales_activity.masters import check_enabled
from sales_activity.sales_activity.targets.checks import (
	ACTIVE_COLUMNS,
	ACTIVE_INDEX,
	distribution_rows,
	fiscal_years,
	lock_targets,
	overlapping_rows,
)
from sales_activity.sales_activity.targets.rules import (
	Period,
	is_target,
	month_number,
	repeated_rows,
	uncovered_day,
)


class TargetPeriodError(frappe.ValidationError):
	"""The period is upside down or lies outside every fiscal year."""


class TargetValueError(frappe.ValidationError):
	"""A target is negative or no number."""


class TargetOverlapError(frappe.ValidationError):
	"""The same person, role and item group would have two targets at one time."""


class SalesTarget(Document):
	def validate(self) -> None:
		"""Check the document by itself, then against the other targets."""
		workflow_guard.check_state(self)
		workflow_guard.check_editable(self)
		self.set_period()
		self.check_period()
		self.check_values()
		self.check_distributions()
		self.check_repeated()
		check_enabled(self, "targets")
		self.check_overlaps()
		self.total_target = sum(flt(row.target) for row in self.targets)

	def before_submit(self) -> None:
		"""Only along the workflow; never beside another target for the same thing."""
		workflow_guard.check_transition(self)
		lock_targets(self.company)
		self.check_overlaps(locked=True)

	def before_update_after_submit(self) -> None:
		workflow_guard.check_state(self)

	def before_cancel(self) -> None:
		workflow_guard.check_transition(self)

	def on_trash(self) -> None:
		workflow_guard.check_deletable(self)

	def set_period(self) -> None:
		"""A fiscal year fills in the dates that are missing."""
		if self.fiscal_year and not (self.from_date and self.to_date):
			start, end = frappe.db.get_value(
				"Fiscal Year", self.fiscal_year, ["year_start_date", "year_end_date"]
			)
			self.from_date, self.to_date = self.from_date or start, self.to_date or end

	def check_period(self) -> None:
		"""The period runs forward and every day of it lies in a fiscal year of the company."""
		if not (self.from_date and self.to_date):
			return  # Frappe asks for mandatory fields itself
		period = Period(getdate(self.from_date), getdate(self.to_date))
		if period.start > period.end:
			frappe.throw(_("To Date must not be before From Date."), TargetPeriodError)
		day = uncovered_day(period, fiscal_years(self.company))
		if day:
			frappe.throw(
				_("{0} lies in no fiscal year of {1}. Change the period, or create the Fiscal Year.").format(
					frappe.bold(formatdate(day)), frappe.bold(self.company)
				),
				TargetPeriodError,
				title=_("Period outside the fiscal years"),
			)

	def check_values(self) -> None:
		"""Every target is a number, not below zero."""
		for row in self.targets:
			if not is_target(flt(row.target)):
				frappe.throw(
					_("Row {0}: the target of {1} is {2}. It must be zero or more.").format(
						row.idx, frappe.bold(row.sales_person), frappe.bold(row.target)
					),
					TargetValueError,
				)

	def check_distributions(self) -> None:
		"""Every month of the Monthly Distributions is one."""
		used = {row.monthly_distribution for row in self.targets if row.monthly_distribution}
		for name, month, _percent in distribution_rows(used):
			if not month_number(month):
				frappe.throw(
					_("Monthly Distribution {0}: {1} is no month. Write January to December.").format(
						frappe.bold(name), frappe.bold(month)
					),
					TargetValueError,
				)

	def check_repeated(self) -> None:
		"""A person has one target for a role and item group."""
		for first, again in repeated_rows([_key(row) for row in self.targets]):
			row = self.targets[again]
			frappe.throw(
				_("Row {0} repeats row {1}: {2}, {3}, {4}. Keep one of them.").format(
					row.idx, self.targets[first].idx, *(frappe.bold(part) for part in _key(row))
				),
				TargetOverlapError,
			)

	def check_overlaps(self, locked: bool = False) -> None:
		"""No row has a counterpart in another active target whose period overlaps. ``locked``: see
		``overlapping_rows``."""
		if not (self.from_date and self.to_date):
			return
		taken = overlapping_rows(self, locked)
		for row in self.targets:
			if _key(row) in taken:
				frappe.throw(
					_(
						"Row {0}: {1} already has a target as {2} for {3} in {4}, whose period overlaps. "
						"Change that one (cancel and amend), or another period here."
					).format(
						row.idx, *(frappe.bold(part) for part in _key(row)), frappe.bold(taken[_key(row)])
					),
					TargetOverlapError,
					title=_("Overlapping target"),
				)


def _key(row: Document) -> tuple[str, str, str]:
	return row.sales_person, row.sales_role, row.item_group


def on_doctype_update() -> None:
	"""The index behind the check of overlaps."""
	frappe.db.add_index("Sales Target", list(ACTIVE_COLUMNS), ACTIVE_INDEX)
