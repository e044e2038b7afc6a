"""Steps with expense claims in the desk that several browser tests take."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from browser import DESKTOP, Desk, desk
from desk_steps import choose_action, fill
from outside import Client

CLAIM = "Sales Expense Claim"
# for the steps that look at the form itself: no chart or workspace draws itself later
QUIET = 250
# Frappe selects a number 100 ms after its field got the focus, whatever has the focus then: nobody is faster but a test
FOCUSED = "() => new Promise((done) => setTimeout(done, 150))"
# the section that a field of the dialog is in, where it is folded up
UNFOLD = """(fieldname) => {
	const { section } = window.cur_dialog.get_field(fieldname);
	if (section?.is_collapsed()) section.collapse(false);
}"""
# as the server has it: another person may have changed it
SHOW = """async (name) => {
	if (frappe.get_route()[2] === name) return void (await cur_frm.reload_doc());
	frappe.model.clear_doc("Sales Expense Claim", name);
	await frappe.set_route("Form", "Sales Expense Claim", name);
}"""
# the form shows the claim as the server told it last, in that state if one is wanted
SHOWN = """([name, status]) => {
	const { doc, shown } = window.cur_frm || {};
	if (!doc || doc.name !== name || shown?.claim.name !== name || frappe.request.ajax_count) return false;
	return shown.claim.modified === doc.modified && (!status || doc.status === status);
}"""
Open = Callable[..., Desk]


class Site:
	"""What was made, and the claims as Administrator sees them."""

	def __init__(self, made: dict) -> None:
		self.made, self.url = made, os.environ["SA_URL"]
		self.admin = Client(self.url, "Administrator", os.environ["SA_PASSWORD"])

	def claim(self, name: str) -> dict:
		"""A claim with its lines."""
		return self.admin.document(CLAIM, name).json()["data"]


@contextmanager
def desks(site: Site) -> Iterator[Open]:
	"""Opens the desk of one of the people; it stays open."""
	with ExitStack() as stack:
		opened: dict[str, Desk] = {}

		def of(user: str, size: tuple[int, int] = DESKTOP) -> Desk:
			if user not in opened:
				whose = site.made["users"][user]
				opened[user] = stack.enter_context(desk(site.url, whose, site.made["password"], size=size))
			return opened[user]

		yield of


def open_claim(browser: Desk, claim: str, status: str | None = None) -> None:
	"""The form as it is now, in that state: within the desk where that is loaded, which is quicker."""
	if browser.evaluate("() => Boolean(window.frappe?.views?.FormFactory)"):
		browser.evaluate(SHOW, claim)
	else:
		browser.open(f"/app/sales-expense-claim/{claim}")
	wait_for(browser, claim, status)
	browser.page.locator(".sa-expense:visible").first.wait_for()


def wait_for(browser: Desk, claim: str, status: str | None = None) -> None:
	"""The form has the claim as it is on the server, in that state."""
	browser.page.wait_for_function(SHOWN, arg=[claim, status])
	browser.settle(quiet=QUIET)


# --- the employee ----------------------------------------------------------------------------------------------


def add_receipts(browser: Desk, files: Sequence[Path], expenses: Sequence[dict[str, str]]) -> None:
	"""Upload files at once, and say of each what is asked."""
	button(browser, "Add Receipts").click()
	dialog = browser.page.locator(".modal.show:has(.file-uploader)")
	dialog.locator("input[type=file]").first.set_input_files(files)
	dialog.locator(".btn-modal-primary").click()
	dialog.wait_for(state="detached")
	many = len(files) > 1
	for number, values in enumerate(expenses, start=1):
		fill_expense(browser, f"Expense {number} of {len(files)}" if many else "Expense", **values)


def add_expense(browser: Desk, **values: str) -> None:
	"""An expense without a receipt."""
	button(browser, "Add Expense").click()
	fill_expense(browser, "Expense", **values)


def button(browser: Desk, name: str) -> Any:
	"""A button of the form, once it stands still."""
	found = browser.page.get_by_role("button", name=name, exact=True)
	found.wait_for()
	browser.settle(quiet=QUIET)
	return found


def fill_expense(browser: Desk, title: str, **values: str) -> None:
	"""Fill in the dialog of an expense and close it."""
	heading = browser.page.get_by_role("heading", name=title, exact=True)
	dialog = browser.page.locator(".modal.show", has=heading)
	dialog.wait_for()
	browser.settle(quiet=QUIET)  # until then it takes the focus
	for fieldname, value in values.items():
		field = dialog.locator(f"[data-fieldname='{fieldname}']").first
		if field.get_attribute("data-fieldtype") == "Link":
			browser.evaluate(UNFOLD, fieldname)
			fill(browser, field, value)
		elif field.locator("select").count():
			field.locator("select").select_option(value)
			browser.settle(quiet=QUIET)
		else:
			field.locator("textarea, input").first.fill(value)
			browser.evaluate(FOCUSED)
	dialog.locator(".btn-modal-primary").click()
	dialog.wait_for(state="hidden")


def send(browser: Desk) -> str:
	"""Save and send the claim that is open; returns its name."""
	browser.page.locator(".sa-send").click()
	browser.page.wait_for_function("() => cur_frm?.doc.status === 'Pending Area Manager'")
	name = browser.evaluate("() => cur_frm.doc.name")
	wait_for(browser, name, "Pending Area Manager")
	return name


# --- line by line ----------------------------------------------------------------------------------------------


def line(browser: Desk, number: int) -> Any:
	"""A line of the claim that is open."""
	return browser.page.locator(f".sa-expense[aria-label='Row {number}']:visible")


def choose(browser: Desk, number: int, verb: str, text: str = "", amount: str = "") -> None:
	"""Decide on a line."""
	line(browser, number).get_by_role("button", name=verb, exact=True).click()
	if text:
		line(browser, number).locator("textarea").fill(text)
	if amount:
		line(browser, number).locator("input").fill(amount)


def decide(browser: Desk) -> str:
	"""Send the decisions; what the form says became of the claim."""
	browser.page.locator(".sa-decide").click()
	told = browser.page.locator(".sa-decided")
	told.wait_for()
	browser.settle(quiet=QUIET)
	return told.inner_text()


def reply(browser: Desk, texts: Sequence[str], status: str) -> None:
	"""Reply to the question on each line of the claim that is open, which takes it to a state."""
	name = browser.evaluate("() => cur_frm.doc.name")
	for number, text in enumerate(texts, start=1):
		line(browser, number).locator("textarea").fill(text)
	browser.page.locator(".sa-reply").click()
	wait_for(browser, name, status)


# --- the whole claim -------------------------------------------------------------------------------------------


def act(browser: Desk, claim: str, action: str, status: str, said: str = "") -> None:
	"""Open a claim and take it along an action of the menu, which takes it to a state."""
	open_claim(browser, claim)
	choose_action(browser, action)
	if said:
		dialog = browser.page.locator(".modal.show:has([data-fieldname='reason'])")
		dialog.wait_for()
		browser.settle(quiet=QUIET)
		dialog.locator("textarea").fill(said)
		dialog.locator(".btn-modal-primary").click()
	wait_for(browser, claim, status)


def message(browser: Desk) -> str:
	"""What the message says; it is closed then."""
	dialog = browser.page.locator(".modal.show:has(.msgprint)")
	text = dialog.inner_text()
	dialog.locator(".btn-modal-close").click()
	dialog.wait_for(state="hidden")
	return text


def trail(browser: Desk) -> list[tuple[str, str]]:
	"""Who took the claim that is open to which state, as the form tells it."""
	browser.page.locator(".form-tabs .nav-link:visible", has_text="Trail").click()
	rows = browser.page.locator(".sa-trail tbody tr")
	rows.first.wait_for()
	cells = [row.locator("td").all_inner_texts() for row in rows.all()]
	return [(row[1], row[3]) for row in cells]
