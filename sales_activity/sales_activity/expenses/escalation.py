"""Claims that wait too long: whoever has them is reminded, then it goes a level up, each level once and on the record.

The first level is a reminder, when the limit of the state has passed; the second the manager above whoever has the claim,
when it has passed again since; the third, when it has once more, the manager whom the settings name. Whoever a claim waiting for an area manager goes up
to has it from then on, and may decide. Each claim is dealt with in a transaction of its own, in which it is locked, told of
and marked, and only on days on which its company works.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

import frappe
from frappe import _
from frappe.utils import getdate, now_datetime
from frappe.utils.user import get_users_with_role

from sales_activity.sales_activity.expenses import limits, people, records, rules, telling
from sales_activity.sales_activity.milestones.due import calendar
from sales_activity.transactions import by_itself

MOST_PER_RUN = 500
# Accounts forward what the scheduler doesn't
WAITING_FOR_ACCOUNTS = frozenset({rules.APPROVED, rules.WITH_ACCOUNTS})
# since when a claim waits at a level: for the reminder, for the level above, for the named manager
SINCE = ("state_since", "reminded_on", "escalated_on")


def escalate() -> int:
	"""Do what is due for every claim that has waited too long; commits after each. Returns how many. One query for each
	state that has a limit, and those of the overdue ones."""
	done = 0
	cutoffs = _Cutoffs(getdate())
	for status in limits.FIELDS:
		for name in _overdue(status, cutoffs):
			done += _by_itself(name, cutoffs)
	return done


def escalate_one(name: str, today: date) -> bool:
	"""Do what is due for one claim on a day; says whether anything was."""
	return _escalate(name, _Cutoffs(today))


class _Cutoffs:
	"""What is overdue today: by company and state what began before a day. Companies are read once."""

	def __init__(self, today: date) -> None:
		self.today = today
		self._companies = frappe.get_all("Company", pluck="name", limit=0)
		self._known: dict[tuple[str, str], date | None] = {}

	def of(self, company: str, status: str) -> date | None:
		"""What began before this day has waited longer than the state may take; None where nothing is late, or nobody
		works today."""
		key = (company, status)
		if key not in self._known:
			days, of_company = limits.days_for(status), calendar(company)
			late = days and of_company.works_on(self.today)
			self._known[key] = limits.began_before(of_company, self.today, days) if late else None
		return self._known[key]

	def by_day(self, status: str) -> dict[date, list[str]]:
		"""Day > companies."""
		found: dict[date, list[str]] = defaultdict(list)
		for company in self._companies:
			if day := self.of(company, status):
				found[day].append(company)
		return found


def _overdue(status: str, cutoffs: _Cutoffs) -> list[str]:
	"""The claims of a state for which something is due, those that wait longest first. One query."""
	claim = frappe.qb.DocType(records.CLAIM)
	due = None
	for day, companies in cutoffs.by_day(status).items():
		for level, since in enumerate(SINCE):
			one = (claim.escalation_level == level) & (claim[since] < day) & claim.company.isin(companies)
			due = one if due is None else due | one
	if due is None:
		return []
	query = frappe.qb.from_(claim).select(claim.name).where((claim.status == status) & due)
	return query.orderby(claim.state_since).orderby(claim.name).limit(MOST_PER_RUN).run(pluck=True)


def _by_itself(name: str, cutoffs: _Cutoffs) -> bool:
	told = []

	def work() -> bool:
		told.append(_escalate(name, cutoffs))
		frappe.db.commit()
		return True

	def put_off(_error: Exception) -> None:
		frappe.log_error(title=_("A claim could not be escalated"))
		frappe.db.commit()

	by_itself(work, put_off)
	return bool(told and told[-1])


def _escalate(name: str, cutoffs: _Cutoffs) -> bool:
	"""One claim, if something still is due under its lock."""
	row = records.lock(name)
	level = int(row.escalation_level or 0) if row else len(SINCE)
	day = cutoffs.of(row.company, row.status) if level < len(SINCE) else None
	since = row.get(SINCE[level]) if day else None
	if not since or getdate(since) >= day:
		return False
	users, via = _receivers(row, level)
	values: dict[str, object] = {"escalation_level": level + 1}
	at = now_datetime()
	values["reminded_on" if level == 0 else "escalated_on"] = at
	if users and row.status in rules.WITH_MANAGER and users[0] != row.holder:
		values.update({"holder": users[0], "todo": telling.hand_on(row, users[0])})
	telling.overdue(row, users, _lines(name), level == 0)
	if users:
		_log(row, via.format(people.names_of(users)), at)
	records.update(row, values, at, frappe.session.user)
	return True


def _receivers(row: Mapping, level: int) -> tuple[list[str], str]:
	"""Who is told at a level, and how the record says it."""
	if level == 0:
		return _whoever_has_it(row), _("Reminded: {0}")
	above = [user for user in _above(row) if user not in _told_before(row)]
	if level == len(SINCE) - 1:
		named = people.escalation_manager()
		return [user for user in above if user == named], _("Escalated to {0}")
	if row["status"] in WAITING_FOR_ACCOUNTS:
		return _of_role(row, "Accounts Manager"), _("Escalated to {0}")
	return above[:1], _("Escalated to {0}")


def _whoever_has_it(row: Mapping) -> list[str]:
	if row["status"] in WAITING_FOR_ACCOUNTS:
		return _of_role(row, "Accounts User")
	if row["status"] in rules.WITH_MANAGER:  # somebody went away, or came back, since it was sent
		return [people.turn_of(row["area_manager"], row["employee"])] if row["area_manager"] else []
	return [row["holder"]] if row["holder"] else []


def _above(row: Mapping) -> list[str]:
	"""The managers above the employee, without those that the claim is with already."""
	with_it = {row["holder"]}
	if row["status"] in rules.WITH_MANAGER:
		with_it.add(row["area_manager"])
	return [user for user in people.managers_above(row["employee"]) if user not in with_it]


def _told_before(row: Mapping) -> set[str]:
	"""Whom the claim went up to in this state. (They have it, where it waits for an area manager.)"""
	return {row["holder"]} if row["escalation_level"] else set()


def _of_role(row: Mapping, role: str) -> list[str]:
	"""Enabled users of Accounts who may see the claim, the employee left out."""
	own = people.user_of(row["employee"])
	doc = frappe.get_doc({**row, "doctype": records.CLAIM})
	return [
		user
		for user in sorted(get_users_with_role(role))
		if user not in (own, "Administrator") and frappe.has_permission(records.CLAIM, "read", doc, user=user)
	]


def _lines(claim: str) -> list[frappe._dict]:
	return frappe.get_all(
		records.LINE, {"parent": claim, "parenttype": records.CLAIM}, ["*"], order_by="idx", limit=0
	)


def _log(row: Mapping, via: str, at: object) -> None:
	"""It stays in its state: the time there counts on."""
	log = records.move_row({**row, "state_since": None}, row["status"], at, frappe.session.user, via)
	records.write_moves([log], frappe.session.user, at)
