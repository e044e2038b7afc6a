"""To whom qualified leads of a territory and product interest go."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, escape_html


class RoutingRuleError(frappe.ValidationError):
	"""A rule that can't be used."""


class LeadRoutingRule(Document):
	def validate(self) -> None:
		self.check_repeated()
		self.check_limits()
		self.check_enabled()

	def check_repeated(self) -> None:
		"""Whoever stood there twice would have two limits."""
		names = [row.sales_person for row in self.people]
		repeated = next((name for name in names if names.count(name) > 1), None)
		if repeated:
			self.refuse(_("{0} stands there twice. Keep one row."), repeated)

	def check_limits(self) -> None:
		"""``non_negative`` is checked in the browser only (Frappe 15)."""
		for row in self.people:
			if cint(row.most_open) < 0:
				self.refuse(
					_("{0} can't have fewer than 0 open leads. 0 means any number."), row.sales_person
				)

	def check_enabled(self) -> None:
		"""Somebody who is disabled would never get a lead; those who are disabled later are passed over."""
		before = self.get_doc_before_save()
		known = {row.sales_person for row in before.people} if before else set()
		for row in self.people:
			new = row.sales_person not in known
			if new and not frappe.db.get_value("Sales Person", row.sales_person, "enabled"):
				self.refuse(_("{0} is disabled. Choose somebody else."), row.sales_person)

	def refuse(self, message: str, person: str) -> None:
		frappe.throw(message.format(frappe.bold(escape_html(person))), RoutingRuleError)


def on_doctype_update() -> None:
	"""The rules of a company are found, and locked, by this index."""
	frappe.db.add_index("Lead Routing Rule", ["company", "disabled"], "rules_of_company")
