"""What a lead can do that shows interest, and what it is worth."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from sales_activity.sales_activity.nurture import rescoring
from sales_activity.sales_activity.nurture.engagement import SETTINGS, is_fit


class ResponseTypeError(frappe.ValidationError):
	"""The settings of a Response Type can't be used."""


class ResponseType(Document):
	def validate(self) -> None:
		self.check_numbers()
		self.check_event()

	def check_numbers(self) -> None:
		"""Refuse numbers that no score can be made of."""
		for setting in SETTINGS:
			if not is_fit(self.get(setting.fieldname), setting):
				text = _(
					"{0} must be a number from {1} to {2} with at most two digits behind the point, not {3}."
				)
				label = _(self.meta.get_label(setting.fieldname))
				given = frappe.utils.escape_html(str(self.get(setting.fieldname)))
				frappe.throw(
					text.format(frappe.bold(label), setting.least, setting.most, given), ResponseTypeError
				)

	def check_event(self) -> None:
		"""What the app records by itself must be clear: at most one enabled type for each event."""
		if not self.recorded_when or self.disabled:
			return
		others = {"recorded_when": self.recorded_when, "disabled": 0, "name": ("!=", self.name)}
		if other := frappe.db.get_value(self.doctype, others):
			text = _("{0} is already recorded as {1}. Take it from there, or disable that type, first.")
			frappe.throw(
				text.format(frappe.bold(_(self.recorded_when)), frappe.bold(other)), ResponseTypeError
			)

	def on_update(self) -> None:
		if any(self.has_value_changed(setting.fieldname) for setting in SETTINGS):
			rescoring.enqueue()

	def after_rename(self, old: str, new: str, merge: bool = False) -> None:
		"""Two types made one have one cap."""
		rescoring.enqueue()
