frappe.query_reports["Lead Conversion"] = {
	filters: [
		sales_activity.filters.company(),
		...sales_activity.filters.last_year(),
		sales_activity.filters.group_by("Source", "Campaign", "Qualifier", "Territory"),
		...sales_activity.filters.leads(),
		sales_activity.filters.sales_role(),
	],
	formatter: sales_activity.format_cell,
};
