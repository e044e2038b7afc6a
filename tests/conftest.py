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
