"""The base class of the tests that run inside Frappe, on every supported version."""

from __future__ import annotations

from unittest.mock import patch

import frappe

from sales_activity.sales_activity.milestones import outbox
from sales_activity.tests import factories

try:  # Frappe 16
	from frappe.tests import IntegrationTestCase as FrappeBase
except ImportError:
	from frappe.tests.utils import FrappeTestCase as FrappeBase

SAVEPOINT = "sales_activity_test"


def leave_hand_offs_to_the_tests() -> object:
	"""A worker that runs beside the tests must not deliver what they commit while they look at it or remove it.
	Returns a running patch."""
	quiet = patch.object(outbox, "_enqueue", outbox._forget)
	quiet.start()
	return quiet


class TestCase(FrappeBase):
	"""Starts each test as Administrator on a site with masters, and undoes it afterwards.

	The masters are committed, so that they are made once a site. A class that needs more records for all its
	tests makes them in its own setUpClass after super(): Frappe undoes those at the end of the class.
	"""

	@classmethod
	def setUpClass(cls) -> None:
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
