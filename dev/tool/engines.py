"""Which Frappe and ERPNext the app runs on: a bench of your own, upstream's, or the one from PyPI."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Protocol

from dev.tool import engine_own, engine_pypi, engine_upstream, paths
from dev.tool.failure import Failure
from dev.tool.steps import Step

PROBE_SECONDS = 3
CHOICE = paths.CONFIG / "engine"
ENGINES = {"upstream": engine_upstream.Upstream, "pypi": engine_pypi.Pypi}


class Engine(Protocol):
	"""A bench that can be brought up and on which a site can be made."""

	bench: paths.Bench
	title: str

	def steps(self) -> list[Step]:
		"""Return what brings the bench up, in order; every step is quick when its work is done."""
		...

	def ensure_site(self, name: str) -> str:
		"""Make the site `name`, with ERPNext and the app, or bring it up to date; returns the remark."""
		...

	def copy_site(self, source: str, name: str) -> str:
		"""Make the site `name` a copy of the site `source`, or bring it up to date; returns the remark."""
		...

	def build_desk(self) -> str:
		"""Build the desk's scripts and styles; returns the remark."""
		...

	def clean_up(self) -> None:
		"""Undo what must not outlast the run."""
		...


def choose() -> Engine:
	"""Return the engine that BENCH or ENGINE names, else the one this checkout has already, else the best to be had.

	That is upstream's where GitHub answers, otherwise PyPI's. Raises Failure when ENGINE names none.
	"""
	if folder := os.environ.get("BENCH"):
		return engine_own.OwnBench(Path(folder).expanduser().resolve())
	wanted = os.environ.get("ENGINE") or _chosen_before() or ("upstream" if github_answers() else "pypi")
	if wanted not in ENGINES:
		raise Failure(
			f"there is no engine named {wanted!r}", "set ENGINE=upstream or ENGINE=pypi, or BENCH=/path"
		)
	CHOICE.write_text(wanted)
	return ENGINES[wanted]()


def github_answers() -> bool:
	"""Return whether git can read Frappe's repository on GitHub; asks for 3 seconds at most, quietly."""
	command = ["git", "ls-remote", "--exit-code", engine_upstream.FRAPPE, engine_upstream.BRANCH]
	environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
	try:
		probe = subprocess.run(
			command, capture_output=True, timeout=PROBE_SECONDS, env=environment, check=False
		)
	except (OSError, subprocess.TimeoutExpired):
		return False
	return probe.returncode == 0


def _chosen_before() -> str:
	return CHOICE.read_text() if CHOICE.exists() else ""
