frappe.listview_settings["Lead Nurture"] = {
	add_fields: ["status", "score"],
	hide_name_column: true,
	get_indicator: (doc) => [
		__(doc.status),
		{
			Qualifying: "orange",
			Qualified: "blue",
			"With Sales": "purple",
			Converted: "green",
			Disqualified: "gray",
			"Do Not Contact": "red",
		}[doc.status] || "gray",
		`status,=,${doc.status}`,
	],
};
