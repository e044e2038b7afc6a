"""One verifiable intermediate outcome of one project, with one responsible person."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from sales_activity.sales_activity.milestones import answers, moves
from sales_activity.sales_activity.milestones.actions import DELEGABLE, offered_actions
from sales_activity.sales_activity.milestones.board import lock_projects
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

	def save(self, *args: object, **kwargs: object) -> SalesMilestone:
		"""Lock the project first, then save: whoever changes milestones of a project waits for whoever is doing so,
		and then sees what they did."""
		self.project = lock_projects([self.sales_project]).get(self.sales_project)
		return super().save(*args, **kwargs)

	def validate(self) -> None:
		moves.check(self, self.project)

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
