"""Measuring on a machine that does other things as well.

Wall time is what a user feels, and it doubles when something else runs. So everything is measured twice: by
the clock, and by the processor time that this process and its thread in MariaDB used. Alternatives take turns;
what counts is the ratio of their medians.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import NamedTuple
from unittest.mock import patch

import frappe

Action = Callable[[], object]


class Cost(NamedTuple):
	"""Seconds: by the clock, and of processor time (here and in MariaDB). ``cpu`` is NaN where MariaDB runs on
	another machine or under another user."""

	wall: float
	cpu: float

	def __truediv__(self, other: Cost) -> Cost:
		"""The ratios."""
		return Cost(self.wall / other.wall, self.cpu / other.cpu)


class Meter:
	"""Measures what a function costs on this connection."""

	def __init__(self) -> None:
		self._thread = _database_thread()

	def cost(self, action: Action) -> Cost:
		"""Run it once."""
		wall, cpu = time.perf_counter(), self._cpu()
		action()
		return Cost(time.perf_counter() - wall, self._cpu() - cpu)

	def take_turns(self, actions: Mapping[str, Action], rounds: int) -> dict[str, Cost]:
		"""The median cost of each, run in turns, after one round that doesn't count."""
		costs: dict[str, list[Cost]] = {name: [] for name in actions}
		for number in range(rounds + 1):
			for name, action in actions.items():
				cost = self.cost(action)
				if number:
					costs[name].append(cost)
		return {name: middle(found) for name, found in costs.items()}

	def _cpu(self) -> float:
		"""Processor seconds used so far, here and in the connection's thread (sched, proc(5))."""
		if not self._thread:
			return float("nan")
		return time.process_time() + int((self._thread / "schedstat").read_text().split()[0]) / 1e9


def middle(costs: list[Cost]) -> Cost:
	"""The median of each kind of seconds."""
	return Cost(*(median(values) for values in zip(*costs, strict=True)))


def queries(action: Action) -> int:
	"""How many statements it sends to the database."""
	count = 0
	original = frappe.db.__class__.sql

	def counted(*args: object, **kwargs: object) -> object:
		nonlocal count
		count += 1
		return original(*args, **kwargs)

	with patch.object(frappe.db.__class__, "sql", counted):
		action()
	return count


def new_request(user: str = "Administrator") -> None:
	"""Forget what Frappe remembers for the length of a request."""
	frappe.set_user(user)
	frappe.local.cache.clear()
	getattr(frappe.local, "request_cache", {}).clear()
	frappe.db.value_cache.clear()


def memory_in_new_process(user: str) -> int:
	"""Bytes that a new process needs at the peak of its first report beyond what it held when idle."""
	command = [sys.executable, str(Path(__file__).with_name("memory.py")), frappe.local.site, user]
	return json.loads(
		subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1]
	)


def _database_thread() -> Path | None:
	"""The directory in /proc of the MariaDB thread that serves this connection, if it can be read."""
	(number,) = frappe.db.sql("select TID from information_schema.processlist where ID = connection_id()")[0]
	thread = next(Path("/proc").glob(f"[0-9]*/task/{number}"), None)
	is_readable = (
		thread and (thread / "schedstat").exists() and "maria" in (thread / "comm").read_text().lower()
	)
	return thread if is_readable else None
