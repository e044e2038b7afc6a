"""Leads in the desk: qualified in a call and accepted by sales; responses recorded, programs begun, paused and stopped."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from browser import PHONE, Desk, chromium_path, desk
from desk_steps import TOO_WIDE, check_no_errors, fill
from outside import Client, run_script

pytest.importorskip("playwright", reason="needs Playwright: pip install -r dev/lock/browser.txt")
pytestmark = pytest.mark.skipif(chromium_path() is None, reason="needs Chromium: apt install chromium")

NURTURE, ENROLMENT = "Lead Nurture", "Program Enrolment"


class Team:
	"""The company as the tests see it from outside."""

	def __init__(self, made: dict) -> None:
		self.made = made
		self.url = os.environ["SA_URL"]
		self.admin = Client(self.url, "Administrator", os.environ["SA_PASSWORD"])

	def desk(self, key: str, size: tuple[int, int] = (1400, 900)) -> AbstractContextManager[Desk]:
		"""Somebody's desk."""
		return desk(self.url, self.made["users"][key], self.made["password"], size=size)

	def lead(self, name: str) -> dict:
		"""A Lead Nurture as it stands."""
		return self.admin.document(NURTURE, self.made["leads"][name]).json()["data"]

	def runs(self, name: str) -> dict[str, str]:
		"""Program > status of a lead's runs."""
		filters = {"lead_nurture": self.made["leads"][name]}
		rows = self.admin.rows(ENROLMENT, fields=["program", "status"], filters=filters)
		return {row["program"]: row["status"] for row in rows}


@pytest.fixture(scope="module")
def team() -> Iterator[Team]:
	if "SA_URL" not in os.environ:
		pytest.skip("needs a served site: run `make test`, which sets SA_URL")
	with run_script(Path(__file__).with_name("leads_site.py")) as made:
		yield Team(made)


def test_from_the_call_to_the_sale(team: Team) -> None:
	lead = team.lead("Meera Rao")
	with team.desk("quinn") as quinn:
		open_lead(quinn, lead["name"])
		act(quinn, "Start")
		ask(quinn, "who_decides", "They do", "fit 25.00 of 45.00")
		assert "needs more points" in text(quinn, ".sa-lead__missing")
		assert team.lead("Meera Rao")["fit_score"] == 5, "nothing is saved by typing"
		record_call(quinn)
		assert team.lead("Meera Rao")["score"] == round(lead["score"] + 10, 2)
		assert quinn.page.locator("[data-fieldname='who_decides'] select").input_value() == "They do"
		ask(quinn, "budget", "Approved", "fit 45.00 of 45.00")
		assert "reaches the definition" in text(quinn, ".sa-lead__missing")
		act(quinn, "Qualify")
		check_no_errors(quinn)
	after = team.lead("Meera Rao")
	assert (after["status"], after["sales_person"]) == ("With Sales", team.made["sales_person"])
	assert team.runs("Meera Rao")[team.made["program"]] in ("Active", "Stopped")

	with team.desk("sam", PHONE) as sam:
		open_lead(sam, lead["name"])
		assert sam.evaluate(TOO_WIDE) <= 0
		assert "Pune Energy Fair" in text(sam, ".sa-did-list")
		assert "They do" in text(sam, ".sa-criteria")
		act(sam, "Accept")
		check_no_errors(sam)
	after = team.lead("Meera Rao")
	assert (after["status"], bool(after["opportunity"]), bool(after["sales_project"])) == (
		"Converted",
		True,
		True,
	)


def test_leads_in_programs(team: Team) -> None:
	program, second = team.made["program"], team.made["second"]
	with team.desk("quinn") as quinn:
		quinn.open("/app/lead-nurture")
		for name in ("Lena Vogt", "Ines Moreau"):
			row = quinn.page.locator(".list-row-container").filter(has_text=name)
			row.locator(".list-row-checkbox").first.check()
		quinn.page.locator(".actions-btn-group button").first.click()
		quinn.page.locator(".actions-btn-group .dropdown-item").filter(has_text="Enrol in Program").click()
		dialog = quinn.page.locator(".modal.show")
		fill(quinn, dialog.locator(".frappe-control[data-fieldname='program']"), second)
		dialog.get_by_role("button", name="Enrol", exact=True).click()
		told = quinn.page.locator(".msgprint-dialog.show, .modal.show").filter(has_text="left out")
		told.wait_for()
		assert "1 leads were enrolled" in told.inner_text()
		assert "disqualified or disabled" in told.inner_text()
		assert team.runs("Lena Vogt") == {program: "Active", second: "Active"}
		assert team.runs("Ines Moreau") == {}

		open_lead(quinn, team.made["leads"]["Lena Vogt"])
		quinn.page.locator(".sa-run").filter(has_text=program).locator("[data-change=pause]").click()
		quinn.settle()
		assert team.runs("Lena Vogt") == {program: "Paused", second: "Active"}
		quinn.page.locator(".sa-run a").filter(has_text=program).click()
		log = quinn.page.locator("[data-fieldname='log_html'] table")
		log.wait_for()
		assert "Guide to energy meters" in log.inner_text() and "Sent" in log.inner_text()
		quinn.settle()
		quinn.page.get_by_role("button", name="Actions").click()
		quinn.page.locator(".dropdown-menu.show .dropdown-item").filter(has_text="Stop").click()
		quinn.page.locator(".modal.show").get_by_role("button", name="Yes").click()
		quinn.settle()
		assert team.runs("Lena Vogt") == {program: "Stopped", second: "Active"}
		check_no_errors(quinn)


def open_lead(browser: Desk, name: str) -> None:
	browser.open(f"/app/lead-nurture/{name}")
	browser.page.locator(".sa-lead").wait_for()
	browser.page.locator(".sa-part").nth(2).wait_for()
	browser.settle()


def act(browser: Desk, action: str) -> None:
	"""Press an action below the questions."""
	browser.page.locator(".sa-lead__actions").get_by_role("button", name=action, exact=True).click()
	browser.settle()
	assert browser.page.locator(".modal.show").all_inner_texts() == []


def ask(browser: Desk, question: str, answer: str, fit: str) -> None:
	"""Choose an answer; what it gives is shown before it is saved."""
	fill(browser, browser.page.locator(f".sa-lead-form .frappe-control[data-fieldname='{question}']"), answer)
	browser.page.locator(".sa-lead__fit").filter(has_text=fit).wait_for()


def record_call(browser: Desk) -> None:
	"""Record that they called, by the button of the form."""
	browser.page.get_by_role("button", name="Record Response", exact=True).click()
	dialog = browser.page.locator(".modal.show")
	fill(browser, dialog.locator(".frappe-control[data-fieldname='response_type']"), "Call")
	fill(browser, dialog.locator(".frappe-control[data-fieldname='title']"), "Asked for prices <today>")
	dialog.get_by_role("button", name="Record", exact=True).click()
	browser.page.locator(".sa-did").filter(has_text="Asked for prices").wait_for()
	browser.settle()


def text(browser: Desk, place: str) -> str:
	return browser.page.locator(place).first.inner_text()
