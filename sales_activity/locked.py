"""Records that only the app writes, in SQL: no role changes them, by form, list, import or API.

The controller of such a DocType is a LockedRecord that says in ``refusal`` who writes it, and what to do instead; its
own ``refused_with`` and ``refusal_title`` where somebody asks for them.
"""

from __future__ import annotations

import frappe
from frappe.model.document import Document


class RecordLockedError(frappe.PermissionError):
	"""Somebody tried to write by hand what the app keeps."""


class LockedRecord(Document):
	"""Base class of their controllers."""

	refused_with: type[RecordLockedError] = RecordLockedError

	def refusal(self) -> str:
		"""What the user is told: who writes these records, and what to do instead."""
		raise NotImplementedError

	def refusal_title(self) -> str | None:
		"""The title of that message."""
		return None

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
		# of the class: a field, or what a client sends, of the same name would stand in the document
		frappe.throw(self.refusal(), type(self).refused_with, title=self.refusal_title())
