"""Hand-offs that could not be delivered."""

from __future__ import annotations

import frappe

from sales_activity.sales_activity.milestones import delivery

MAY_TRY_AGAIN = ("Sales Operations", "System Manager")


@frappe.whitelist(methods=["POST"])
def deliver_again(names: str | list[str]) -> int:
	"""Try failed hand-offs once more (``names``: a list, or it as JSON), after what was missing has been put right.
	Returns how many were failed; others are left as they are. For Sales Operations and System Managers."""
	frappe.only_for(MAY_TRY_AGAIN)
	return delivery.deliver_again([str(name) for name in frappe.parse_json(names)])
