"""Named steps with progress, and failures that say which step, why and what to do."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dev.tool.failure import Failure

LOG_LINES_SHOWN = 25


@dataclass(frozen=True)
class Step:
	"""One named piece of work. `action` returns a short remark such as "reused", or ""."""

	title: str
	action: Callable[[], str | None]


def run_steps(steps: Sequence[Step], quiet: bool = False) -> None:
	"""Run `steps` in order, one line each: number, title, remark and seconds.

	`quiet` keeps standard output free for what comes after, and shows the steps on standard error.
	Raises SystemExit(1) after describing the first one that fails.
	"""
	for number, step in enumerate(steps, start=1):
		label = f"[{number}/{len(steps)}] {step.title}"
		_say(f"{label} ... ", quiet)
		started = time.monotonic()
		try:
			remark = step.action()
		except (Failure, OSError) as error:
			_say("failed\n", quiet)
			report(error if isinstance(error, Failure) else Failure(str(error)), step=label)
			raise SystemExit(1) from error
		seconds = time.monotonic() - started
		_say(f"{remark + ', ' if remark else ''}{seconds:.1f} s\n", quiet)


def report(failure: Failure, step: str = "") -> None:
	"""Write to standard error what failed, the end of its log, and what to do."""
	lines = ["", f"FAILED: {step}" if step else "FAILED", f"  Why: {failure.what}"]
	if failure.log and failure.log.exists():
		lines += [f"  Last lines of {failure.log}:", *(f"    | {line}" for line in _tail(failure.log))]
	if failure.hint:
		lines.append(f"  What to do: {failure.hint}")
	sys.stdout.flush()
	print("\n".join(lines), file=sys.stderr, flush=True)


def _tail(log: Path) -> list[str]:
	return log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:]


def _say(text: str, quiet: bool) -> None:
	stream = sys.stderr if quiet else sys.stdout
	stream.write(text)
	stream.flush()
