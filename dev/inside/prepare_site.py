"""Takes a new Frappe site past its set-up wizard. Runs with the bench's Python in `sites/`: SITE.

Set first, because Frappe reads them while the first documents are made: language, time zone and currency.
The first System User of a site silently becomes a System Manager (frappe/core/doctype/user/user.py), so one
is made here: tests that make a user with few rights then get just that.
"""

import sys

import frappe

MANAGER = "manager@example.com"


def main(site: str) -> None:
	"""Prepare the site named `site` and commit."""
	frappe.init(site=site)
	frappe.connect()
	try:
		frappe.flags.in_test = True  # a new user's welcome e-mail must not go out
		_set_system_settings()
		_make_manager()
		_leave_setup_wizard()
		frappe.db.commit()
	finally:
		frappe.destroy()


def _set_system_settings() -> None:
	settings = frappe.get_single("System Settings")
	settings.update(
		{
			"language": "en",
			"time_zone": "Asia/Kolkata",
			"country": "India",
			"enable_scheduler": 0,
			"setup_complete": 1,
			"enable_onboarding": 0,
		}
	)
	settings.flags.ignore_mandatory = True
	settings.save()
	frappe.db.set_value("Currency", "INR", "enabled", 1)
	frappe.db.set_default("currency", "INR")


def _make_manager() -> None:
	if frappe.db.exists("User", MANAGER):
		return
	user = frappe.get_doc(
		{
			"doctype": "User",
			"email": MANAGER,
			"first_name": "Manager",
			"send_welcome_email": 0,
			"roles": [{"role": "System Manager"}],
		}
	)
	user.flags.no_welcome_mail = True
	user.insert(ignore_permissions=True)


def _leave_setup_wizard() -> None:
	frappe.db.set_default("desktop:home_page", "workspace")
	frappe.clear_cache()


if __name__ == "__main__":
	main(sys.argv[1])
