"""Item: what is sold, in which units."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document


class Item(Document):
	def validate(self) -> None:
		self.item_name = self.item_name or self.item_code
		self.description = self.description or self.item_name
		if self.stock_uom not in [row.uom for row in self.uoms]:
			self.append("uoms", {"uom": self.stock_uom, "conversion_factor": 1})
		for row in self.uoms:
			if row.uom == self.stock_uom and row.conversion_factor != 1:
				text = _("Conversion factor for default Unit of Measure must be 1 in row {0}")
				frappe.throw(text.format(row.idx))
