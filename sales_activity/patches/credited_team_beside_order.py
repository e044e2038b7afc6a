"""2026-11-22: the team of an order moves from a child table of the order to a DocType beside it."""

from __future__ import annotations

import frappe

from sales_activity.setup.custom_fields import make_custom_fields

KEPT = "Sales Order Credit"
CHILD_COLUMNS = ("parent", "parenttype", "parentfield")


def execute() -> None:
	"""Keep what the rows say, without the columns of a child table; replace the field. May run twice."""
	field = frappe.db.get_value("Custom Field", {"dt": "Sales Order", "fieldname": "credit_team"})
	if field:
		frappe.delete_doc("Custom Field", field, force=True, ignore_permissions=True)
	make_custom_fields()
	if frappe.db.sql(f"show columns from `tab{KEPT}` like 'parent'"):
		adopt_rows()
		drop_child_columns()


def adopt_rows() -> None:
	"""Name the order in each row. Drafts had rows too; now they have none until they are submitted."""
	frappe.db.sql(
		f"""
			delete kept from `tab{KEPT}` kept
			left join `tabSales Order` so on so.name = kept.parent
			where so.name is null or so.docstatus = 0
		"""
	)
	frappe.db.sql(
		f"update `tab{KEPT}` set sales_order = parent, docstatus = 0 where ifnull(sales_order, '') = ''"
	)


def drop_child_columns() -> None:
	"""Frappe leaves columns of its own where they are; these, and their index, would cost every insert."""
	dropped = ", ".join(f"drop column if exists `{column}`" for column in CHILD_COLUMNS)
	frappe.db.sql_ddl(f"alter table `tab{KEPT}` {dropped}")
	frappe.clear_cache()
