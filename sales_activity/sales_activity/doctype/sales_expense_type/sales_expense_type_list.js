frappe.listview_settings["Sales Expense Type"] = {
	add_fields: ["disabled", "basis"],
	hide_name_column: true,
	get_indicator: (doc) =>
		doc.disabled ? [__("Disabled"), "gray", "disabled,=,1"] : [__("Enabled"), "blue", "disabled,=,0"],
};
