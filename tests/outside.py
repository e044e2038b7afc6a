"""What the tests from outside share: the site they look at, and a client of its HTTP API.

with outside.world() as world:
	answer = world.client("priya").call("frappe.client.get_list", doctype="Sales Target")
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openpyxl
import requests

from dev.tool import frappe_cli, paths

HERE = Path(__file__).parent
SECONDS = 60


class Client:
	"""A user's session with the site's HTTP API: by password, by token, or a guest's."""

	def __init__(self, url: str, user: str = "", password: str = "", token: str = "") -> None:
		self.url = url.rstrip("/")
		self.session = requests.Session()
		self.session.headers["Accept"] = "application/json"
		if token:
			self.session.headers["Authorization"] = f"token {token}"
		elif user:
			self.call("login", usr=user, pwd=password).raise_for_status()

	def call(self, method: str, **arguments: Any) -> requests.Response:
		"""POST to a whitelisted method, with the arguments as the desk sends them."""
		data = {key: _as_sent(value) for key, value in arguments.items()}
		return self.session.post(f"{self.url}/api/method/{method}", data=data, timeout=SECONDS)

	def get(self, path: str, **parameters: Any) -> requests.Response:
		"""GET an address below the site's root."""
		query = {key: _as_sent(value) for key, value in parameters.items()}
		return self.session.get(f"{self.url}/{path}", params=query, timeout=SECONDS)

	def rows(self, doctype: str, **parameters: Any) -> list[dict]:
		"""The list of a DocType, through the REST resource."""
		parameters = {"limit_page_length": 0, **parameters}
		answer = self.get(f"api/resource/{doctype}", **parameters)
		assert answer.ok, explain(answer)
		return answer.json()["data"]

	def document(self, doctype: str, name: str) -> requests.Response:
		"""GET one document."""
		return self.get(f"api/resource/{doctype}/{name}")

	def write(self, verb: str, doctype: str, name: str = "", /, **values: Any) -> requests.Response:
		"""POST, PUT or DELETE a document."""
		address = "/".join(filter(None, (f"{self.url}/api/resource/{doctype}", name)))
		return self.session.request(verb, address, json=values or None, timeout=SECONDS)

	def report(self, name: str, **filters: Any) -> requests.Response:
		"""Run a report as the desk does."""
		return self.call("frappe.desk.query_report.run", report_name=name, filters=filters)

	def lines(self, name: str, **filters: Any) -> list[dict]:
		"""The rows of a report; a row of totals, which is a list, is left out."""
		answer = self.report(name, **filters)
		assert answer.ok, explain(answer)
		return [row for row in answer.json()["message"]["result"] if isinstance(row, dict)]


class World:
	"""What `outside_site.py` made, and clients of everybody in it."""

	def __init__(self, url: str, made: dict) -> None:
		self.url, self.made = url, made
		self.harbour, self.quay = made["harbour"], made["quay"]
		self._clients: dict[str, Client] = {}

	def client(self, key: str) -> Client:
		"""The session of a user by key, logged in by password; of "admin"; of "guest"."""
		if key not in self._clients:
			self._clients[key] = Client(self.url, *self._login(key))
		return self._clients[key]

	def by_token(self, key: str) -> Client:
		"""The same user, known by an API token."""
		return Client(self.url, token=self.made["tokens"][key])

	@cached_property
	def admin(self) -> Client:
		"""Administrator."""
		return self.client("admin")

	def count(self, doctype: str, **filters: Any) -> int:
		"""How many documents there are, as Administrator sees them."""
		answer = self.admin.call("frappe.client.get_count", doctype=doctype, filters=filters)
		return answer.json()["message"]

	def value(self, doctype: str, name: str) -> dict:
		"""A document, as Administrator sees it."""
		return self.admin.document(doctype, name).json()["data"]

	def _login(self, key: str) -> tuple[str, str]:
		if key == "guest":
			return "", ""
		if key == "admin":
			return "Administrator", os.environ["SA_PASSWORD"]
		return self.made["users"][key], self.made["password"]


@contextmanager
def world() -> Iterator[World]:
	"""Prepare the site under test; its documents are taken away at the end."""
	with run_script(HERE / "outside_site.py") as made:
		yield World(os.environ["SA_URL"], made)


@contextmanager
def run_script(path: Path) -> Iterator[dict]:
	"""Have a script beside this file make what a test needs on the site, and take it away at the end; gives what
	it says it made."""
	bench, site = paths.Bench(Path(os.environ["SA_BENCH"])), os.environ["SA_SITE"]

	def run(command: str, *arguments: str) -> None:
		frappe_cli.run_script(bench, path, site, command, *arguments, log=f"{path.stem}-{command}")

	with TemporaryDirectory() as folder:
		file = Path(folder) / "made.json"
		run("make", str(file))
		made = json.loads(file.read_text())
	try:
		yield made
	finally:
		run("clear")


def explain(answer: requests.Response) -> str:
	"""Status and what the server says to the user, without markup."""
	try:
		body = answer.json()
	except ValueError:
		return f"{answer.status_code} {answer.text[:500]}"
	messages = [json.loads(text) for text in json.loads(body.get("_server_messages") or "[]")]
	texts = [message["message"] if isinstance(message, dict) else message for message in messages]
	said = " ".join(texts) or body.get("exception") or body.get("message") or ""
	return f"{answer.status_code} {re.sub(r'<[^>]+>', '', str(said))}"


def text_of(answer: requests.Response) -> str:
	"""What an answer holds, as text; of an Excel file its cells."""
	if answer.content[:2] != b"PK":
		return answer.text
	book = openpyxl.load_workbook(io.BytesIO(answer.content))
	return "\n".join(str(cell) for row in book.active.iter_rows(values_only=True) for cell in row)


def as_csv(rows: list[list]) -> str:
	"""Rows as a CSV text."""
	text = io.StringIO()
	csv.writer(text).writerows(rows)
	return text.getvalue()


def _as_sent(value: Any) -> Any:
	return json.dumps(value) if isinstance(value, (dict, list, bool)) else value
