"""What a campaign cost: one amount of one day. ERPNext keeps none with its campaigns."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html, flt

from sales_activity import compat
from sales_activity.sales_activity.nurture.figures import spend


class CampaignSpendError(frappe.ValidationError):
	"""The spend can't be counted as it is."""


class CampaignSpend(Document):
	def _validate_links(self) -> None:
		"""What the campaign is follows from ERPNext's version, never from the client. Frappe looks up links before it
		calls any event (``Document.insert``)."""
		self.campaign_type = compat.lead_origin_doctypes()["campaign"]
		self.check_voucher_type()
		super()._validate_links()

	def validate(self) -> None:
		self.check_amount()
		self.check_voucher()

	def check_amount(self) -> None:
		"""Refuse what is no amount."""
		self.amount = flt(self.amount, self.precision("amount"))
		if not spend.is_amount(self.amount):
			text = _("{0} must be a number other than 0 and below {1}. Money that came back is negative.")
			label = frappe.bold(_(self.meta.get_label("amount")))
			frappe.throw(text.format(label, f"{spend.MOST:,}"), CampaignSpendError)

	def check_voucher_type(self) -> None:
		"""Refuse what money is neither booked nor planned with, and what this site does not have."""
		if not self.reference_name:
			self.reference_doctype = None
		if not self.reference_doctype:
			if self.reference_name:
				frappe.throw(
					_("Choose what kind of voucher {0} is.").format(self._title()), CampaignSpendError
				)
			return
		offered = self.meta.get_options("reference_doctype").split("\n")
		kinds = [kind for kind in offered if kind and frappe.db.exists("DocType", kind)]
		if self.reference_doctype not in kinds:
			text = _("{0} can't be the voucher of a spend. Choose one of {1}.")
			kind = frappe.bold(escape_html(_(self.reference_doctype)))
			frappe.throw(text.format(kind, ", ".join(map(_, kinds))), CampaignSpendError)

	def check_voucher(self) -> None:
		"""The voucher is in force, of the same company, and the user who names it may read it."""
		if not self.reference_name:
			return
		voucher = frappe.get_doc(self.reference_doctype, self.reference_name)
		if self.has_value_changed("reference_name") or self.has_value_changed("reference_doctype"):
			voucher.check_permission("read")
		if voucher.docstatus == 2:
			text = _("{0} is cancelled. Name the one that replaces it.")
			frappe.throw(text.format(self._title()), CampaignSpendError)
		if voucher.company != self.company:
			text = _("{0} belongs to {1}, this spend to {2}.")
			frappe.throw(text.format(self._title(), voucher.company, self.company), CampaignSpendError)

	def _title(self) -> str:
		return (
			f"{_(self.reference_doctype or '')} {frappe.bold(escape_html(str(self.reference_name)))}".strip()
		)


def on_doctype_update() -> None:
	"""Campaign Return sums what a company spent in a period."""
	frappe.db.add_index("Campaign Spend", ["company", "posting_date"], "spend_of_period")
