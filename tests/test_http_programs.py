"""The links of a program's e-mails, opened over HTTP by whoever has them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from outside import World, run_script

ADDRESS = "https://example.com/a?x=1&y=2"
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"}
RUN, RESPONSE = "Program Enrolment", "Nurture Response"


@pytest.fixture(scope="module")
def made(world: World) -> Iterator[dict]:
	"""Leads in a program, each with a tracked link and one to unsubscribe."""
	with run_script(Path(__file__).with_name("program_site.py")) as found:
		yield found


def opened(link: str, verb: str = "GET", headers: dict | None = None, **more: object) -> requests.Response:
	"""What a browser gets for a link; whatever name the site gave itself in it."""
	parts = urlsplit(link)
	url = f"{os.environ['SA_URL']}{parts.path}" + (f"?{parts.query}" if parts.query else "")
	return requests.request(verb, url, headers=headers or BROWSER, allow_redirects=False, timeout=60, **more)


def responses(world: World, lead: str) -> list[dict]:
	"""What the lead did."""
	return world.admin.rows(RESPONSE, fields=["*"], filters=[["lead", "=", lead]], order_by="name")


def test_a_click_redirects_and_is_kept_once(world: World, made: dict) -> None:
	one = made["leads"][0]
	click = one["links"][0]
	head = opened(click, "HEAD")
	assert head.headers["Location"] == ADDRESS
	for _ in range(3):
		answer = opened(click)
		assert (answer.status_code, answer.headers["Location"]) == (302, ADDRESS)
	rows = responses(world, one["lead"])
	assert [(row["response_type"], row["robot"], row["url"]) for row in rows] == [
		("Link Clicked", 1, ADDRESS),
		("Link Clicked", 0, ADDRESS),
	]


def test_other_targets_lead_nowhere(world: World, made: dict) -> None:
	one = made["leads"][1]
	click = one["links"][0]
	for link, status in (
		(click + "x", 403),
		(click.replace("click.", "click.x"), 403),
		(click + "&url=https://evil.example&location=https://evil.example", 302),
		(click.split("?")[0], 403),
		(click.split("?")[0] + "?t=https://evil.example", 403),
		(one["links"][1].replace("unsubscribe?", "follow?"), 403),
	):
		answer = opened(link)
		assert answer.status_code == status, (link, answer.text[:300])
		assert answer.headers.get("Location") in (None, ADDRESS)
	assert len(responses(world, one["lead"])) == 1


def test_unsubscribing_ends_one_run(world: World, made: dict) -> None:
	one, other = made["leads"][2:4]
	link = one["links"][1]
	for verb in ("GET", "HEAD", "GET"):
		assert opened(link, verb).status_code == 200
	assert "<form" in opened(link).text
	assert world.value(RUN, one["run"])["status"] == "Active"
	for _ in range(2):
		answer = opened(link.split("?")[0], "POST", data={"t": link.split("?t=")[1]})
		assert answer.status_code == 200, answer.text[:300]
		assert "no more e-mails" in answer.text
	run = world.value(RUN, one["run"])
	assert (run["status"], run["stop_reason"]) == ("Stopped", "Unsubscribed")
	assert world.value(RUN, other["run"])["status"] == "Active"
	assert [row["response_type"] for row in responses(world, one["lead"])] == ["Unsubscribe"]
	forged = opened(link.split("?")[0], "POST", data={"t": other["links"][1].split("?t=")[1] + "x"})
	assert forged.status_code == 403
	assert world.value(RUN, other["run"])["status"] == "Active"
