frappe.query_reports["Campaign Return"] = {
	filters: [
		sales_activity.filters.company(),
		...sales_activity.filters.last_year(),
		sales_activity.filters.lead_campaign(),
	],
	formatter: sales_activity.format_cell,
};
