frappe.listview_settings["Program Enrolment"] = {
	add_fields: ["status", "program", "lead"],
	hide_name_column: true,

	get_indicator: (doc) => [
		__(doc.status),
		sales_activity.leads.RUNS[doc.status] || "gray",
		`status,=,${doc.status}`,
	],

	onload(list) {
		const { leads } = sales_activity;
		if (!frappe.model.can_write("Lead Nurture")) return;
		for (const { change, label } of leads.changes_of())
			list.page.add_actions_menu_item(label, () =>
				leads.change_runs(change, list.get_checked_items(true), () => {
					list.clear_checked_items();
					list.refresh();
				})
			);
		list.page.add_actions_menu_item(__("Try Failed Steps Again"), () =>
			leads.retry({ enrolments: list.get_checked_items(true) }, () => list.refresh())
		);
	},
};
