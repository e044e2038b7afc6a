"""Responses of leads as another program sends them: over HTTP, by an API token, with everything that can go wrong."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from outside import Client, World, explain

METHOD = "api/method/sales_activity.api.responses."
RESPONSE, TYPE = "Nurture Response", "Webinar Attended"


@pytest.fixture(scope="module")
def lead(world: World) -> Iterator[str]:
	"""A Lead, with the Lead Nurture that comes by itself."""
	values = {"first_name": "Outside Lena", "email_id": "lena@outside.example.org"}
	made = world.admin.write("POST", "Lead", company=world.harbour["company"], **values)
	assert made.ok, explain(made)
	name = made.json()["data"]["name"]
	yield name
	gone = world.admin.write("DELETE", "Lead", name)
	assert gone.ok, explain(gone)
	assert not world.admin.rows(RESPONSE, filters=[["lead", "=", name]])


def send(client: Client, method: str, headers: dict | None = None, **values: object) -> requests.Response:
	"""POST JSON, as programs do."""
	return client.session.post(f"{client.url}/{METHOD}{method}", json=values, headers=headers, timeout=60)


def kept(world: World, lead: str, **filters: str) -> list[dict]:
	"""The responses of the lead."""
	asked = [["lead", "=", lead], *([field, "=", value] for field, value in filters.items())]
	return world.admin.rows(RESPONSE, fields=["*"], filters=asked)


def test_once_for_each_key(world: World, lead: str) -> None:
	program = world.by_token("olga")
	values = {"email": "lena@outside.example.org", "response_type": TYPE, "title": "Meters & <b>more</b>"}
	values["responded_on"] = "2026-01-31T14:30:00Z"
	first = send(program, "record", key="http-1", **values)
	assert first.ok, explain(first)
	again = send(program, "record", {"Idempotency-Key": "http-1"}, **values)
	assert (first.json()["message"]["is_new"], again.json()["message"]["is_new"]) == (True, False)
	other = send(program, "record", key="http-1", **{**values, "title": "Other"})
	assert other.status_code == 409 and "Nothing was changed" in explain(other)
	(row,) = kept(world, lead, idempotency_key="http-1")
	assert (row["title"], row["source"], row["owner"]) == (
		"Meters & \u2039b\u203amore\u2039/b\u203a",
		"API",
		"olga@outside.example.com",
	)


def test_many(world: World, lead: str) -> None:
	rows = [{"lead": lead, "response_type": TYPE, "key": f"http-many-{number}"} for number in range(1000)]
	rows[7] = {**rows[7], "response_type": "Dance"}
	answer = send(world.by_token("olga"), "record_many", rows=rows).json()["message"]
	assert (answer["stored"], answer["refused"]) == (999, 1)
	assert answer["rows"][7]["row"] == 8 and "Dance" in answer["rows"][7]["problem"]
	rows[7]["response_type"] = TYPE
	answer = send(world.by_token("olga"), "record_many", rows=rows).json()["message"]
	assert (answer["stored"], answer["already_there"], answer["refused"]) == (1, 999, 0)
	assert (
		len([row for row in kept(world, lead) if (row["idempotency_key"] or "").startswith("http-many")])
		== 1000
	)


def test_at_once(world: World, lead: str) -> None:
	program = world.by_token("olga")

	def once(_number: int) -> requests.Response:
		return requests.post(
			f"{program.url}/{METHOD}record",
			json={"lead": lead, "response_type": TYPE, "key": "http-at-once"},
			headers=dict(program.session.headers),
			timeout=60,
		)

	with ThreadPoolExecutor(6) as pool:
		answers = list(pool.map(once, range(6)))
	assert [answer.status_code for answer in answers] == [200] * 6, [explain(answer) for answer in answers]
	assert sum(answer.json()["message"]["is_new"] for answer in answers) == 1
	assert len(kept(world, lead, idempotency_key="http-at-once")) == 1


@pytest.mark.parametrize(
	("values", "status", "text"),
	[
		({"lead": "none", "response_type": TYPE}, 404, "no Lead none"),
		({"response_type": TYPE}, 417, "whose response"),
		({"lead": "LEAD", "response_type": "Dance"}, 417, "no Response Type Dance"),
		({"lead": "LEAD", "response_type": TYPE, "responded_on": "soon"}, 417, "no moment"),
		({"lead": "LEAD", "response_type": TYPE, "url": "javascript:alert(1)"}, 417, "in full"),
		({"lead": "LEAD", "response_type": TYPE, "title": "x" * 141}, 417, "at most 140"),
	],
)
def test_what_is_refused(world: World, lead: str, values: dict, status: int, text: str) -> None:
	before = kept(world, lead)
	values = {name: lead if value == "LEAD" else value for name, value in values.items()}
	answer = send(world.by_token("olga"), "record", **values)
	assert answer.status_code == status and text in explain(answer), explain(answer)
	assert kept(world, lead) == before


def test_too_many_rows(world: World, lead: str) -> None:
	before = kept(world, lead)
	rows = [{"lead": lead, "response_type": TYPE, "key": f"http-much-{number}"} for number in range(1001)]
	answer = send(world.by_token("olga"), "record_many", rows=rows)
	assert answer.status_code == 413 and "at most 1000" in explain(answer), explain(answer)
	assert kept(world, lead) == before


def test_whose_leads(world: World, lead: str) -> None:
	"""A salesperson whom it was not handed to, somebody without a role, nobody at all."""
	before = kept(world, lead)
	values = {"lead": lead, "response_type": TYPE}
	for key, status in (("priya", 404), ("nadia", 403)):
		answer = send(world.by_token(key), "record", **values)
		assert answer.status_code == status, (key, explain(answer))
	assert send(world.client("guest"), "record", **values).status_code == 403
	hidden = send(world.by_token("priya"), "record_many", rows=[{**values, "key": "http-hidden"}])
	assert hidden.json()["message"]["refused"] == 1
	assert kept(world, lead) == before


def test_nobody_writes_one_by_hand(world: World, lead: str) -> None:
	before = kept(world, lead)
	values = {
		"lead": lead,
		"lead_nurture": lead,
		"response_type": TYPE,
		"responded_on": "2026-01-01 00:00:00",
	}
	for client in (world.admin, world.client("olga")):
		assert client.write("POST", RESPONSE, **values).status_code == 403
		assert client.write("PUT", RESPONSE, before[0]["name"], robot=1).status_code == 403
		assert client.write("DELETE", RESPONSE, before[0]["name"]).status_code == 403
	assert kept(world, lead) == before
