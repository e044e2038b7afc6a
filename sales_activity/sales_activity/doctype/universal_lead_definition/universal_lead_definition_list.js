frappe.listview_settings["Universal Lead Definition"] = {
	add_fields: ["status"],
	// its status says more than that it is submitted
	has_indicator_for_draft: true,
	has_indicator_for_cancelled: true,

	get_indicator: (doc) => [
		__(doc.status),
		sales_activity.leads.DEFINITIONS[doc.status] || "gray",
		`status,=,${doc.status}`,
	],
};
