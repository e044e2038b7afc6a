"""The commands of the demo data: load it, load it in the background, remove it.

	bench --site SITE execute sales_activity.demo.load.run
	bench --site SITE execute sales_activity.demo.load.run --kwargs "{'password': 'demo'}"
	bench --site SITE execute sales_activity.demo.load.clear

On the desk a System Manager calls ``start`` and watches a progress bar.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe import _
from frappe.utils.password import update_password
from frappe.utils.synchronization import filelock

from sales_activity.demo import catalogue, claims, company, course, leads, removal, worked_example
from sales_activity.demo.progress import Progress

JOB = "sales_activity_demo"
TIMEOUT = 3600  # seconds, for the background job
BUSY = 5  # seconds to wait for another run


def run(password: str | None = None, scale: float = 1.0, watcher: str | None = None) -> None:
	"""Load everything that is missing, say so step by step, and print the worked example's two tables.

	`password` becomes that of the demo's fourteen users, who otherwise can't log in; `scale` shrinks the year of
	business (1 is about 90 orders, 115 leads and 40 claims); `watcher` is a user whose desk shows the progress. A run that was killed is
	taken up where it ended. Raises LockTimeoutError while another run is at work.
	"""
	progress = Progress(company.STEPS + leads.STEPS + claims.STEPS + worked_example.STEPS, watcher=watcher)
	with _as_administrator(), filelock(JOB, timeout=BUSY):
		company.load(progress, scale)
		leads.load(progress, scale)
		claims.load(progress, scale)
		if password:
			_set_passwords(password)
		figures = worked_example.load(progress)
	progress.say(worked_example.as_text(figures))
	progress.say(course.summary(catalogue.COMPANY))
	progress.say(leads.summary())
	progress.say(claims.summary())


@frappe.whitelist(methods=["POST"])
def start(scale: float = 1.0) -> None:
	"""Load the demo data in the background, for System Managers. A second call while one waits or runs does
	nothing."""
	frappe.only_for("System Manager")
	frappe.enqueue(
		run,
		queue="long",
		timeout=TIMEOUT,
		job_id=JOB,
		deduplicate=True,
		scale=float(scale),
		watcher=frappe.session.user,
	)
	frappe.msgprint(_("The demo data is being loaded. You can go on working meanwhile."), alert=True)


def clear() -> None:
	"""Remove what the demo made, with its companies; masters that something else uses stay."""
	progress = Progress(removal.STEPS)
	with _as_administrator(), filelock(JOB, timeout=BUSY):
		removal.remove(progress)


@contextmanager
def _as_administrator() -> Iterator[None]:
	"""The demo passes through approvals and permissions of several roles; one user has them all."""
	user = frappe.session.user
	frappe.set_user("Administrator")
	try:
		yield
	finally:
		frappe.set_user(user)


def _set_passwords(password: str) -> None:
	for person in (*catalogue.PEOPLE, *catalogue.OFFICE):
		update_password(person.email, password)
	frappe.db.commit()
