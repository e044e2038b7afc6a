"""Frappe's own command line on a bench: what `bench` would call, without needing `bench`."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from dev.tool import paths, shell


def test_packages(bench: paths.Bench) -> Path:
	"""Return the folder for what the tests need and the bench's environment lacks, one per version of Python."""
	return paths.WORK / "test-packages" / bench.python_version


def environment(bench: paths.Bench) -> dict[str, str]:
	"""Return what Frappe's processes get: no writing into the user's home, no user's Python packages."""
	python_path = [paths.CHECKOUT, test_packages(bench), *filter(None, [os.environ.get("PYTHONPATH")])]
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
	shell.run(command(bench, site, *arguments), log, cwd=bench.sites, env=environment(bench), hint=hint)


def run_script(bench: paths.Bench, script: Path, *arguments: str, log: str) -> None:
	"""Run a Python file with the bench's interpreter from `sites/`; raises Failure when it fails."""
	shell.run([bench.python, script, *arguments], log, cwd=bench.sites, env=environment(bench))


def attach(
	bench: paths.Bench,
	command_line: Sequence[str | Path],
	*,
	cwd: Path | None = None,
	env: Mapping[str, str] | None = None,
) -> int:
	"""Run a command on this terminal, in `cwd` or else `sites/`; returns its exit code.

	`env` is added to the environment that Frappe's processes get.
	"""
	parts = [str(part) for part in command_line]
	whole = {**os.environ, **environment(bench), **(env or {})}
	return subprocess.run(parts, cwd=cwd or bench.sites, env=whole, check=False).returncode
