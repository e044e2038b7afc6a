"""Leads that sales ignores: past the deadline to accept, the manager above is told, once.

Each lead is dealt with in a transaction of its own, in which it is locked, told of and marked; a run that dies has told
of a lead or not begun with it. Nobody is disturbed on days on which the lead's company doesn't work.
"""

from __future__ import annotations

from collections.abc import Mapping

import frappe
from frappe import _
from frappe.utils import escape_html, getdate, now_datetime
from frappe.utils.user import get_users_with_role

from sales_activity.sales_activity.milestones import messages
from sales_activity.sales_activity.milestones.due import calendar
from sales_activity.sales_activity.milestones.receivers import managers
from sales_activity.sales_activity.nurture import records, rules, telling
from sales_activity.sales_activity.nurture.moves import OPERATIONS
from sales_activity.transactions import by_itself

MOST_PER_RUN = 500


def escalate() -> int:
	"""Tell of every lead whose deadline has passed and which nobody was told of yet; commits after each. Returns how
	many."""
	told: list[str] = []
	for name in _late():
		by_itself(lambda name=name: _take(name, told), _put_down)
	return len(told)


def _take(name: str, told: list[str]) -> bool:
	"""One transaction."""
	if _escalate(name):
		told.append(name)
	frappe.db.commit()
	return True


def _put_down(error: Exception) -> None:
	frappe.log_error(title=_("A lead could not be escalated"), message=frappe.get_traceback())
	frappe.db.commit()


def _late() -> list[str]:
	"""Of companies that work today: those of the others would take the places of these."""
	today = getdate()
	working = [name for name in frappe.get_all("Company", pluck="name") if calendar(name).works_on(today)]
	return frappe.get_all(
		records.NURTURE,
		filters={
			"company": ["in", working],
			"status": rules.WITH_SALES,
			"accept_by": ["<", now_datetime()],
			"escalated_on": ["is", "not set"],
		},
		pluck="name",
		order_by="accept_by, name",
		limit=MOST_PER_RUN,
	)


def _escalate(name: str) -> bool:
	"""One lead, if it still is late under its lock."""
	records.lock_lead(name)
	row, at = records.lock(name), now_datetime()
	if (
		not row
		or row.status != rules.WITH_SALES
		or row.escalated_on
		or not row.accept_by
		or row.accept_by >= at
	):
		return False
	if not calendar(row.company).works_on(getdate(at)):
		return False
	users = _whom_to_tell(row)

	def subject(who: messages.Reader) -> str:
		until = messages.local_text(row.accept_by, who)
		return _("The lead {0} was to be accepted by {1} until {2}. Nobody did.").format(
			telling.title_of(row), row.sales_person, until
		)

	telling.notify(row, users, subject)
	told = ", ".join(users) or _("nobody, as there is no manager with a user")
	telling.note(row, _("Not accepted in time; told: {0}").format(escape_html(told)))
	records.update(row, {"escalated_on": at}, at, frappe.session.user)
	return True


def _whom_to_tell(row: Mapping) -> list[str]:
	"""The nearest manager above with a user; without one Sales Operations."""
	found = managers([row.get("sales_person")]).get(row.get("sales_person"))
	return [found.user] if found and found.user else sorted(get_users_with_role(OPERATIONS))
