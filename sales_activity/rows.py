"""Rows of our documents, kept inside their documents.

Frappe lets whoever may write a document also save or delete one of its rows alone (``frappe.client.save``,
``bulk_update``, ``PUT /api/resource/<row DocType>/<name>``). None of the document's checks runs then: not its
percents, not its overlaps, not its workflow. Saving the document itself never runs a row's own events
(``Document.update_children`` writes rows in SQL), so refusing here stops just the ways around.
"""

from __future__ import annotations

from typing import ClassVar

import frappe
from frappe import _
from frappe.model.document import Document


class LoneRowError(frappe.PermissionError):
	"""A row was saved or deleted without its document."""


class RowOfDocument(Document):
	"""Base class of child tables' controllers. ``LEFT_EMPTY``: what stays empty where nobody fills it in."""

	LEFT_EMPTY: ClassVar[tuple[str, ...]] = ()

	def update_if_missing(self, d: dict | Document) -> None:
		"""Frappe fills in the site's defaults by the field's name (``Document._set_defaults``): ERPNext's set-up wizard
		makes one of the currency, the company and the territory."""
		self.dont_update_if_missing = [*self.dont_update_if_missing, *self.LEFT_EMPTY]
		super().update_if_missing(d)

	def load_from_db(self) -> Document | None:
		"""A row that is read alone knows its document. Without it Frappe asks whether the user may read documents of that
		kind at all, not whether this one (``permissions.has_child_permission`` of 15.72 and 16), and so hands out rows
		and the files attached to them."""
		loaded = super().load_from_db()
		if self.parenttype and frappe.db.exists(self.parenttype, self.parent):
			self.parent_doc = frappe.get_doc(self.parenttype, self.parent)
		return loaded

	def validate(self) -> None:
		"""Refuse to be saved alone."""
		self._refuse()

	def on_trash(self) -> None:
		"""Refuse to be deleted alone."""
		self._refuse()

	def _refuse(self) -> None:
		frappe.throw(
			_("A row of {0} is changed in its document {1}, not alone. Nothing was saved.").format(
				_(self.doctype), frappe.bold(self.parent or "")
			),
			LoneRowError,
		)
