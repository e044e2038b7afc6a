"""What an Item gives to a line of a selling document."""

from __future__ import annotations

import frappe
from frappe.utils import flt

COPIED = ("item_name", "description", "item_group", "brand", "stock_uom", "grant_commission")


def line_defaults(item_code: str, uom: str | None, company: str) -> dict[str, str | float | None]:
	"""Values by fieldname for a line with this item, in the given unit or the Item's own."""
	item = frappe.get_cached_doc("Item", item_code)
	values = {field: item.get(field) for field in COPIED}
	values["uom"] = uom or item.sales_uom or item.stock_uom
	values["conversion_factor"] = get_conversion_factor(item_code, values["uom"])["conversion_factor"]
	own = next((row for row in item.item_defaults if row.company == company), None)
	values["warehouse"] = own.default_warehouse if own else None
	values["cost_center"] = frappe.get_cached_value("Company", company, "cost_center")
	values["income_account"] = frappe.get_cached_value("Company", company, "default_income_account")
	return values


@frappe.whitelist()
def get_conversion_factor(item_code: str, uom: str) -> dict[str, float]:
	"""How many stock units one `uom` of the item is; 1 where the Item does not say."""
	item = frappe.get_cached_doc("Item", item_code)
	factor = next((row.conversion_factor for row in item.uoms if row.uom == uom), None)
	return {"conversion_factor": flt(factor) or 1.0}
