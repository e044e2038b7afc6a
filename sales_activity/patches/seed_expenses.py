"""2026-11-22: the Workflow, the expense types and the settings that expense claims came with."""

from __future__ import annotations

import frappe

from sales_activity.sales_activity.expenses.masters import DEFAULTED
from sales_activity.setup.seed import SETTINGS, seed


def execute() -> None:
	"""Make what was never made on this site; the admin's own stays as it is. May run twice."""
	seed()
	there = frappe.db.get_singles_dict(SETTINGS)
	meta = frappe.get_meta(SETTINGS)
	for fieldname in DEFAULTED:
		if fieldname not in there:
			frappe.db.set_single_value(SETTINGS, fieldname, meta.get_field(fieldname).default)
