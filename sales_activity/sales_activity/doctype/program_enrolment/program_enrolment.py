"""A lead's run through a program. Only ``nurture/enrolment.py`` and ``nurture/stepping.py`` write it, in SQL."""

from __future__ import annotations

import frappe
from frappe import _

from sales_activity.locked import LockedRecord, RecordLockedError


class EnrolmentIsKeptError(RecordLockedError):
	"""A lead's run through a program is written by the app only."""


class ProgramEnrolment(LockedRecord):
	refused_with = EnrolmentIsKeptError

	def refusal(self) -> str:
		"""What somebody is told who writes it by hand."""
		return _(
			"A run is not edited or deleted. Enrol leads from their Lead Nurture or from the program; pause, resume "
			"and stop a run under Actions."
		)


def on_doctype_update() -> None:
	"""What is due is found by the first index, the runs of a program by the second."""
	frappe.db.add_index("Program Enrolment", ["status", "next_due"], "runs_due")
	frappe.db.add_index("Program Enrolment", ["program", "status"], "runs_of_program")
