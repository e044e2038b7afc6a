"""Runs the tests of `sales_activity/` inside Frappe, and keeps those of `tests/` outside of it.

`make test` sets SA_BENCH (the bench's folder) and SA_SITE (the site's name) and runs pytest with the bench's
Python; where several processes share the run, SA_LANES has such a site for each (see dev/inside/lanes.py). The site is opened once, before the tests are collected, and closed before the first test that drives
the app from outside: an open transaction would stand in its way.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

CHECKOUT = Path(__file__).resolve().parent
INSIDE = CHECKOUT / "sales_activity"
SAVEPOINT = "before_test"
NO_SAVEPOINT = 1305  # MariaDB: SAVEPOINT does not exist


def take_lane() -> None:
	"""Make the site of this process's lane the one under test, where several processes share the run."""
	worker = os.environ.get("PYTEST_XDIST_WORKER")
	lanes = json.loads(os.environ.get("SA_LANES", "[]"))
	if worker and not lanes:
		raise pytest.UsageError("several processes need a site each: `make test` makes them")
	if worker:
		os.environ.update(lanes[int(worker.removeprefix("gw"))])
	elif lanes:  # the process that deals out has none
		os.environ.pop("SA_SITE", None)


take_lane()
# how long an example takes tells of the machine, and of what runs beside it
hypothesis.settings.register_profile(
	"suite", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("suite")


class Site:
	"""The connection to the site under test, of this process."""

	def __init__(self) -> None:
		"""Take bench and site from the environment; nothing is opened yet."""
		self.name = os.environ.get("SA_SITE", "")
		self.sites = Path(os.environ.get("SA_BENCH", "")) / "sites"
		self.is_open = False

	def open(self) -> None:
		"""Connect as Administrator, with `sites/` as the current folder, where Frappe expects to be."""
		if self.is_open or not self.name:
			return
		os.chdir(self.sites)
		import frappe

		frappe.init(site=self.name)
		frappe.connect()
		frappe.flags.in_test = True
		frappe.clear_cache()
		self.is_open = True

	def close(self) -> None:
		"""Undo what is not committed, disconnect, and go back to the checkout."""
		if not self.is_open:
			return
		import frappe

		frappe.db.rollback()
		frappe.destroy()
		os.chdir(CHECKOUT)
		self.is_open = False


site = Site()


def pytest_report_header() -> list[str]:
	"""Say on which engine and site the tests run."""
	sites = [lane["SA_SITE"] for lane in json.loads(os.environ.get("SA_LANES", "[]"))] or [
		site.name or "none"
	]
	return [f"engine: {os.environ.get('SA_ENGINE', 'unknown')}", f"site: {', '.join(sites)}"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection() -> None:
	"""Open the site: test modules may ask Frappe for something when they are imported."""
	site.open()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
	"""Open or close the site before a test and its fixtures, as the test's folder asks."""
	if _is_inside(item):
		site.open()
	else:
		site.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
	"""Skip, saying why, the tests that need a site when there is none."""
	if site.name:
		return
	reason = pytest.mark.skip(reason="needs a site: run `make test`, which sets SA_BENCH and SA_SITE")
	for item in items:
		if _is_inside(item):
			item.add_marker(reason)


def pytest_sessionfinish() -> None:
	"""Leave no connection behind."""
	site.close()


@pytest.fixture(autouse=True)
def _undo_after_test(request: pytest.FixtureRequest) -> Iterator[None]:
	"""Put the database back to how the test found it; a class's own set-up stays.

	A test that commits, or changes a table, ends the savepoint; what it left uncommitted is undone then.
	"""
	if not _is_inside(request.node) or not site.is_open:
		yield
		return
	import frappe

	frappe.db.savepoint(SAVEPOINT)
	yield
	frappe.set_user("Administrator")
	try:
		frappe.db.rollback(save_point=SAVEPOINT)
	except Exception as error:
		if not error.args or error.args[0] != NO_SAVEPOINT:
			raise
		frappe.db.rollback()
	_forget_cached_documents()


def _forget_cached_documents() -> None:
	"""Drop what the process and Redis remember of documents that the rollback has just unmade."""
	import frappe

	frappe.db.value_cache.clear()
	frappe.clear_messages()
	cache = frappe.cache() if callable(frappe.cache) else frappe.cache
	cache.delete_keys("document_cache::")


def _is_inside(item: pytest.Item) -> bool:
	return item.path.is_relative_to(INSIDE)
