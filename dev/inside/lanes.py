"""Deals the suite out to several pytest processes, the lanes, which run side by side (pytest-xdist).

Each lane has a site of its own. A file of tests stays whole and keeps its order. The first lane's site is the one
that is served: the tests that drive it from outside are all its, and come first. The files that run inside Frappe go
to whichever lane is free, those that take longest first, so that all lanes end at about the same time.

How long each file takes is written to the file that SA_DURATIONS names; dev/durations.json is such a file.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

SERVED = "gw0"  # what pytest-xdist calls the first lane
INSIDE = "sales_activity/"
KNOWN = Path(__file__).parents[1] / "durations.json"
UNKNOWN = 20.0  # seconds, for a file that is new

_measured: dict[str, float] = defaultdict(float)


class Lanes(LoadFileScheduling):
	"""Gives each lane its next file when it is about to finish one."""

	seconds: Mapping[str, float] = json.loads(KNOWN.read_text()) if KNOWN.exists() else {}

	def _reschedule(self, node: WorkerController) -> None:
		if self.workqueue and not node.shutting_down and self._next(node) is None:
			node.shutdown()  # what is left is not for this lane
			return
		super()._reschedule(node)

	def _assign_work_unit(self, node: WorkerController) -> None:
		if (file := self._next(node)) is None:
			node.shutdown()
			return
		self.workqueue.move_to_end(file, last=False)
		super()._assign_work_unit(node)

	def _next(self, node: WorkerController) -> str | None:
		return next_file(self.workqueue, self.seconds, is_served=node.gateway.id == SERVED)


def next_file(waiting: Iterable[str], seconds: Mapping[str, float], *, is_served: bool) -> str | None:
	"""Return which of the `waiting` files a lane runs next; None when there is nothing left for it."""
	fit = [file for file in waiting if is_served or file.startswith(INSIDE)]
	return max(fit, key=lambda file: (not file.startswith(INSIDE), seconds.get(file, UNKNOWN)), default=None)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Lanes:
	"""Deal the files out as above."""
	return Lanes(config, log)


class Progress:
	"""Listens, in the process that deals out, to what the lanes report."""

	def __init__(self, config: pytest.Config) -> None:
		"""Keep what knows where to write to."""
		self.config = config

	@pytest.hookimpl(trylast=True)
	def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
		"""Name a test that fails at once, and add up how long the tests of a file take, with what they set up."""
		_measured[report.nodeid.partition("::")[0]] += report.duration
		terminal = self.config.pluginmanager.get_plugin("terminalreporter")
		if report.failed and terminal:
			terminal.write_line(f"\nfailed: {report.nodeid} ({report.when})")


def pytest_configure(config: pytest.Config) -> None:
	"""Listen, unless this is a lane itself."""
	if not hasattr(config, "workerinput"):
		config.pluginmanager.register(Progress(config))


def pytest_sessionfinish(session: pytest.Session) -> None:
	"""Write down how long each file took."""
	if target := not hasattr(session.config, "workerinput") and os.environ.get("SA_DURATIONS"):
		rounded = {file: round(took, 1) for file, took in sorted(_measured.items())}
		Path(target).write_text(json.dumps(rounded, indent="\t") + "\n")
