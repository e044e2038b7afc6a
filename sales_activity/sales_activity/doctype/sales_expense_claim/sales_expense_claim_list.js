frappe.listview_settings["Sales Expense Claim"] = {
	add_fields: ["status", "currency"],
	// the state of the workflow and the status say the same; one indicator is enough
	has_indicator_for_draft: true,
	has_indicator_for_cancelled: true,

	get_indicator: (doc) => [
		__(doc.status),
		sales_activity.expenses.COLOURS[doc.status] || "gray",
		`status,=,${doc.status}`,
	],

	onload(listview) {
		const show = (label, field, value) =>
			listview.page.add_inner_button(label, async () => {
				await listview.filter_area.clear(false);
				await listview.filter_area.add([["Sales Expense Claim", field, "=", value]]);
			});
		show(__("Waiting for Me"), "holder", frappe.session.user);
		if (frappe.user.has_role(["Accounts User", "Accounts Manager"]))
			show(__("With Accounts"), "status", "With Accounts");
		add_deciding(listview);
		sales_activity.expenses.add_forward_button(listview.page);
	},
};

/** The screen to decide on all that waits, and on what was chosen in the list. */
function add_deciding(listview) {
	if (!frappe.user.has_role(["Area Manager", "Accounts User", "Accounts Manager"])) return;
	const { page } = listview;
	page.add_inner_button(__("Decide on Expenses"), () => frappe.set_route("decide-expenses"));
	page.add_actions_menu_item(__("Decide"), () => {
		const chosen = listview.get_checked_items();
		const with_accounts = chosen.every((claim) => claim.status === "With Accounts");
		frappe.route_options = {
			claims: chosen.map((claim) => claim.name),
			side: with_accounts ? "Accounts" : "Area Manager",
		};
		frappe.set_route("decide-expenses");
	});
}
