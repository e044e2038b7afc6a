"""Five people take twelve expense claims through every transition of the Workflow, in a real browser; then the record, the
ledger and the printed report are held against what they did."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest
from browser import chromium_path
from desk_steps import check_no_errors
from expense_course import CANCELLED, LOCKED, Course
from expense_steps import CLAIM, Open, Site, desks, open_claim, trail
from outside import run_script

from sales_activity.sales_activity.expenses import rules

pytest.importorskip("playwright", reason="needs Playwright: pip install -r dev/lock/browser.txt")
pytestmark = pytest.mark.skipif(chromium_path() is None, reason="needs Chromium: apt install chromium")

PEOPLE = ("esha", "ravi", "max", "anil", "anita")
# what Accounts locked and didn't cancel, by what people did in `expense_course.py`
LOCKED_OF = {
	"esha": 60 + 250 + 120 + 45 + 70 + 200 + 30 + 90 + 800,
	"ravi": 400 + 120 + 75 + 11 + 13 + 14,
}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
	if "SA_URL" not in os.environ:
		pytest.skip("needs a served site: run `make test`, which sets SA_URL")
	with run_script(Path(__file__).parent / "expense_course_site.py") as made:
		yield Site(made)


@pytest.fixture(scope="module")
def open_desk(site: Site) -> Iterator[Open]:
	with desks(site) as opened:
		yield opened


@pytest.fixture(scope="module")
def course(site: Site, open_desk: Open, tmp_path_factory: pytest.TempPathFactory) -> Course:
	course = Course(site, open_desk, tmp_path_factory.mktemp("receipts"))
	course.run()
	return course


def test_every_transition_was_taken_by_who_may(course: Course) -> None:
	users, claims = course.site.made["users"], course.claims()
	workflow = course.site.admin.document("Workflow", CLAIM).json()["data"]
	wanted = {(state, move.to_state): move.by for move in rules.MOVES for state in move.from_states}
	assert {(row["state"], row["next_state"]) for row in workflow["transitions"]} <= set(wanted)
	assert len(claims) > len(course.entered) == 12

	whose = {employee: users[key] for key, employee in course.site.made["employees"].items()}
	may = {
		rules.MANAGER: {users["max"]},
		rules.ACCOUNTS: {users["anil"], users["anita"]},
		rules.CHIEF: {users["anita"]},
		rules.APP: {users["anil"]},
	}
	taken = set()
	for row in course.site.admin.rows("Expense Move", fields=["*"]):
		if row["from_state"] and row["claim"] in course.names.values():
			way = (row["from_state"], row["to_state"])
			assert row["user"] in may.get(wanted[way], {whose[row["employee"]]}), row
			assert wanted[way] != rules.APP or row["via"] == course.forwarding
			taken.add(way)
	assert taken == set(wanted)


def test_parts_add_up_to_what_was_claimed(course: Course) -> None:
	claims = course.claims()
	keys = [line["line_key"] for claim in claims.values() for line in claim["expenses"]]
	assert len(keys) == len(set(keys)) == sum(map(len, course.entered.values()))
	for key, amounts in course.entered.items():
		parts = [claim for name, claim in claims.items() if name.startswith(key)]
		lines = [line for claim in parts for line in claim["expenses"]]
		assert sorted(line["base_amount"] for line in lines) == sorted(amounts), key
		assert {claim.get("first_claim") or claim["name"] for claim in parts} == {course.names[key]}
	for claim in claims.values():
		assert all(map(rules.chain_holds, claim["expenses"]))
		assert {total: claim[total] for total in rules.totals([])} == rules.totals(claim["expenses"])


def test_the_ledger_balances(course: Course) -> None:
	made, claims = course.site.made, course.claims()
	ledger = defaultdict(list)
	for row in course.site.admin.rows("GL Entry", fields=["*"], filters={"company": made["company"]}):
		ledger[row["voucher_no"]].append(row)
	assert all(_balance(rows) == 0 for rows in ledger.values())

	locked = [claim for claim in claims.values() if claim["status"] == LOCKED]
	for claim in locked:
		rows = ledger[claim["journal_entry"]]
		assert (claim["journal_status"], len(claim.get("advances", ()))) == (
			"Posted",
			int(_set_off(claim) > 0),
		)
		assert sum(row["debit"] for row in rows) == pytest.approx(claim["total_accounts"])
		assert claim["payable_amount"] == claim["total_accounts"] - _set_off(claim)
	assert not any(
		claim.get("journal_entry") for claim in claims.values() if claim["status"] == "Denied and Locked"
	)

	all_rows = [row for rows in ledger.values() for row in rows if not row["is_cancelled"]]
	for key, employee in made["employees"].items():
		own = [claim for claim in locked if claim["employee"] == employee]
		advance = made["advance"] if key == "esha" else 0
		assert sum(claim["total_accounts"] for claim in own) == LOCKED_OF[key]
		assert sum(map(_set_off, own)) == advance
		of = {
			name: [row for row in all_rows if (row["account"], row["party"]) == (account, employee)]
			for name, account in made["accounts"].items()
		}
		assert -_balance(of["owed"]) == pytest.approx(LOCKED_OF[key] - advance)
		assert _balance(of["advances"]) == 0

	cancelled = claims["R5"]
	rows = ledger[cancelled["journal_entry"]]
	assert (cancelled["journal_status"], cancelled["payable_amount"], _balance(rows)) == ("Cancelled", 0, 0)
	assert len(rows) > 1 and all(row["is_cancelled"] for row in rows)
	_check_trial_balance(course, all_rows)


def test_printed_totals_are_the_claims(course: Course) -> None:
	claims, made = course.forwarded, course.site.made
	company = course.site.admin.document("Company", made["company"]).json()["data"]
	forwarding = course.site.admin.document("Expense Forwarding", course.forwarding).json()["data"]
	assert {row["claim"] for row in forwarding["claims"]} == {claim["name"] for claim in claims}
	lines = [(claim, line) for claim in claims for line in claim["expenses"]]
	total = sum(line["manager_amount"] for _claim, line in lines)
	assert forwarding["total"] == total > 0

	def by(label: Callable[[dict, dict], str]) -> dict[str, float]:
		found: dict[str, float] = defaultdict(float)
		for claim, line in lines:
			found[label(claim, line)] += line["manager_amount"]
		return {**found, "Total": total}

	project = course.site.admin.document("Sales Project", made["project"]).json()["data"]
	titles = {made["project"]: f"{made['project']} {project['title']}"}
	printed = {table["heading"]: _totals(table["rows"]) for table in course.printed if table["kind"] == "by"}
	assert printed == {
		"By Expense Type": by(lambda _claim, line: line["expense_type"]),
		"By Cost Center": by(lambda _claim, line: line.get("cost_center") or company["cost_center"]),
		"By Sales Project": by(lambda _claim, line: titles.get(line.get("sales_project"), "None given")),
	}
	assert len(printed["By Cost Center"]) == len(printed["By Sales Project"]) == 3

	(cover,) = (table["rows"] for table in course.printed if table["kind"] == "employees")
	assert _totals(cover[1:]) == by(lambda claim, _line: claim["employee_name"])
	of_claims = [table for table in course.printed if table["kind"] == "lines"]
	assert {table["heading"].partition(" ")[0]: _number(table["rows"][-1][-1]) for table in of_claims} == {
		claim["name"]: claim["total_manager"] for claim in claims
	}
	each = sum(_number(row[-1]) for table in of_claims for row in table["rows"][1:-1])
	assert each == pytest.approx(total)
	(index,) = (table["rows"][1:] for table in course.printed if table["kind"] == "index")
	receipts = [line["manager_amount"] for _claim, line in lines if line.get("receipt")]
	assert sorted(_number(row[-1]) for row in index) == sorted(receipts) and len(receipts) == 3


def test_what_the_desk_shows_after_a_cancel(course: Course) -> None:
	for user in ("anita", "ravi"):
		browser = course.desk(user)
		for key in ("R4", "R5"):
			open_claim(browser, course.names[key], CANCELLED)
			# Frappe's own message, that the Workflow lets nobody edit it, may come first
			assert CANCELLED in " ".join(browser.page.locator(".form-message:visible").all_inner_texts())
			assert not browser.page.locator(".actions-btn-group:visible").count()
			assert not browser.page.locator(".sa-send:visible, .sa-decide:visible, .sa-reply:visible").count()
			who, state = trail(browser)[-1]
			assert ("anita" in who.lower(), state) == (True, CANCELLED)
		course.check_width(browser)


def test_nobody_met_an_error(course: Course) -> None:
	for user in PEOPLE:
		check_no_errors(course.desk(user))


def _check_trial_balance(course: Course, rows: Iterable[Mapping]) -> None:
	"""ERPNext's own; the stand-in has none."""
	if "stand-in" in os.environ["SA_ENGINE"]:
		return
	report, made = "Trial Balance", course.site.made
	year = date.today().year
	filters = {"from_date": f"{year}-01-01", "to_date": f"{year}-12-31", "fiscal_year": str(year)}
	lines = course.site.admin.lines(report, company=made["company"], show_net_values=0, **filters)
	by_account = {line["account"]: line for line in lines if line.get("account")}
	for account in made["accounts"].values():
		shown = by_account.get(account, {})
		own = [row for row in rows if row["account"] == account]
		assert _balance(own) == pytest.approx(shown.get("closing_debit", 0) - shown.get("closing_credit", 0))
	total = lines[-1]
	assert total["closing_debit"] == pytest.approx(total["closing_credit"]) and total["closing_debit"] > 0


def _balance(rows: Iterable[Mapping]) -> float:
	return round(sum(row["debit"] - row["credit"] for row in rows), 6)


def _set_off(claim: Mapping) -> float:
	return sum(row["set_off_amount"] for row in claim.get("advances", ()))


def _totals(rows: Iterable[list[str]]) -> dict[str, float]:
	return {row[0]: _number(row[-1]) for row in rows}


def _number(text: str) -> float:
	"""The number in "₹ 1,000.00"."""
	return float("".join(sign for sign in text if sign.isdigit() or sign == "."))
