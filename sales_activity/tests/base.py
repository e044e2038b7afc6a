"""The base class of the tests that run inside Frappe, on every supported version."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import frappe
from frappe.cache_manager import user_cache_keys
from frappe.core.doctype.user import user

from sales_activity.sales_activity.milestones import outbox
from sales_activity.tests import factories

try:  # Frappe 16
	from frappe.tests import IntegrationTestCase as FrappeBase
except ImportError:
	from frappe.tests.utils import FrappeTestCase as FrappeBase

SAVEPOINT = "sales_activity_test"
AWAITED = "email_user_password"  # the default of Frappe that names the users


def leave_hand_offs_to_the_tests() -> object:
	"""A worker that runs beside the tests must not deliver what they commit while they look at it or remove it.
	Returns a running patch."""
	quiet = patch.object(outbox, "_enqueue", outbox._forget)
	quiet.start()
	return quiet


def keep_caches_when_users_are_saved() -> object:
	"""Every save of a User writes down, as a default of the whole site, whose e-mail password is awaited; and that
	empties all caches: what each DocType is like must be read anew. The tests save users all the time and await
	nobody's password, so leave it out where there is nothing to write. Returns a running patch."""
	original = user.ask_pass_update

	def ask_pass_update() -> None:
		if frappe.db.exists("User Email", {"awaiting_password": 1}) or frappe.db.get_default(AWAITED):
			original()

	quiet = patch.object(user, "ask_pass_update", ask_pass_update)
	quiet.start()
	return quiet


def forget_what_users_may() -> None:
	"""Frappe's cache knows nothing of a rollback: roles and User Permissions that a test gave would outlive it."""
	cache = frappe.cache() if callable(frappe.cache) else frappe.cache
	cache.delete_value(list(user_cache_keys))


@contextmanager
def of_a_request(**values: object) -> Iterator[None]:
	"""With these values in ``frappe.local``, as in a request; afterwards all is as before. Frappe takes a ``request`` that is
	None for one."""
	before = {name: getattr(frappe.local, name) for name in values if hasattr(frappe.local, name)}
	for name, value in values.items():
		setattr(frappe.local, name, value)
	try:
		yield
	finally:
		for name in values:
			if name in before:
				setattr(frappe.local, name, before[name])
			else:
				delattr(frappe.local, name)


class TestCase(FrappeBase):
	"""Starts each test as Administrator on a site with masters, and undoes it afterwards.

	The masters are committed, so that they are made once a site. A class that needs more records for all its
	tests makes them in its own setUpClass after super(): Frappe undoes those at the end of the class.
	"""

	@classmethod
	def setUpClass(cls) -> None:
		cls.addClassCleanup(keep_caches_when_users_are_saved().stop)
		forget_what_users_may()
		frappe.set_user("Administrator")
		factories.masters()
		frappe.db.commit()
		super().setUpClass()
		cls.addClassCleanup(leave_hand_offs_to_the_tests().stop)

	def setUp(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.savepoint(SAVEPOINT)

	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.rollback(save_point=SAVEPOINT)
		forget_what_users_may()
