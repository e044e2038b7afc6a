"""Expense claims in the desk: entered on a phone, decided line by line, replied to, forwarded, locked."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from browser import DESKTOP, PHONE, Desk, chromium_path, desk
from desk_steps import TOO_WIDE, check_no_errors
from outside import Client, explain, run_script

pytest.importorskip("playwright", reason="needs Playwright: pip install -r dev/lock/browser.txt")
pytestmark = pytest.mark.skipif(chromium_path() is None, reason="needs Chromium: apt install chromium")

CLAIM = "Sales Expense Claim"
# Frappe selects a number 100 ms after its field got the focus, whatever has the focus then: nobody is faster but a test
FOCUSED = "() => new Promise((done) => setTimeout(done, 150))"
# as the server has it: another person may have changed it
SHOW = """async (name) => {
	if (frappe.get_route()[2] === name) return void (await cur_frm.reload_doc());
	frappe.model.clear_doc("Sales Expense Claim", name);
	await frappe.set_route("Form", "Sales Expense Claim", name);
}"""
Open = Callable[..., Desk]


class Site:
	"""What was made, and the claims as Administrator sees them."""

	def __init__(self, made: dict) -> None:
		self.made, self.url = made, os.environ["SA_URL"]
		self.admin = Client(self.url, "Administrator", os.environ["SA_PASSWORD"])

	def claim(self, name: str) -> dict:
		return self.admin.document(CLAIM, name).json()["data"]

	def parts(self) -> dict[str, str]:
		"""State > name of every claim, of which there is one in each state here."""
		rows = self.admin.rows(CLAIM, fields=["name", "status"])
		return {row["status"]: row["name"] for row in rows}

	def forward(self) -> None:
		anil = Client(self.url, self.made["users"]["anil"], self.made["password"])
		answer = anil.call("sales_activity.api.expense_forwarding.forward", company=self.made["company"])
		assert answer.ok, explain(answer)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
	if "SA_URL" not in os.environ:
		pytest.skip("needs a served site: run `make test`, which sets SA_URL")
	with run_script(Path(__file__).parent / "expense_site.py") as made:
		yield Site(made)


@pytest.fixture(scope="module")
def open_desk(site: Site) -> Iterator[Open]:
	"""The desk of one of the people; it stays open."""
	with ExitStack() as stack:
		desks: dict[str, Desk] = {}

		def opened(user: str, size: tuple[int, int] = DESKTOP) -> Desk:
			if user not in desks:
				made = site.made
				desks[user] = stack.enter_context(
					desk(site.url, made["users"][user], made["password"], size=size)
				)
			return desks[user]

		yield opened


@pytest.fixture
def receipts(tmp_path: Path) -> list[Path]:
	files = [tmp_path / "taxi.txt", tmp_path / "hotel.txt"]
	for file in files:
		file.write_text(f"Receipt of {file.stem}")
	return files


def test_from_two_receipts_to_the_lock(site: Site, open_desk: Open, receipts: list[Path]) -> None:
	esha = open_desk("esha", PHONE)
	name = _enter(site, esha, receipts)
	claim = site.claim(name)
	assert claim["status"] == "Pending Area Manager"
	assert [row["amount"] for row in claim["expenses"]] == [100, 250, 120]
	assert [bool(row["receipt"]) for row in claim["expenses"]] == [True, True, False]
	assert {row["sales_project"] for row in claim["expenses"]} == {site.made["project"]}

	max_ = open_desk("max")
	_open(max_, name)
	assert "Your turn" in max_.page.locator(".form-message").inner_text()
	max_.page.locator(".sa-approve-all").click()
	_line(max_, 1).locator("input").fill("60")
	_choose(max_, 2, "Ask", "Was breakfast included?")
	_choose(max_, 3, "Deny", "")
	max_.page.locator(".sa-decide").click()
	assert "Row 3: give the reason" in _said(max_)
	_choose_text(max_, 3, "Not for work")
	told = _decide(max_)
	assert "Clarification" in told and "Denied" in told
	parts = site.parts()
	assert parts["Approved"] == name and set(parts) == {"Approved", "Clarification", "Denied"}
	assert site.claim(name)["total_manager"] == 60

	_reply(esha, parts["Clarification"], "No, it was not")
	assert site.claim(parts["Clarification"])["status"] == "Pending Area Manager"
	_open(max_, parts["Clarification"])
	assert "No, it was not" in _line(max_, 1).inner_text()
	max_.page.locator(".sa-approve-all").click()
	_decide(max_)
	site.forward()
	_lock(site, open_desk, name, parts["Clarification"])

	trail = _trail(esha, name)
	assert [row[1] for row in trail][-1] == "Approved and Locked" and len(trail) == 5, trail
	assert "anil" in trail[-1][0].lower()
	assert esha.evaluate(TOO_WIDE) <= 0
	for user in ("esha", "max", "anil"):
		check_no_errors(open_desk(user))


def _lock(site: Site, open_desk: Open, name: str, other: str) -> None:
	"""Accounts lock the first claim for less, ask the manager about the other, who lowers it, and deny that."""
	anil, max_ = open_desk("anil"), open_desk("max")
	_open(anil, name)
	_choose(anil, 1, "Approve and Lock", "As by our rules")
	_line(anil, 1).locator("input").fill("50")
	_decide(anil)
	locked = site.claim(name)
	assert (locked["status"], locked["docstatus"], locked["total_accounts"]) == ("Approved and Locked", 1, 50)
	_open(anil, other)
	_choose(anil, 1, "Ask Manager", "Is that hotel allowed?")
	_decide(anil)
	_open(max_, other)
	assert "Is that hotel allowed?" in _line(max_, 1).inner_text()
	_line(max_, 1).locator("input").fill("200")
	_line(max_, 1).locator("textarea").fill("For 200 it is")
	max_.page.locator(".sa-reply").click()
	max_.settle()
	answered = site.claim(other)
	assert (answered["status"], answered["total_manager"]) == ("With Accounts", 200)
	_open(anil, other)
	_choose(anil, 1, "Deny and Lock", "It is not")
	_decide(anil)
	denied = site.claim(other)
	assert (denied["status"], denied["docstatus"], denied["reason"]) == ("Denied and Locked", 1, "It is not")


def _enter(site: Site, esha: Desk, receipts: list[Path]) -> str:
	"""A claim from a project: two receipts at once, a journey, and off it goes."""
	esha.open(f"/app/sales-project/{site.made['project']}")
	esha.evaluate("() => cur_frm.custom_buttons['Expense Claim'].click()")
	add = esha.page.get_by_role("button", name="Add Receipts")
	add.wait_for()
	esha.settle()
	add.click()
	dialog = esha.page.locator(".modal.show:has(.file-uploader)")
	dialog.locator("input[type=file]").first.set_input_files(receipts)
	dialog.locator(".btn-modal-primary").click()
	dialog.wait_for(state="detached")
	_fill(esha, "Expense 1 of 2", expense_type=site.made["taxi"], amount="100")
	_fill(esha, "Expense 2 of 2", expense_type=site.made["hotel"], amount="250")
	esha.page.get_by_role("button", name="Add Expense").click()
	_fill(esha, "Expense", expense_type=site.made["car"], vehicle="Car", distance="12")
	esha.settle()
	assert esha.evaluate(TOO_WIDE) <= 0
	esha.page.locator(".sa-send").click()
	esha.page.wait_for_function("() => cur_frm?.doc.status === 'Pending Area Manager'")
	esha.settle()
	return esha.evaluate("() => cur_frm.doc.name")


def _fill(browser: Desk, title: str, **values: str) -> None:
	dialog = browser.page.locator(
		".modal.show", has=browser.page.get_by_role("heading", name=title, exact=True)
	)
	dialog.wait_for()
	browser.settle()  # until then it takes the focus
	for fieldname, value in values.items():
		field = dialog.locator(f"[data-fieldname='{fieldname}']").first
		if field.locator("select").count():
			field.locator("select").select_option(value)
		else:
			field.locator("input").fill(value)
			browser.evaluate(FOCUSED)
	dialog.locator(".btn-modal-primary").click()
	dialog.wait_for(state="hidden")


def _open(browser: Desk, claim: str) -> None:
	"""The form as it is now: within the desk where that is loaded, which is quicker."""
	if browser.evaluate("() => Boolean(window.frappe?.views?.FormFactory)"):
		browser.evaluate(SHOW, claim)
		browser.page.wait_for_function("(name) => cur_frm?.doc.name === name && cur_frm.shown", arg=claim)
		browser.settle()
	else:
		browser.open(f"/app/sales-expense-claim/{claim}")
	browser.page.locator(".sa-expense:visible").first.wait_for()


def _line(browser: Desk, number: int) -> Any:
	return browser.page.locator(f".sa-expense[aria-label='Row {number}']")


def _choose(browser: Desk, number: int, verb: str, text: str) -> None:
	_line(browser, number).get_by_role("button", name=verb, exact=True).click()
	_choose_text(browser, number, text)


def _choose_text(browser: Desk, number: int, text: str) -> None:
	_line(browser, number).locator("textarea").fill(text)


def _decide(browser: Desk) -> str:
	"""Send the decisions; what the form says became of the claim."""
	browser.page.locator(".sa-decide").click()
	told = browser.page.locator(".sa-decided")
	told.wait_for()
	browser.settle()
	return told.inner_text()


def _said(browser: Desk) -> str:
	"""What the message says; it is closed then."""
	dialog = browser.page.locator(".modal.show:has(.msgprint)")
	text = dialog.inner_text()
	dialog.locator(".btn-modal-close").click()
	dialog.wait_for(state="hidden")
	return text


def _reply(browser: Desk, claim: str, text: str) -> None:
	_open(browser, claim)
	assert browser.evaluate(TOO_WIDE) <= 0
	_line(browser, 1).locator("textarea").fill(text)
	browser.page.locator(".sa-reply").click()
	browser.page.wait_for_function("() => cur_frm?.doc.status === 'Pending Area Manager'")
	browser.settle()


def _trail(browser: Desk, claim: str) -> list[tuple[str, str]]:
	"""Who took the claim to which state, as the form tells it."""
	_open(browser, claim)
	browser.page.get_by_role("tab", name="Trail").or_(
		browser.page.locator(".form-tabs .nav-link", has_text="Trail")
	).first.click()
	rows = browser.page.locator(".sa-trail tbody tr")
	rows.first.wait_for()
	cells = [row.locator("td").all_inner_texts() for row in rows.all()]
	return [(row[1], row[3]) for row in cells]
