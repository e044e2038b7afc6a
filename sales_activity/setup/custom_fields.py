"""Our fields on ERPNext's DocTypes: one definition, used by install, upgrade and uninstall."""

from __future__ import annotations

import frappe
from frappe.custom.doctype.custom_field.custom_field import create_custom_fields

MODULE = "Sales Activity"

_SALES_PROJECT = {
	"fieldname": "sales_project",
	"label": "Sales Project",
	"fieldtype": "Link",
	"options": "Sales Project",
	"allow_on_submit": 1,
	"in_standard_filter": 1,
	"search_index": 1,
	"print_hide": 1,
	"description": "The sale that this document belongs to. Its team is credited.",
}

CUSTOM_FIELDS: dict[str, list[dict]] = {
	"Quotation": [{**_SALES_PROJECT, "insert_after": "order_type"}],
	"Sales Order": [
		{**_SALES_PROJECT, "insert_after": "order_type"},
		{
			# filled by public/js/sales_order.js; a table would cost every save of an order nine statements
			"fieldname": "credited_team",
			"label": "Credited Team",
			"fieldtype": "HTML",
			"insert_after": "sales_team",
			"print_hide": 1,
		},
	],
}


def make_custom_fields() -> None:
	"""Create or update the fields, each with our module (so that Frappe's own export and uninstall know whose
	they are)."""
	create_custom_fields(
		{
			doctype: [{**field, "module": MODULE} for field in fields]
			for doctype, fields in CUSTOM_FIELDS.items()
		}
	)


def delete_custom_fields() -> None:
	"""Delete the fields with their columns. MariaDB keeps a column whose Custom Field is gone
	(``frappe.custom.doctype.custom_field.custom_field.CustomField.on_trash``), so we drop it."""
	for doctype, fields in CUSTOM_FIELDS.items():
		for field in fields:
			name = frappe.db.get_value("Custom Field", {"dt": doctype, "fieldname": field["fieldname"]})
			if name:
				frappe.delete_doc(
					"Custom Field", name, force=True, ignore_permissions=True, delete_permanently=True
				)
			if field["fieldname"] in frappe.db.get_table_columns(doctype):
				frappe.db.sql_ddl(f"alter table `tab{doctype}` drop column `{field['fieldname']}`")
		frappe.clear_cache(doctype=doctype)
