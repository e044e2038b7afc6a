"""Running other programs: output goes to a log file, a failure quotes it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from dev.tool import paths
from dev.tool.failure import Failure

Command = Sequence[str | Path]


def run(
	command: Command,
	log: str,
	*,
	cwd: Path | None = None,
	env: Mapping[str, str] | None = None,
	hint: str = "",
	stdin: str | None = None,
) -> None:
	"""Run `command` with its output in `.bench/logs/<log>.log`.

	`env` is added to this process's environment. `stdin` is the text it reads; without, it reads nothing.
	Raises Failure with the log and `hint` when the program is missing or does not exit with 0.
	"""
	path = log_path(log)
	with path.open("w") as output:
		output.write(f"$ {' '.join(map(str, command))}\n")
		output.flush()
		try:
			done = subprocess.run(
				[str(part) for part in command],
				cwd=cwd,
				env={**os.environ, **(env or {})},
				stdout=output,
				stderr=subprocess.STDOUT,
				check=False,
				text=True,
				**({"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}),
			)
		except FileNotFoundError as error:
			raise Failure(f"{command[0]} is not installed", hint) from error
	if done.returncode:
		raise Failure(f"{Path(command[0]).name} ended with code {done.returncode}", hint, path)


def log_path(name: str) -> Path:
	"""Return the log file called `name` in `.bench/logs/`."""
	paths.LOGS.mkdir(parents=True, exist_ok=True)
	return paths.LOGS / f"{name}.log"
