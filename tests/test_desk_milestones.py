"""Milestones in the desk: the path on a project and its documents, My Next Steps, list, board and calendar.

Each test works on a project of its own (see `path_site.py`), so that one alone runs too.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from browser import DESKTOP, PHONE, Desk, chromium_path, desk
from desk_steps import TOO_WIDE, check_no_errors
from outside import Client, explain, run_script
from playwright.sync_api import Locator

pytest.importorskip("playwright", reason="needs Playwright: pip install -r dev/lock/browser.txt")
pytestmark = pytest.mark.skipif(chromium_path() is None, reason="needs Chromium: apt install chromium")

MILESTONE, PROCESS = "Sales Milestone", "Sales Process"
# what a screen reader says of each milestone of the path
SAID = "() => [...document.querySelectorAll('.sa-path__milestone')].map((one) => one.ariaLabel)"
STATES = """() => Object.fromEntries([...document.querySelectorAll('.sa-path__milestone')].map((one) =>
	[one.querySelector('.sa-path__name').innerText, one.className.match(/milestone--(\\w+)/)[1]]))"""

Open = Callable[..., Desk]


class Site:
	"""What was made, and the site's API as Administrator sees it."""

	def __init__(self, made: dict) -> None:
		self.made = made
		self.admin = Client(os.environ["SA_URL"], "Administrator", os.environ["SA_PASSWORD"])

	def project(self, key: str) -> str:
		return self.made["projects"][key]

	def milestone(self, key: str, title: str) -> dict:
		"""A milestone of one of the projects, with its answers."""
		filters = {"sales_project": self.project(key), "milestone": title}
		(row,) = self.admin.rows(MILESTONE, filters=filters)
		return self.admin.document(MILESTONE, row["name"]).json()["data"]

	def status(self, key: str, title: str) -> str:
		return self.milestone(key, title)["status"]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
	if "SA_URL" not in os.environ:
		pytest.skip("needs a served site: run `make test`, which sets SA_URL")
	with run_script(Path(__file__).parent / "path_site.py") as made:
		yield Site(made)


@pytest.fixture(scope="module")
def open_desk(site: Site) -> Iterator[Open]:
	"""The desk of one of the people; it stays open for the tests that follow."""
	with ExitStack() as stack:
		desks: dict[tuple, Desk] = {}

		def opened(user: str, size: tuple[int, int] = DESKTOP) -> Desk:
			if (user, size) not in desks:
				made = site.made
				desks[user, size] = stack.enter_context(
					desk(os.environ["SA_URL"], made["users"][user], made["password"], size=size)
				)
			return desks[user, size]

		opened.desks = desks
		yield opened


@pytest.fixture(autouse=True)
def _no_errors(open_desk: Open) -> Iterator[None]:
	yield
	for browser in open_desk.desks.values():
		check_no_errors(browser)


def test_the_path_is_worked_on_from_the_project(site: Site, open_desk: Open) -> None:
	asha = open_desk("asha")
	asha.open(f"/app/sales-project/{site.project('achieve')}")
	assert asha.evaluate(SAID)[0] == "Call, late, 3 days late · you"
	assert asha.evaluate(STATES) == {
		"Call": "late",
		"Visit": "waiting",
		"Sample": "waiting",
		"Quote": "waiting",
	}
	panel = asha.page.locator(".sa-panel")
	assert "Find out about Call" in panel.inner_text()
	press(panel, "Achieve")
	message(asha, "Need is not answered")
	assert site.status("achieve", "Call") == "Ready"
	fill(panel, "need", "A room without noise")
	press(panel, "Achieve")
	asha.page.locator(".sa-path__milestone--done").wait_for()
	asha.settle()
	assert asha.evaluate(STATES) == {"Call": "done", "Visit": "open", "Sample": "open", "Quote": "waiting"}
	assert answers(site.milestone("achieve", "Call")) == {"need": "A room without noise"}


def test_others_only_look(site: Site, open_desk: Open) -> None:
	ravi = open_desk("ravi")
	ravi.open(f"/app/sales-project/{site.project('update')}")
	panel = ravi.page.locator(".sa-panel")
	assert "Turn of Milestone Asha" in panel.inner_text()
	assert panel.locator("button").count() == 0
	assert panel.locator("input").count() == 0


def test_my_next_steps_in_two_clicks(site: Site, open_desk: Open) -> None:
	"""From the workspace: My Next Steps, Accept. Then the form is at hand where the step is."""
	asha = open_desk("asha")
	asha.open("/app/sales-activities")
	asha.page.locator(".shortcut-widget-box", has_text="My Next Steps").click()
	card = card_of(asha, site.milestone("steps", "Call"))
	card.wait_for()
	asha.settle()
	text = card.text_content()
	for said in (
		"Call is done",
		"Find out about Call",
		"Tell about Call",
		"Milestone Clinic",
		"Milestone Ravi",
	):
		assert said in text, text
	assert "Worth ₹ 900" in text
	press(card, "Accept")
	card.locator(".indicator-pill", has_text="In Progress").wait_for()
	assert site.status("steps", "Call") == "In Progress"
	press(card, "Achieve")
	dialog = asha.page.locator(".modal.show")
	fill(dialog, "need", "Two racks")
	press(dialog, "Achieve")
	card_of(asha, site.milestone("steps", "Sample")).wait_for()
	assert site.status("steps", "Call") == "Achieved"


def test_what_was_answered_is_not_asked_again(site: Site, open_desk: Open) -> None:
	"""The visit asks for the need too; it stands there already, and goes with the milestone."""
	ravi = open_desk("ravi")
	ravi.open("/app/my-next-steps")
	visit = site.milestone("board", "Visit")
	card = card_of(ravi, visit)
	press(card, "Details")
	dialog = ravi.page.locator(".modal.show")
	assert dialog.locator("[data-fieldname='need'] input").input_value() == "Two racks"
	assert "1 answer known so far" in dialog.inner_text()
	press(dialog, "Achieve")
	card.wait_for(state="detached")
	assert answers(site.milestone("board", "Visit")) == {"need": "Two racks"}


def test_what_was_typed_stays_when_the_form_is_left(site: Site, open_desk: Open) -> None:
	"""Escape, or a finger beside the dialog, loses nothing; nor does another milestone on the path."""
	asha = open_desk("asha")
	asha.open("/app/my-next-steps")
	call = site.milestone("update", "Call")
	dialog = asha.page.locator(".modal.show")
	press(card_of(asha, call), "Details")
	fill(dialog, "need", "Half a sentence")
	asha.settle()
	asha.page.keyboard.press("Escape")
	dialog.wait_for(state="detached")
	asha.evaluate("(project) => frappe.set_route('Form', 'Sales Project', project)", site.project("update"))
	panel = asha.page.locator(".sa-path-panel .sa-panel[aria-label='Call']")
	panel.get_by_text("It is not saved yet").wait_for()
	for name in ("Visit", "Call"):
		asha.page.locator(".sa-path__milestone", has_text=name).click()
		asha.page.locator(f".sa-path-panel .sa-panel[aria-label='{name}']").wait_for()
		asha.settle()
	assert panel.locator("[data-fieldname='need'] input").input_value() == "Half a sentence"
	assert answers(site.milestone("update", "Call")) == {}
	press(panel, "Save Answers")
	panel.get_by_text("It is not saved yet").wait_for(state="detached")
	asha.settle()
	assert answers(site.milestone("update", "Call")) == {"need": "Half a sentence"}


def test_returned_with_a_question_and_answered(site: Site, open_desk: Open) -> None:
	ravi, asha = open_desk("ravi"), open_desk("asha")
	visit = site.milestone("returned", "Visit")
	ravi.open("/app/my-next-steps")
	press(card_of(ravi, visit), "Return")
	say(ravi, "question", "Which floor?", "Return")
	card_of(ravi, visit).wait_for(state="detached")
	asha.open("/app/my-next-steps")
	card = card_of(asha, visit)
	assert "Which floor?" in card.inner_text()
	press(card, "Hand Over Again")
	say(asha, "reply", "The third.", "Hand Over Again")
	card.wait_for(state="detached")
	asha.settle()
	ravi.open("/app/my-next-steps")
	assert "The third." in card_of(ravi, visit).inner_text()
	saved = site.milestone("returned", "Visit")
	assert (saved["status"], saved["returns"], saved["reply"]) == ("Ready", 1, "The third.")


def test_a_phone(site: Site, open_desk: Open) -> None:
	asha = open_desk("asha", PHONE)
	for route in (
		"/app/my-next-steps",
		f"/app/sales-project/{site.project('phone')}",
		f"/app/quotation/{site.made['quotation']}",
		"/app/sales-milestone",
		f"/app/sales-milestone/{site.milestone('phone', 'Call')['name']}",
	):
		asha.open(route)
		assert asha.evaluate(TOO_WIDE) <= 0, route
	asha.open(f"/app/sales-project/{site.project('phone')}")
	tops = asha.evaluate(
		"() => [...document.querySelectorAll('.sa-path__step')].map((step) => step.getBoundingClientRect().top)"
	)
	assert tops == sorted(set(tops)), "one below the other"
	panel = asha.page.locator(".sa-panel")
	fill(panel, "need", "From the road")
	press(panel, "Achieve")
	asha.page.locator(".sa-path__milestone--done").wait_for()
	assert site.status("phone", "Call") == "Achieved"


def test_the_path_on_a_quotation_leads_to_the_project(site: Site, open_desk: Open) -> None:
	ravi = open_desk("ravi")
	ravi.open(f"/app/quotation/{site.made['quotation']}")
	path = ravi.page.locator(".sa-path--small")
	assert path.locator(".sa-path__milestone").count() == 4
	path.locator(".sa-path__milestone", has_text="Quote").click()
	ravi.page.wait_for_function("() => cur_frm?.doctype === 'Sales Project'")
	ravi.settle()
	assert ravi.page.locator(".sa-panel__title").inner_text() == "Quote"


def test_changes_of_the_process_are_shown_before_they_are_taken_over(site: Site, open_desk: Open) -> None:
	process = site.admin.document(PROCESS, site.made["process"]).json()["data"]
	rows = process["milestones"]
	thanks = {key: rows[-1][key] for key in ("sales_role", "expected_days", "probability")}
	thanks |= {"milestone": "Thank", "step": 4, "outcome": "They were thanked"}
	answer = site.admin.write("PUT", PROCESS, process["name"], milestones=[*rows, thanks])
	assert answer.ok, explain(answer)
	try:
		mira = open_desk("mira")
		mira.open(f"/app/sales-project/{site.project('update')}")
		mira.page.get_by_role("button", name="Update from Process").click()
		dialog = mira.page.locator(".modal.show")
		assert "Thank (step 4, Milestone Seller)" in dialog.inner_text()
		press(dialog, "Update")
		mira.page.locator(".sa-path__milestone", has_text="Thank").wait_for()
		mira.settle()
	finally:
		saved = site.admin.document(PROCESS, process["name"]).json()["data"]
		answer = site.admin.write("PUT", PROCESS, process["name"], milestones=saved["milestones"][:-1])
		assert answer.ok, explain(answer)


def test_a_card_on_the_board_is_moved_by_whose_turn_it_is_only(site: Site, open_desk: Open) -> None:
	"""What dragging a card sends; a refused one goes back to its column."""
	asha, ravi = open_desk("asha"), open_desk("ravi")
	sample = site.milestone("board", "Sample")
	ravi.open("/app/sales-milestone/view/kanban/Sales Milestones")
	drag(ravi, sample["name"], "In Progress")
	message(ravi, "is the turn of")
	assert site.status("board", "Sample") == "Ready"
	card_in(ravi, sample["name"], "Ready").wait_for()
	ravi.errors.clear()  # the refusal
	asha.open("/app/sales-milestone/view/kanban/Sales Milestones")
	drag(asha, sample["name"], "In Progress")
	card_in(asha, sample["name"], "In Progress").wait_for()
	asha.settle()
	assert site.status("board", "Sample") == "In Progress"


def test_open_forms_follow_what_others_do(site: Site, open_desk: Open) -> None:
	"""Asha achieves the call, the app opens the visit; Mira and Ravi see it without loading anything."""
	mira, ravi = open_desk("mira"), open_desk("ravi")
	mira.open(f"/app/sales-project/{site.project('live')}")
	ravi.open(f"/app/sales-milestone/{site.milestone('live', 'Visit')['name']}")
	if not all(one.evaluate("() => Boolean(frappe.realtime.socket?.connected)") for one in (mira, ravi)):
		pytest.skip("nothing is told to browsers here: the bench runs no socket.io process")
	assert mira.evaluate(STATES)["Visit"] == status_in_form(ravi).lower() == "waiting"
	asha = Client(os.environ["SA_URL"], site.made["users"]["asha"], site.made["password"])
	answer = asha.call(
		"sales_activity.api.milestones.act",
		milestone=site.milestone("live", "Call")["name"],
		action="Achieve",
		answers={"need": "A quiet room"},
	)
	assert answer.ok, explain(answer)
	mira.page.locator(".sa-path__milestone--done", has_text="Call").wait_for()
	assert mira.evaluate(STATES)["Visit"] == "open"
	ravi.page.wait_for_function("() => cur_frm.doc.status === 'Ready'")
	for browser in (mira, ravi):
		browser.settle()


def status_in_form(browser: Desk) -> str:
	"""The status of the milestone in the form that is open."""
	return browser.evaluate("() => cur_frm.doc.status")


def test_my_turn_in_the_list(site: Site, open_desk: Open) -> None:
	asha = open_desk("asha")
	asha.open("/app/sales-milestone")
	asha.page.get_by_role("button", name="My Turn").click()
	asha.settle()
	rows = asha.evaluate("() => cur_list.data.map((row) => [row.turn_of, row.status])")
	assert rows and {person for person, _status in rows} == {"Milestone Asha"}
	assert {status for _person, status in rows} <= {"Ready", "In Progress", "Returned"}


def test_the_calendar_shows_what_is_due(site: Site, open_desk: Open) -> None:
	asha = open_desk("asha")
	asha.open("/app/sales-milestone/view/calendar/default")
	asha.page.locator(".fc-event").first.wait_for()
	assert any("Path" in text for text in asha.page.locator(".fc-event").all_inner_texts())


def press(place: Locator, name: str) -> None:
	"""Click a button by its whole name."""
	place.get_by_role("button", name=name, exact=True).click()


def fill(place: Locator, fieldname: str, text: str) -> None:
	place.locator(f"[data-fieldname='{fieldname}'] input").fill(text)


def say(browser: Desk, fieldname: str, text: str, action: str) -> None:
	"""Answer what an action asks for."""
	dialog = browser.page.locator(".modal.show")
	dialog.locator(f"[data-fieldname='{fieldname}'] textarea").fill(text)
	press(dialog, action)


def card_of(browser: Desk, milestone: dict) -> Locator:
	"""The card of a milestone in My Next Steps."""
	return browser.page.locator(f".sa-card[data-name='{milestone['name']}']")


def message(browser: Desk, text: str) -> None:
	"""Read a message, and close it."""
	dialog = browser.page.locator(".modal.show", has_text=text)
	dialog.wait_for()
	dialog.locator(".btn-modal-close, .modal-header .close").first.click()
	dialog.wait_for(state="hidden")


def drag(browser: Desk, name: str, column: str) -> None:
	"""Drag a card by mouse to the top of another column, slowly enough for the columns to notice."""
	card = browser.page.locator(f".kanban-card-wrapper[data-name='{name}']")
	card.scroll_into_view_if_needed()
	box = browser.page.locator(f".kanban-column[data-column-value='{column}'] .kanban-cards").bounding_box()
	card.hover()
	mouse = browser.page.mouse
	mouse.down()
	for down in (60, 40, 20):
		mouse.move(box["x"] + box["width"] / 2, box["y"] + down, steps=10)
		browser.page.wait_for_timeout(200)
	mouse.up()


def card_in(browser: Desk, name: str, column: str) -> Locator:
	"""A card of the board, if it is in that column."""
	place = browser.page.locator(f".kanban-column[data-column-value='{column}']")
	return place.locator(f".kanban-card-wrapper[data-name='{name}']")


def answers(milestone: dict) -> dict[str, str]:
	return {row["fieldname"]: row["value"] for row in milestone["answers"]}
