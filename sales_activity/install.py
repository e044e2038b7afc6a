"""Installing the app on a site."""

from __future__ import annotations

import frappe

from sales_activity import compat
from sales_activity.sales_activity.nurture.figures import spend
from sales_activity.setup.custom_fields import make_custom_fields
from sales_activity.setup.fixtures import import_own_fixtures
from sales_activity.setup.seed import seed


def before_install() -> None:
	"""Refuse a site whose ERPNext lacks what the app relies on, before anything is changed."""
	compat.assert_contract()


def after_install() -> None:
	"""Custom fields, then the admin-owned records with the settings that name them.

	Frappe imports fixtures only after this, and our Workflows name a role that is one.
	"""
	import_own_fixtures()
	make_custom_fields()
	seed()
	set_default_settings()
	tell_about_earlier_orders()


def after_migrate() -> None:
	"""What has to follow ERPNext from one version to the next."""
	spend.follow_campaigns()


def set_default_settings() -> None:
	"""A fresh site credits the Sales Team of orders without a project as Sales Person."""
	settings = frappe.get_single("Sales Activity Settings")
	settings.update({"default_sales_role": "Sales Person", "check_ledger_nightly": 1})
	settings.save(ignore_permissions=True)


def tell_about_earlier_orders() -> None:
	"""Orders submitted before the app came have no team and no credit: say how they get it."""
	count = frappe.db.count("Sales Order", {"docstatus": 1})
	if count:
		print(
			f"{count} Sales Orders were submitted before. To credit their Sales Teams too, submit a Sales Credit "
			"Repost for each company with the team 'Current Team Where Missing'."
		)
