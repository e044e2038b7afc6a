"""A process started on more projects than one request does: by a worker, which tells how far it is and how it ended."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import chromium_path, desk
from desk_steps import check_no_errors
from outside import Client, explain, run_script

START = "sales_activity.api.milestones.start"
MILESTONES = ("Call", "Quote", "Sample", "Visit")  # of the process
SECONDS = 90
# what the desk's progress dialog said, from now on
NOTE_PROGRESS = """() => {
	window.__progress = [];
	frappe.realtime.on("progress", ({ title, description }) => window.__progress.push(`${title}: ${description}`));
}"""


@pytest.fixture
def made() -> Iterator[dict]:
	if "SA_URL" not in os.environ:
		pytest.skip("needs a served site: run `make test`, which sets SA_URL")
	with run_script(Path(__file__).parent / "bulk_site.py") as made:
		yield made


@pytest.fixture
def admin() -> Client:
	return Client(os.environ["SA_URL"], "Administrator", os.environ["SA_PASSWORD"])


def test_a_worker_starts_them_all(made: dict, admin: Client) -> None:
	"""Those that can't be started don't keep the others from it; a second time changes nothing."""
	client = Client(os.environ["SA_URL"], made["user"], made["password"])
	for _time in range(2):
		answer = client.call(START, projects=made["projects"], process=made["process"])
		assert answer.ok, explain(answer)
		assert answer.json()["message"]["queued"] == len(made["projects"])
		wait_until_started(admin, made)
	check_started(admin, made)


def test_the_desk_is_told(made: dict, admin: Client) -> None:
	pytest.importorskip("playwright", reason="needs Playwright: pip install -r dev/lock/browser.txt")
	if chromium_path() is None:
		pytest.skip("needs Chromium: apt install chromium")
	with desk(os.environ["SA_URL"], made["user"], made["password"]) as mira:
		mira.open("/app/sales-project")
		if not mira.evaluate("() => Boolean(frappe.realtime.socket?.connected)"):
			pytest.skip("nothing is told to browsers here: the bench runs no socket.io process")
		mira.evaluate(NOTE_PROGRESS)
		asked = {"projects": made["projects"], "process": made["process"]}
		mira.evaluate(f"(asked) => frappe.xcall('{START}', asked).then(() => null)", asked)
		end = mira.page.locator(".modal.show", has_text="The process was started on 58 projects.")
		end.wait_for(timeout=SECONDS * 1000)
		told = end.inner_text()
		assert made["held"] in told and "On Hold" in told
		assert made["nobody"] in told and "has no team yet" in told
		assert "60 of 60 projects" in mira.evaluate("() => window.__progress.join()")
		check_no_errors(mira)
	check_started(admin, made)


def wait_until_started(admin: Client, made: dict) -> None:
	for _attempt in range(SECONDS):
		if len(started(admin, made)) == len(made["projects"]) - 2:
			return
		time.sleep(1)
	raise AssertionError(f"a worker has started {len(started(admin, made))} projects only: does one run?")


def started(admin: Client, made: dict) -> set[str]:
	"""The projects that run the process."""
	asked = [["name", "in", made["projects"]], ["process_started_on", "is", "set"]]
	return {row["name"] for row in admin.rows("Sales Project", fields=["name"], filters=asked)}


def check_started(admin: Client, made: dict) -> None:
	"""All but two run it, each with each of its milestones, once."""
	running = set(made["projects"]) - {made["held"], made["nobody"]}
	assert started(admin, made) == running
	asked = [["sales_project", "in", made["projects"]]]
	rows = admin.rows("Sales Milestone", fields=["sales_project", "milestone"], filters=asked)
	found = sorted((row["sales_project"], row["milestone"]) for row in rows)
	assert found == [(project, milestone) for project in sorted(running) for milestone in MILESTONES]
