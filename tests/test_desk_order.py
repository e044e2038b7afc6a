"""The form of a Sales Order in the desk: who is credited, on a desktop and on a phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser import DESKTOP, PHONE, Desk, chromium_path, desk
from desk_steps import TOO_WIDE, check_no_errors
from outside import World, explain
from outside_site import DESIGNER, PRIYA, SELLER, VINOD

pytest.importorskip("playwright", reason="needs Playwright: pip install -r dev/lock/browser.txt")
pytestmark = pytest.mark.skipif(chromium_path() is None, reason="needs Chromium: apt install chromium")

TEAM = "[data-fieldname='credited_team']"
CELLS = f"""() => [...document.querySelectorAll("{TEAM} tbody tr")].map(
	(row) => [...row.cells].map((cell) => cell.innerText.trim()))"""


@pytest.fixture(scope="module", params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def vinod(world: World, request: pytest.FixtureRequest) -> Iterator[Desk]:
	"""A salesperson."""
	user, password = world.made["users"]["vinod"], world.made["password"]
	with desk(world.url, user, password, size=request.param) as browser:
		yield browser


@pytest.fixture(autouse=True)
def _no_errors(vinod: Desk) -> Iterator[None]:
	yield
	check_no_errors(vinod)


def test_an_order_shows_who_is_credited(world: World, vinod: Desk) -> None:
	show_team(vinod, world.harbour["orders"]["north"])
	shown = [[person, role, float(percent.rstrip("%"))] for person, role, percent in vinod.evaluate(CELLS)]
	assert shown == [[PRIYA, DESIGNER, 100], [VINOD, SELLER, 100]]
	assert "was won with" in vinod.page.locator(TEAM).inner_text()
	assert vinod.evaluate(TOO_WIDE) <= 0


def test_a_draft_shows_who_would_be(world: World, vinod: Desk) -> None:
	copy = world.value("Sales Order", world.harbour["orders"]["north"])
	for row in (copy, *copy["items"]):
		for key in ("name", "docstatus", "status", "creation", "modified", "amended_from"):
			row.pop(key, None)
	answer = world.admin.write("POST", "Sales Order", **copy)
	assert answer.ok, explain(answer)
	name = answer.json()["data"]["name"]
	try:
		show_team(vinod, name)
		assert [row[0] for row in vinod.evaluate(CELLS)] == [PRIYA, VINOD]
		assert "would be credited" in vinod.page.locator(TEAM).inner_text()
	finally:
		world.admin.write("DELETE", "Sales Order", name)


def show_team(browser: Desk, order: str) -> None:
	"""Open the order and go to the field."""
	browser.open(f"/app/sales-order/{order}")
	browser.evaluate("() => cur_frm.scroll_to_field('credited_team')")
	browser.page.locator(TEAM).wait_for()
	browser.settle()
