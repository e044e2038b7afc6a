frappe.listview_settings["Sales Milestone"] = {
	add_fields: ["status", "due_date", "turn_of", "project_title"],
	// the state of the workflow and the status say the same; one indicator is enough
	has_indicator_for_draft: true,
	hide_name_column: true,

	get_indicator(doc) {
		const { COLOURS, OPENED } = sales_activity.milestones;
		const today = frappe.datetime.get_today();
		if (OPENED.includes(doc.status) && doc.due_date && doc.due_date < today) {
			return [__("Late"), "red", `due_date,<,${today}|status,in,${OPENED.join(",")}`];
		}
		return [__(doc.status), COLOURS[doc.status], `status,=,${doc.status}`];
	},

	formatters: {
		sales_project: (name, _df, doc) => sales_activity.milestones.escape(doc.project_title || name),
	},

	onload(listview) {
		const { persons } = frappe.boot.sales_activity;
		if (persons.length) {
			listview.page.add_inner_button(__("My Turn"), () => show_my_turn(listview, persons));
		}
		listview.page.add_inner_button(__("My Next Steps"), () => frappe.set_route("my-next-steps"));
	},
};

async function show_my_turn(listview, persons) {
	const { OPENED } = sales_activity.milestones;
	await listview.filter_area.clear(false);
	await listview.filter_area.add([
		["Sales Milestone", "turn_of", "in", persons],
		["Sales Milestone", "status", "in", OPENED],
	]);
}
