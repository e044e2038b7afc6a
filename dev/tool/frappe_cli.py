"""Frappe's own command line on a bench: what `bench` would call, without needing `bench`."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from dev.tool import paths, shell

TEST_PACKAGES = paths.WORK / "test-packages"  # stays empty unless the bench has no pytest of its own


def environment() -> dict[str, str]:
	"""Return what Frappe's processes get: no writing into the user's home, no user's Python packages."""
	python_path = [paths.CHECKOUT, TEST_PACKAGES, *filter(None, [os.environ.get("PYTHONPATH")])]
	return {
		"HOME": str(paths.HOME),
		"IPYTHONDIR": str(paths.HOME / "ipython"),
		"PYTHONNOUSERSITE": "1",
		"PYTHONPATH": ":".join(map(str, python_path)),
	}


def command(bench: paths.Bench, site: str | None, *arguments: str | Path) -> list[str]:
	"""Return the command line that runs `bench --site <site> <arguments>`."""
	choose_site = ["--site", site] if site else []
	helper = [str(bench.python), "-m", "frappe.utils.bench_helper", "frappe"]
	return [*helper, *choose_site, *map(str, arguments)]


def run(bench: paths.Bench, site: str | None, *arguments: str | Path, log: str, hint: str = "") -> None:
	"""Run a Frappe command with its output in a log; raises Failure when it fails."""
	shell.run(command(bench, site, *arguments), log, cwd=bench.sites, env=environment(), hint=hint)


def run_script(bench: paths.Bench, script: Path, *arguments: str, log: str) -> None:
	"""Run a Python file with the bench's interpreter from `sites/`; raises Failure when it fails."""
	shell.run([bench.python, script, *arguments], log, cwd=bench.sites, env=environment())


def attach(command_line: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str] | None = None) -> int:
	"""Run a command on this terminal, with `env` added to Frappe's environment; returns its exit code."""
	parts = [str(part) for part in command_line]
	whole = {**os.environ, **environment(), **(env or {})}
	return subprocess.run(parts, cwd=cwd, env=whole, check=False).returncode
