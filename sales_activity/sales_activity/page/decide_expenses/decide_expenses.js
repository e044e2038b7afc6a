frappe.pages["decide-expenses"].on_page_load = (wrapper) => {
	const page = frappe.ui.make_app_page({
		parent: wrapper,
		title: __("Decide on Expenses"),
		single_column: true,
	});
	wrapper.deciding = new sales_activity.expenses.DecideMany({ page });
	page.set_secondary_action(__("Refresh"), () => wrapper.deciding.refresh(), "refresh");
	page.add_menu_item(__("All Claims"), () => frappe.set_route("List", "Sales Expense Claim"));
	frappe.ui.keys.add_shortcut({
		shortcut: "ctrl+enter",
		action: () => wrapper.deciding.submit(),
		description: __("Send Decisions"),
		page,
		ignore_inputs: true,
	});
};

frappe.pages["decide-expenses"].on_page_show = (wrapper) => {
	sales_activity.show_sidebar();
	const only = frappe.route_options?.claims ? frappe.route_options : null;
	frappe.route_options = null; // or the next list would take it for a filter
	wrapper.deciding.refresh(only);
};
