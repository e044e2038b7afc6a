"""The check that every whitelisted method begins with."""

from __future__ import annotations

import frappe
from frappe import _


def require(doctype: str, ptype: str) -> None:
	"""Raise PermissionError unless the user's roles give ``ptype`` on the DocType.

	Early releases of Frappe 15 raise a plain ValidationError from ``frappe.has_permission(throw=True)``.
	"""
	if not frappe.has_permission(doctype, ptype):
		frappe.throw(
			_("You have no permission to {0} a {1}.").format(_(ptype), _(doctype)), frappe.PermissionError
		)
