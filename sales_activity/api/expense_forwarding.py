"""Forwarding approved claims to Accounts by hand, and booking what waits or was taken out of the books."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import cstr, escape_html

from sales_activity.api.guard import require
from sales_activity.permissions.scope import allowed_values
from sales_activity.sales_activity.expenses import forwarding, posting, records, rules
from sales_activity.sales_activity.expenses.moves import rights_of


@frappe.whitelist()
def waiting() -> list[dict[str, Any]]:
	"""What waits to be forwarded in each company that the user may see: ``company``, ``claims``, ``total``."""
	require(forwarding.FORWARDING, "read")
	allowed = allowed_values(frappe.session.user, "Company", forwarding.FORWARDING)
	return [found._asdict() for found in forwarding.waiting() if allowed is None or found.company in allowed]


@frappe.whitelist(methods=["POST"])
def forward(company: str) -> dict[str, Any]:
	"""Forward all approved claims of a company now. Returns ``name`` of the forwarding, how many ``claims`` it took, and
	their ``total``. Raises NothingToForwardError where there are none, and PermissionError."""
	require(forwarding.FORWARDING, "submit")
	if not frappe.db.exists("Company", cstr(company)):
		frappe.throw(_("There is no company {0}.").format(frappe.bold(escape_html(cstr(company)))))
	doc = forwarding.forward(cstr(company))
	return {"name": doc.name, "claims": len(doc.claims), "total": doc.total}


@frappe.whitelist(methods=["POST"])
def post(claim: str) -> dict[str, Any]:
	"""Book a locked claim that waits for others of its week, or whose Journal Entry was cancelled or deleted by hand.
	Returns the ``journal_entry`` and its ``journal_status``; one that is booked already stays as it is."""
	require(records.CLAIM, "submit")
	doc = frappe.get_doc(records.CLAIM, cstr(claim))
	doc.check_permission("submit")
	if doc.status != rules.LOCKED or not rights_of(doc).accounts:
		frappe.throw(
			_("Accounts book claims that are approved and locked, and nobody books their own."),
			frappe.PermissionError,
		)
	posting.book([doc.name])
	return frappe.db.get_value(records.CLAIM, doc.name, ["journal_entry", "journal_status"], as_dict=True)
