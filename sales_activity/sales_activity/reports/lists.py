"""The way from a figure to the list of documents that it counts, or to a report that names them.

As in ``drill_down``: a column says where the documents are and with which filters, a row adds its own:

	{**column["documents"]["filters"], **row["documents"][column["documents"]["kind"]]}

A filter is a value, or an operator with a value, as in the addresses of Frappe's lists. A row without the column's
kind leads nowhere. Plain functions, no site needed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sales_activity.sales_activity.targets.rules import Period

Links = dict[str, Any]
BELOW = "descendants of (inclusive)"
NOT_SET = ["is", "not set"]


def to_list(doctype: str, kind: str, **filters: object) -> Links:
	"""A column's way to the list of a DocType."""
	return {"doctype": doctype, "kind": kind, "filters": filters}


def to_report(report: str, kind: str, **filters: object) -> Links:
	"""A column's way to a report."""
	return {"report": report, "kind": kind, "filters": filters}


def named(names: Collection[str]) -> Links:
	"""The filter for documents of these names, none of which may hold a comma: Frappe's lists take them apart there."""
	return {"name": ["in", ",".join(names)]}


def during(span: Period) -> list:
	"""The filter for moments in a period."""
	return ["between", [str(span.start), str(span.end)]]


def narrowed(asked: Mapping[str, object], fields: Mapping[str, str], trees: Collection[str]) -> Links:
	"""The report's own filters as those of a list: ``fields`` maps the filter to the list's field; those in
	``trees`` stand for everything below, too."""
	return {
		field: [BELOW, asked[name]] if name in trees else asked[name]
		for name, field in fields.items()
		if asked.get(name)
	}
