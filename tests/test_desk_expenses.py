"""Expense claims in the desk: entered on a phone, decided line by line, replied to, forwarded, locked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest
from browser import PHONE, Desk, chromium_path
from desk_steps import TOO_WIDE, check_no_errors
from expense_steps import (
	CLAIM,
	Open,
	Site,
	add_expense,
	add_receipts,
	button,
	choose,
	decide,
	desks,
	fill_expense,
	line,
	message,
	open_claim,
	reply,
	send,
	trail,
)
from outside import Client, explain, run_script

pytest.importorskip("playwright", reason="needs Playwright: pip install -r dev/lock/browser.txt")
pytestmark = pytest.mark.skipif(chromium_path() is None, reason="needs Chromium: apt install chromium")

# the expenses of the claim that is open, saved or not
ENTERED = "() => cur_frm.doc.expenses.map((row) => [row.amount, row.currency])"


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


@pytest.fixture
def receipts(tmp_path: Path) -> list[Path]:
	files = [tmp_path / "taxi.txt", tmp_path / "hotel.txt"]
	for file, times in zip(files, (300_000, 1), strict=True):  # the second one is there first
		file.write_text(f"Receipt of {file.stem}\n" * times)
	return files


def test_from_two_receipts_to_the_lock(site: Site, open_desk: Open, receipts: list[Path]) -> None:
	esha = open_desk("esha", PHONE)
	name = _enter(site, esha, receipts)
	claim = site.claim(name)
	assert claim["status"] == "Pending Area Manager"
	assert [row["amount"] for row in claim["expenses"]] == [100, 250, 120]
	names = [(row["receipt"] or "").rpartition("/")[2][:4] for row in claim["expenses"]]
	assert names == ["taxi", "hote", ""]  # in the order chosen
	assert {row["sales_project"] for row in claim["expenses"]} == {site.made["project"]}

	max_ = open_desk("max")
	open_claim(max_, name)
	assert "Your turn" in max_.page.locator(".form-message").inner_text()
	max_.page.locator(".sa-approve-all").click()
	line(max_, 1).locator("input").fill("60")
	choose(max_, 2, "Ask", "Was breakfast included?")
	choose(max_, 3, "Deny")
	max_.page.locator(".sa-decide").click()
	assert "Row 3: give the reason" in message(max_)
	line(max_, 3).locator("textarea").fill("Not for work")
	told = decide(max_)
	assert "Clarification" in told and "Denied" in told
	parts = _parts(site)
	assert parts["Approved"] == name and set(parts) == {"Approved", "Clarification", "Denied"}
	assert site.claim(name)["total_manager"] == 60

	open_claim(esha, parts["Clarification"])
	assert esha.evaluate(TOO_WIDE) <= 0
	reply(esha, ["No, it was not"], "Pending Area Manager")
	assert site.claim(parts["Clarification"])["status"] == "Pending Area Manager"
	open_claim(max_, parts["Clarification"])
	assert "No, it was not" in line(max_, 1).inner_text()
	max_.page.locator(".sa-approve-all").click()
	decide(max_)
	_forward(site)
	_lock(site, open_desk, name, parts["Clarification"])

	open_claim(esha, name)
	told = trail(esha)
	assert [row[1] for row in told][-1] == "Approved and Locked" and len(told) == 5, told
	assert "anil" in told[-1][0].lower()
	assert esha.evaluate(TOO_WIDE) <= 0
	for user in ("esha", "max", "anil"):
		check_no_errors(open_desk(user))


def test_expenses_in_other_currencies(site: Site, open_desk: Open) -> None:
	esha = open_desk("esha", PHONE)
	with _rate(site, "USD", 80):
		esha.open("/app/sales-expense-claim/new")
		for amount, currency in (("10", "USD"), ("1200", "JPY")):
			add_expense(esha, expense_type=site.made["taxi"], amount=amount, currency=currency)
		button(esha, "Send").click()
		assert "no exchange rate from JPY" in message(esha)
		esha.settle()
		esha.errors.clear()  # the refusal
		assert esha.evaluate(ENTERED) == [[10, "USD"], [1200, "JPY"]]
		line(esha, 2).get_by_role("button", name="Edit", exact=True).click()
		fill_expense(esha, "Expense", amount="15", currency="USD")
		claim = site.claim(send(esha))
	worth = [(row["amount"], row["currency"], row["base_amount"]) for row in claim["expenses"]]
	assert worth == [(10, "USD", 800), (15, "USD", 1200)]
	assert all(text in line(esha, 2).inner_text() for text in ("15.00", "1,200.00"))
	check_no_errors(esha)


def _lock(site: Site, open_desk: Open, name: str, other: str) -> None:
	"""Accounts lock the first claim for less, ask the manager about the other, who lowers it, and deny that."""
	anil, max_ = open_desk("anil"), open_desk("max")
	open_claim(anil, name)
	choose(anil, 1, "Approve and Lock", "As by our rules")
	anil.evaluate("() => cur_frm.reload_doc()")  # as Frappe does when somebody comments on it
	anil.settle()
	assert line(anil, 1).locator("textarea").input_value() == "As by our rules"
	line(anil, 1).locator("input").fill("50")
	decide(anil)
	locked = site.claim(name)
	assert (locked["status"], locked["docstatus"], locked["total_accounts"]) == ("Approved and Locked", 1, 50)
	open_claim(anil, other)
	choose(anil, 1, "Ask Manager", "Is that hotel allowed?")
	decide(anil)
	open_claim(max_, other)
	assert "Is that hotel allowed?" in line(max_, 1).inner_text()
	line(max_, 1).locator("input").fill("200")
	reply(max_, ["For 200 it is"], "With Accounts")
	answered = site.claim(other)
	assert (answered["status"], answered["total_manager"]) == ("With Accounts", 200)
	open_claim(anil, other)
	choose(anil, 1, "Deny and Lock", "It is not")
	decide(anil)
	denied = site.claim(other)
	assert (denied["status"], denied["docstatus"], denied["reason"]) == ("Denied and Locked", 1, "It is not")


def _enter(site: Site, esha: Desk, receipts: list[Path]) -> str:
	"""A claim from a project: two receipts at once, a journey, and off it goes."""
	esha.open(f"/app/sales-project/{site.made['project']}")
	esha.evaluate("""() => cur_frm.page.inner_toolbar.find('[data-label="Expense%20Claim"]').click()""")
	taxi = {"expense_type": site.made["taxi"], "amount": "100"}
	add_receipts(esha, receipts, [taxi, {"expense_type": site.made["hotel"], "amount": "250"}])
	add_expense(esha, expense_type=site.made["car"], vehicle="Car", distance="12")
	button(esha, "Send")
	assert esha.evaluate(TOO_WIDE) <= 0
	return send(esha)


@contextmanager
def _rate(site: Site, currency: str, rate: float) -> Iterator[None]:
	"""What one of a currency is worth in the company's."""
	own = site.admin.document("Company", site.made["company"]).json()["data"]["default_currency"]
	values = {"from_currency": currency, "to_currency": own, "exchange_rate": rate, "for_buying": 1}
	day = (date.today() - timedelta(days=3)).isoformat()
	answer = site.admin.write("POST", "Currency Exchange", date=day, **values)
	assert answer.ok, explain(answer)
	try:
		yield
	finally:
		site.admin.write("DELETE", "Currency Exchange", answer.json()["data"]["name"])


def _parts(site: Site) -> dict[str, str]:
	"""State > name of every claim, of which there is one in each state here."""
	rows = site.admin.rows(CLAIM, fields=["name", "status"])
	return {row["status"]: row["name"] for row in rows}


def _forward(site: Site) -> None:
	anil = Client(site.url, site.made["users"]["anil"], site.made["password"])
	answer = anil.call("sales_activity.api.expense_forwarding.forward", company=site.made["company"])
	assert answer.ok, explain(answer)
