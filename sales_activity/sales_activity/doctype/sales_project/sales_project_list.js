frappe.listview_settings["Sales Project"] = {
	add_fields: ["status", "company", "expected_close_date"],
	// the state of the workflow and the status say the same; one indicator is enough
	has_indicator_for_draft: true,
	get_indicator(doc) {
		const colours = { Open: "blue", "On Hold": "orange", Won: "green", Lost: "red" };
		return [__(doc.status), colours[doc.status] || "gray", `status,=,${doc.status}`];
	},

	onload(listview) {
		if (!frappe.model.can_write("Sales Project")) return;
		listview.page.add_actions_menu_item(__("Start Sales Process"), () => {
			const projects = listview.get_checked_items(true);
			sales_activity.milestones.start_process(projects, () => listview.refresh());
		});
	},
};
