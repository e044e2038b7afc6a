"""What stops a run."""

from __future__ import annotations

from pathlib import Path


class Failure(Exception):
	"""Something that stops the run: what happened, what to do about it, the log that tells more."""

	def __init__(self, what: str, hint: str = "", log: Path | None = None) -> None:
		"""Keep `what` went wrong, the `hint` what to do, and the `log` to quote from."""
		super().__init__(what)
		self.what = what
		self.hint = hint
		self.log = log
