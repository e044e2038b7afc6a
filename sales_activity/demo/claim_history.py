"""Puts what the demo did with claims now back to when it would have happened; see ``history``."""

from __future__ import annotations

from datetime import datetime, timedelta

import frappe
from frappe.utils import get_datetime

from sales_activity.demo.history import KEPT, MENTIONS, Timeline, count_as_sent
from sales_activity.sales_activity.expenses import limits
from sales_activity.sales_activity.expenses.forwarding import FORWARDING
from sales_activity.sales_activity.expenses.people import STAND_IN
from sales_activity.sales_activity.expenses.posting import JOURNAL
from sales_activity.sales_activity.expenses.records import CLAIM, LINE, MOVE

PAYMENT = "Payment Entry"
TIMES = {
	CLAIM: (*KEPT, "state_since", "reminded_on", "escalated_on"),
	FORWARDING: (*KEPT, "forwarded_on"),
	JOURNAL: KEPT,
	PAYMENT: KEPT,
}


class Weeks(Timeline):
	"""The moments of a week. What lies before its first is from the weeks before, and moved already."""

	def moment(self, real: datetime | str | None) -> datetime | None:
		"""The moment that one of the clock stands for."""
		if real is None or get_datetime(real) < self.began:
			return real
		return super().moment(real)

	@property
	def began(self) -> datetime:
		"""By the clock."""
		return self._real[0] if self._real else datetime.max

	def put_back(self, company: str) -> None:
		"""Move the times of all claims of a company, and of what is about them, that this timeline knows. Begins anew
		then."""
		if not self._real:
			return
		now = {"company": company, "modified": (">=", self.began)}
		claims = frappe.get_all(CLAIM, now, pluck="name", limit=0)
		names = {CLAIM: claims, LINE: self._lines(claims)}
		for doctype in (FORWARDING, JOURNAL, PAYMENT):
			names[doctype] = frappe.get_all(doctype, now, pluck="name", limit=0)
		self._put_back_moves(claims)
		for doctype, fields in TIMES.items():
			if names[doctype]:
				self.shift(doctype, fields, {"name": ("in", names[doctype])})
		self.shift(STAND_IN, KEPT, {"creation": (">=", self.began)})
		for doctype, (kind, name) in MENTIONS.items():
			for about, known in names.items():
				if known:
					filters = {kind: about, name: ("in", known), "modified": (">=", self.began)}
					self.shift(doctype, KEPT, filters)
		_date_drafts(names[JOURNAL])
		_settle(claims)
		self._real, self._meant = [], []

	def _lines(self, claims: list[str]) -> list[str]:
		return frappe.get_all(LINE, {"parent": ("in", claims or [""])}, pluck="name", limit=0)

	def _put_back_moves(self, claims: list[str]) -> None:
		"""A move says how long the state before took: since a moment that is moved too, or was in a week before."""
		filters = {"claim": ("in", claims or [""]), "at": (">=", self.began)}
		for row in frappe.get_all(MOVE, filters, ["name", "at", "seconds"], limit=0):
			at = self.moment(row["at"])
			since = self.moment(row["at"] - timedelta(seconds=row.seconds))
			seconds = (at - since).total_seconds() if row.seconds else 0
			values = {"at": at, "creation": at, "modified": at, "seconds": seconds}
			frappe.db.set_value(MOVE, row.name, values, update_modified=False)


def _date_drafts(journals: list[str]) -> None:
	"""A booking is of the day of the lock, as long as it is a draft; what is submitted has its day from ERPNext."""
	filters = {"name": ("in", journals or [""]), "docstatus": 0}
	for name, creation in frappe.get_all(JOURNAL, filters, ["name", "creation"], as_list=True, limit=0):
		day = creation.date()
		frappe.db.set_value(JOURNAL, name, {"posting_date": day, "cheque_date": day}, update_modified=False)
		frappe.clear_document_cache(JOURNAL, name)


def _settle(claims: list[str]) -> None:
	"""No e-mail leaves; what is to be done is due from the moved moment on."""
	count_as_sent(CLAIM, *claims)
	fields = ["name", "company", "status", "state_since", "todo"]
	for row in frappe.get_all(CLAIM, {"name": ("in", claims or [""])}, fields, limit=0):
		if row.todo:
			due = limits.due_on(row.company, row.status, row.state_since)
			frappe.db.set_value("ToDo", row.todo, "date", due, update_modified=False)
		frappe.clear_document_cache(CLAIM, row.name)
