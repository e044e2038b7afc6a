"""What leads get step by step until they are ready: e-mails, and tasks for people."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from sales_activity.sales_activity.nurture import program_changes, programs
from sales_activity.sales_activity.nurture.hours import take_defaults
from sales_activity.sales_activity.nurture.programs import ProgramError


class NurtureProgram(Document):
	def before_validate(self) -> None:
		take_defaults(self, "work_from", "work_until")

	def validate(self) -> None:
		programs.check(self)

	def on_update(self) -> None:
		program_changes.follow(self)

	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		"""The runs are known by it: a program that was merged into another would repeat steps."""
		frappe.throw(_("A Nurture Program keeps its name. Make another one instead."), ProgramError)
