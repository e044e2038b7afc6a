"""Processes that go on after the tool has returned: started once, found again, stopped.

A process is known by its id and its start time, so that a number which Linux gave to another program since
is never mistaken for ours.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from dev.tool import paths, shell

PATIENCE = 20  # seconds that a process has for an orderly end


def start(
	name: str,
	command: shell.Command,
	*,
	cwd: Path | None = None,
	env: Mapping[str, str] | None = None,
	executable: Path | None = None,
) -> None:
	"""Start `command` under `name`, free of this terminal, with its output in `.bench/logs/<name>.log`.

	`executable` is the file to run where it differs from the name the program is to see.
	"""
	with shell.log_path(name).open("w") as output:
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
	_pid_file(name).write_text(f"{process.pid} {_start_time(process.pid)}")


def is_running(name: str) -> bool:
	"""Return whether the process last started under `name` still runs."""
	return _running_pid(name) is not None


def stop(name: str) -> bool:
	"""End the process `name`, by force after PATIENCE seconds; False when it did not run."""
	pid = _running_pid(name)
	if pid is not None:
		os.kill(pid, signal.SIGTERM)
		if not wait_for(lambda: not is_running(name), PATIENCE):
			os.killpg(pid, signal.SIGKILL)
	_pid_file(name).unlink(missing_ok=True)
	return pid is not None


def names() -> list[str]:
	"""Return the names of all processes started and not yet stopped, the latest first."""
	files = sorted(paths.CONFIG.glob("*.pid"), key=lambda file: file.stat().st_mtime, reverse=True)
	return [file.stem for file in files]


def wait_for(condition: Callable[[], bool], seconds: float, interval: float = 0.1) -> bool:
	"""Ask `condition()` every `interval` until it is true or `seconds` have passed; return the last answer."""
	deadline = time.monotonic() + seconds
	while time.monotonic() < deadline:
		if condition():
			return True
		time.sleep(interval)
	return condition()


def _running_pid(name: str) -> int | None:
	try:
		pid, started = _pid_file(name).read_text().split()
	except (OSError, ValueError):
		return None
	return int(pid) if started != "0" and _start_time(int(pid)) == started else None


def _start_time(pid: int) -> str:
	"""Return when process `pid` started, in ticks since boot; "0" if it has ended (proc(5), stat fields 3, 22)."""
	try:
		fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
	except OSError:
		return "0"
	return "0" if fields[0] == "Z" else fields[19]


def _pid_file(name: str) -> Path:
	return paths.CONFIG / f"{name}.pid"
