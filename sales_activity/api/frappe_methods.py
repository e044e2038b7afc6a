"""Methods of Frappe that tell more about our records than the user may see, or refuse what the user needs, put right
for our DocTypes.

Hook ``override_whitelisted_methods``; what is asked about other DocTypes goes to Frappe as it came.

- ``frappe.client.get_count`` counts without asking for permission, and takes any filter: whoever asks often enough
  learns every amount (15 and 16).
- Dashboard charts: a heatmap sums up without permissions, and the results of a saved chart are kept for whoever
  asks next (``frappe.utils.dashboard.cache_source``; 15 and 16).
- Before an action of a workflow the form reads whether the workflow wants it confirmed, which the first releases
  of 16 refuse to everybody but System Managers: nobody else could act (frappe/frappe#34991).
"""

from __future__ import annotations

import inspect
from typing import Any

import frappe
from frappe import _, client
from frappe.desk.doctype.dashboard_chart import dashboard_chart

from sales_activity import compat
from sales_activity.permissions.queries import CONDITIONS
from sales_activity.permissions.scope import is_unrestricted

CHILDREN = (
	*("Sales Project Member", "Sales Target Detail", "Milestone Answer", "Lead Answer"),
	*("Sales Expense Line", "Sales Expense Advance", "Expense Forwarding Claim"),
)
# files of ours are among those of others
GUARDED = frozenset({*CONDITIONS, *CHILDREN, "File"})

CONFIRMATION = "enable_action_confirmation"

Filters = str | list | dict[str, Any] | None


@frappe.whitelist()
def get_count(
	doctype: str, filters: Filters = None, debug: bool | int | str = False, cache: bool | int | str = False
) -> int:
	"""How many records there are; of our DocTypes, and of files, how many the user may see."""
	if doctype not in GUARDED:
		return client.get_count(doctype, filters, debug, cache)
	count = compat.counted(doctype)
	found = frappe.get_list(doctype, fields=[count], filters=client.get_safe_filters(filters), order_by=None)
	return found[0].total


@frappe.whitelist()
def get_value(
	doctype: str,
	fieldname: str | list | dict[str, Any],
	filters: Filters = None,
	as_dict: bool | int | str = True,
	debug: bool | int | str = False,
	parent: str | None = None,
) -> Any:
	"""A value of a record; whether a workflow of ours wants confirmation, for all who may read its documents."""
	if doctype == "Workflow" and fieldname == CONFIRMATION:
		asked = frappe.parse_json(filters)
		of_doctype = asked.get("document_type") if isinstance(asked, dict) and len(asked) == 1 else None
		if isinstance(of_doctype, str) and _is_ours(of_doctype) and frappe.has_permission(of_doctype):
			active = {"document_type": of_doctype, "is_active": 1}
			return {CONFIRMATION: frappe.db.get_value("Workflow", active, CONFIRMATION) or 0}
	return client.get_value(doctype, fieldname, filters, as_dict, debug, parent)


def _is_ours(doctype: str) -> bool:
	has_field = frappe.get_meta("Workflow").has_field(CONFIRMATION)
	return has_field and frappe.db.get_value("DocType", doctype, "module") == "Sales Activity"


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
