"""Fingerprints of inputs, so that a second run redoes only what changed; and locks between runs."""

from __future__ import annotations

import fcntl
import hashlib
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dev.tool import paths

SKIPPED_FOLDERS = {"__pycache__", "node_modules", ".git", ".bench"}


def fingerprint(files: Iterable[Path], *words: str) -> str:
	"""Return a hash of the names and contents of `files` (folders: of every file below) and of `words`."""
	digest = hashlib.sha256("\0".join(words).encode())
	for path in sorted(_expand(files)):
		digest.update(str(path.relative_to(paths.CHECKOUT)).encode() + b"\0")
		digest.update(path.read_bytes() + b"\0")
	return digest.hexdigest()


def matches(name: str, value: str) -> bool:
	"""Return whether the stamp `name` was last set to `value`."""
	path = paths.STAMPS / name
	return path.exists() and path.read_text() == value


def put(name: str, value: str) -> None:
	"""Remember `value` under `name`."""
	paths.STAMPS.mkdir(parents=True, exist_ok=True)
	(paths.STAMPS / name).write_text(value)


def forget(name: str) -> None:
	"""Drop the stamp `name`, so that its step runs again."""
	(paths.STAMPS / name).unlink(missing_ok=True)


@contextmanager
def lock(name: str) -> Iterator[None]:
	"""Hold the lock `name`; waits while another run of the tool holds it. The kernel frees it with the process."""
	paths.CONFIG.mkdir(parents=True, exist_ok=True)
	with (paths.CONFIG / f"{name}.lock").open("w") as handle:
		try:
			fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
		except BlockingIOError:
			print(f"(waiting for another run, which holds {name}) ", end="", file=sys.stderr, flush=True)
			fcntl.flock(handle, fcntl.LOCK_EX)
		yield


def _expand(files: Iterable[Path]) -> Iterator[Path]:
	for path in files:
		if path.is_dir():
			yield from _expand(child for child in path.iterdir() if child.name not in SKIPPED_FOLDERS)
		elif path.is_file():
			yield path
