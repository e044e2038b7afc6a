"""The seeded process from the first call to the delivery: four people in the desk, the fifth through the API.

Each is told once, by e-mail, when it is their turn, finds it in My Next Steps, and does it there or on the project.
"""

from __future__ import annotations

import email
import email.policy
import os
import re
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from browser import Desk, chromium_path, desk
from desk_steps import check_no_errors, fill
from outside import Client, explain, run_script

pytest.importorskip("playwright", reason="needs Playwright: pip install -r dev/lock/browser.txt")
pytestmark = pytest.mark.skipif(chromium_path() is None, reason="needs Chromium: apt install chromium")

HERE = Path(__file__).parent
MILESTONE = "Sales Milestone"
TOMORROW = str(date.today() + timedelta(days=1))
# must arrive as it was typed, in the form and in the e-mails
NEED = "A server room without dust & noise, < 20 dB"

CALL = {
	"spoken_to": "Ms Rao",
	"part_in_decision": "Decides",
	"need": NEED,
	"visit_wanted": "Yes",
	"visit_on": f"{TOMORROW} 10:00:00",
}
VISIT = {
	"visited_on": f"{TOMORROW} 10:00:00",
	"people_met": "Ms Rao, head of IT",
	"who_decides": "Ms Rao",
	"met_decider": True,
	"pains": "Failures every summer",
	"analysis_agreed": "No",
}
ANALYSIS = {
	"requirements": "Cooling, two cabinets, no noise in the ward",
	"product_category": "Course Equipment",
	"quantity": "2",
	"needed_by": TOMORROW,
}
ESTIMATE = {
	"material_cost": "60",
	"labour_cost": "20",
	"margin": "20",
	"price": "100",
	"weeks_to_deliver": "6",
	"valid_until": TOMORROW,
}
ADVANCE = {"advance_amount": "50", "banked_on": str(date.today()), "paid_by": "Cash"}


class Sale:
	"""The sale as the test sees it from outside."""

	def __init__(self, made: dict) -> None:
		self.made = made
		self.url = os.environ["SA_URL"]
		self.project = made["project"]
		self.admin = Client(self.url, "Administrator", os.environ["SA_PASSWORD"])
		self.cole = Client(self.url, token=made["token"])

	def milestone(self, title: str) -> dict:
		"""A milestone with its answers, as Administrator sees it."""
		rows = self.admin.rows(MILESTONE, filters={"sales_project": self.project, "milestone": title})
		return self.admin.document(MILESTONE, rows[0]["name"]).json()["data"]

	def states(self) -> dict[str, str]:
		"""Title > status, in their order."""
		fields = ["milestone", "status", "position"]
		rows = self.admin.rows(MILESTONE, filters={"sales_project": self.project}, fields=fields)
		return {row["milestone"]: row["status"] for row in sorted(rows, key=lambda row: row["position"])}

	def steps_of(self, client: Client) -> list[str]:
		"""What a user's My Next Steps says of this sale."""
		answer = client.call("sales_activity.api.milestones.my_next_steps")
		assert answer.ok, explain(answer)
		steps = answer.json()["message"]["steps"]
		return [step["what"] for step in steps if step["project"] == self.project]

	def turns(self) -> dict[str, list[str]]:
		"""The same for each of the five; who has nothing to do is left out."""
		clients = {key: self.client(key) for key in self.made["users"]}
		found = {key: sorted(self.steps_of(client)) for key, client in clients.items()}
		return {key: steps for key, steps in found.items() if steps}

	def client(self, key: str) -> Client:
		"""A user's session with the API."""
		return Client(self.url, self.made["users"][key], self.made["password"])

	def mails_to(self, key: str, wanted: int) -> list[str]:
		"""The texts of the e-mails queued for a user, oldest first, once there are as many as wanted."""
		deadline = time.monotonic() + 240  # the worker may have much else to do
		while len(found := self._queued(key)) < wanted and time.monotonic() < deadline:
			time.sleep(1)
		assert len(found) == wanted, [text[:200] for text in found]
		return found

	def _queued(self, key: str) -> list[str]:
		filters = {"reference_doctype": MILESTONE}
		rows = self.admin.rows("Email Queue", filters=filters, fields=["name"], order_by="creation")
		documents = [self.admin.document("Email Queue", row["name"]).json()["data"] for row in rows]
		address = self.made["users"][key]
		own = [one for one in documents if any(row["recipient"] == address for row in one["recipients"])]
		assert all(len(one["recipients"]) == 1 for one in own)
		return [_text(one["message"]) for one in own]


@pytest.fixture(scope="module")
def sale() -> Iterator[Sale]:
	if "SA_URL" not in os.environ:
		pytest.skip("needs a served site: run `make test`, which sets SA_URL")
	with run_script(HERE / "process_site.py") as made:
		yield Sale(made)


@pytest.fixture(scope="module")
def calculation(tmp_path_factory: pytest.TempPathFactory) -> Path:
	file = tmp_path_factory.mktemp("files") / "calculation.txt"
	file.write_text("60 + 20 + 20 = 100")
	return file


def test_from_the_first_call_to_the_delivery(sale: Sale, calculation: Path) -> None:
	assert sale.turns() == {"tara": ["Tele-sales Call"]}
	with _desk(sale, "tara") as tara:
		_achieve_from_next_steps(tara, "Tele-sales Call", CALL)
	assert sale.turns() == {"vera": ["Visit"]}
	_check_mail(sale.mails_to("vera", 1)[0], "Visit", [NEED, "Ms Rao"])

	with _desk(sale, "vera") as vera:
		_achieve_on_project(vera, sale, "Visit", VISIT)
		assert sale.turns() == {"vera": ["Needs Analysis"]}  # hers again: nobody is written to
		_achieve_on_project(vera, sale, "Needs Analysis", ANALYSIS)
	assert sale.turns() == {"dora": ["Cost Estimate", "Solution Design"]}
	mails = sale.mails_to("dora", 2)
	assert len(sale.mails_to("vera", 1)) == 1
	for title in ("Solution Design", "Cost Estimate"):
		mail = next(text for text in mails if title in text)
		_check_mail(mail, title, [NEED, "Failures every summer", ANALYSIS["requirements"]])
		assert "Fällig" in mail  # she reads German

	with _desk(sale, "dora") as dora:
		_achieve_from_next_steps(dora, "Solution Design", {}, evidence=calculation)
		_achieve_from_next_steps(dora, "Cost Estimate", ESTIMATE, files={"calculation": calculation})
	assert sale.turns() == {"vera": ["Quotation"]}

	quotation = _quote_and_order(sale)
	assert sale.states()["Quotation"] == sale.states()["Converted"] == "Achieved", quotation
	assert sale.turns() == {"anton": ["Advance Banked"]}
	with _desk(sale, "anton") as anton:
		_achieve_from_next_steps(anton, "Advance Banked", ADVANCE, evidence=calculation)

	assert sale.turns() == {"cole": ["Delivered"]}
	_check_mail(sale.mails_to("cole", 1)[0], "Delivered", [NEED, "Cash"])
	_check_everything_is_known(sale)
	_deliver_through_the_api(sale, calculation)
	assert set(sale.states().values()) == {"Achieved"}
	assert sale.turns() == {}


def _desk(sale: Sale, key: str) -> Any:
	return desk(sale.url, sale.made["users"][key], sale.made["password"])


def _achieve_from_next_steps(
	browser: Desk,
	title: str,
	answers: dict[str, Any],
	files: dict[str, Path] | None = None,
	evidence: Path | None = None,
) -> None:
	"""My Next Steps, Achieve on its card, and the form that this opens."""
	browser.open("/app/my-next-steps")
	card = browser.page.get_by_role("article", name=title, exact=True)
	card.get_by_role("button", name="Achieve").or_(card.get_by_role("button", name="Erreicht")).first.click()
	browser.settle()
	scope = browser.page.locator(".modal.show .sa-panel")
	_work(browser, scope, answers, files, evidence)
	browser.settle()
	assert browser.page.locator(".modal.show").all_inner_texts() == []
	check_no_errors(browser)


def _achieve_on_project(browser: Desk, sale: Sale, title: str, answers: dict[str, Any]) -> None:
	"""The project's form: the path with the current milestone's form below it."""
	browser.open(f"/app/sales-project/{sale.project}")
	_work(browser, browser.page.locator(f".sa-panel[aria-label='{title}']"), answers)
	browser.settle()
	assert browser.page.locator(".modal.show").all_inner_texts() == []
	assert sale.states()[title] == "Achieved"
	check_no_errors(browser)


def _work(
	browser: Desk,
	scope: Any,
	answers: dict[str, Any],
	files: dict[str, Path] | None = None,
	evidence: Path | None = None,
) -> None:
	"""Fill in a milestone's form and press Achieve, the button that stands out."""
	scope.wait_for()
	browser.settle()
	for fieldname, value in answers.items():
		fill(browser, scope.locator(f".sa-answers [data-fieldname='{fieldname}']").first, value)
	for fieldname, path in (files or {}).items():
		scope.locator(f".sa-answers [data-fieldname='{fieldname}'] .btn-attach").click()
		_upload(browser, path)
	if evidence:
		scope.locator(".sa-panel__evidence button").click()
		_upload(browser, evidence)
	scope.locator(".sa-panel__actions .btn-primary").click()


def _upload(browser: Desk, path: Path) -> None:
	dialog = browser.page.locator(".modal.show:has(.file-uploader)")
	dialog.locator("input[type=file]").first.set_input_files(path)
	dialog.locator(".btn-modal-primary").click()
	dialog.wait_for(state="detached")
	browser.settle()


def _quote_and_order(sale: Sale) -> str:
	"""Vera's Quotation and the Sales Order, as another program makes them: each achieves what waits for it."""
	vera = sale.client("vera")
	line = {"item_code": "COURSE-ITEM", "qty": 2, "rate": 50, "warehouse": sale.made["warehouse"]}
	common = {
		"company": sale.made["company"],
		"sales_project": sale.project,
		"selling_price_list": sale.made["price_list"],
		"currency": sale.admin.document("Company", sale.made["company"]).json()["data"]["default_currency"],
		"plc_conversion_rate": 1,  # the price list may be in another
	}
	party = {"quotation_to": "Customer", "party_name": sale.made["customer"]}
	quotation = _submit(vera, "Quotation", **common, **party, items=[line])
	assert sale.states()["Quotation"] == "Achieved"
	assert sale.turns() == {"vera": ["Converted"]}
	days = {"delivery_date": TOMORROW, "transaction_date": str(date.today())}
	line = {**line, "delivery_date": TOMORROW}
	_submit(vera, "Sales Order", **common, **days, customer=sale.made["customer"], items=[line])
	return quotation


def _submit(client: Client, doctype: str, **values: Any) -> str:
	answer = client.write("POST", doctype, docstatus=1, **values)
	assert answer.ok, explain(answer)
	return answer.json()["data"]["name"]


def _check_everything_is_known(sale: Sale) -> None:
	"""Cole, the last, reads every answer that anybody gave."""
	name = sale.milestone("Delivered")["name"]
	answer = sale.cole.call("sales_activity.api.milestones.form", milestone=name)
	assert answer.ok, explain(answer)
	known = {row["fieldname"]: str(row["raw"]) for row in answer.json()["message"]["known_so_far"]}
	for given in (CALL, VISIT, ANALYSIS, ESTIMATE, ADVANCE):
		for fieldname, value in given.items():
			wanted = "1" if value is True else value
			assert known[fieldname].rstrip("0").rstrip(".") == wanted.rstrip("0").rstrip("."), fieldname
	assert "calculation" in known


def _deliver_through_the_api(sale: Sale, evidence: Path) -> None:
	name = sale.milestone("Delivered")["name"]
	act = "sales_activity.api.milestones.act"
	refused = sale.cole.call(act, milestone=name, action="Achieve")
	assert refused.status_code == 417 and "vidence" in explain(refused), explain(refused)
	values = {"doctype": MILESTONE, "docname": name, "is_private": 1}
	with evidence.open("rb") as file:
		sent = sale.cole.session.post(
			f"{sale.url}/api/method/upload_file", data=values, files={"file": file}, timeout=60
		)
	assert sent.ok, explain(sent)
	done = sale.cole.call(act, milestone=name, action="Achieve", evidence=sent.json()["message"]["file_url"])
	assert done.ok, explain(done)


def _check_mail(text: str, title: str, answers: list[str]) -> None:
	assert title in text
	assert "/app/sales-milestone/" in text
	for answer in answers:
		assert answer in text, f"{answer!r} is not in {text}"


def _text(message: str) -> str:
	"""The plain text of a queued e-mail, without what the lines were folded with."""
	parsed = email.message_from_string(message, policy=email.policy.default)
	body = parsed.get_body(("plain", "html"))
	return re.sub(r"\s+", " ", f"{parsed['Subject']} {body.get_content()}")
