"""Posting credit again, on the record."""

from __future__ import annotations

import frappe

from sales_activity.sales_activity.credit.repost import OWN_TEAM


@frappe.whitelist(methods=["POST"])
def start(
	company: str,
	reason: str,
	team_source: str = OWN_TEAM,
	sales_order: str | None = None,
	sales_project: str | None = None,
	from_date: str | None = None,
	to_date: str | None = None,
) -> str:
	"""Make and submit a Sales Credit Repost; returns its name. It works in the background.

	Frappe checks the permissions to create and to submit it. Without an order, a project or dates it goes over
	all orders of the company.
	"""
	repost = frappe.get_doc(
		{
			"doctype": "Sales Credit Repost",
			"company": company,
			"reason": reason,
			"team_source": team_source,
			"sales_order": sales_order,
			"sales_project": sales_project,
			"from_date": from_date,
			"to_date": to_date,
		}
	)
	return repost.insert().submit().name
