"""Several real connections to the test site at once: each worker is a process of its own that commits.

`run_together` starts the workers, lets them go at one moment, and returns what became of each; `run_until_killed`
runs one that dies. The functions they run stand in the test modules and are named by their dotted path.

The workers are forked off a server process that has imported Frappe and never opened a site: a fresh interpreter
would spend most of its time on imports.
"""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import frappe

from sales_activity.tests.base import keep_caches_when_users_are_saved, leave_hand_offs_to_the_tests

TIMEOUT = 180

_server = multiprocessing.get_context("forkserver")
_server.set_forkserver_preload(["frappe", __name__])


class Outcome(NamedTuple):
	"""What became of one worker: its result, or the error's class and message."""

	result: Any
	error: str | None
	message: str | None


class Worker:
	"""One process with a connection of its own to the site, which waits to be let go."""

	def __init__(self, method: str, arguments: list) -> None:
		"""Start it; it will run the dotted path `method` with `arguments`, which JSON can hold."""
		self._connection, its_end = _server.Pipe()
		sites = f"{frappe.utils.get_bench_path()}/sites"
		call = (its_end, sites, frappe.local.site, method, json.dumps(arguments))
		self._process = _server.Process(target=_work, args=call)
		self._process.start()
		its_end.close()

	def expect_ready(self) -> None:
		"""Wait until it is connected."""
		try:
			ready = self._connection.poll(TIMEOUT) and self._connection.recv()
		except EOFError:
			ready = None
		if ready != "ready":
			raise AssertionError("a parallel worker could not connect")

	def let_go(self) -> None:
		"""Let it do its work."""
		self._connection.send("go")

	def finish(self) -> Outcome:
		"""Wait for what becomes of it."""
		if not self._connection.poll(TIMEOUT):
			raise AssertionError(f"a parallel worker did not finish in {TIMEOUT} seconds")
		try:
			last = json.loads(self._connection.recv())
		except EOFError as error:
			raise AssertionError("a parallel worker died") from error
		self._process.join(TIMEOUT)
		return Outcome(last.get("result"), last["error"], last["message"])

	def end(self) -> int | None:
		"""Wait until it has died by itself; returns how: below zero, by which signal. None if it goes on living."""
		self._process.join(TIMEOUT)
		return self._process.exitcode

	def remove(self) -> None:
		"""Leave nothing of it, whatever it does."""
		if self._process.is_alive():
			self._process.kill()
			self._process.join()
		self._connection.close()


def run_together(calls: Sequence[tuple[str, list]], in_this_transaction: bool = False) -> list[Outcome]:
	"""Run (dotted path, arguments) in a process each, all let go at once when all are connected.

	Commits what the test did so far, or the others would not see it; and afterwards, or the test would not see what
	they did. Not so ``in_this_transaction``: the test goes on in the one that it has begun.
	"""
	if not in_this_transaction:
		frappe.db.commit()
	workers = [Worker(method, arguments) for method, arguments in calls]
	try:
		for worker in workers:
			worker.expect_ready()
		for worker in workers:
			worker.let_go()
		outcomes = [worker.finish() for worker in workers]
	finally:
		for worker in workers:
			worker.remove()
	if not in_this_transaction:
		frappe.db.commit()  # a new transaction, which sees what the workers committed
	return outcomes


def run_until_killed(method: str, arguments: list) -> int | None:
	"""Run a dotted path in a process of its own that is expected to die; returns how it ended: below zero, by which
	signal. Commits what the test did so far."""
	frappe.db.commit()
	worker = Worker(method, arguments)
	try:
		worker.expect_ready()
		worker.let_go()
		ended = worker.end()
	finally:
		worker.remove()
	frappe.db.commit()  # a new transaction, which sees what the worker committed
	return ended


def _work(connection: Connection, sites: str, site: str, method: str, arguments: str) -> None:
	"""What a worker does: connect, wait, do it, tell."""
	_be_silent()
	os.chdir(sites)
	frappe.init(site=site)
	frappe.connect()
	frappe.flags.in_test = True
	frappe.flags.mute_emails = True
	leave_hand_offs_to_the_tests()
	keep_caches_when_users_are_saved()
	outcome: dict[str, Any] = {"error": None, "message": None}
	work = frappe.get_attr(method)
	connection.send("ready")
	connection.recv()
	try:
		outcome["result"] = work(*json.loads(arguments))
		frappe.db.commit()
	except Exception as error:
		frappe.db.rollback()
		outcome.update(error=type(error).__name__, message=str(error)[:500])
	frappe.destroy()
	connection.send(json.dumps(outcome))


def _be_silent() -> None:
	"""What a worker prints is nobody's: the server that it comes from writes to where the first test's output went."""
	nowhere = os.open(os.devnull, os.O_RDWR)
	for stream in (0, 1, 2):
		os.dup2(nowhere, stream)
	os.close(nowhere)
