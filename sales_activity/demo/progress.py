"""How far a long piece of work is: in the terminal, on the desk, or nowhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import frappe

Item = TypeVar("Item")
EVERY = 0.5  # seconds between two signs of life
LINE_EVERY = 10.0  # the same, where a log keeps every line


class Progress:
	"""Named steps, counted; commits after every item, so that nothing done is lost."""

	def __init__(
		self,
		steps: int,
		say: Callable[[str], None] | None = None,
		watcher: str | None = None,
		commit: Callable[[], None] | None = None,
	) -> None:
		"""`say` gets finished lines (default: print); `watcher` is the user whose desk shows a progress bar;
		`commit` ends a transaction (default: the database's)."""
		self.steps = steps
		self.say = say or _print
		self.watcher = watcher
		self.commit = commit or frappe.db.commit
		self.number = 0
		self.last_sign = 0.0
		self.last_line = time.monotonic()

	def over(self, name: str, items: Iterable[Item]) -> Iterator[Item]:
		"""Yield the items as one step; commits after each, and says how long the step took."""
		todo = list(items)
		self.number += 1
		began = time.monotonic()
		for done, item in enumerate(todo):
			self._sign(name, done, len(todo))
			yield item
			self.commit()
		self._sign(name, len(todo), len(todo), always=True)
		took = time.monotonic() - began
		self.say(f"[{self.number}/{self.steps}] {name}: {len(todo)}, {took:.1f} s")

	def _sign(self, name: str, done: int, total: int, always: bool = False) -> None:
		now = time.monotonic()
		if not always and now - self.last_sign < EVERY:
			return
		self.last_sign = now
		if self.say is _print:
			self._sign_in_terminal(f"[{self.number}/{self.steps}] {name}: {done} of {total}", now)
		if self.watcher:
			# what frappe.publish_progress sends, to the user who waits and not to the one the job works as
			share = (self.number - 1 + (done / total if total else 1)) / self.steps
			message = {"percent": 100 * share, "title": _title(), "description": f"{name}: {done} / {total}"}
			frappe.publish_realtime("progress", message, user=self.watcher)

	def _sign_in_terminal(self, text: str, now: float) -> None:
		"""Over the line before in a terminal, now and then a line of its own in a log."""
		if sys.stdout.isatty():
			print(f"\r{text}", end="\r", flush=True)
		elif now - self.last_line > LINE_EVERY:
			self.last_line = now
			print(text, flush=True)


def _title() -> str:
	return frappe._("Demo data")


def _print(text: str) -> None:
	print(text, flush=True)
