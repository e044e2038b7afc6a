"""One sale being worked on, from first contact to the last delivery step."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, now_datetime

from sales_activity import workflow_guard
from sales_activity.sales_activity.credit.rules import Member
from sales_activity.sales_activity.masters import check_enabled
from sales_activity.sales_activity.nurture import leads
from sales_activity.sales_activity.projects import process
from sales_activity.sales_activity.projects.creation import PARTY_TYPES
from sales_activity.sales_activity.projects.linking import check_linked_companies, check_reference
from sales_activity.sales_activity.projects.rules import overcredited_roles, repeated_members

CLOSED = ("Won", "Lost")


class CreditPercentError(frappe.ValidationError):
	"""The credit percents of a project's team don't make sense."""


class LostReasonMissingError(frappe.MandatoryError):
	"""A project is lost without a reason."""


class SalesProject(Document):
	def validate(self) -> None:
		"""Set what follows from the rest, then check."""
		self.set_party()
		self.set_status()
		workflow_guard.check_editable(self)
		self.set_closed_on()
		check_reference(self)
		self.check_team()
		self.check_outcome()
		if self.has_value_changed("company") and not self.is_new():
			check_linked_companies(self)
		process.check(self)

	def after_insert(self) -> None:
		"""A project opened from a Quotation takes it along."""
		self.link_quotation()

	def on_update(self) -> None:
		process.follow(self)

	def on_trash(self) -> None:
		workflow_guard.check_deletable(self)
		process.delete(self)
		leads.forget_sale("sales_project", self.name)

	def set_party(self) -> None:
		"""Fetch the party's name; keep the customer in a Link field of its own, which User Permissions see."""
		if self.party_type not in PARTY_TYPES:
			frappe.throw(
				_("Party Type must be one of {0}.").format(", ".join(_(name) for name in PARTY_TYPES))
			)
		self.customer = self.party if self.party_type == "Customer" else None
		if self.party:
			title_field = frappe.get_meta(self.party_type).get_title_field()
			self.party_name = frappe.db.get_value(self.party_type, self.party, title_field) or self.party

	def set_status(self) -> None:
		"""The status follows the workflow state, whoever set the state."""
		self.status = workflow_guard.derived_value(self, "status", default="Open")

	def set_closed_on(self) -> None:
		"""When it was won or lost, whatever the client sent; empty as long as neither."""
		before = self.get_doc_before_save()
		since = before.closed_on if before and before.status == self.status else None
		self.closed_on = (since or now_datetime()) if self.status in CLOSED else None

	def check_team(self) -> None:
		"""Each person once in a role, the percents of a role at most 100, nobody disabled joins."""
		team = [Member(row.sales_person, row.sales_role, flt(row.credit_percent)) for row in self.team]
		for row in self.team:
			if not 0 < flt(row.credit_percent) <= 100:
				self._refuse_credit(_("Row {0}: Credit (%) must be above 0 and at most 100.").format(row.idx))
		for person, role in repeated_members(team):
			self._refuse_credit(_("{0} stands in the team as {1} twice. Keep one row.").format(person, role))
		for role, total in overcredited_roles(team).items():
			self._refuse_credit(
				_("The credit of {0} totals {1}%. Within one role the shares add up to at most 100%.").format(
					frappe.bold(role), frappe.format_value(total, "Float")
				)
			)
		check_enabled(self, "team")

	def check_outcome(self) -> None:
		"""A lost project has a reason."""
		if self.status == "Lost" and not (self.lost_reason or "").strip():
			frappe.throw(
				_("Say in Lost Reason why this project was lost, then set it to Lost."),
				LostReasonMissingError,
				title=_("Lost Reason missing"),
			)

	def link_quotation(self) -> None:
		"""Link the Quotation that the project was opened from, unless it has a project already."""
		if self.reference_doctype != "Quotation" or not self.reference_name:
			return
		quotation = frappe.get_doc("Quotation", self.reference_name)
		if not quotation.sales_project and (
			self.flags.ignore_permissions or quotation.has_permission("write")
		):
			quotation.db_set("sales_project", self.name, notify=True)

	def _refuse_credit(self, message: str) -> None:
		frappe.throw(message, CreditPercentError, title=_("Credit of the team"))
