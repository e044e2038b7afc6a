"""A stand-in for ERPNext: the part of it that Sales Activity relies on."""

from __future__ import annotations

import frappe

__version__ = "@VERSION@"


def get_default_company(user: str | None = None) -> str | None:
	"""The user's default company, else the site's."""
	own = frappe.defaults.get_user_default("company", user or frappe.session.user)
	return own or frappe.db.get_single_value("Global Defaults", "default_company")


def get_default_currency() -> str | None:
	"""The currency of the default company."""
	company = get_default_company()
	return get_company_currency(company) if company else None


def get_company_currency(company: str) -> str:
	"""The company's own currency."""
	return frappe.get_cached_value("Company", company, "default_currency")
