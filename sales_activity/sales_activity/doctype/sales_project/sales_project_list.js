frappe.listview_settings["Sales Project"] = {
	add_fields: ["status", "company", "expected_close_date"],
	// the state of the workflow and the status say the same; one indicator is enough
	has_indicator_for_draft: true,
	get_indicator(doc) {
		const colours = { Open: "blue", "On Hold": "orange", Won: "green", Lost: "red" };
		return [__(doc.status), colours[doc.status] || "gray", `status,=,${doc.status}`];
	},
};
