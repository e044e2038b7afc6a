"""Time limits of claims: how many working days each state may take, and since when a claim is overdue.

The settings say how many; working days are those of the company's holiday list (``milestones.due``).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import frappe
from frappe.utils import flt, getdate

from sales_activity.sales_activity.expenses import rules
from sales_activity.sales_activity.milestones.due import ONE_DAY, Calendar, calendar

SETTINGS = "Sales Activity Settings"
# a draft is nobody's business but its employee's, and what is locked has arrived
FIELDS = {
	rules.PENDING: "days_for_manager",
	rules.CLARIFICATION: "days_for_clarification",
	rules.DENIED: "days_for_denied",
	rules.APPROVED: "days_for_approved",
	rules.WITH_ACCOUNTS: "days_for_accounts",
	rules.RETURNED: "days_for_answer",
}
# the longest that is looked back for a day on which a limit began
MOST_DAYS = 3660


def days_for(status: str) -> float:
	"""How many working days a state may take; 0 for no limit."""
	field = FIELDS.get(status)
	return flt(frappe.get_cached_doc(SETTINGS).get(field)) if field else 0.0


def due_on(company: str, status: str, since: datetime | str | None) -> date | None:
	"""The day on which a claim should leave its state; None without a limit."""
	days = days_for(status)
	return calendar(company).due(getdate(since), days) if days and since else None


def began_before(of_company: Calendar, today: date, days: float) -> date | None:
	"""The first day that isn't overdue yet: what began before it has waited longer than so many working days. None where
	nothing can be."""
	day = today
	for _number in range(MOST_DAYS):
		if of_company.due(day, days) < today:
			return day + ONE_DAY
		day -= timedelta(days=1)
	return None
