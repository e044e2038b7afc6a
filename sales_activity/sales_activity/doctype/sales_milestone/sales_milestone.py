"""One verifiable intermediate outcome of one project, with one responsible person."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from sales_activity.permissions.queries import PARTS_IN_MILESTONE
from sales_activity.sales_activity.milestones import answers, board, moves
from sales_activity.sales_activity.milestones.actions import DELEGABLE, offered_actions
from sales_activity.sales_activity.milestones.moves import MilestoneLockedError


class SalesMilestone(Document):
	def onload(self) -> None:
		"""Give the form the questions, what is known so far, and what the user may do."""
		rights = moves.rights_of(self)
		offered = {
			"may_move": rights.work,
			"may_delegate": rights.delegate and self.status in DELEGABLE,
			"actions": offered_actions(self.as_dict(), rights),
		}
		self.set_onload("milestone", {**answers.for_form(self), **offered})

	def before_insert(self) -> None:
		"""Milestones come from a process, in bulk (see ``milestones/starting.py``)."""
		frappe.throw(
			_("Milestones are made by starting a Sales Process on a Sales Project, not by hand."),
			MilestoneLockedError,
		)

	def load_doc_before_save(self, *, raise_exception: bool = False) -> None:
		"""Lock the project first, then the milestone, as Frappe does at the beginning of a save: whoever changes
		milestones of a project waits for whoever is doing so, and then sees what they did.

		Frappe (``Document.load_doc_before_save``) would lock the range of the answers too. Two people who give the
		first answers of neighbouring milestones would then wait for each other (MariaDB's gap locks). What the
		rows of answers hold is settled by the milestone's ``modified``, which is compared under its lock.
		"""
		self._doc_before_save = None
		if self.is_new():
			return
		self.project = board.lock_projects([self.sales_project]).get(self.sales_project)
		self._doc_before_save = board.lock_milestone(self.name)
		if not self._doc_before_save and raise_exception:
			raise frappe.DoesNotExistError

	def validate(self) -> None:
		moves.check(self, self.project)

	def update_children(self) -> None:
		"""Write the answers; delete those taken back by name, where Frappe deletes a range (gap locks again)."""
		self.flags.ignore_children_type = ["Milestone Answer"]
		before = self.get_doc_before_save()
		gone = {row.name for row in before.answers} - {row.name for row in self.answers}
		if gone:
			frappe.db.delete("Milestone Answer", {"name": ["in", sorted(gone)]})
		super().update_children()

	def on_update(self) -> None:
		moves.follow(self, self.project)

	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		"""The name says which project it belongs to."""
		frappe.throw(_("A milestone is not renamed."), MilestoneLockedError)

	def on_trash(self) -> None:
		"""A milestone goes with its project only."""
		if not self.flags.with_project:
			frappe.throw(
				_("A milestone of a started process is not deleted. Skip or cancel it with a reason."),
				MilestoneLockedError,
			)


def on_doctype_update() -> None:
	"""A project's milestones are read in their order, and locked, by the first index (see ``milestones/board.py``);
	what is open and late is looked for every hour by the second (``milestones/reminders.py``). The third answers
	who has a part in a project, which every list of projects asks (``permissions/queries.py``), without the rows."""
	frappe.db.add_index("Sales Milestone", ["sales_project", "step", "position"], board.COURSE_INDEX)
	frappe.db.add_index("Sales Milestone", ["status", "due_date"], "milestone_due")
	frappe.db.add_index("Sales Milestone", ["sales_project", *PARTS_IN_MILESTONE], "milestone_parts")
