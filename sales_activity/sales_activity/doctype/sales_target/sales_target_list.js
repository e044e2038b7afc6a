frappe.listview_settings["Sales Target"] = {
	add_fields: ["workflow_state", "total_target"],
};
