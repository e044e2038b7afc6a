"""Methods of Frappe that tell more about our records than the user may see, put right for our DocTypes.

Hook ``override_whitelisted_methods``; what is asked about other DocTypes goes to Frappe as it came.

- ``frappe.client.get_count`` counts without asking for permission, and takes any filter: whoever asks often enough
  learns every amount (15 and 16).
- Dashboard charts: a heatmap sums up without permissions, and the results of a saved chart are kept for whoever
  asks next (``frappe.utils.dashboard.cache_source``; 15 and 16).
"""

from __future__ import annotations

import inspect
from typing import Any

import frappe
from frappe import _, client
from frappe.desk.doctype.dashboard_chart import dashboard_chart

from sales_activity.compat import major
from sales_activity.permissions.queries import CONDITIONS
from sales_activity.permissions.scope import is_unrestricted

CHILDREN = ("Sales Project Member", "Sales Target Detail", "Milestone Answer")
GUARDED = frozenset({*CONDITIONS, *CHILDREN})

Filters = str | list | dict[str, Any] | None


@frappe.whitelist()
def get_count(
	doctype: str, filters: Filters = None, debug: bool | int | str = False, cache: bool | int | str = False
) -> int:
	"""How many records there are; of our DocTypes, how many the user may see."""
	if doctype not in GUARDED:
		return client.get_count(doctype, filters, debug, cache)
	expression = f"count(`tab{doctype}`.`name`) as total"
	count = {"COUNT": "name", "as": "total"} if int(major(frappe.__version__)) >= 16 else expression
	found = frappe.get_list(doctype, fields=[count], filters=client.get_safe_filters(filters), order_by=None)
	return found[0].total


@frappe.whitelist()
def get_chart(**arguments: Any) -> dict[str, Any] | None:
	"""The data of a dashboard chart: over our DocTypes never from the cache, heatmaps not for the restricted."""
	arguments.pop("cmd", None)
	chart = _chart_of(arguments)
	if chart.get("document_type") not in GUARDED:
		return dashboard_chart.get(**arguments)
	if chart.get("type") == "Heatmap" and not _sees_everything(chart.document_type):
		frappe.throw(
			_("A heatmap would show figures of others. Choose another type."), frappe.PermissionError
		)
	return inspect.unwrap(dashboard_chart.get)(**arguments)


def _chart_of(arguments: dict[str, Any]) -> Any:
	if arguments.get("chart_name"):
		return frappe.get_doc("Dashboard Chart", arguments["chart_name"])
	return frappe._dict(frappe.parse_json(arguments.get("chart")) or {})


def _sees_everything(doctype: str) -> bool:
	"""Roles that see everybody's figures, unless a User Permission narrows them."""
	user = frappe.session.user
	return is_unrestricted(user) and not frappe.permissions.get_user_permissions(user)
