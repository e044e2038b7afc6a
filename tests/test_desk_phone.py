"""The desk of a salesperson on a phone: own figures, and pages no wider than the screen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser import PHONE, Desk, chromium_path, desk
from desk_steps import TOO_WIDE, check_no_errors, check_workspace, open_attainment
from outside import World
from outside_site import PRIYA, VINOD

pytest.importorskip("playwright", reason="needs Playwright: pip install -r dev/lock/browser.txt")
pytestmark = pytest.mark.skipif(chromium_path() is None, reason="needs Chromium: apt install chromium")


@pytest.fixture(scope="module")
def phone(world: World) -> Iterator[Desk]:
	"""Vinod's."""
	with desk(world.url, world.made["users"]["vinod"], world.made["password"], size=PHONE) as browser:
		yield browser


@pytest.fixture(autouse=True)
def _no_errors(phone: Desk) -> Iterator[None]:
	yield
	check_no_errors(phone)


def test_a_salesperson_sees_own_rows(world: World, phone: Desk) -> None:
	people = {row["sales_person"] for row in open_attainment(world, phone)}
	assert VINOD in people and PRIYA not in people


def test_the_workspace_shows_its_cards(phone: Desk) -> None:
	check_workspace(phone)


def test_forms_and_lists_fit(world: World, phone: Desk) -> None:
	for route in (
		f"/app/sales-project/{world.harbour['projects']['north']}",
		f"/app/sales-target/{world.harbour['targets']['vinod']}",
		"/app/sales-project",
		"/app/sales-target",
	):
		phone.open(route)
		assert phone.evaluate(TOO_WIDE) <= 0, route
