frappe.listview_settings["Sales Credit Repost"] = {
	add_fields: ["status", "done", "total"],
	get_indicator(doc) {
		const colours = {
			Draft: "gray",
			Queued: "orange",
			"In Progress": "blue",
			Completed: "green",
			Failed: "red",
			Cancelled: "gray",
		};
		return [__(doc.status), colours[doc.status] || "gray", `status,=,${doc.status}`];
	},
};
