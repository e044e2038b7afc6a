"""The teams that Sales Orders were won with. Only ``credit/team.py`` writes them, in SQL; nobody edits or deletes."""

from __future__ import annotations

import frappe
from frappe import _

from sales_activity.sales_activity.credit.locked import LedgerRecord
from sales_activity.sales_activity.credit.team import KEPT, ORDER_INDEX


class SalesOrderCredit(LedgerRecord):
	"""A member of the team of one order. Two Sales Persons that are merged may leave the same one twice: shares
	of the same person in the same role add up."""

	def refusal(self) -> str:
		"""What somebody is told who edits a team."""
		return _(
			"The credited team of an order is kept when the order is submitted. To correct it, use a Sales Credit Repost."
		)


def on_doctype_update() -> None:
	"""An index for the team of one order."""
	frappe.db.add_index(KEPT, ["sales_order"], ORDER_INDEX)
