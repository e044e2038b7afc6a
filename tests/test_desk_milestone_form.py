"""The form of a milestone in a headless browser: typed, saved, handed over, read by the next person."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from browser import Desk, chromium_path, desk
from milestone_sale import running
from outside import World

from sales_activity.sales_activity.milestones.conditions import OPERATORS, holds

pytest.importorskip("playwright", reason="needs Playwright: pip install -r dev/lock/browser.txt")
pytestmark = pytest.mark.skipif(chromium_path() is None, reason="needs Chromium: apt install chromium")

MILESTONE = "Sales Milestone"
QUESTIONS = [
	{"label": "Spoken To", "fieldtype": "Data", "mandatory": 1, "help": "First & last name, <3"},
	{"label": "Visit", "fieldtype": "Select", "options": "Yes\nNo"},
	{
		"label": "Why Not",
		"fieldtype": "Text",
		"when_field": "visit",
		"when_operator": "=",
		"when_value": "No",
	},
	{"label": "Sites", "fieldtype": "Int", "minimum": "1"},
	{"label": "Area", "fieldtype": "Float"},
	{"label": "Budget", "fieldtype": "Currency"},
	{"label": "Chance", "fieldtype": "Percent"},
	{"label": "Decision", "fieldtype": "Date"},
	{"label": "Meeting", "fieldtype": "Datetime"},
	{"label": "Urgent", "fieldtype": "Check"},
	{"label": "Category", "fieldtype": "Link", "options": "Item Group"},
	{"label": "Length", "fieldtype": "Duration"},
	{"label": "Photograph", "fieldtype": "Attach"},
]
TYPED = {"spoken_to": "Asha & Ravi", "sites": "3", "area": "12.5", "budget": "1000", "chance": "40"}
SET = {
	"decision": "2026-12-24",
	"meeting": "2026-12-24 10:30:00",
	"urgent": 1,
	"category": "All Item Groups",
	"length": 5400,
}
STORED = {
	**TYPED,
	"visit": "Yes",
	"decision": "2026-12-24",
	"meeting": "2026-12-24 10:30:00",
	"urgent": "1",
	"category": "All Item Groups",
	"length": "5400",
}
IS_MANDATORY = "(name) => Boolean(cur_frm.answer_form.group.get_field(name).df.reqd)"


@pytest.fixture(scope="module")
def sale(world: World) -> Iterator[dict[str, str]]:
	"""Names of the project and of its milestones."""
	with running(world, QUESTIONS) as names:
		yield names


def log_in(world: World, key: str) -> Any:
	"""The desk of a user."""
	return desk(world.url, *world._login(key))


def stored(world: World, name: str) -> dict[str, str]:
	"""The answers in the database."""
	return {row["fieldname"]: row["value"] for row in world.value(MILESTONE, name)["answers"]}


def control(browser: Desk, fieldname: str, element: str = "input") -> Any:
	"""The control of a question."""
	return browser.page.locator(f".sa-answers [data-fieldname='{fieldname}'] {element}").first


def type_in(browser: Desk, fieldname: str, text: str) -> None:
	"""Type as people do: an Int of Frappe rounds whatever has the focus 100 ms after it got it."""
	control(browser, fieldname).fill(text)
	browser.page.wait_for_timeout(200)
	control(browser, fieldname).press("Tab")


def actions(browser: Desk) -> list[str]:
	"""What the Actions menu offers."""
	return browser.evaluate(
		"() => [...document.querySelectorAll('.actions-btn-group .dropdown-menu .menu-item-label')]"
		".filter((one) => one.closest('.page-container').offsetParent).map((one) => one.innerText.trim())"
	)


def test_a_form_is_filled_in_saved_and_handed_over(world: World, sale: dict[str, str]) -> None:
	with log_in(world, "vinod") as browser:
		browser.open(f"/app/sales-milestone/{sale['call']}")
		assert "Ask, then listen." in browser.page.locator(".sa-answers").locator("xpath=..").inner_text()
		assert "First & last name, <3" in browser.page.locator(".sa-answers").inner_text()
		assert not browser.evaluate("() => cur_frm.is_dirty()")

		control(browser, "visit", "select").select_option("No")
		browser.settle()
		assert browser.evaluate("() => cur_frm.is_dirty()")
		assert browser.evaluate(IS_MANDATORY, "why_not")
		control(browser, "visit", "select").select_option("Yes")
		browser.settle()
		assert not browser.evaluate(IS_MANDATORY, "why_not")

		for fieldname, text in TYPED.items():
			type_in(browser, fieldname, text)
		browser.settle()
		for fieldname, value in SET.items():
			browser.evaluate(
				"([name, value]) => cur_frm.answer_form.group.set_value(name, value)", [fieldname, value]
			)
		browser.evaluate("() => cur_frm.save()")
		browser.settle()
		assert stored(world, sale["call"]) == STORED

		browser.open(f"/app/sales-milestone/{sale['call']}")
		assert not browser.evaluate("() => cur_frm.is_dirty()")
		assert control(browser, "spoken_to").input_value() == TYPED["spoken_to"]
		browser.evaluate("() => { cur_frm.dirty(); return cur_frm.save(); }")
		browser.settle()
		assert stored(world, sale["call"]) == STORED, "a second save changes nothing"

		assert {"Achieve", "Accept"} <= set(actions(browser)) and "Skip" not in actions(browser)
		type_in(browser, "sites", "4")
		browser.settle()
		browser.evaluate(
			"() => [...document.querySelectorAll('.actions-btn-group .menu-item-label')]"
			".find((one) => one.innerText.trim() === 'Achieve').click()"
		)
		browser.settle()
		assert world.value(MILESTONE, sale["call"])["status"] == "Achieved"
		assert stored(world, sale["call"]) == {**STORED, "sites": "4"}
		assert not browser.page.locator(".sa-answers input").count()
		assert TYPED["spoken_to"] in browser.page.locator(".sa-answers").inner_text()
		assert browser.errors == []


def test_the_next_person_reads_what_is_known(world: World, sale: dict[str, str]) -> None:
	if world.value(MILESTONE, sale["call"])["status"] != "Achieved":
		answers = [{"fieldname": name, "value": value} for name, value in STORED.items()]
		done = world.client("vinod").write(
			"PUT", MILESTONE, sale["call"], answers=answers, workflow_state="Achieved"
		)
		assert done.ok
	with log_in(world, "zoe") as browser:
		browser.open(f"/app/sales-milestone/{sale['visit']}")
		known = browser.evaluate("() => cur_frm.get_field('earlier_html').$wrapper.text()")
		assert TYPED["spoken_to"] in known and "Call" in known
		assert {"Achieve", "Return"} <= set(actions(browser))
		browser.open(f"/app/sales-milestone/{sale['call']}")
		assert actions(browser) == []
		assert not browser.page.locator(".sa-answers input").count()
		assert browser.errors == []


def test_the_desk_and_the_server_agree_on_conditions(world: World) -> None:
	cases = list(conditions(random.Random(7), 600))
	expected = [holds(operator, actual, wanted) for operator, actual, wanted in cases]
	sent = [[operator, *as_answer(actual, wanted)] for operator, actual, wanted in cases]
	with log_in(world, "vinod") as browser:
		browser.open("/app/sales-milestone")
		found = browser.evaluate(
			"(cases) => cases.map((one) => sales_activity.milestones.holds(...one))", sent
		)
	different = [
		(case, mine, theirs)
		for case, mine, theirs in zip(cases, expected, found, strict=True)
		if mine != theirs
	]
	assert different == []


def conditions(chance: random.Random, count: int) -> Iterator[tuple[str, Any, str]]:
	"""Conditions on answers of every kind."""
	day = date(2026, 1, 30)
	for _case in range(count):
		number = chance.choice([0, 1, 7, 10, 12.5, 5400, -3])
		other = chance.choice([0, 1, 7, 10, 12.5, 5400, -3])
		then, later = (day + timedelta(days=chance.randint(0, 2)) for _ in range(2))
		hours = [datetime(2026, 1, 30, chance.randint(9, 11), 30) for _ in range(2)]
		word, words = chance.choice(["High", "Low", "a, b", "9", "10"]), ["high", "Low ", '"a, b"', "9", "10"]
		listing = ", ".join(chance.sample(words, 3))
		actual, wanted = chance.choice(
			[
				(number, str(other)),
				(number, f"{other}, {number}"),
				(number, chance.choice(["1h 30m", "Yes", "soon", ""])),
				(then, str(later)),
				(then, f"{later.year}-{later.month}-{later.day}"),
				(hours[0], str(hours[1])),
				(hours[0], str(later)),
				(then, str(hours[0])),
				(then, "soon"),
				(then, f"{later}, 2026-01-30"),
				(chance.choice([True, False]), chance.choice(["1", "0", "Yes", "no"])),
				(word, chance.choice(words)),
				(word, listing),
				(None, chance.choice(["", "x", "1"])),
			]
		)
		yield chance.choice(OPERATORS), actual, wanted


def as_answer(actual: Any, wanted: str) -> tuple[Any, str, bool]:
	"""How the desk has an answer: dates as text, and whether it is one."""
	is_date = isinstance(actual, date)
	return (str(actual) if is_date else actual), wanted, is_date
