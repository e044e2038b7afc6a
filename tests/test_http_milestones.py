"""Bad answers over HTTP, by every way there is: 4xx, a message that says what is wrong, and nothing has changed.

Vinod calls, Zoe visits; Priya has no part in it, Mara manages Vinod, Olga is in Sales Operations.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from milestone_sale import FORM, PROCESS, running
from outside import Client, World, explain
from test_http_writes import HAND_OFF, LEDGER_ATTACKS, LEDGER_BULK_ATTACKS, MOVE, import_file

MILESTONE, ANSWER, PROJECT = "Sales Milestone", "Milestone Answer", "Sales Project"
QUESTIONS = [
	{"label": "Spoken To", "fieldtype": "Data", "mandatory": 1},
	{"label": "Sites", "fieldtype": "Int", "minimum": "1"},
	{"label": "Decision", "fieldtype": "Date"},
	{"label": "Visit", "fieldtype": "Select", "options": "Yes\nNo"},
	{"label": "Notes", "fieldtype": "Text"},
	{"label": "Category", "fieldtype": "Link", "options": "Item Group"},
	{"label": "Photograph", "fieldtype": "Attach"},
]


@pytest.fixture(scope="module")
def sale(world: World) -> Iterator[dict[str, str]]:
	"""Names of the project and of its milestones."""
	with running(world, QUESTIONS) as names:
		yield names


@pytest.fixture
def unchanged(world: World, sale: dict[str, str]) -> Iterator[None]:
	"""Holds a test to changing nothing of the project's milestones, nor of anybody's answers."""
	before = contents(world, sale)
	yield
	assert contents(world, sale) == before


def contents(world: World, sale: dict[str, str]) -> list:
	"""Every field of the project, of its milestones, and of all answers."""
	milestones = [world.value(MILESTONE, sale[key]) for key in ("call", "visit")]
	rows = world.admin.rows(ANSWER, fields=["*"], parent=MILESTONE, order_by="name")
	moves = world.admin.rows(MOVE, fields=["*"], order_by="name")
	# delivery is the worker's business
	told = ["name", "kind", "status", "to_user", "to_person", "message", "due_date"]
	hand_offs = world.admin.rows(HAND_OFF, fields=told, order_by="name")
	return [world.value(PROJECT, sale["project"]), milestones, rows, moves, hand_offs]


def row(fieldname: str, value: Any) -> list[dict]:
	"""A good answer, and one more."""
	return [{"fieldname": "spoken_to", "value": "Asha"}, {"fieldname": fieldname, "value": value}]


def with_answers(client: Client, name: str, rows: list[dict]) -> dict:
	"""The whole milestone as a client has it, with other answers."""
	return {**client.document(MILESTONE, name).json()["data"], "answers": rows}


WAYS: dict[str, Callable[[Client, str, list[dict]], requests.Response]] = {
	"PUT": lambda client, name, rows: client.write("PUT", MILESTONE, name, answers=rows),
	"frappe.client.save": lambda client, name, rows: client.call(
		"frappe.client.save", doc=with_answers(client, name, rows)
	),
	"frappe.client.set_value": lambda client, name, rows: client.call(
		"frappe.client.set_value", doctype=MILESTONE, name=name, fieldname={"answers": rows}
	),
	"save in the form": lambda client, name, rows: client.call(
		"frappe.desk.form.save.savedocs", doc=with_answers(client, name, rows), action="Save"
	),
	"our API": lambda client, name, rows: client.call(
		"sales_activity.api.milestones.act",
		milestone=name,
		action="Save",
		answers={row["fieldname"]: row["value"] for row in rows},
	),
	"with the move": lambda client, name, rows: client.call(
		"frappe.client.save", doc={**with_answers(client, name, rows), "workflow_state": "Achieved"}
	),
}

# these answer 200 and name what failed
BULK_WAYS: dict[str, Callable[[Client, str, list[dict]], requests.Response]] = {
	"frappe.client.bulk_update": lambda client, name, rows: client.call(
		"frappe.client.bulk_update", docs=[{"doctype": MILESTONE, "docname": name, "answers": rows}]
	),
	"edit in the list": lambda client, name, rows: client.call(
		"frappe.desk.doctype.bulk_update.bulk_update.submit_cancel_or_update_docs",
		doctype=MILESTONE,
		docnames=[name],
		action="update",
		data={"answers": rows},
	),
}

BAD: dict[str, tuple[str, Any, str]] = {
	"a word for a number": ("sites", "many", "whole number"),
	"a fraction for a whole number": ("sites", 1.5, "whole number"),
	"too few": ("sites", 0, "at least 1"),
	"a day that is none": ("decision", "2026-02-30", "must be a date"),
	"a choice that is none": ("visit", "Perhaps", "Choose one of Yes, No"),
	"1 MB of text": ("notes", "x" * 2**20, "at most 20000 characters"),
	"a long name": ("spoken_to_whom", "x", "no question named"),
	"script": ("notes", "<script>alert(1)</script>", "plain text"),
	"HTML": ("notes", "<img src=x onerror=alert(1)>", "plain text"),
	"a record that is none": ("category", "No Such Group", "no Item Group"),
	"a file that is none": ("photograph", "/files/none.png", "no file"),
	"an address elsewhere": ("photograph", "https://example.com/x.png", "uploaded file"),
	"a list": ("notes", ["a", "b"], ""),
}


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("way", WAYS)
def test_a_bad_answer_is_refused(world: World, sale: dict, unchanged: None, way: str, bad: str) -> None:
	fieldname, value, message = BAD[bad]
	answer = WAYS[way](world.client("vinod"), sale["call"], row(fieldname, value))
	assert 400 <= answer.status_code < 500, explain(answer)
	assert message in explain(answer), explain(answer)


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("way", BULK_WAYS)
def test_a_bad_answer_is_refused_in_bulk(
	world: World, sale: dict, unchanged: None, way: str, bad: str
) -> None:
	fieldname, value, _message = BAD[bad]
	answer = BULK_WAYS[way](world.client("vinod"), sale["call"], row(fieldname, value))
	assert answer.status_code < 500, explain(answer)
	assert failed(answer, sale["call"]), answer.text[:500]


def failed(answer: requests.Response, name: str) -> bool:
	"""Whether a bulk method names a document that it could not save, or refused altogether."""
	return answer.status_code >= 400 or name in json.dumps(answer.json())


@pytest.mark.parametrize("key", ["zoe", "priya", "olga", "admin", "guest", "nadia"])
@pytest.mark.parametrize("way", WAYS)
def test_only_those_whose_turn_it_is_answer(
	world: World, sale: dict, unchanged: None, way: str, key: str
) -> None:
	client = world.client(key)
	if key in ("guest", "nadia", "priya") and way in (
		"frappe.client.save",
		"save in the form",
		"with the move",
	):
		return  # they can't even read what they'd send back
	answer = WAYS[way](client, sale["call"], row("sites", 3))
	assert 400 <= answer.status_code < 500, explain(answer)


@pytest.mark.parametrize("way", WAYS)
def test_a_step_that_has_not_begun_takes_nothing(world: World, sale: dict, unchanged: None, way: str) -> None:
	answer = WAYS[way](world.client("zoe"), sale["visit"], row("sites", 3))
	assert 400 <= answer.status_code < 500, explain(answer)


def test_nobody_imports_answers(world: World, sale: dict, unchanged: None, imports: None) -> None:
	content = f"ID,Name (Answers),Answer (Answers)\n{sale['call']},spoken_to,Asha\n"
	assert import_file(world.client("vinod"), MILESTONE, "Update Existing Records", content) == []
	(row,) = import_file(world.admin, MILESTONE, "Update Existing Records", content)
	assert not row["success"], row


@pytest.mark.parametrize("key", ["vinod", "olga", "admin"])
@pytest.mark.parametrize("doctype", [MOVE, HAND_OFF])
def test_nobody_writes_what_has_happened(
	world: World, sale: dict, unchanged: None, doctype: str, key: str
) -> None:
	found = world.admin.rows(doctype, filters=[["sales_project", "=", sale["project"]]])
	client, name = world.client(key), found[0]["name"]
	for way, attack in LEDGER_ATTACKS.items():
		answer = attack(client, doctype, name)
		assert 400 <= answer.status_code < 500, (way, explain(answer))
	for way, attack in LEDGER_BULK_ATTACKS.items():
		answer = attack(client, doctype, name)
		assert answer.status_code < 500, (way, explain(answer))


def test_mandatory_answers_and_evidence_come_first(world: World, sale: dict, unchanged: None) -> None:
	for values in ({"workflow_state": "Achieved"}, {"status": "Achieved"}):
		answer = world.client("vinod").write("PUT", MILESTONE, sale["call"], **values)
		assert 400 <= answer.status_code < 500 and "Spoken To" in explain(answer), explain(answer)


def test_a_form_is_changed_by_those_who_own_it(world: World, sale: dict) -> None:
	form = world.value("Milestone Form", FORM)
	for key in ("vinod", "mara", "guest"):
		answer = world.client(key).write("PUT", "Milestone Form", FORM, description="Mine")
		assert 400 <= answer.status_code < 500, explain(answer)
	for questions, message in (
		([{"label": "A", "fieldtype": "Select"}], "choices"),
		([{"label": "A", "fieldtype": "Data", "pattern": "("}], "pattern"),
		([{"label": "A", "fieldtype": "Link", "options": "Nothing"}], "no DocType"),
	):
		answer = world.client("olga").write("PUT", "Milestone Form", FORM, questions=questions)
		assert answer.status_code == 417 and message in explain(answer), explain(answer)
	answer = world.admin.write("DELETE", "Milestone Form", FORM)
	assert 400 <= answer.status_code < 500 and PROCESS in explain(answer), explain(answer)
	assert world.value("Milestone Form", FORM) == form


class TestHandedOver:
	"""In this order: Vinod answers and achieves, and from then on it stays as it is."""

	@pytest.fixture(scope="class", autouse=True)
	def handed_over(self, world: World, sale: dict) -> None:
		vinod = world.client("vinod")
		upload = vinod.session.post(
			f"{vinod.url}/api/method/upload_file",
			data={"is_private": 0},
			files={"file": ("outside-proof.txt", b"what was there", "text/plain")},
			timeout=60,
		)
		url = upload.json()["message"]["file_url"]
		good = [*row("sites", "4"), {"fieldname": "photograph", "value": url}]
		good.append({"fieldname": "notes", "value": 'Below 5 < 10 & "quoted"; {{ 7*7 }}'})
		answer = WAYS["with the move"](vinod, sale["call"], good)
		assert answer.ok, explain(answer)
		assert world.value(MILESTONE, sale["call"])["status"] == "Achieved"

	def test_what_was_said_reaches_the_next(self, world: World, sale: dict) -> None:
		shown = world.client("zoe").call("sales_activity.api.milestones.form", milestone=sale["visit"])
		known = {one["label"]: one["raw"] for one in shown.json()["message"]["known_so_far"]}
		assert known["Notes"] == 'Below 5 < 10 & "quoted"; {{ 7*7 }}'
		assert known["Photograph"].startswith("/private/files/")
		file = world.client("zoe").get(known["Photograph"].lstrip("/"))
		assert file.content == b"what was there"
		for key in ("priya", "guest"):
			assert not world.client(key).get(known["Photograph"].lstrip("/")).ok

	@pytest.mark.parametrize("key", ["vinod", "mara", "zoe", "olga", "admin"])
	@pytest.mark.parametrize("way", [*WAYS, *BULK_WAYS])
	def test_no_answer_changes(self, world: World, sale: dict, unchanged: None, way: str, key: str) -> None:
		answer = {**WAYS, **BULK_WAYS}[way](world.client(key), sale["call"], row("sites", 5))
		if way in WAYS:
			assert 400 <= answer.status_code < 500, explain(answer)
		else:
			assert answer.status_code < 500, explain(answer)

	def test_no_row_and_no_file_goes(self, world: World, sale: dict, unchanged: None) -> None:
		document = world.value(MILESTONE, sale["call"])
		rows = {answer["fieldname"]: answer for answer in document["answers"]}
		url = rows["photograph"]["value"]
		files = world.admin.rows("File", filters={"file_url": url})
		for key in ("vinod", "mara", "admin"):
			client = world.client(key)
			attempts = [
				client.write("PUT", ANSWER, rows["sites"]["name"], value="5"),
				client.write("DELETE", ANSWER, rows["sites"]["name"]),
				client.write("PUT", MILESTONE, sale["call"], answers=[]),
				client.write("PUT", MILESTONE, sale["call"], form_as_answered="[]"),
				client.write("PUT", MILESTONE, sale["call"], remark="More"),
				client.write("DELETE", MILESTONE, sale["call"]),
				*[client.write("DELETE", "File", file["name"]) for file in files],
				*[client.write("PUT", "File", file["name"], is_private=0) for file in files],
			]
			for number, answer in enumerate(attempts):
				assert 400 <= answer.status_code < 500, (key, number, explain(answer))
		assert world.client("zoe").get(url.lstrip("/")).content == b"what was there"

	def test_evidence_comes_before_the_move(self, world: World, sale: dict, unchanged: None) -> None:
		zoe = world.client("zoe")
		answer = zoe.write("PUT", MILESTONE, sale["visit"], workflow_state="Achieved")
		assert 400 <= answer.status_code < 500 and "evidence" in explain(answer).lower(), explain(answer)
		for evidence in ("/files/none.pdf", "https://example.com/a.pdf", "<script>", "x" * 2**20):
			answer = zoe.write("PUT", MILESTONE, sale["visit"], evidence=evidence, workflow_state="Achieved")
			assert 400 <= answer.status_code < 500, explain(answer)
