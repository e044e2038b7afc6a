frappe.listview_settings["Expense Forwarding"] = {
	onload: ({ page }) => sales_activity.expenses.add_forward_button(page),
};
