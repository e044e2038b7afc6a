"""Whose turn a claim is when not the claim changes but the people: an Employee gets another user, an area manager goes away
or is back. The claim stays in its state; somebody else has it.
"""

from __future__ import annotations

import frappe
from frappe.utils import cint, now_datetime

from sales_activity.sales_activity.expenses import moves, people, records, rules, telling
from sales_activity.transactions import by_itself


def follow_employee(employee: str, user: str | None) -> None:
	"""An Employee has another user now: what waits for them waits for that user. Call it in ``on_update`` of Employee."""
	filters = {"employee": employee, "status": ["in", sorted(rules.WITH_EMPLOYEE)]}
	names = frappe.get_all(records.CLAIM, filters, pluck="name", order_by="name", limit=0)
	for row in map(records.lock, names):
		if not row or row.status not in rules.WITH_EMPLOYEE or row.holder == user:
			continue
		_hand_over(row, user)


def follow_absence(manager: str) -> None:
	"""An area manager goes away, or is back: what waits for them is whose turn it is today. What went up to somebody
	stays there. Harmless when it is done again."""
	filters = {
		"area_manager": manager,
		"status": ["in", sorted(rules.WITH_MANAGER)],
		"escalation_level": ["<", rules.WENT_UP],
	}
	names = frappe.get_all(records.CLAIM, filters, pluck="name", order_by="name", limit=0)
	for row in map(records.lock, names):
		if not row or row.status not in rules.WITH_MANAGER or cint(row.escalation_level) >= rules.WENT_UP:
			continue
		if (user := moves.holder_in(row)) != row.holder:
			_hand_over(row, user)


def follow_absences() -> None:
	"""Every night: stand-ins whose days begin get what waits, and give back what is left when these are over. Each manager
	in a transaction of its own; failures are logged."""
	for manager in people.away_lately():
		by_itself(lambda manager=manager: _followed(manager), lambda _error, manager=manager: _log(manager))


def _followed(manager: str) -> bool:
	follow_absence(manager)
	frappe.db.commit()
	return True


def _log(manager: str) -> None:
	frappe.log_error(f"Claims not handed over: {manager}"[:140], frappe.get_traceback())
	frappe.db.commit()


def _hand_over(row: frappe._dict, user: str | None) -> None:
	"""A claim stays in its state, and somebody else has it."""
	values: dict[str, object] = {"holder": user}
	if row.todo and user:
		values["todo"] = telling.hand_on(row, user)
	elif row.todo:
		telling.settle(row)
		values["todo"] = None
	records.update(row, values, now_datetime(), frappe.session.user)
