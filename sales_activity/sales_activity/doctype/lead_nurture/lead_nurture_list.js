frappe.listview_settings["Lead Nurture"] = {
	add_fields: ["status", "score", "company"],
	// the state of the workflow and the status say the same; one indicator is enough
	has_indicator_for_draft: true,
	hide_name_column: true,

	get_indicator: (doc) => [
		__(doc.status),
		sales_activity.leads.STATES[doc.status] || "gray",
		`status,=,${doc.status}`,
	],

	onload(list) {
		const { leads } = sales_activity;
		if (leads.OPERATIONS.some((role) => frappe.user.has_role(role)))
			list.page.add_menu_item(__("Make Missing Lead Nurtures"), () =>
				leads.make_missing(() => list.refresh())
			);
		if (!frappe.model.can_write("Lead Nurture")) return;
		const done = () => {
			list.clear_checked_items();
			list.refresh();
		};
		list.page.add_actions_menu_item(__("Enrol in Program"), () => {
			const chosen = list.get_checked_items();
			const companies = new Set(chosen.map((lead) => lead.company));
			const company = companies.size === 1 ? chosen[0].company : null;
			leads.enrol(
				chosen.map((lead) => lead.name),
				company,
				done
			);
		});
		if (!["Lead Qualifier", "Sales Operations"].some((role) => frappe.user.has_role(role))) return;
		list.page.add_actions_menu_item(__("Assign to Qualifier"), () =>
			leads.assign(list.get_checked_items(true), done)
		);
		list.page.add_actions_menu_item(__("Score Again"), () =>
			leads.score_again(list.get_checked_items(true), done)
		);
	},
};
