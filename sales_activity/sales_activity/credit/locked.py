"""Records that only the app writes, in SQL: no role changes them, by form, list, import or API."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document


class LedgerLockedError(frappe.PermissionError):
	"""Somebody tried to write the credit ledger, or what it is made from, by hand."""


class LockedRecord(Document):
	"""Base class of their controllers."""

	def refusal(self) -> str:
		"""What the user is told: who writes these records, and what to do instead."""
		raise NotImplementedError

	def validate(self) -> None:
		"""Refuse every insert and edit that goes through a document."""
		self._refuse()

	def on_trash(self) -> None:
		"""Refuse deletion."""
		self._refuse()

	def before_rename(self, *args: str) -> None:
		"""Refuse renaming."""
		self._refuse()

	def _refuse(self) -> None:
		frappe.throw(self.refusal(), LedgerLockedError, title=_("Ledger"))
