"""Work that many do at once, when MariaDB ends one of two transactions in favour of the other (a deadlock), or a lock isn't
given in time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import frappe
from rq.timeouts import JobTimeoutException

DEADLOCK_RETRIES = 5
ENDED = (frappe.QueryDeadlockError, frappe.QueryTimeoutError)

T = TypeVar("T")


def patiently(work: Callable[[], T]) -> T:
	"""Do it, and once more where it was ended, up to DEADLOCK_RETRIES times; then raises what ended it. Everything that
	the transaction did before is undone too, so nothing but ``work`` may be in it."""
	for attempts_left in range(DEADLOCK_RETRIES, -1, -1):
		try:
			return work()
		except ENDED:
			frappe.db.rollback()
			if not attempts_left:
				raise
	raise AssertionError("unreachable")


def by_itself(work: Callable[[], bool], put_off: Callable[[Exception], None]) -> bool:
	"""One piece of a queue in a transaction of its own. ``work`` locks, does it and commits, and says whether it got it.

	Returns False where a lock wasn't given. Whatever else goes wrong is handed to ``put_off``, so that one piece doesn't
	stop the queue; only the end of the job's time is raised.
	"""
	for attempts_left in range(DEADLOCK_RETRIES, -1, -1):
		frappe.db.commit()  # a new transaction: the first thing it sees is what it locked
		try:
			return work()
		except JobTimeoutException:
			frappe.db.rollback()
			raise
		except frappe.QueryTimeoutError:
			frappe.db.rollback()
			return False
		except Exception as error:
			frappe.db.rollback()
			if not (isinstance(error, frappe.QueryDeadlockError) and attempts_left):
				put_off(error)
				return True
	raise AssertionError("unreachable")
