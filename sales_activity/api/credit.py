"""Who is credited with an order."""

from __future__ import annotations

from typing import Any

import frappe

from sales_activity.sales_activity.credit.team import credited_teams, team_of


@frappe.whitelist()
@frappe.read_only()
def credited_team(sales_order: str) -> dict[str, Any]:
	"""The team of a Sales Order that the user may read: ``rows`` of sales_person, sales_role, credit_percent.

	Of a draft (``is_draft``) the one that it would be submitted with now; nobody (``is_hidden``) where that is
	the team of a project that the user may not see, or a draft would be a way to look at any project.
	"""
	order = frappe.get_doc("Sales Order", sales_order)
	order.check_permission("read")
	is_draft = order.docstatus.is_draft()
	project = order.get("sales_project")
	is_hidden = bool(is_draft and project and not frappe.has_permission("Sales Project", "read", project))
	if is_hidden:
		team = ()
	else:
		team = team_of(order) if is_draft else credited_teams([order.name])[order.name]
	return {
		"is_draft": is_draft,
		"is_hidden": is_hidden,
		"rows": [member._asdict() for member in team],
	}
