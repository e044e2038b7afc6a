"""What somebody spent in the field, on its way to the books."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import formatdate, getdate

from sales_activity import workflow_guard
from sales_activity.sales_activity.expenses import lines, moves, posting, receipts, records, rules
from sales_activity.sales_activity.expenses.moves import ClaimLockedError


class SalesExpenseClaim(Document):
	def _validate_links(self) -> None:
		"""What a campaign is follows from ERPNext's version. Frappe looks up links before it calls any event
		(``Document.insert``)."""
		lines.set_kind_of_campaign(self)
		super()._validate_links()

	def before_insert(self) -> None:
		if not self.flags.by_app:
			moves.begin(self)

	def load_doc_before_save(self, *, raise_exception: bool = False) -> None:
		"""Lock the claim alone. Frappe (``Document.load_doc_before_save``) would lock the ranges of its rows too."""
		self._doc_before_save = None
		if self.is_new():
			return
		moves.lock_employee(self)
		self._doc_before_save = records.locked_document(self.name)
		if not self._doc_before_save and raise_exception:
			raise frappe.DoesNotExistError

	def validate(self) -> None:
		if self.flags.by_app:
			return
		if self.is_new():
			self.check_new()
		else:
			moves.check(self)
		self.set_title()

	def check_new(self) -> None:
		"""A draft, with what its lines are worth."""
		moves.take_company(self)
		lines.prepare(self, None)
		lines.set_totals(self)
		lines.warn(self)
		moves.check_chain(self)

	def set_title(self) -> None:
		"""A claim without a title is called by its days."""
		if self.title or self.status != rules.DRAFT:
			return
		days = sorted(getdate(row.expense_date) for row in self.expenses if row.expense_date)
		ends = dict.fromkeys(
			[formatdate(day) for day in (days[:1] + days[-1:])] or [formatdate(self.posting_date)]
		)
		self.title = _("Expenses of {0}").format(" - ".join(ends))

	def update_children(self) -> None:
		"""Write the lines; delete those taken out by name, where Frappe deletes a range and locks the gap in which others
		write theirs. Advances are written by ``posting`` alone."""
		self.flags.ignore_children_type = [records.LINE, records.ADVANCE]
		records.delete_lines(self.get_doc_before_save(), self.expenses)
		super().update_children()

	def before_submit(self) -> None:
		workflow_guard.check_transition(self)

	def before_update_after_submit(self) -> None:
		frappe.throw(
			_("{0} is locked. Only an Accounts Manager can cancel it. Nothing was saved.").format(
				frappe.bold(self.name)
			),
			ClaimLockedError,
			title=_("Locked"),
		)

	def before_cancel(self) -> None:
		moves.check_cancel(self)
		workflow_guard.check_transition(self)

	def after_insert(self) -> None:
		if not self.flags.by_app:
			moves.begin_move(self)

	def on_update(self) -> None:
		if self.flags.by_app:
			return
		receipts.keep(self)
		if self.get_doc_before_save():
			moves.follow(self)

	def on_submit(self) -> None:
		posting.follow_lock(self)

	def on_cancel(self) -> None:
		moves.follow(self)
		posting.follow_cancel(self)
		# the forwarding and the other parts of the claim name it, and stay as they are
		self.ignore_linked_doctypes = ("Expense Forwarding", records.CLAIM)

	def before_rename(self, old: str, new: str, merge: bool = False) -> None:
		frappe.throw(_("A claim keeps its name."), ClaimLockedError)

	def on_trash(self) -> None:
		moves.check_deletion(self)
		receipts.release_all(self)
		records.delete_moves([self.name])


def on_doctype_update() -> None:
	"""What is overdue is found by the first index, whose turn it is by the second, the claims of a person by the third."""
	frappe.db.add_index("Sales Expense Claim", ["status", "escalation_level", "state_since"], "claim_overdue")
	frappe.db.add_index("Sales Expense Claim", ["holder", "status"], "claim_holder")
	frappe.db.add_index("Sales Expense Claim", ["employee", "status"], "claim_employee")
	frappe.db.add_index("Sales Expense Claim", ["area_manager", "status"], "claim_manager")
