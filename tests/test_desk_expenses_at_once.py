"""Expense claims in the desk: many decided on at once, forwarded by hand and printed, in German."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from browser import PHONE, Desk, chromium_path
from desk_steps import TOO_WIDE, check_no_errors
from expense_people import Site
from expense_steps import Open, desks, message, open_claim
from outside import explain, run_script

from dev.tool import paths

pytest.importorskip("playwright", reason="needs Playwright: pip install -r dev/lock/browser.txt")
pytestmark = pytest.mark.skipif(chromium_path() is None, reason="needs Chromium: apt install chromium")


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
	if "SA_URL" not in os.environ:
		pytest.skip("needs a served site: run `make test`, which sets SA_URL")
	with run_script(Path(__file__).parent / "expense_site.py") as made:
		yield Site(made)


@pytest.fixture(scope="module")
def open_desk(site: Site) -> Iterator[Open]:
	with desks(site) as opened:
		yield opened


def test_an_area_manager_decides_on_all_that_waits(site: Site, open_desk: Open) -> None:
	first, second, third = site.sent("esha", 100, 50), site.sent("esha", 70), site.sent("ravi", 30, 20)
	max_ = open_desk("max")
	_open_all(max_)
	_of(max_, first, 1).get_by_role("button", name="Approve", exact=True).click()
	_of(max_, first, 1).locator(".sa-expense__grant input").fill("60")
	_of(max_, first, 2).get_by_role("checkbox").focus()
	for key in ("Space", "ArrowDown", "Space"):
		max_.page.keyboard.press(key)
	_apply(max_, "Deny", "")
	max_.page.get_by_role("button", name="Approve All of Ravi").click()
	max_.page.locator(".sa-many__decide").click()
	told = message(max_)
	assert f"{first}: Row 2: give the reason" in told and f"{second}: Row 1: give the reason" in told
	for claim, row in ((first, 2), (second, 1)):
		_of(max_, claim, row).get_by_role("checkbox").check()
	_apply(max_, "Deny", "Not for work")

	# somebody else was quicker: what they did stands, the others go through, and what was written can be read
	site.call("max", "expenses.act", claim=second, action="Approve")
	told = _send_all(max_)
	assert "2 claims decided" in told and "1 claim was not decided" in told
	failed = max_.page.locator(f".sa-many__claim[data-claim='{second}']")
	assert "was changed meanwhile" in failed.locator("[role=alert]").inner_text()
	assert "Not for work" in failed.inner_text()
	parts = site.parts(first)
	assert set(parts) == {"Approved", "Denied"}
	assert site.claim(parts["Approved"])["total_manager"] == 60
	assert site.claim(parts["Denied"])["expenses"][0]["manager_reason"] == "Not for work"
	assert [site.claim(name)["status"] for name in (second, third)] == ["Approved", "Approved"]
	failed.get_by_role("button", name="Take It Off the Screen").click()
	failed.wait_for(state="detached")
	assert max_.page.locator(".sa-many__claim").count() == 0
	check_no_errors(max_)


def test_what_was_typed_stays_when_a_claim_has_to_be_looked_at_again(site: Site, open_desk: Open) -> None:
	name = site.sent("esha", 100, 50)
	max_ = open_desk("max")
	_open_all(max_)
	_of(max_, name, 1).get_by_role("button", name="Ask", exact=True).click()
	_of(max_, name, 1).locator("textarea").fill("With whom?")
	max_.page.get_by_role("button", name="Refresh").first.click()
	max_.settle()
	assert _of(max_, name, 1).locator("textarea").input_value() == "With whom?"
	key = site.claim(name)["expenses"][1]["line_key"]
	site.call("max", "expenses.decide", claim=name, decisions={key: {"decision": "Approved"}})
	assert "1 claim was not decided" in _send_all(max_)
	# the line that nobody decided on is in a claim of its own now, with what was written about it
	waits = max_.page.locator(".sa-many__claim .sa-expense:has(.sa-expense__choice)")
	assert waits.locator("textarea").input_value() == "With whom?"
	assert "1 claim decided" in _send_all(max_)
	assert set(site.parts(name)) == {"Approved", "Clarification"}
	check_no_errors(max_)


def test_accounts_lock_on_a_phone_what_they_chose_in_the_list(site: Site, open_desk: Open) -> None:
	chosen, other = site.approved("esha", 80), site.approved("ravi", 40)
	site.forward()
	anita = open_desk("anita", PHONE)
	anita.open("/app/sales-expense-claim")
	anita.evaluate(
		"""(name) => {
		frappe.route_options = { claims: [name], side: "Accounts" };
		return frappe.set_route("decide-expenses");
	}""",
		chosen,
	)
	_of(anita, chosen, 1).wait_for()
	assert anita.page.locator(".sa-many__claim").count() == 1
	_of(anita, chosen, 1).get_by_role("button", name="Approve and Lock").click()
	_of(anita, chosen, 1).locator(".sa-expense__grant input").fill("75")
	assert anita.evaluate(TOO_WIDE) <= 0
	assert "1 claim decided" in _send_all(anita)
	assert (site.claim(chosen)["status"], site.claim(chosen)["total_accounts"]) == ("Approved and Locked", 75)
	anita.page.get_by_role("button", name="Show All").click()
	_of(anita, other, 1).wait_for()
	assert anita.evaluate(TOO_WIDE) <= 0
	_of(anita, other, 1).get_by_role("button", name="Ask Manager").click()
	_of(anita, other, 1).locator("textarea").fill("Why by taxi?")
	assert "1 claim decided" in _send_all(anita)
	check_no_errors(anita)
	max_ = open_desk("max")
	max_.open("/app/decide-expenses")
	back = max_.page.locator(".sa-many__note", has_text="1 claim came back with a question of Accounts")
	back.get_by_role("button").click()
	max_.page.locator(".list-row", has_text="Journey for 40").wait_for()
	check_no_errors(max_)


def test_deciding_is_in_the_list(site: Site, open_desk: Open) -> None:
	name = site.sent("ravi", 35)
	max_ = open_desk("max")
	max_.open(f"/app/sales-expense-claim?name={name}")
	max_.page.locator(f".list-row-checkbox[data-name='{name}']").first.check()
	max_.page.get_by_role("button", name="Actions").click()
	max_.page.locator(".actions-btn-group .dropdown-menu a", has_text="Decide").first.click()
	_of(max_, name, 1).wait_for()
	max_.page.get_by_role("button", name="Approve All of Ravi").click()
	max_.page.keyboard.press("Control+Enter")
	max_.page.locator(".sa-many__decided").wait_for()
	assert site.claim(name)["status"] == "Approved"
	check_no_errors(max_)


def test_accounts_forward_by_hand(site: Site, open_desk: Open) -> None:
	name = site.approved("esha", 65)
	anil = open_desk("anil")
	anil.open("/app/sales-expense-claim")
	anil.page.get_by_role("button", name="Forward to Accounts").click()
	dialog = anil.page.locator(".modal.show:has(.sa-forward)")
	dialog.locator("a", has_text=name).wait_for()
	dialog.get_by_role("button", name="Forward", exact=True).click()
	anil.page.wait_for_function("() => cur_frm?.doctype === 'Expense Forwarding'")
	anil.settle()
	assert site.claim(name)["forwarding"] == anil.evaluate("() => cur_frm.doc.name")
	anil.page.get_by_role("button", name="Print Collective Report").click()
	report = anil.page.frame_locator(".print-preview iframe, iframe.print-preview")
	report.locator(".expense-report .total").wait_for()
	assert name in report.locator(".expense-report").inner_text()
	anil.open("/app/expense-forwarding")
	anil.page.get_by_role("button", name="Forward to Accounts").click()
	assert "No approved claim waits" in message(anil)
	check_no_errors(anil)


def test_the_desk_of_claims_speaks_german(site: Site, open_desk: Open) -> None:
	name = site.sent("esha", 45)
	with _speaking(site, "vera", "de"), _standing_in(site, "max", "vera"):
		vera = open_desk("vera")
		_open_all(vera)
		vera.page.locator(f".sa-many__claim[data-claim='{name}'] .sa-expense").get_by_role("checkbox").check()
		english = _texts_left(vera, ".sa-many")
		open_claim(vera, name)
		english |= _texts_left(vera, ".sa-expenses, .form-message")
	assert not english


@contextmanager
def _speaking(site: Site, user: str, language: str) -> Iterator[None]:
	def speak(language: str) -> None:
		answer = site.admin.write("PUT", "User", site.made["users"][user], language=language)
		assert answer.ok, explain(answer)

	speak(language)
	try:
		yield
	finally:
		speak("en")


@contextmanager
def _standing_in(site: Site, user: str, other: str) -> Iterator[None]:
	"""Somebody decides in place of a manager who is away."""
	people = {"user": site.made["users"][user], "stand_in": site.made["users"][other]}
	days = {"from_date": date.today().isoformat(), "to_date": date.today().isoformat()}
	answer = site.admin.write("POST", "Expense Stand-in", **people, **days)
	assert answer.ok, explain(answer)
	try:
		yield
	finally:
		site.admin.write("DELETE", "Expense Stand-in", answer.json()["data"]["name"])


def _texts_left(browser: Desk, selector: str) -> set[str]:
	"""Texts of ours that are shown in English though there is a German one."""
	shown = browser.page.locator(selector).all_inner_texts()
	lines = {line.strip().rstrip(":") for text in shown for line in text.splitlines()}
	with open(paths.CHECKOUT / "sales_activity" / "translations" / "de.csv", newline="") as file:
		german = {row[0]: row[1] for row in csv.reader(file)}
	return {line for line in lines if german.get(line, line) != line}


def _open_all(browser: Desk) -> None:
	browser.open("/app/decide-expenses")
	browser.page.locator(".sa-many__claim").first.wait_for()


def _of(browser: Desk, claim: str, number: int) -> Any:
	"""A line of a claim among many."""
	return browser.page.locator(
		f".sa-many__claim[data-claim='{claim}'] .sa-expense[aria-label='Row {number}']"
	)


def _apply(browser: Desk, verb: str, text: str) -> None:
	form = browser.page.locator(".sa-many__apply")
	form.locator("select").select_option(label=verb)
	form.locator("textarea").fill(text)
	form.get_by_role("button").click()


def _send_all(browser: Desk) -> str:
	"""Send the decisions; what the screen says became of them."""
	browser.page.locator(".sa-many__decide").click()
	browser.settle()
	return browser.page.locator(".sa-many__told").inner_text()
