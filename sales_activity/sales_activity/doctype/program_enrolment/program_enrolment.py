"""A lead's run through a program. Only ``nurture/enrolment.py`` and ``nurture/stepping.py`` write it, in SQL."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document


class EnrolmentIsKeptError(frappe.PermissionError):
	"""A lead's run through a program is written by the app only."""


class ProgramEnrolment(Document):
	def validate(self) -> None:
		self._refuse()

	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		self._refuse()

	def on_trash(self) -> None:
		self._refuse()

	def _refuse(self) -> None:
		frappe.throw(
			_(
				"A run is not edited or deleted. Enrol leads, pause, resume and stop their runs with the buttons."
			),
			EnrolmentIsKeptError,
		)


def on_doctype_update() -> None:
	"""What is due is found by the first index, the runs of a program by the second."""
	frappe.db.add_index("Program Enrolment", ["status", "next_due"], "runs_due")
	frappe.db.add_index("Program Enrolment", ["program", "status"], "runs_of_program")
