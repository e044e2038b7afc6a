"""The criteria on which sales and marketing agree that a lead is worth a salesperson's time. Versioned."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.core.doctype.version.version import get_diff
from frappe.model.document import Document

from sales_activity.sales_activity.nurture import definition
from sales_activity.sales_activity.nurture.definition import DefinitionIsHistoryError


class UniversalLeadDefinition(Document):
	def before_insert(self) -> None:
		"""Every definition is a version of its own, an amended one too: what it amends stays as it was."""
		self.amended_from = None
		definition.lock(self.company)
		self.version = definition.next_version(self.company)
		# Data Import brings a name of its own along
		self.name = None

	def autoname(self) -> None:
		self.name = definition.name_of(self.company, self.version)

	def load_doc_before_save(self, *, raise_exception: bool = False) -> None:
		"""Lock the company first, then the definition: two people who submit theirs would wait for each other."""
		if not self.is_new() and self.company:
			definition.lock(self.company)
		super().load_doc_before_save(raise_exception=raise_exception)

	def validate(self) -> None:
		self.keep_own_fields()
		definition.check(self)

	def before_submit(self) -> None:
		self.status = definition.ACTIVE

	def on_submit(self) -> None:
		definition.replace_others(self)

	def before_cancel(self) -> None:
		"""Frappe compares a cancelled document with what it was before in nothing."""
		self.refuse_changes()
		self.status = definition.WITHDRAWN

	def on_trash(self) -> None:
		if self.docstatus != 0:
			self.refuse(_("{0} has been in use: it shows what leads were measured by, and is not deleted."))

	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		self.refuse(_("{0} is named by its company and version. Change its title instead."))

	def keep_own_fields(self) -> None:
		"""A version belongs to its company, and its status follows from what was done with it."""
		before = self.get_doc_before_save()
		self.status = definition.DRAFT
		if before:
			self.version = before.version
			if before.company != self.company:
				self.refuse(_("{0} is a version of another company's. Make a new one for this company."))

	def refuse_changes(self) -> None:
		diff = get_diff(self.get_doc_before_save(), self)
		changed = {name for name, *_values in diff.changed} - {"docstatus", "status"} if diff else set()
		if diff and (changed or diff.added or diff.removed or diff.row_changed):
			self.refuse(_("{0} stays as it is when it is withdrawn."))

	def refuse(self, message: str) -> None:
		frappe.throw(
			message.format(frappe.bold(self.name)) + " " + _("Nothing was saved."), DefinitionIsHistoryError
		)


def on_doctype_update() -> None:
	"""A company's versions are counted, and its active one is found, by this index."""
	frappe.db.add_index("Universal Lead Definition", ["company", "status"], "definitions_of_company")
