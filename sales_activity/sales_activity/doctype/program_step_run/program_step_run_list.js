frappe.listview_settings["Program Step Run"] = {
	add_fields: ["outcome"],
	hide_name_column: true,

	get_indicator: (doc) => [
		__(doc.outcome),
		sales_activity.leads.OUTCOMES[doc.outcome] || "gray",
		`outcome,=,${doc.outcome}`,
	],

	onload(list) {
		const { leads } = sales_activity;
		if (!frappe.model.can_write("Lead Nurture")) return;
		list.page.add_actions_menu_item(__("Try Again"), () =>
			leads.retry({ step_runs: list.get_checked_items(true) }, () => list.refresh())
		);
	},
};
