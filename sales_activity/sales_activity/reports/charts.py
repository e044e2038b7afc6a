"""Charts as Frappe's query reports want them. Plain functions, no site needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

MOST_BARS = 25


def bars(
	labels: Sequence[str],
	series: Mapping[str, Sequence[float | None]],
	colors: Sequence[str],
	fieldtype: str = "Float",
) -> dict | None:
	"""Bars of the first 25 labels; ``series`` maps a name to a value for each. None without labels."""
	if not labels:
		return None
	return {
		"data": {
			"labels": list(labels[:MOST_BARS]),
			"datasets": [
				{"name": name, "values": [value or 0 for value in values[:MOST_BARS]]}
				for name, values in series.items()
			],
		},
		"type": "bar",
		"colors": list(colors),
		"fieldtype": fieldtype,
	}
