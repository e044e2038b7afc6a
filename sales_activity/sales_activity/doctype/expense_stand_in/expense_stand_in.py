"""Who decides on claims while an area manager is away."""

from __future__ import annotations

import frappe
from frappe.model.document import Document

from sales_activity.sales_activity.expenses import masters, people, turns


class ExpenseStandin(Document):
	def before_validate(self) -> None:
		if not self.user:
			self.user = frappe.session.user

	def validate(self) -> None:
		masters.check_stand_in(self)

	def on_update(self) -> None:
		before = self.get_doc_before_save()
		for user in dict.fromkeys((self.user, before.user if before else self.user)):
			turns.follow_absence(user)

	def on_trash(self) -> None:
		people.check_stand_in_deletion(self)

	def after_delete(self) -> None:
		turns.follow_absence(self.user)


def on_doctype_update() -> None:
	"""Who stands in for whom on a day is asked from both sides."""
	frappe.db.add_index("Expense Stand-in", ["user", "from_date", "to_date"], "who_is_away")
	frappe.db.add_index("Expense Stand-in", ["stand_in", "from_date", "to_date"], "who_stands_in")
