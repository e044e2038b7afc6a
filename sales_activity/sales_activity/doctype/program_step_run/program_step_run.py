"""A step that a lead got, or why not. Only ``nurture/stepping.py`` writes it, in SQL; nobody edits or deletes."""

from __future__ import annotations

import frappe
from frappe import _

from sales_activity.locked import LockedRecord, RecordLockedError


class StepRunIsHistoryError(RecordLockedError):
	"""The steps that a lead got are written by the app only."""


class ProgramStepRun(LockedRecord):
	refused_with = StepRunIsHistoryError

	def refusal(self) -> str:
		"""What somebody is told who writes it by hand."""
		return _("The steps that a lead got are kept as they happened. Nobody edits or deletes them.")


def on_doctype_update() -> None:
	"""No step twice in a run, whoever tries."""
	frappe.db.add_unique("Program Step Run", ["enrolment", "step_key"], "step_once")
