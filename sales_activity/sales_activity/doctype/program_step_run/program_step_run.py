"""A step that a lead got, or why not. Only ``nurture/stepping.py`` writes it, in SQL; nobody edits or deletes."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document


class StepRunIsHistoryError(frappe.PermissionError):
	"""The steps that a lead got are written by the app only."""


class ProgramStepRun(Document):
	def validate(self) -> None:
		self._refuse()

	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		self._refuse()

	def on_trash(self) -> None:
		self._refuse()

	def _refuse(self) -> None:
		frappe.throw(
			_("The steps that a lead got are kept as they happened. Nobody edits or deletes them."),
			StepRunIsHistoryError,
		)


def on_doctype_update() -> None:
	"""No step twice in a run, whoever tries."""
	frappe.db.add_unique("Program Step Run", ["enrolment", "step_key"], "step_once")
