"""Who decides on whose claims: the managers above, their stand-ins, and nobody on their own.

Above somebody is first whom their Employee reports to, and so on up; then whoever stands above their Sales Person; last
the manager whom the settings name. Only somebody with an enabled user and the role Area Manager decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, getdate

from sales_activity.permissions.scope import allowed_values
from sales_activity.sales_activity.expenses.records import CLAIM
from sales_activity.sales_activity.milestones.receivers import GONE, ways_up

ROLE = "Area Manager"
STAND_IN = "Expense Stand-in"
SETTINGS = "Sales Activity Settings"
# who names stand-ins for others
FOR_OTHERS = frozenset({"Sales Operations", "System Manager"})


def may_decide(user: str | None) -> bool:
	"""Whether somebody could be an area manager: an enabled user with the role."""
	return can_log_in(user) and ROLE in frappe.get_roles(user)


def can_log_in(user: str | None) -> bool:
	"""Whether there is such a user, and an enabled one."""
	return bool(user and frappe.db.get_value("User", user, "enabled"))


def user_of(employee: str) -> str | None:
	"""The user of an Employee, whether enabled or not."""
	return frappe.db.get_value("Employee", employee, "user_id")


def employee_of(user: str) -> str | None:
	"""The Employee that a user is; of several (somebody who left and came back) one who works here now."""
	found = frappe.get_all(
		"Employee",
		filters={"user_id": user, "status": ["!=", GONE]},
		fields=["name"],
		order_by="creation desc",
		limit=1,
	)
	return found[0].name if found else None


def person_of(employee: str) -> str | None:
	"""The Sales Person that an Employee is."""
	return frappe.db.get_value("Sales Person", {"employee": employee})


def managers_above(employee: str) -> list[str]:
	"""The users above an Employee who may decide, the nearest first, each once, never the employee themselves."""
	above = [*_reported_to(employee), *_above_in_sales(employee), escalation_manager()]
	return _deciding(dict.fromkeys(above), employee)


def manager_of(employee: str) -> str | None:
	"""The area manager of an Employee; None where nobody is found."""
	return next(iter(managers_above(employee)), None)


def escalation_manager() -> str | None:
	"""The manager whom the settings name."""
	return frappe.db.get_single_value(SETTINGS, "escalate_to") or None


def turn_of(manager: str | None, employee: str) -> str | None:
	"""Who is to decide today in place of a manager: the stand-in, if they are away."""
	away = _deciding(sorted(stand_ins(manager)), employee) if manager else []
	return away[0] if away else manager


def _deciding(users: Iterable[str | None], employee: str) -> list[str]:
	"""Those of them who may decide on the claims of an Employee, never their own, and to whom User Permissions show them."""
	own = user_of(employee)
	users = [user for user in users if user and user != own and may_decide(user)]
	if not users:
		return []
	company = frappe.db.get_value("Employee", employee, "company")
	wanted = {"Employee": employee, "Company": company, "Sales Person": person_of(employee)}
	return [user for user in users if _is_shown(user, wanted)]


def _is_shown(user: str, wanted: Mapping[str, str | None]) -> bool:
	"""Whether a user's User Permissions leave these (DocType > name)."""
	for doctype, name in wanted.items():
		allowed = allowed_values(user, doctype, CLAIM)
		if allowed is not None and name and name not in allowed:
			return False
	return True


def stand_ins(user: str, day: date | None = None) -> set[str]:
	"""Who stands in for a user on a day (default: today)."""
	return _standing("user", user, "stand_in", day)


def stands_in_for(user: str, day: date | None = None) -> set[str]:
	"""For whom a user stands in on a day (default: today)."""
	return _standing("stand_in", user, "user", day)


def away_lately(days: int = 31) -> list[str]:
	"""Who is away today, or was in so many days before: scheduled work may have been missed."""
	today = getdate()
	filters = {"from_date": ["<=", today], "to_date": [">=", add_days(today, -days)]}
	return sorted(set(frappe.get_all(STAND_IN, filters=filters, pluck="user", limit=0)))


def may_name_stand_ins(user: str, row: Document) -> bool:
	"""Whether somebody may name this stand-in: managers their own, Sales Operations everybody's."""
	before = row.get_doc_before_save()
	own = row.user == user and (not before or before.user == user)
	return own or not FOR_OTHERS.isdisjoint(frappe.get_roles(user))


def check_stand_in_deletion(row: Document) -> None:
	"""Refuse to delete somebody else's. Raises PermissionError."""
	if not may_name_stand_ins(frappe.session.user, row):
		frappe.throw(_("Only {0} and Sales Operations delete this.").format(row.user), frappe.PermissionError)


def names_of(users: Iterable[str | None]) -> str:
	"""Users by their full names, for a sentence."""
	named = [frappe.get_cached_value("User", user, "full_name") or user for user in users if user]
	return ", ".join(dict.fromkeys(named))


def _standing(field: str, user: str, wanted: str, day: date | None) -> set[str]:
	day = getdate(day)
	filters = {field: user, "from_date": ["<=", day], "to_date": [">=", day]}
	return set(frappe.get_all(STAND_IN, filters=filters, pluck=wanted, limit=0))


def _reported_to(employee: str) -> list[str]:
	"""The users of everybody above in the tree of Employees, the nearest first. One query."""
	below, above = frappe.qb.DocType("Employee").as_("below"), frappe.qb.DocType("Employee").as_("above")
	rows = (
		frappe.qb.from_(below)
		.inner_join(above)
		.on((above.lft < below.lft) & (above.rgt > below.rgt))
		.select(above.user_id)
		.where((below.name == employee) & (above.status != GONE))
		.orderby(above.lft, order=frappe.qb.desc)
	).run(pluck=True)
	return [user for user in rows if user]


def _above_in_sales(employee: str) -> list[str]:
	person = person_of(employee)
	way = ways_up([person]).get(person, []) if person else []
	return [step.user for step in way[1:] if step.user]
