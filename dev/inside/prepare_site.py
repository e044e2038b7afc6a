"""Takes a new site past its set-up wizard. Runs with the bench's Python in `sites/`.

	prepare_site.py SITE start standin|real    before ERPNext is installed
	prepare_site.py SITE finish                after

Language, time zone and currency come first, because Frappe reads them while the first documents are made.
The first System User of a site silently becomes a System Manager (frappe/core/doctype/user/user.py), so one
is made here: tests that make a user with few rights then get just that.
"""

import sys

import frappe

MANAGER = "manager@example.com"


def main(site: str, stage: str, erpnext: str = "") -> None:
	"""Bring `site` through `stage` and commit. `erpnext` tells what is to be installed: "standin" or "real"."""
	frappe.init(site=site)
	frappe.connect()
	try:
		frappe.flags.in_test = True  # a new user's welcome e-mail must not go out
		if stage == "start":
			_start(wizard_is_over=erpnext == "standin")
		else:
			_run_erpnext_wizard()
		frappe.db.commit()
	finally:
		frappe.destroy()


def _start(wizard_is_over: bool) -> None:
	settings = frappe.get_single("System Settings")
	settings.update(
		{"language": "en", "time_zone": "Asia/Kolkata", "country": "India", "enable_scheduler": 0}
	)
	settings.currency = "INR"  # where there is such a field (16), ERPNext's wizard takes it from here
	settings.setup_complete = int(wizard_is_over)
	settings.flags.ignore_mandatory = True
	settings.save()
	frappe.db.set_value("Currency", "INR", "enabled", 1)
	frappe.db.set_default("currency", "INR")
	if wizard_is_over:
		frappe.db.set_default("desktop:home_page", "workspace")
	_make_manager()


def _make_manager() -> None:
	roles = [{"role": "System Manager"}]
	user = frappe.get_doc({"doctype": "User", "email": MANAGER, "first_name": "Manager", "roles": roles})
	user.send_welcome_email = 0
	user.insert(ignore_permissions=True)


def _run_erpnext_wizard() -> None:
	"""Let ERPNext set up its first company, as it does for its own tests; the stand-in may have no such hook."""
	for name in frappe.get_hooks("before_tests", app_name="erpnext"):
		frappe.get_attr(name)()


if __name__ == "__main__":
	main(*sys.argv[1:])
