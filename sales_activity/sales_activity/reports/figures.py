"""Figures as the reports show them. Plain functions, no site needed."""

from __future__ import annotations

from frappe.utils import flt


def percent_of(part: float, whole: float) -> float | None:
	"""``part`` as a percentage of ``whole``, two decimals; None where there is nothing to compare with."""
	return flt(part / whole * 100, 2) if whole else None
