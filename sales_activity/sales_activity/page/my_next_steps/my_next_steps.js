frappe.pages["my-next-steps"].on_page_load = (wrapper) => {
	const page = frappe.ui.make_app_page({
		parent: wrapper,
		title: __("My Next Steps"),
		single_column: true,
	});
	wrapper.steps = new sales_activity.milestones.NextSteps({ parent: page.main });
	page.set_secondary_action(__("Refresh"), () => wrapper.steps.refresh(), "refresh");
	page.add_menu_item(__("All My Milestones"), () => frappe.set_route("List", "Sales Milestone"));
};

frappe.pages["my-next-steps"].on_page_show = (wrapper) => {
	sales_activity.show_sidebar();
	wrapper.steps.refresh();
};
