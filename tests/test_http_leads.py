"""Who sees what over HTTP of a lead, its answers, moves, responses and programs; and what of it nobody writes.

The lead is Zoe's. Olga is in Sales Operations; Priya and Mara have nothing to do with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from outside import World, explain, run_script
from test_http_visibility import client_list, listed, rest
from test_http_writes import LEDGER_ATTACKS, LEDGER_BULK_ATTACKS

NURTURE, ANSWER, DEFINITION = "Lead Nurture", "Lead Answer", "Universal Lead Definition"
LEADS = "sales_activity.api.leads"
SAID = "Outside lead secret"
REFUSED = (401, 403, 404)
# DocType > a field of its rows that names the lead or what it said, and where its rows stand
OF_A_LEAD = {
	NURTURE: ("lead", {}),
	ANSWER: ("value", {"parent": NURTURE}),
	"Lead Move": ("lead", {}),
	"Nurture Response": ("lead", {}),
	"Program Enrolment": ("lead", {}),
	"Program Step Run": ("lead", {}),
}
# what the app writes in SQL, and nobody else writes: the number that the attacks change is in test_http_writes
LOGS = ("Lead Move", "Nurture Response", "Program Step Run")


@pytest.fixture(scope="module")
def lead(world: World) -> Iterator[str]:
	"""A lead that went through a program's first step, responded, and is being qualified."""
	with run_script(Path(__file__).with_name("program_site.py")) as made:
		name = made["leads"][0]["lead"]
		zoe = world.made["users"]["zoe"]
		assert world.admin.write("PUT", "Lead", name, lead_owner=zoe).ok
		values = {"lead": name, "response_type": "Webinar Attended", "key": "http-leads"}
		answer = world.by_token("olga").call("sales_activity.api.responses.record", **values)
		assert answer.ok, explain(answer)
		definition = defined(world, name)
		for method, values in (
			("act", {"action": "Start"}),
			("answer", {"answers": {"who_decides": SAID}}),
		):
			answer = world.client("olga").call(f"{LEADS}.{method}", lead=name, **values)
			assert answer.ok, explain(answer)
		yield name
		assert world.admin.write("DELETE", "Lead", name).ok
		# it was in use, so it stays; withdrawn, it measures no other lead of the company
		answer = world.admin.call("frappe.client.cancel", doctype=DEFINITION, name=definition)
		assert answer.ok, explain(answer)


def defined(world: World, lead: str) -> str:
	"""An active definition for the lead's company, with one question."""
	criteria = [{"label": "Who Decides", "kind": "Question", "fieldtype": "Data", "points": 10}]
	values = {"title": "Outside", "threshold": 5, "criteria": criteria}
	company = world.value(NURTURE, lead)["company"]
	answer = world.admin.write("POST", DEFINITION, company=company, **values)
	assert answer.ok, explain(answer)
	answer = world.admin.call("frappe.client.submit", doc=answer.json()["data"])
	assert answer.ok, explain(answer)
	return answer.json()["message"]["name"]


@pytest.mark.parametrize("doctype", OF_A_LEAD)
def test_seen_by_whose_lead_it_is(world: World, lead: str, doctype: str) -> None:
	field, where = OF_A_LEAD[doctype]
	shown = SAID if doctype == ANSWER else lead
	ways = (
		rest(doctype, field, **where),
		client_list(doctype, field, **where),
		listed("get", doctype, field, view="Report", **({"parent_doctype": NURTURE} if where else {})),
	)
	for number, way in enumerate(ways):
		for key in ("zoe", "olga"):
			answer = way(world.client(key), world)
			assert shown in answer.text, (number, key, explain(answer))
		for key in ("priya", "mara", "nadia", "guest"):
			answer = way(world.client(key), world)
			assert answer.status_code in REFUSED or answer.ok, (number, key, explain(answer))
			assert lead not in answer.text and SAID not in answer.text, (number, key)


@pytest.mark.parametrize("doctype", OF_A_LEAD)
def test_counted_by_whose_lead_it_is(world: World, lead: str, doctype: str) -> None:
	field, _where = OF_A_LEAD[doctype]
	asked = {field: SAID if doctype == ANSWER else lead}
	for key in ("priya", "mara", "nadia", "guest"):
		answer = world.client(key).call("frappe.client.get_count", doctype=doctype, filters=asked)
		assert answer.status_code in REFUSED or answer.json()["message"] == 0, (key, explain(answer))
	if doctype != ANSWER:  # rows are counted by nobody but who names their document
		answer = world.client("zoe").call("frappe.client.get_count", doctype=doctype, filters=asked)
		assert answer.json()["message"] > 0, explain(answer)


@pytest.mark.parametrize("method", ["screen", "answer", "act"])
def test_methods_serve_whose_lead_it_is(world: World, lead: str, method: str) -> None:
	values = {"answer": {"answers": {"who_decides": "Forged"}}, "act": {"action": "Disqualify"}}.get(
		method, {}
	)
	before = rows_of(world, lead)
	for key in ("priya", "mara", "nadia", "guest"):
		answer = world.client(key).call(f"{LEADS}.{method}", lead=lead, **values)
		assert answer.status_code in REFUSED and SAID not in answer.text, (key, explain(answer))
	assert rows_of(world, lead) == before


@pytest.mark.parametrize("key", ["zoe", "olga", "admin"])
@pytest.mark.parametrize("attack", [*LEDGER_ATTACKS, *LEDGER_BULK_ATTACKS])
def test_nobody_writes_what_happened(world: World, lead: str, attack: str, key: str) -> None:
	before = rows_of(world, lead)
	for doctype in LOGS:
		run = {**LEDGER_ATTACKS, **LEDGER_BULK_ATTACKS}[attack]
		answer = run(world.client(key), doctype, before[doctype][0]["name"])
		refused = range(400, 500) if attack in LEDGER_ATTACKS else range(200, 500)
		assert answer.status_code in refused, (doctype, explain(answer))
	assert rows_of(world, lead) == before


def rows_of(world: World, lead: str) -> dict[str, list[dict]]:
	"""Every field of everything about the lead."""
	found = {
		doctype: world.admin.rows(doctype, fields=["*"], filters=[["lead", "=", lead]], order_by="name")
		for doctype in OF_A_LEAD
		if doctype != ANSWER
	}
	return {**found, ANSWER: world.admin.rows(ANSWER, fields=["*"], parent=NURTURE, order_by="name")}
