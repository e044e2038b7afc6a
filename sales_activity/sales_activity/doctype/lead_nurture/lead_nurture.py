"""One lead on its way to sales: where it stands, how well it fits, what is known of it."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from sales_activity.sales_activity.nurture import moves, records, routing_records, scoring
from sales_activity.sales_activity.nurture.moves import LeadLockedError


class LeadNurture(Document):
	def before_insert(self) -> None:
		"""They come with their Leads (see ``nurture/leads.py``)."""
		if not self.flags.by_app:
			frappe.throw(
				_("A Lead Nurture is made by itself for each Lead, not by hand. Make a Lead."),
				LeadLockedError,
			)

	def load_doc_before_save(self, *, raise_exception: bool = False) -> None:
		"""Lock the Lead first, then the nurture, as ERPNext does when a Lead is saved. Frappe
		(``Document.load_doc_before_save``) would lock the range of the answers too."""
		self._doc_before_save = None
		if self.is_new():
			return
		self.lead_row = records.lock_lead(self.name)
		self._doc_before_save = records.locked_document(self.name)
		if not self._doc_before_save and raise_exception:
			raise frappe.DoesNotExistError

	def validate(self) -> None:
		if self.is_new():
			scoring.set_scores(self)
		else:
			moves.check(self, self.lead_row)

	def update_children(self) -> None:
		"""Write the answers; delete those taken back by name, where Frappe deletes a range (gap locks again)."""
		self.flags.ignore_children_type = [records.ANSWER]
		before = self.get_doc_before_save()
		gone = {row.name for row in before.answers} - {row.name for row in self.answers} if before else set()
		if gone:
			frappe.db.delete(records.ANSWER, {"name": ["in", sorted(gone)]})
		super().update_children()

	def on_update(self) -> None:
		if self.get_doc_before_save():
			moves.follow(self, self.lead_row)

	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		if not frappe.flags.renaming_lead:
			frappe.throw(_("A Lead Nurture is named by its Lead. Rename the Lead."), LeadLockedError)

	def on_trash(self) -> None:
		"""It goes with its Lead only."""
		if not self.flags.with_lead:
			frappe.throw(
				_("A Lead Nurture goes with its Lead. Disqualify the lead with a reason."), LeadLockedError
			)


def on_doctype_update() -> None:
	"""Loads of people are counted by the first index, leads to be accepted found by the second, the leads of a period
	by the third."""
	frappe.db.add_index("Lead Nurture", ["sales_person", "status"], routing_records.PERSON_INDEX)
	frappe.db.add_index("Lead Nurture", ["status", "accept_by"], "nurture_to_accept")
	frappe.db.add_index("Lead Nurture", ["company", "creation"], "nurture_cohort")
