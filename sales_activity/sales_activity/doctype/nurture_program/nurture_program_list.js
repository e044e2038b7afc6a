frappe.listview_settings["Nurture Program"] = {
	add_fields: ["status"],

	get_indicator: (doc) => [
		__(doc.status),
		sales_activity.leads.PROGRAMS[doc.status] || "gray",
		`status,=,${doc.status}`,
	],
};
