"""What the tests from outside share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import outside
import pytest


@pytest.fixture(scope="session")
def world() -> Iterator[outside.World]:
	"""A served site with people, targets, projects and orders (see `outside_site.py`)."""
	if "SA_URL" not in os.environ:
		pytest.skip("needs a served site: run `make test`, which sets SA_URL")
	with outside.world() as made:
		yield made


@pytest.fixture
def imports(world: outside.World) -> Iterator[None]:
	"""Lets Frappe begin Data Imports, which it refuses while a site's scheduler is off. (A test site's is.)"""
	world.admin.call("frappe.utils.scheduler.activate_scheduler").raise_for_status()
	yield
	settings = {"doctype": "System Settings", "name": "System Settings"}
	world.admin.call(
		"frappe.client.set_value", **settings, fieldname="enable_scheduler", value=0
	).raise_for_status()
