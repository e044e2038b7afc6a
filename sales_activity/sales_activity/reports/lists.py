"""The way from a figure to the list of documents that it counts, or to a report that names them.

As in ``drill_down``: a column says where the documents are and with which filters, a row adds its own:

	{**column["documents"]["filters"], **row["documents"][column["documents"]["kind"]]}

A filter is a value, or an operator with a value, as in the addresses of Frappe's lists. A row without the column's
kind leads nowhere. Plain functions, no site needed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sales_activity.sales_activity.targets.rules import Period

Links = dict[str, Any]
BELOW = "descendants of (inclusive)"
NOT_SET = ["is", "not set"]
MOST_NAMES = 50


def to_list(doctype: str, kind: str, **filters: object) -> Links:
	"""A column's way to the list of a DocType."""
	return {"doctype": doctype, "kind": kind, "filters": filters}


def to_report(report: str, kind: str, **filters: object) -> Links:
	"""A column's way to a report."""
	return {"report": report, "kind": kind, "filters": filters}


def named(kind: str, names: Sequence[str]) -> Links:
	"""A row's way to the documents of these names, under the column's kind. None where they are too many for an address,
	or where a name holds a comma: Frappe's lists take names apart there."""
	if not names or len(names) > MOST_NAMES or any("," in name for name in names):
		return {}
	return {kind: {"name": ["in", ",".join(names)]}}


def during(span: Period) -> list:
	"""The filter for moments in a period. Dates, no times: Frappe's lists count the last day whole, and cut a time off."""
	return ["between", [str(span.start), str(span.end)]]


def narrowed(asked: Mapping[str, object], fields: Mapping[str, str], trees: Collection[str]) -> Links:
	"""The report's own filters as those of a list: ``fields`` maps the filter to the list's field; those in
	``trees`` stand for everything below, too."""
	return {
		field: [BELOW, asked[name]] if name in trees else asked[name]
		for name, field in fields.items()
		if asked.get(name)
	}
