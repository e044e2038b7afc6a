"""Post the credit of orders again: to heal the ledger, or to correct a team, on the record."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from sales_activity.sales_activity.credit import repost


class SalesCreditRepost(Document):
	def validate(self) -> None:
		"""A correction of teams names what it corrects."""
		self.check_dates()
		self.check_scope()

	def before_submit(self) -> None:
		"""Start from nothing, whatever the client sent."""
		self.status = "Queued"
		self.total = repost.count_orders(self)
		self.done = self.changed = 0
		self.last_order = self.error = None

	def on_submit(self) -> None:
		"""Hand it to a worker, unless the caller does the work."""
		if not self.flags.run_here:
			repost.enqueue(self.name)

	def before_cancel(self) -> None:
		"""Only what has not begun can be called off; what was posted stays posted."""
		if self.status in ("In Progress", "Completed"):
			frappe.throw(
				_(
					"This repost is {0}. To undo a change of team, correct the project's team and repost again."
				).format(_(self.status).lower())
			)
		self.status = "Cancelled"

	def check_dates(self) -> None:
		if self.from_date and self.to_date and self.from_date > self.to_date:
			frappe.throw(_("To Date must not be before From Date."))

	def check_scope(self) -> None:
		"""Moving credit to another team is for single orders or projects, not for the whole company."""
		if self.team_source == repost.CURRENT_TEAM and not (self.sales_order or self.sales_project):
			frappe.throw(_("Name the Sales Order or the Sales Project whose team is to be corrected."))
		for doctype in ("Sales Order", "Sales Project"):
			name = self.get(frappe.scrub(doctype))
			company = frappe.db.get_value(doctype, name, "company") if name else self.company
			if company != self.company:
				frappe.throw(_("{0} {1} belongs to {2}.").format(_(doctype), frappe.bold(name), company))


@frappe.whitelist()
def resume(name: str) -> None:
	"""Put a repost that failed or stands still into the queue again. Needs write permission on it."""
	doc = frappe.get_doc("Sales Credit Repost", name)
	doc.check_permission("submit")
	if doc.docstatus != 1 or doc.status == "Completed":
		frappe.throw(_("There is nothing to resume."))
	repost.enqueue(name)
