"""Several real connections to the test site at once: each worker is a process of its own that commits.

`run_together` starts the workers, lets them go at one moment, and returns what became of each; `run_until_killed`
runs one that dies. The functions they run stand in the test modules and are named by their dotted path.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import frappe

TIMEOUT = 180

_WORKER = """
import json, sys
import frappe
from sales_activity.tests.base import leave_hand_offs_to_the_tests
site, method, arguments = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
frappe.init(site=site)
frappe.connect()
frappe.flags.in_test = True
frappe.flags.mute_emails = True
leave_hand_offs_to_the_tests()
outcome = {"error": None, "message": None}
work = frappe.get_attr(method)
print("ready", flush=True)
sys.stdin.readline()
try:
	outcome["result"] = work(*arguments)
	frappe.db.commit()
except Exception as error:
	frappe.db.rollback()
	outcome.update(error=type(error).__name__, message=str(error)[:500])
frappe.destroy()
print(json.dumps(outcome))
"""


class Outcome(NamedTuple):
	"""What became of one worker: its result, or the error's class and message."""

	result: Any
	error: str | None
	message: str | None


def run_together(calls: Sequence[tuple[str, list]], in_this_transaction: bool = False) -> list[Outcome]:
	"""Run (dotted path, arguments) in a process each, all let go at once when all are connected.

	Commits what the test did so far, or the others would not see it; and afterwards, or the test would not see what
	they did. Not so ``in_this_transaction``: the test goes on in the one that it has begun.
	"""
	if not in_this_transaction:
		frappe.db.commit()
	workers = [_start(method, arguments) for method, arguments in calls]
	try:
		for worker in workers:
			_expect_ready(worker)
		for worker in workers:
			worker.stdin.write("go\n")
			worker.stdin.flush()
		outcomes = [_finish(worker) for worker in workers]
	finally:
		for worker in workers:
			if worker.poll() is None:
				worker.kill()
				worker.wait()
	if not in_this_transaction:
		frappe.db.commit()  # a new transaction, which sees what the workers committed
	return outcomes


def run_until_killed(method: str, arguments: list) -> int:
	"""Run a dotted path in a process of its own that is expected to die; returns how it ended: below zero, by which
	signal. Commits what the test did so far."""
	frappe.db.commit()
	worker = _start(method, arguments)
	try:
		_expect_ready(worker)
		worker.communicate("go\n", timeout=TIMEOUT)
	finally:
		if worker.poll() is None:
			worker.kill()
			worker.wait()
	frappe.db.commit()  # a new transaction, which sees what the worker committed
	return worker.returncode


def _start(method: str, arguments: list) -> subprocess.Popen:
	command = [sys.executable, "-c", _WORKER, frappe.local.site, method, json.dumps(arguments)]
	path = os.pathsep.join(filter(None, sys.path))
	return subprocess.Popen(
		command,
		stdin=subprocess.PIPE,
		stdout=subprocess.PIPE,
		stderr=subprocess.DEVNULL,
		text=True,
		cwd=frappe.utils.get_bench_path() + "/sites",
		env={**os.environ, "PYTHONPATH": path},
	)


def _expect_ready(worker: subprocess.Popen) -> None:
	for line in worker.stdout:
		if line.strip() == "ready":
			return
	raise AssertionError("a parallel worker could not connect")


def _finish(worker: subprocess.Popen) -> Outcome:
	output, _errors = worker.communicate(timeout=TIMEOUT)
	last = json.loads(output.strip().splitlines()[-1])
	return Outcome(last.get("result"), last["error"], last["message"])
