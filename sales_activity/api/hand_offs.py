"""Hand-offs that could not be delivered."""

from __future__ import annotations

import frappe
from frappe import _

from sales_activity.api.guard import names_of
from sales_activity.sales_activity.milestones import delivery

MAY_TRY_AGAIN = frozenset({"Sales Operations", "System Manager"})


@frappe.whitelist(methods=["POST"])
def deliver_again(names: str | list[str]) -> int:
	"""Try failed hand-offs once more (``names``: a list, it as JSON, or one; at most 1,000), after what was missing has been put right.
	Returns how many were failed; others are left as they are. For Sales Operations and System Managers."""
	if MAY_TRY_AGAIN.isdisjoint(frappe.get_roles()):
		frappe.throw(
			_("Hand-offs are delivered again by the roles {0}.").format(", ".join(sorted(MAY_TRY_AGAIN))),
			frappe.PermissionError,
		)
	return delivery.deliver_again(names_of(names))
