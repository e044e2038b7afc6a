"""Fiscal Year: a year, of some companies or of all; those of one company don't overlap."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, add_years, getdate


class FiscalYear(Document):
	def validate(self) -> None:
		first, last = getdate(self.year_start_date), getdate(self.year_end_date)
		if last < first:
			frappe.throw(_("Year End Date cannot be before Year Start Date"), frappe.exceptions.InvalidDates)
		if not self.is_short_year and last != add_days(add_years(first, 1), -1):
			text = _("Fiscal Year End Date should be one year after Fiscal Year Start Date")
			frappe.throw(text, frappe.exceptions.InvalidDates)
		self.refuse_overlap()

	def refuse_overlap(self) -> None:
		own = {row.company for row in self.companies}
		filters = {
			"name": ("!=", self.name),
			"year_start_date": ("<=", self.year_end_date),
			"year_end_date": (">=", self.year_start_date),
		}
		for other in frappe.get_all("Fiscal Year", filters, pluck="name"):
			others = set(frappe.get_all("Fiscal Year Company", {"parent": other}, pluck="company"))
			if not own or not others or own & others:
				text = _("Year start date or end date is overlapping with {0}. To avoid please set company")
				frappe.throw(text.format(other), frappe.NameError)
