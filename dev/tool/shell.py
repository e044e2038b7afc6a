"""Running other programs: output goes to a log file, a failure quotes it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from dev.tool import paths
from dev.tool.steps import Failure

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


def spawn(
	command: Command,
	log: str,
	*,
	cwd: Path | None = None,
	env: Mapping[str, str] | None = None,
	executable: Path | None = None,
) -> int:
	"""Start `command` in the background, free of this terminal, and return its process id.

	`executable` is the file to run where it differs from the name the program is to see.
	"""
	with log_path(log).open("a") as output:
		process = subprocess.Popen(
			[str(part) for part in command],
			executable=executable,
			cwd=cwd,
			env={**os.environ, **(env or {})},
			stdin=subprocess.DEVNULL,
			stdout=output,
			stderr=subprocess.STDOUT,
			start_new_session=True,
		)
	return process.pid


def log_path(name: str) -> Path:
	"""Return the log file called `name` in `.bench/logs/`."""
	paths.LOGS.mkdir(parents=True, exist_ok=True)
	return paths.LOGS / f"{name}.log"


def command_line(pid: int) -> str:
	"""Return the command line of process `pid`, or "" when there is none (Linux: /proc)."""
	try:
		return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
	except OSError:
		return ""


def terminate(pid: int, marker: str, patience: float = 20) -> bool:
	"""End process `pid` if its command line contains `marker`; True when it was running.

	The marker guards against a process id that another program got since. Waits up to `patience`
	seconds for an orderly end before it kills.
	"""
	if not marker or marker not in command_line(pid):
		return False
	os.kill(pid, signal.SIGTERM)
	if not wait_for(lambda: marker not in command_line(pid), patience):
		os.kill(pid, signal.SIGKILL)
	return True


def wait_for(condition: Callable[[], bool], seconds: float, interval: float = 0.1) -> bool:
	"""Ask `condition()` every `interval` until it is true or `seconds` have passed; return the last answer."""
	deadline = time.monotonic() + seconds
	while time.monotonic() < deadline:
		if condition():
			return True
		time.sleep(interval)
	return bool(condition())
