"""Monthly Distribution: a year's percents by month."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

MONTHS = "January February March April May June July August September October November December".split()


class MonthlyDistribution(Document):
	@frappe.whitelist()
	def get_months(self) -> None:
		"""Twelve equal months."""
		for number, month in enumerate(MONTHS, start=1):
			self.append("percentages", {"month": month, "percentage_allocation": 100 / 12, "idx": number})

	def validate(self) -> None:
		total = flt(sum(flt(row.percentage_allocation) for row in self.percentages), 2)
		if total != 100.0:
			frappe.throw(_("Percentage Allocation should be equal to 100%") + f" ({total}%)")
