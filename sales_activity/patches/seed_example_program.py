"""2026-11-22: the example program and its Email Templates."""

from __future__ import annotations

from sales_activity.setup.seed import seed


def execute() -> None:
	"""Make what was never made on this site; the admin's own stays as it is."""
	seed()
