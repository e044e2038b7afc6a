"""Twelve claims on their way to the books, taken there by five people who do nothing but use the desk.

Esha, on a phone, and Ravi claim; Max decides; Anil is in Accounts, Anita their manager. Claims are called by keys: E1 to E6
are Esha's, R1 to R6 Ravi's, E1? and E1- what was split off E1 to be asked about, or denied.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from browser import PHONE, Desk
from desk_steps import TOO_WIDE, choose_action, fill
from expense_steps import (
	CLAIM,
	QUIET,
	Open,
	Site,
	act,
	add_expense,
	add_receipts,
	button,
	choose,
	decide,
	fill_expense,
	line,
	open_claim,
	reply,
	send,
)

PENDING, APPROVED, ACCOUNTS = "Pending Area Manager", "Approved", "With Accounts"
LOCKED, DENIED_LOCKED, CANCELLED = "Approved and Locked", "Denied and Locked", "Cancelled"
FORWARDING = "Expense Forwarding"
NEW = """() => {
	const { cur_frm } = window;
	return cur_frm?.doctype === "Sales Expense Claim" && cur_frm.is_new() && !frappe.request.ajax_count;
}"""
# what the tables of the print preview say, cell by cell, below their headings
TABLES = """() => {
	const page = document.querySelector("iframe.print-format-container").contentDocument;
	const report = page.querySelector(".expense-report");
	if (!report) return null;
	const above = (one) => (!one || one.tagName === "H3" ? one : above(one.previousElementSibling));
	return [...report.querySelectorAll("table")].map((table) => ({
		kind: table.className,
		heading: above(table.previousElementSibling)?.textContent.trim() || "",
		rows: [...table.rows].map((row) => [...row.cells].map((cell) => cell.innerText.trim())),
	}));
}"""


class Course:
	"""The claims by key, what was entered of each line, and what the screens said."""

	def __init__(self, site: Site, open_desk: Open, folder: Path) -> None:
		self.site, self.open_desk, self.folder = site, open_desk, folder
		self.names: dict[str, str] = {}
		self.entered: dict[str, list[float]] = {}
		self.forwarding = ""
		# the claims when they were forwarded, and the report that was printed then
		self.forwarded: list[dict] = []
		self.printed: list[dict] = []

	def desk(self, user: str) -> Desk:
		"""Somebody's desk."""
		return self.open_desk(user, PHONE) if user == "esha" else self.open_desk(user)

	def claims(self) -> dict[str, dict]:
		"""All claims as they are now."""
		return {key: self.site.claim(name) for key, name in self.names.items()}

	def run(self) -> None:
		"""The whole course."""
		self.enter_on_a_phone()
		self.enter_at_a_desk()
		self.decide()
		self.correct()
		self.approve_the_rest()
		self.forward()
		self.book()
		self.answer()
		self.lock_the_rest()
		self.cancel()

	# --- entering ------------------------------------------------------------------------------------------

	def enter_on_a_phone(self) -> None:
		"""Six claims of Esha's, the first from a project; one is withdrawn and sent anew."""
		esha, made = self.desk("esha"), self.site.made
		esha.open(f"/app/sales-project/{made['project']}")
		esha.evaluate("""() => cur_frm.page.inner_toolbar.find('[data-label="Expense%20Claim"]').click()""")
		files = [self.file("taxi"), self.file("hotel")]
		add_receipts(esha, files, [self.taxi(100), {"expense_type": made["hotel"], "amount": "250"}])
		add_expense(esha, expense_type=made["car"], vehicle="Car", distance="12")
		self.send(esha, "E1", 100, 250, 120)
		self.enter(esha, "E2", self.taxi(40))
		act(esha, self.names["E2"], "Withdraw", "Draft")
		self.change(esha, 1, amount="45")
		self.send(esha, "E2", 45)
		self.enter(esha, "E3", self.taxi(80))
		self.enter(esha, "E4", self.taxi(300))
		self.enter(esha, "E5", self.taxi(30), self.taxi(90))
		self.enter(esha, "E6", self.taxi(800))

	def enter_at_a_desk(self) -> None:
		"""Six claims of Ravi's, one of them a copy."""
		ravi, made = self.desk("ravi"), self.site.made
		ravi.open("/app/sales-expense-claim/new")
		add_receipts(ravi, [self.file("room")], [{"expense_type": made["hotel"], "amount": "500"}])
		add_expense(ravi, **self.taxi(60), cost_center=made["cost_center"])
		self.send(ravi, "R1", 500, 60)
		self.enter(ravi, "R2", self.taxi(150))
		self.enter(ravi, "R3", self.taxi(75))
		self.enter(ravi, "R4", self.taxi(55))
		self.enter(ravi, "R5", self.taxi(11), self.taxi(12), self.taxi(13), self.taxi(14))
		choose_action(ravi, "Duplicate", menu="menu")
		ravi.page.wait_for_function(NEW)
		assert line(ravi, 4).count() == 1, "the copy has the expenses"
		self.send(ravi, "R6", 11, 12, 13, 14)

	def enter(self, browser: Desk, key: str, *expenses: dict[str, str]) -> None:
		"""A claim from the menu of new documents."""
		browser.evaluate(f"() => frappe.new_doc('{CLAIM}')")
		browser.page.wait_for_function(NEW)
		for values in expenses:
			add_expense(browser, **values)
		self.send(browser, key, *(float(values["amount"]) for values in expenses))

	def send(self, browser: Desk, key: str, *amounts: float) -> None:
		button(browser, "Send")
		self.check_width(browser)
		self.names[key] = send(browser)
		if amounts:
			self.entered[key] = list(amounts)

	def change(self, browser: Desk, number: int, label: str = "Edit", **values: str) -> None:
		"""Change an expense of the claim that is open."""
		line(browser, number).get_by_role("button", name=label, exact=True).click()
		fill_expense(browser, "Expense", **values)

	def taxi(self, amount: float) -> dict[str, str]:
		return {"expense_type": self.site.made["taxi"], "amount": f"{amount:g}"}

	def file(self, name: str) -> Path:
		file = self.folder / f"{name}.txt"
		file.write_text(f"Receipt of {name}")
		return file

	# --- the area manager ----------------------------------------------------------------------------------

	def decide(self) -> None:
		"""Line by line, and whole claims."""
		max_ = self.desk("max")
		open_claim(max_, self.names["E1"], PENDING)
		choose(max_, 1, "Approve", amount="60")
		choose(max_, 2, "Ask", "Was breakfast included?")
		choose(max_, 3, "Deny", "Take the train")
		decide(max_)
		self.name_parts("E1", {"Clarification": "E1?", "Denied": "E1-"})
		act(max_, self.names["E2"], "Approve", APPROVED)
		act(max_, self.names["E3"], "Ask", "Clarification", "Where to?")
		act(max_, self.names["E4"], "Deny", "Denied", "Far too much")
		open_claim(max_, self.names["E5"], PENDING)
		choose(max_, 1, "Approve")
		decide(max_)
		self.name_parts("E5", {PENDING: "E5*"})
		self.check_width(max_)

	def correct(self) -> None:
		"""Esha replies to questions, once with another amount, and sends again what was denied."""
		esha = self.desk("esha")
		open_claim(esha, self.names["E1?"], "Clarification")
		self.check_width(esha)
		reply(esha, ["No, it was not"], PENDING)
		open_claim(esha, self.names["E3"], "Clarification")
		self.change(esha, 1, "Change the Expense", amount="70")
		reply(esha, ["To the station, and it was 70"], PENDING)
		open_claim(esha, self.names["E1-"], "Denied")
		assert "Take the train" in line(esha, 1).inner_text()
		self.change(esha, 1, description="No train goes there")
		self.send(esha, "E1-")
		open_claim(esha, self.names["E4"], "Denied")
		self.change(esha, 1, amount="200")
		self.send(esha, "E4", 200)
		self.entered["E3"] = [70]

	def approve_the_rest(self) -> None:
		"""Everything that waits for Max, on the page for many claims at once."""
		waiting = ("E1?", "E1-", "E3", "E4", "E5*", "E6", "R1", "R2", "R3", "R4", "R5", "R6")
		self.grant(self.desk("max"), waiting)

	# --- Accounts ------------------------------------------------------------------------------------------

	def forward(self) -> None:
		"""Anil takes everything that is approved to Accounts, and prints the report."""
		anil = self.desk("anil")
		anil.open("/app/expense-forwarding/new")
		fill(anil, anil.page.locator("[data-fieldname='company']:visible").first, self.site.made["company"])
		anil.page.get_by_role("button", name="Save", exact=True).click()
		anil.page.wait_for_function("() => cur_frm?.doc.name && !cur_frm.is_new() && !cur_frm.is_dirty()")
		anil.settle(quiet=QUIET)
		anil.page.get_by_role("button", name="Submit", exact=True).click()
		anil.page.locator(".modal.show").get_by_role("button", name="Yes", exact=True).click()
		anil.page.wait_for_function("() => cur_frm?.doc.docstatus === 1")
		anil.settle(quiet=QUIET)
		self.forwarding = anil.evaluate("() => cur_frm.doc.name")
		self.check_width(anil)
		self.forwarded = [self.site.claim(name) for name in self.names.values()]
		self.printed = self.print(anil)

	def print(self, browser: Desk) -> list[dict]:
		"""What the collective report of the forwarding that is open says."""
		browser.page.get_by_role("button", name="Print Collective Report", exact=True).click()
		browser.page.locator("iframe.print-format-container").wait_for()
		browser.page.wait_for_function(TABLES)
		self.check_width(browser)
		return browser.evaluate(TABLES)

	def book(self) -> None:
		"""Accounts lock, lower, deny and ask, whole claims and line by line."""
		anil = self.desk("anil")
		open_claim(anil, self.names["R1"], ACCOUNTS)
		choose(anil, 1, "Approve and Lock", "As by our rules", amount="400")
		choose(anil, 2, "Deny and Lock", "A private trip")
		decide(anil)
		self.name_parts("R1", {DENIED_LOCKED: "R1-"})
		act(anil, self.names["R2"], "Ask Manager", "Returned to Area Manager", "Why by taxi?")
		act(anil, self.names["R3"], "Ask Employee", "Clarification", "Whom did you visit?")
		act(anil, self.names["R4"], "Deny and Lock", DENIED_LOCKED, "Paid already")
		act(anil, self.names["R5"], "Lock", LOCKED)
		open_claim(anil, self.names["R6"], ACCOUNTS)
		choose(anil, 1, "Approve and Lock")
		choose(anil, 2, "Deny and Lock", "No receipt")
		choose(anil, 3, "Ask Manager", "Did you know?")
		choose(anil, 4, "Ask Employee", "Where to?")
		decide(anil)
		parts = {DENIED_LOCKED: "R6-", "Returned to Area Manager": "R6<", "Clarification": "R6?"}
		self.name_parts("R6", parts)
		self.check_width(anil)

	def answer(self) -> None:
		"""Max answers Accounts, once lowering the amount; Ravi replies."""
		max_, ravi = self.desk("max"), self.desk("ravi")
		open_claim(max_, self.names["R2"], "Returned to Area Manager")
		line(max_, 1).locator("input").fill("120")
		reply(max_, ["It rained. 120 will do"], ACCOUNTS)
		open_claim(max_, self.names["R6<"], "Returned to Area Manager")
		reply(max_, ["I did"], ACCOUNTS)
		for key, text in (("R3", "The clinic"), ("R6?", "To the clinic")):
			open_claim(ravi, self.names[key], "Clarification")
			self.check_width(ravi)
			reply(ravi, [text], ACCOUNTS)

	def lock_the_rest(self) -> None:
		"""Anita locks what is left, one by itself."""
		anita = self.desk("anita")
		act(anita, self.names["R3"], "Lock", LOCKED)
		rest = ("R2", "R6<", "R6?", "E1", "E1?", "E1-", "E2", "E3", "E4", "E5", "E5*", "E6")
		self.grant(anita, rest)

	def cancel(self) -> None:
		"""Anita cancels a locked claim, and one that was denied and locked."""
		anita = self.desk("anita")
		act(anita, self.names["R5"], "Cancel", CANCELLED)
		act(anita, self.names["R4"], "Cancel", CANCELLED)

	def grant(self, browser: Desk, keys: Sequence[str]) -> None:
		"""Approve, or lock, everything that waits for somebody: these claims, and no other."""
		page = browser.page
		if browser.evaluate("() => Boolean(window.frappe?.set_route)"):
			browser.evaluate("() => frappe.set_route('decide-expenses')")
		else:
			browser.open("/app/decide-expenses")
		page.locator(".sa-many__claim").first.wait_for()
		browser.settle(quiet=QUIET)
		shown = page.locator(".sa-many__claim").evaluate_all("(all) => all.map((one) => one.dataset.claim)")
		assert sorted(shown) == sorted(self.names[key] for key in keys)
		for name in ("Esha", "Ravi"):
			page.get_by_role("button", name=f"Approve All of {name}", exact=True).click()
		self.check_width(browser)
		page.locator(".sa-many__decide").click()
		told = page.locator(".sa-many__decided summary")
		told.wait_for()
		assert told.inner_text() == f"{len(keys)} claims decided"
		browser.settle(quiet=QUIET)

	# --- steps ---------------------------------------------------------------------------------------------

	def name_parts(self, key: str, names: dict[str, str]) -> None:
		"""Give the parts that were just split off a claim their keys, by their states."""
		rows = self.site.admin.rows(CLAIM, fields=["name", "status"], filters={"split_from": self.names[key]})
		assert sorted(row["status"] for row in rows) == sorted(names), rows
		self.names |= {names[row["status"]]: row["name"] for row in rows}

	def check_width(self, browser: Desk) -> None:
		assert browser.evaluate(TOO_WIDE) <= 0, browser.page.url
