"""A logged-in desk in a headless browser, for tests that look at what a user sees.

	with desk("http://test.localhost:8000", "Administrator", "admin") as browser:
		browser.open("/app/sales-project")
		browser.screenshot("list.png")
		assert browser.errors == []

Needs the Python package `playwright` (dev/lock/browser.txt) and the system's own Chromium (Debian:
`apt install chromium`); Playwright's browsers are not downloaded. Set CHROMIUM to use another binary.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
	from playwright.sync_api import ConsoleMessage, Page, Playwright, Response

DESKTOP = (1280, 800)
PHONE = (390, 844)

# Frappe serves *.localhost by the Host header; the rest keeps Chromium from calling its maker.
CHROMIUM_FLAGS = (
	"--disable-gpu",
	"--disable-quic",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
	"--no-first-run",
	"--host-resolver-rules=MAP *.localhost 127.0.0.1",
)

# A bench may run without the socket.io process: the desk then works, but keeps trying to reach it.
IGNORED = ("/socket.io/", "connecting to socket.io")

LOG_IN = """async ([usr, pwd]) => {
	const body = new URLSearchParams({ usr, pwd });
	const response = await fetch("/api/method/login", { method: "POST", body });
	return response.ok ? "" : `${response.status} ${await response.text()}`;
}"""

# Notes when the page last changed, from the moment a document begins to load.
WATCH = """
	window.__changed_at = performance.now();
	new MutationObserver(() => { window.__changed_at = performance.now(); })
		.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
"""

# Idle: the desk has started, has no requests under way, and nothing in the page changes any more
# (workspaces and charts draw themselves a moment after their data came).
IDLE = """(quiet) => {
	if (!window.frappe?.boot || !frappe.request || document.readyState !== "complete") return false;
	if (frappe.request.ajax_count || frappe.dom.freeze_count) return false;
	return performance.now() - window.__changed_at > quiet;
}"""

_running: list[Playwright] = []


@dataclass
class Desk:
	"""One logged-in browser page. `page` is Playwright's; `errors` grows as the page goes wrong."""

	page: Page
	url: str
	errors: list[str] = field(default_factory=list)

	def open(self, route: str) -> None:
		"""Go to a route such as `/app/sales-project` and wait until the desk has finished loading it.

		Frappe 16 sends `/app/...` on to `/desk/...` and drops what stands after the question mark.
		"""
		response = self.page.goto(self.url + route)
		query = route.partition("?")[2]
		if query and response and "?" not in response.url:
			self.page.goto(f"{response.url}?{query}")
		self.settle()

	def settle(self, seconds: float = 60, quiet: int = 700) -> None:
		"""Wait until the desk has been idle for `quiet` milliseconds; raises Playwright's TimeoutError otherwise."""
		self.page.evaluate("() => { window.__changed_at = performance.now(); }")
		self.page.wait_for_function(IDLE, arg=quiet, timeout=seconds * 1000)

	def evaluate(self, script: str, argument: Any = None) -> Any:
		"""Run a JavaScript expression or function in the page and return its (awaited) value."""
		return self.page.evaluate(script, argument)

	def screenshot(self, path: str | Path, *, full_page: bool = False) -> Path:
		"""Write a PNG of what is to be seen, or of the whole page; makes the folder if need be."""
		path = Path(path)
		path.parent.mkdir(parents=True, exist_ok=True)
		self.page.screenshot(path=path, full_page=full_page, animations="disabled")
		return path


@contextmanager
def desk(
	url: str,
	user: str = "Administrator",
	password: str = "admin",
	*,
	size: tuple[int, int] = DESKTOP,
) -> Iterator[Desk]:
	"""Log `user` in at the site served at `url` and give the page; the browser closes at the end.

	`size` is the window in CSS pixels; one as narrow as PHONE also behaves as a touch screen. Several people's
	desks may be open at once, one within the other.
	Raises `AssertionError` with the server's answer when the log-in fails.
	"""
	url = url.rstrip("/")
	with _playwright() as playwright:
		browser = playwright.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_FLAGS)
		try:
			page = browser.new_page(
				viewport={"width": size[0], "height": size[1]}, has_touch=size[0] <= 500, locale="en-US"
			)
			page.add_init_script(WATCH)
			page.goto(f"{url}/login")
			refusal = page.evaluate(LOG_IN, [user, password])
			assert not refusal, f"{user} cannot log in at {url}: {refusal}"
			result = Desk(page, url)
			_collect_errors(page, result.errors)
			yield result
		finally:
			browser.close()


@contextmanager
def _playwright() -> Iterator[Playwright]:
	"""Playwright, which a thread can start only once: the desk opened first starts and stops it."""
	from playwright.sync_api import sync_playwright

	if _running:
		yield _running[0]
		return
	with sync_playwright() as playwright:
		_running.append(playwright)
		try:
			yield playwright
		finally:
			_running.clear()


def chromium_path() -> str | None:
	"""The Chromium to drive: $CHROMIUM, else the system's; None when there is none (tests then skip)."""
	candidates = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
	return next((found for name in candidates if name and (found := shutil.which(name))), None)


def _collect_errors(page: Page, errors: list[str]) -> None:
	"""Append to `errors` what the console calls an error, what scripts throw, what the server refuses."""

	def on_console(message: ConsoleMessage) -> None:
		source = message.location.get("url", "")
		# A refused request is recorded by on_response, with its answer.
		told_elsewhere = message.text.startswith("Failed to load resource: the server responded")
		if message.type == "error" and not told_elsewhere and not _ignored(source + message.text):
			errors.append(f"console: {message.text} ({source})")

	def on_response(response: Response) -> None:
		if response.status >= 400 and not _ignored(response.url):
			errors.append(f"{response.status}: {response.request.method} {response.url}")

	page.on("console", on_console)
	page.on("pageerror", lambda error: errors.append(f"script: {error.stack or error.message}"))
	page.on("response", on_response)


def _ignored(text: str) -> bool:
	return any(source in text for source in IGNORED)
